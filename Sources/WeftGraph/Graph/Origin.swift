// SPDX-License-Identifier: Apache-2.0

/// Where a node comes from, for messages, profiles and drawings. It is no part of the node's
/// identity: of equal nodes the first one's is kept.
///
/// Two words, since every node and every instruction has one: most have no names.
package struct Origin: Sendable {
    fileprivate struct Facts: Sendable {
        var given: String?
        var scope = ""
        var role = Role.forward
        var function: String?

        var isEmpty: Bool {
            given == nil && scope.isEmpty && role == .forward && function == nil
        }
    }

    fileprivate final class Box: Sendable {
        let facts: Facts
        init(_ facts: Facts) { self.facts = facts }
    }

    private let box: Box?
    package let site: CallSite?

    /// The name that the node was given, under the name scopes around.
    package var given: String? { box?.facts.given }
    /// The name scope, without a slash at its end: of what belongs to a gradient that of the operation
    /// that is differentiated, of what changes a variable the variable's.
    package var scope: String { box?.facts.scope ?? "" }
    package var role: Role { box?.facts.role ?? .forward }
    /// The function that the program called, where the node is one of several that it is made of.
    package var function: String? { box?.facts.function }

    /// What a node is for.
    package enum Role: Hashable, Sendable {
        case forward
        /// A part of the gradient of the node with that identity, which may be gone.
        case gradient(of: UInt64)
        /// A part of what changes variables by a rule of that name: `Adam`.
        case update(by: String)

        package var isGradient: Bool { if case .gradient = self { true } else { false } }
    }

    package init(name: String? = nil) { self.init(Facts(name), nil) }

    fileprivate init(_ facts: Facts, _ site: CallSite?) {
        self.init(facts.isEmpty ? nil : Box(facts), site)
    }

    fileprivate init(_ box: Box?, _ site: CallSite?) {
        self.box = box
        self.site = site
    }

    /// The same place in another scope, under another name, and, if `role` is not nil, for another end.
    package func moved(to scope: String, given: String?, role: Role? = nil) -> Origin {
        var facts = box?.facts ?? Facts()
        facts.scope = scope
        facts.given = given
        if let role { facts.role = role }
        return Origin(facts, site)
    }

    /// The scope, with what it is a part of: `layer1/gradient` for the gradients of `layer1`,
    /// `Adam/layer1` for the updates of its variables.
    package var path: String {
        switch role {
        case .forward: scope
        case .gradient: NameScope.joined(scope, "gradient")
        case .update(let name): NameScope.joined(name, scope)
        }
    }

    /// Where in the model it is, for people: the path, or a name outside of all scopes.
    package var place: String { path.isEmpty ? given ?? "" : path }

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

extension Origin.Facts {
    init(_ name: String?) {
        given = name
        if let name { scope = String(Origin.scope(ofName: name)) }
    }
}

extension Origin {
    /// What is looked up for every node that is built: one object of the task, since each look is a
    /// search and copies what it finds.
    fileprivate final class Surroundings: Sendable {
        /// The facts of what has no name where nodes are built in another scope than the program's
        /// own at this point; nil elsewhere.
        let box: Box?
        /// Where the program asked for that. A gradient fails at the line of what it is the gradient
        /// of, and nobody looks for the path of calls once for each of its nodes.
        let site: CallSite?
        /// The outermost of the composed functions being built.
        let function: String?

        init(_ box: Box?, _ site: CallSite?, function: String?) {
            self.box = box
            self.site = site
            self.function = function
        }
    }

    @TaskLocal fileprivate static var surroundings: Surroundings?

    /// Builds what `body` builds in another scope.
    fileprivate static func moving<R>(
        to scope: String, _ role: Role, _ site: CallSite?, _ body: () throws -> R
    ) rethrows -> R {
        var facts = Facts()
        facts.scope = scope
        facts.role = role
        let moved = Surroundings(Box(facts), site, function: surroundings?.function)
        return try $surroundings.withValue(moved, operation: body)
    }

    /// The origin of a node that is built here.
    static func current(_ name: String?) -> Origin {
        let around = surroundings
        let site = around?.site ?? .current
        if name == nil, around?.function == nil {
            if let box = around?.box { return Origin(box, site) }
            if NameScope.path.isEmpty { return Origin(nil as Box?, site) }
        }
        var facts = Facts(name)
        if let box = around?.box {
            facts.scope = box.facts.scope
            facts.role = box.facts.role
        } else if name == nil {
            facts.scope = NameScope.path
        }
        facts.function = around?.function
        return Origin(facts, site)
    }

    /// The origin of a node without operands that is built here. It belongs to no scope but that of its
    /// own name: a constant is one node wherever it is used.
    static func ofSource(_ name: String?) -> Origin {
        var facts = Facts(name)
        facts.function = surroundings?.function
        return Origin(facts, .current)
    }

    /// The name of an operation that is built here without being given one.
    static func name(ofOperation operation: String) -> String? {
        if let box = surroundings?.box { return Origin(box, nil).name(operation) }
        var facts = Facts()
        facts.scope = NameScope.path
        return Origin(facts, nil).name(operation)
    }

    /// Builds what `body` builds as parts of `function`, unless that is a part of another itself.
    static func inside<R>(_ function: String, _ body: () throws -> R) rethrows -> R {
        let around = surroundings
        if around?.function != nil { return try body() }
        let inside = Surroundings(around?.box, around?.site, function: function)
        return try $surroundings.withValue(inside, operation: body)
    }

    /// Builds what takes the place of the node of this origin.
    func inherited<R>(_ body: () throws -> R) rethrows -> R {
        try Self.moving(to: scope, role, site, body)
    }

    /// Builds what changes a variable, or several when it is nil, by a rule of that name.
    package static func updating<R>(
        _ variable: VariableHandle?, by name: String, _ body: () throws -> R
    ) rethrows -> R {
        try moving(
            to: variable?.scope ?? "", .update(by: NameScope.qualified(name)), .current, body)
    }
}

extension Node {
    /// Builds the gradients of the operands.
    func differentiated<R>(_ body: () throws -> R) rethrows -> R {
        let scope = origin.scope.isEmpty ? NameScope.path : origin.scope
        return try Origin.moving(to: scope, .gradient(of: id), origin.site, body)
    }
}
