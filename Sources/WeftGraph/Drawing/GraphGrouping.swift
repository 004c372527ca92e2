// SPDX-License-Identifier: Apache-2.0

/// Which box of a drawing a node belongs to.
struct GraphGrouping {
    /// What makes nodes one box.
    indirect enum Key: Hashable {
        /// A box of its own.
        case node(UInt64)
        case scope(String)
        /// The parts of one call of a composed function outside of all scopes.
        case function(String, first: UInt64)
        /// What belongs to the gradient of a box.
        case gradient(Key)
        /// What belongs to the update of a scope's variables.
        case update(String, Key)

        var column: GraphUnit.Column {
            switch self {
            case .node, .scope, .function: .forward
            case .gradient: .gradient
            case .update: .update
            }
        }

        var scope: String? { if case .scope(let name) = self { name } else { nil } }

        /// The box beside which it stands.
        var partner: Key? {
            switch self {
            case .node, .scope, .function: nil
            case .gradient(let key), .update(_, let key): key
            }
        }

        func title(_ nodes: [Node], partner: [Node]?) -> String {
            switch self {
            case .node: nodes[0].label
            case .scope(let name), .function(let name, _):
                nodes.count == 1 ? nodes[0].label : name
            case .gradient(.scope(let name)), .gradient(.function(let name, _)): "\(name) gradient"
            case .gradient: partner.map { "\($0[0].label) gradient" } ?? "gradient"
            case .update(let name, .scope(let scope)): NameScope.joined(name, scope)
            case .update(let name, _): name
            }
        }
    }

    private let depth: Int
    private var nodes: [UInt64: Node] = [:]
    private var keys: [UInt64: Key] = [:]
    /// Of nodes of composed functions: the first node of the call.
    private var calls: [UInt64: UInt64] = [:]

    init(_ section: [Node], depth: Int) {
        self.depth = depth
        for node in section {
            nodes[node.id] = node
            guard depth == 0, Self.isPart(node) else { continue }
            var first = node.id
            for input in node.inputs where input.node.origin.function == node.origin.function {
                if let other = calls[input.node.id] { first = Swift.min(first, root(other)) }
            }
            for input in node.inputs where input.node.origin.function == node.origin.function {
                if let other = calls[input.node.id] { calls[root(other)] = first }
            }
            calls[node.id] = first
        }
    }

    private static func isPart(_ node: Node) -> Bool {
        node.origin.function != nil && node.origin.scope.isEmpty && node.origin.given == nil
            && node.origin.role == .forward && !node.op.isSource
    }

    /// The first node of a call, found along the nodes that were so once.
    private func root(_ id: UInt64) -> UInt64 {
        var id = id
        while let next = calls[id], next != id { id = next }
        return id
    }

    /// The scopes around a node that a drawing may open, from the outside to the inside.
    static func path(_ origin: Origin) -> [String] {
        let scope = origin.scope.split(separator: "/").map(String.init)
        switch origin.role {
        case .forward: return scope
        case .gradient: return scope + ["gradient"]
        case .update(let name): return name.split(separator: "/").map(String.init) + scope
        }
    }

    mutating func key(of node: Node) -> Key {
        if let known = keys[node.id] { return known }
        // A gradient's key goes back to that of what it is the gradient of, which is older.
        var chain = [node]
        while case .gradient(let id) = chain[chain.count - 1].origin.role, let older = nodes[id],
            keys[id] == nil, older.id < chain[chain.count - 1].id
        {
            chain.append(older)
        }
        for node in chain.reversed() { keys[node.id] = newKey(of: node) }
        return keys[node.id] ?? .node(node.id)
    }

    private func newKey(of node: Node) -> Key {
        let origin = node.origin
        let scope = origin.scope.split(separator: "/")
        func closed() -> Key { .scope(scope.prefix(depth + 1).joined(separator: "/")) }
        switch origin.role {
        case .forward:
            if scope.count > depth { return closed() }
            guard let call = calls[node.id] else { return .node(node.id) }
            return .function(origin.function ?? "", first: root(call))
        case .gradient(let id):
            if scope.count < depth { return .node(node.id) }
            return .gradient(scope.isEmpty ? keys[id] ?? .node(0) : closed())
        case .update(let name):
            if scope.count < depth { return .node(node.id) }
            return .update(name, scope.isEmpty ? .node(0) : closed())
        }
    }
}
