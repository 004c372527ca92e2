// SPDX-License-Identifier: Apache-2.0

/// Where a node comes from, for messages, profiles and drawings. It is no part of the node's
/// identity: of equal nodes the first one's is kept.
package struct Origin: Sendable {
    /// The name that the node was given, under the name scopes around.
    package var given: String?
    /// The name scope, without a slash at its end. For what belongs to a gradient it is the scope of
    /// the operation that is differentiated.
    package var scope = ""
    /// Whether the node belongs to a gradient.
    package var isGradient = false
    /// The function that the program called, where the node is one of several that it is made of.
    package var function: String?
    package var site: CallSite?

    package init(name: String? = nil) {
        given = name
        if let name { scope = String(Self.scope(ofName: name)) }
    }

    /// The scope, with what it is a part of: `layer1/gradient` for the gradients of `layer1`.
    package var path: String { isGradient ? NameScope.joined(scope, "gradient") : scope }

    /// Where in the model it is, for people: the path, or a name outside of all scopes.
    package var place: String { scope.isEmpty && !isGradient ? given ?? "" : path }

    /// A name without its last part.
    package static func scope(ofName name: String) -> Substring {
        name.lastIndex(of: "/").map { name[..<$0] } ?? ""
    }

    /// The name of a node that computes `operation`: the given one, or the operation's under the scope;
    /// nil outside of all scopes.
    package func name(_ operation: String) -> String? {
        if let given { return given }
        let path = path
        return path.isEmpty ? nil : "\(path)/\(operation)"
    }

    /// How profiles and drawings call an operation of this origin: `matmul 'layer1/matmul'`.
    package func label(_ operation: String) -> String {
        name(operation).map { "\(operation) '\($0)'" } ?? operation
    }

    /// How errors call it: by the function that the program called, `softmax (its exp)`.
    package func subject(_ operation: String) -> String {
        guard let function, function != operation else { return label(operation) }
        return label("\(function) (its \(operation))")
    }
}

extension Origin {
    /// A scope in which nodes are built other than the program's own at this point.
    private struct Place {
        let scope: String
        let isGradient: Bool
    }

    @TaskLocal private static var place: Place?
    /// The outermost of the composed functions being built.
    @TaskLocal private static var function: String?

    /// The origin of a node that is built here.
    static func current(_ name: String?) -> Origin {
        var origin = Origin(name: name)
        if let place {
            origin.scope = place.scope
            origin.isGradient = place.isGradient
        } else if name == nil {
            origin.scope = NameScope.path
        }
        origin.function = function
        origin.site = .current
        return origin
    }

    /// The name of an operation that is built here without being given one.
    static func name(ofOperation operation: String) -> String? {
        let scope = place?.scope ?? NameScope.path
        var origin = Origin()
        origin.scope = scope
        origin.isGradient = place?.isGradient ?? false
        return origin.name(operation)
    }

    /// Builds what `body` builds as parts of `function`, unless that is a part of another itself.
    static func inside<R>(_ function: String, _ body: () throws -> R) rethrows -> R {
        if Self.function != nil { return try body() }
        return try $function.withValue(function, operation: body)
    }

    /// Builds what takes the place of the node of this origin.
    func inherited<R>(_ body: () throws -> R) rethrows -> R {
        try Self.$place.withValue(Place(scope: scope, isGradient: isGradient), operation: body)
    }

    /// Builds the gradients of the operands of the node of this origin.
    func differentiated<R>(_ body: () throws -> R) rethrows -> R {
        let scope = scope.isEmpty ? NameScope.path : scope
        return try Self.$place.withValue(Place(scope: scope, isGradient: true), operation: body)
    }

    /// Builds what changes a variable, in a scope of that name.
    package static func updating<R>(
        _ variable: VariableHandle?, by name: String, _ body: () throws -> R
    ) rethrows -> R {
        var scope = NameScope.qualified(name)
        if let variable { scope = NameScope.joined(scope, variable.scope) }
        return try $place.withValue(Place(scope: scope, isGradient: false), operation: body)
    }
}
