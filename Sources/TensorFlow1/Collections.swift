// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// A collection of a graph: its name, and what is in it.
    public struct CollectionKey<Element: Sendable>: Sendable, ExpressibleByStringLiteral {
        /// The name.
        public let name: String
        /// A collection by its name.
        public init(_ name: String) { self.name = name }
        /// A collection by its name.
        public init(stringLiteral value: String) { name = value }
    }

    /// The names of the collections that TensorFlow uses.
    public enum GraphKeys {
        /// All variables but local ones.
        public static let GLOBAL_VARIABLES = CollectionKey<Variable>("variables")
        /// All variables but local ones.
        public static let VARIABLES = GLOBAL_VARIABLES
        /// The variables that optimizers change.
        public static let TRAINABLE_VARIABLES = CollectionKey<Variable>("trainable_variables")
        /// Variables that are not saved, such as counters.
        public static let LOCAL_VARIABLES = CollectionKey<Variable>("local_variables")
        /// The counters of metrics.
        public static let METRIC_VARIABLES = CollectionKey<Variable>("metric_variables")
        /// The variables that a model computes with.
        public static let MODEL_VARIABLES = CollectionKey<Variable>("model_variables")
        /// The variables whose moving averages are kept.
        public static let MOVING_AVERAGE_VARIABLES = CollectionKey<Variable>(
            "moving_average_variables")
        /// The step's number.
        public static let GLOBAL_STEP = CollectionKey<Variable>("global_step")
        /// The weights of layers.
        public static let WEIGHTS = CollectionKey<Variable>("weights")
        /// The offsets of layers.
        public static let BIASES = CollectionKey<Variable>("biases")
        /// What layers give.
        public static let ACTIVATIONS = CollectionKey<Tensor>("activations")
        /// Penalties of weights.
        public static let REGULARIZATION_LOSSES = CollectionKey<Tensor>("regularization_losses")
        /// The losses that `tf.losses` made.
        public static let LOSSES = CollectionKey<Tensor>("losses")
        /// Updates that go with a training step, such as moving averages. `minimize` runs those that the loss
        /// depends on.
        public static let UPDATE_OPS = CollectionKey<Operation>("update_ops")
        /// Summaries.
        public static let SUMMARIES = CollectionKey<Tensor>("summaries")
        /// Training steps.
        public static let TRAIN_OP = CollectionKey<Operation>("train_op")
        /// Initializers of tables.
        public static let TABLE_INITIALIZERS = CollectionKey<Operation>("table_initializer")
    }

    /// What is in a collection, in the order in which it was added.
    ///
    /// - Parameter scope: Only what has a name that begins with a match of this regular expression.
    public static func get_collection<Element>(
        _ key: CollectionKey<Element>, scope: String? = nil
    ) -> [Element] {
        if Element.self == Variable.self, let found = variables(in: key.name) as? [Element] {
            return found.filter { isIn(scope, $0) }
        }
        let items = Graph.current.state.withLock { $0.collections[key.name] ?? [] }
        return items.compactMap { $0 as? Element }.filter { isIn(scope, $0) }
    }

    /// What is in a collection, in the order in which it was added.
    public static func get_collection<Element>(
        _ key: CollectionKey<Element>, _ scope: String?
    ) -> [Element] {
        get_collection(key, scope: scope)
    }

    /// The tensors in a collection of the program's own.
    @_disfavoredOverload
    public static func get_collection(_ key: String, scope: String? = nil) -> [Tensor] {
        let variables = variables(in: key).filter { isIn(scope, $0) }.map(\.anyTensor)
        let items = Graph.current.state.withLock { $0.collections[key] ?? [] }
        let tensors = items.filter { isIn(scope, $0) && !($0 is Variable) }.compactMap {
            ($0 as? any TensorConvertible)?.anyTensor
        }
        return variables + tensors
    }

    /// Adds to a collection.
    public static func add_to_collection<Element>(_ key: CollectionKey<Element>, _ value: Element) {
        Graph.current.state.withLock { $0.collections[key.name, default: []].append(value) }
    }

    /// Adds to a collection of the program's own.
    @_disfavoredOverload
    public static func add_to_collection(_ key: String, _ value: some TensorConvertible & Sendable)
    {
        Graph.current.state.withLock { $0.collections[key, default: []].append(value) }
    }

    /// Adds to several collections of the program's own.
    public static func add_to_collections(
        _ keys: [String], _ value: some TensorConvertible & Sendable
    ) {
        for key in keys { add_to_collection(key, value) }
    }

    /// The variables made so far that are still in use.
    public static func global_variables(scope: String? = nil) -> [Variable] {
        get_collection(GraphKeys.GLOBAL_VARIABLES, scope: scope)
    }

    /// The name that TensorFlow 0.x had.
    public static func all_variables() -> [Variable] { global_variables() }

    /// Those of them that optimizers change.
    public static func trainable_variables(scope: String? = nil) -> [Variable] {
        get_collection(GraphKeys.TRAINABLE_VARIABLES, scope: scope)
    }

    /// The variables that are not saved, such as counters of metrics.
    public static func local_variables(scope: String? = nil) -> [Variable] {
        get_collection(GraphKeys.LOCAL_VARIABLES, scope: scope)
    }

    /// The variables that models compute with.
    public static func model_variables(scope: String? = nil) -> [Variable] {
        get_collection(GraphKeys.MODEL_VARIABLES, scope: scope)
    }

    /// The variables whose moving averages are kept.
    public static func moving_average_variables(scope: String? = nil) -> [Variable] {
        get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope: scope)
    }

    /// The updates that ride with what `tensor` is computed from, such as moving averages.
    ///
    /// TensorFlow kept them in the collection `UPDATE_OPS`, where it was easy to forget them. Here
    /// `minimize` runs them; this is for running them alone.
    public static func update_ops(of tensor: some TensorConvertible) -> Operation {
        Operation(Update.trainingStep([tensor.anyTensor]))
    }

    /// The variables of a collection that are in use, in the order in which they were made.
    private static func variables(in collection: String) -> [Variable] {
        let (entries, added) = Graph.current.state.withLock { state in
            (
                state.variables.values.filter { $0.collections.contains(collection) }
                    .compactMap(\.handle),
                state.collections[collection]?.compactMap { ($0 as? Variable)?.handle } ?? []
            )
        }
        let known = Set(entries)
        return (entries.sorted { $0.id < $1.id } + added.filter { !known.contains($0) })
            .map { Variable($0) }
    }

    private static func isIn(_ scope: String?, _ item: Any) -> Bool {
        guard let scope else { return true }
        let name: String
        switch item {
        case let variable as Variable: name = variable.handle.name
        case let operation as Operation: name = operation.name
        case let tensor as AnyTensor: name = tensor.operationName
        default: return true
        }
        if name.hasPrefix(scope) { return true }
        guard let pattern = try? Regex(scope) else { return false }
        return name.prefixMatch(of: pattern) != nil
    }
}

extension tf.Graph {
    /// Lists a variable.
    func enter(
        _ handle: VariableHandle, _ initial: GraphState.Initial, _ collections: [String],
        savedAs savedName: String? = nil
    ) {
        var names = Set(collections.isEmpty ? [tf.GraphKeys.GLOBAL_VARIABLES.name] : collections)
        if handle.isTrainable { names.insert(tf.GraphKeys.TRAINABLE_VARIABLES.name) }
        state.withLock {
            $0.variables[handle.name] = GraphState.Entry(
                handle: handle, initial: initial, collections: names, savedName: savedName)
        }
    }

    /// Lists variables that an optimizer of that name has made, unless they are listed. Checkpoints have those
    /// that belong to no other variable without the optimizer's name: `beta1_power`.
    func enter(_ handles: [VariableHandle], of optimizer: String) {
        for handle in handles {
            let isKnown = state.withLock { $0.variables[handle.name]?.handle === handle }
            if isKnown { continue }
            var savedName: String?
            if handle.name.hasPrefix(optimizer + "/") {
                let own = String(handle.name.dropFirst(optimizer.count + 1))
                savedName = state.withLock { state in
                    let taken = Set(
                        state.variables.filter { $0.value.handle != nil }
                            .map { $0.value.savedName ?? $0.key })
                    var result = own
                    var suffix = 0
                    while taken.contains(result) {
                        suffix += 1
                        result = "\(own)_\(suffix)"
                    }
                    return result
                }
            }
            enter(handle, .function(handle.initializer), [], savedAs: savedName)
        }
    }

    /// The name that a variable has in checkpoints.
    func savedName(of handle: VariableHandle) -> String {
        state.withLock { $0.variables[handle.name]?.savedName } ?? handle.name
    }

    /// How a variable gets its first value.
    func initial(of handle: VariableHandle) -> GraphState.Initial {
        state.withLock { $0.variables[handle.name]?.initial } ?? .function(handle.initializer)
    }
}
