// SPDX-License-Identifier: Apache-2.0
import Synchronization
public import Weft
import WeftTensorFlow

extension tf {
    /// What a program's variables, names and collections belong to.
    ///
    /// Nodes belong to the tensors that use them: a graph knows only those that were given a name, and only
    /// as long as they are in use. What `get_variable` made and what is in collections lives as long as
    /// the graph, or until `reset_default_graph`.
    public final class Graph: Sendable {
        /// The graph that a closure around has entered.
        @TaskLocal static var entered: Graph?
        private static let usual = Graph()
        /// The graph that things are made in.
        static var current: Graph { entered ?? usual }

        let state = Guarded(GraphState())
        /// The scope outside of all others.
        let root = VariableScope(name: "")

        /// A graph without anything in it.
        public init() {}

        /// Makes what `body` makes in this graph.
        public func as_default<R>(_ body: () throws -> R) rethrows -> R {
            try Graph.$entered.withValue(self) {
                try VariableScope.$entered.withValue(nil) {
                    try NameScope.$path.withValue("", operation: body)
                }
            }
        }

        /// The seed that `set_random_seed` gave.
        public var seed: Int? { state.withLock { $0.seed } }

        /// Whether `finalize` was called.
        public var finalized: Bool { state.withLock { $0.isFinalized } }

        /// Refuses new variables from now on. Building equal nodes again makes none, so that they stay
        /// allowed.
        public func finalize() { state.withLock { $0.isFinalized = true } }

        /// The name, or with the first free suffix `_1`, `_2`; it is taken then.
        public func unique_name(_ name: String, mark_as_used: Bool = true) -> String {
            state.withLock { $0.uniqueScope(NameScope.qualified(name), marking: mark_as_used) }
        }

        /// A tensor by its name, such as `x:0`.
        ///
        /// - Throws: `GraphError` when no tensor in use has that name; `TensorFlowError` when one of a graph that was
        ///   taken over cannot be built.
        public func get_tensor_by_name(_ name: String) throws -> Tensor {
            if let found = tensor(named: name) { return found }
            if let found = try importedTensor(named: name) { return found }
            throw GraphError(
                operation: "get_tensor_by_name",
                reason:
                    "The name '\(name)' refers to a Tensor which does not exist, or which nothing "
                    + "uses any more; tensors have the names that they were given")
        }

        /// An operation by its name, without a number of an output.
        ///
        /// - Throws: `GraphError` when no operation in use has that name.
        public func get_operation_by_name(_ name: String) throws -> Operation {
            if let found = try importedOperation(named: name) { return found }
            return Operation(
                try get_tensor_by_name(name.contains(":") ? name : name + ":0"), name: name)
        }

        /// A tensor, an operation's value, or a variable's, by its name.
        ///
        /// - Throws: `GraphError` when nothing in use has that name.
        public func as_graph_element(_ name: String) throws -> Tensor {
            try get_tensor_by_name(name)
        }

        /// The names that tensors in use were given, sorted.
        public func names() -> [String] { state.withLock { $0.livingNames }.sorted() }

        /// What was added to a collection.
        public func get_collection<Element>(
            _ key: CollectionKey<Element>, scope: String? = nil
        ) -> [Element] {
            as_default { tf.get_collection(key, scope: scope) }
        }

        func tensor(named name: String) -> AnyTensor? {
            let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
            let index = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            guard let first = parts.first else { return nil }
            if let variable = state.withLock({ $0.variables[first]?.handle }), index == 0 {
                return variable.value
            }
            guard let node = state.withLock({ $0.named[first]?.node }),
                node.types.indices.contains(index)
            else { return nil }
            return AnyTensor(node: node, index: index)
        }
    }

    /// The graph that things are made in.
    public static func get_default_graph() -> Graph { Graph.current }

    /// Forgets all variables, names and collections of the graph that things are made in.
    public static func reset_default_graph() {
        let graph = Graph.current
        // What is released here may end variables, which take the lock.
        let old = graph.state.withLock { state in
            defer { state = GraphState() }
            return state
        }
        graph.root.reset()
        withExtendedLifetime(old) {}
    }

    /// What draws depend on beside the session's seed: with it and the operation's own seed, or its number,
    /// a draw is the same in every program.
    public static func set_random_seed(_ seed: Int) {
        Graph.current.state.withLock { $0.seed = seed }
    }

    /// Builds what `body` builds; there is one device.
    public static func device<R>(_ name: String?, _ body: () throws -> R) rethrows -> R {
        try body()
    }

    /// Builds what `body` builds; a session has one container.
    public static func container<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
        try body()
    }

    /// Builds what `body` builds under a name: it stands before the names of operations, and not before
    /// those of what `get_variable` makes.
    public static func name_scope<R>(
        _ name: String?, default_name: String? = nil, values: [any TensorOperand] = [],
        _ body: () throws -> R
    ) rethrows -> R {
        try name_scope(name, default_name: default_name, values: values) { _ in try body() }
    }

    /// Builds what `body` builds under a name, which it is given with a slash at its end.
    public static func name_scope<R>(
        _ name: String?, default_name: String? = nil, values: [any TensorOperand] = [],
        _ body: (String) throws -> R
    ) rethrows -> R {
        guard let name = name ?? default_name, !name.isEmpty else {
            return try NameScope.$path.withValue("") { try body("") }
        }
        // A name with a slash at its end is a scope that is entered again.
        let path =
            name.hasSuffix("/")
            ? String(name.dropLast()) : Graph.current.unique_name(name)
        return try NameScope.$path.withValue(path) { try body(path + "/") }
    }
}

/// The names, variables and collections of a graph.
struct GraphState {
    /// A node that was given a name; the name keeps it not alive.
    struct Named {
        weak var node: Node?
    }

    /// How a variable gets its first value.
    enum Initial: Sendable {
        case tensor(AnyTensor)
        case function(Initializer)
        /// As that variable, drawn for its name.
        case like(VariableHandle)
    }

    struct Entry {
        weak var handle: VariableHandle?
        let initial: Initial
        var collections: Set<String>
        /// The name in checkpoints, where it is another than the variable's.
        var savedName: String?
    }

    var variables: [String: Entry] = [:]
    /// What `get_variable` made, by name.
    var store: [String: tf.Variable] = [:]
    var named: [String: Named] = [:]
    /// How many operations or scopes asked for a name.
    var scopes: [String: Int] = [:]
    /// How often variable scopes of a name were opened where they are now.
    var variableScopes: [String: Int] = [:]
    var collections: [String: [any Sendable]] = [:]
    /// Graphs of files, with what stands in front of their names.
    var imports: [(prefix: String, graph: TensorFlowGraph)] = []
    /// Those of them that came with collections.
    var metaGraphs: [TensorFlowMetaGraph] = []
    var seed: Int?
    var isFinalized = false
    private var sweepCount = 256

    var livingNames: [String] {
        named.filter { $0.value.node != nil }.map(\.key)
    }

    mutating func uniqueScope(_ name: String, marking: Bool = true) -> String {
        var result = name
        var count = scopes[name, default: 0]
        if count > 0 {
            repeat {
                result = "\(name)_\(count)"
                count += 1
            } while scopes[result] != nil
        }
        if marking {
            scopes[name] = max(count, 1)
            if result != name { scopes[result] = 1 }
        }
        return result
    }

    /// Gives a node a name; where another in use has it, with the first free suffix.
    mutating func name(_ node: Node, _ name: String) -> String {
        var result = name
        var suffix = 0
        while let other = named[result]?.node, other !== node {
            suffix += 1
            result = "\(name)_\(suffix)"
        }
        named[result] = Named(node: node)
        if named.count >= sweepCount {
            named = named.filter { $0.value.node != nil }
            sweepCount = max(256, 2 * named.count)
        }
        return result
    }

    func isVariable(_ name: String) -> Bool { variables[name]?.handle != nil }

    /// The name, or the name with the first free suffix `_1`, `_2`.
    func uniqueVariable(_ name: String) -> String {
        var result = name
        var suffix = 0
        while isVariable(result) {
            suffix += 1
            result = "\(name)_\(suffix)"
        }
        return result
    }
}
