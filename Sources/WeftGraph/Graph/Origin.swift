// SPDX-License-Identifier: Apache-2.0

/// Where a node comes from, for messages, profiles and drawings. It is no part of the node's
/// identity: of equal nodes the first one's is kept.
package struct Origin: Sendable {
    /// The name, under the name scopes around.
    package var name: String?
    /// The function that the program called, where the node is one of several that it is made of.
    package var function: String?
    package var site: CallSite?

    package init(name: String? = nil) { self.name = name }

    /// The outermost of the composed functions being built.
    @TaskLocal private static var function: String?

    /// The origin of a node that is built here.
    static func current(_ name: String?) -> Origin {
        var origin = Origin(name: name)
        origin.function = function
        origin.site = .current
        return origin
    }

    /// Builds what `body` builds as parts of `function`, unless that is a part of another itself.
    static func inside<R>(_ function: String, _ body: () throws -> R) rethrows -> R {
        if Self.function != nil { return try body() }
        return try $function.withValue(function, operation: body)
    }

    /// How profiles and drawings call an operation of this origin: `matmul 'layer1/matmul'`.
    package func label(_ operation: String) -> String {
        name.map { "\(operation) '\($0)'" } ?? operation
    }

    /// How errors call it: by the function that the program called, `softmax (its exp)`.
    package func subject(_ operation: String) -> String {
        guard let function, function != operation else { return label(operation) }
        return label("\(function) (its \(operation))")
    }
}
