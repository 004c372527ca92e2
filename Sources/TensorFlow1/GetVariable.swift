// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What `get_variable` was asked for.
    public struct VariableRequest: Sendable {
        /// The whole name, scopes included.
        public var name: String
        /// The dimensions; nil for those of the initializer.
        public var shape: [Int]?
        /// The element type; nil for the scope's, or the initial value's.
        public var dtype: DType?
        /// The first value, or what makes it; nil for the scope's.
        public var initializer: (any InitialValue)?
        /// The penalty; nil for the scope's.
        public var regularizer: Regularizer?
        /// Whether optimizers change it unless told otherwise.
        public var trainable: Bool
        /// Where it is listed; nil for `GLOBAL_VARIABLES`.
        public var collections: [String]?
        /// Whether a variable that there is is taken.
        public var reuse: Reuse
    }

    /// A variable of that name in the current variable scope: a new one, or, where the scope reuses
    /// variables, the one that there is.
    ///
    /// - Throws: `GraphError` when the name is taken and not to be reused, when there is none to reuse, or when
    ///   the one there is is of another shape or type.
    public static func get_variable(
        _ name: String, shape: [Int]? = nil, dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true, collections: [String]? = nil,
        custom_getter: CustomGetter? = nil
    ) throws -> Variable {
        try variable(
            name, shape, dtype, initializer, regularizer, trainable, collections, custom_getter)
    }

    /// The same with the shape unlabelled.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, _ shape: [Int]?, dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true, collections: [String]? = nil, custom_getter: CustomGetter? = nil
    ) throws -> Variable {
        try variable(
            name, shape, dtype, initializer, regularizer, trainable, collections, custom_getter)
    }

    /// The same with shape and type unlabelled.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, _ shape: [Int]?, _ dtype: DType,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true, collections: [String]? = nil
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, regularizer, trainable, collections, nil)
    }

    /// The same, all by labels.
    ///
    /// - Throws: as the form without.
    public static func get_variable(
        name: String, shape: [Int]? = nil, dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true, collections: [String]? = nil
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, regularizer, trainable, collections, nil)
    }

    /// The same with the initializer before the type.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, _ shape: [Int]?, initializer: any InitialValue, dtype: DType,
        trainable: Bool = true
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, nil, trainable, nil, nil)
    }

    /// The same with the initializer before shape and type.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, initializer: any InitialValue, shape: [Int]? = nil, dtype: DType,
        trainable: Bool = true
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, nil, trainable, nil, nil)
    }

    /// The same with the type before the shape.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, dtype: DType, shape: [Int], initializer: (any InitialValue)? = nil,
        trainable: Bool = true
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, nil, trainable, nil, nil)
    }

    /// The same, the shape before the initializer and the type.
    ///
    /// - Throws: as the form with labels.
    public static func get_variable(
        _ name: String, shape: [Int], initializer: any InitialValue, dtype: DType,
        trainable: Bool = true
    ) throws -> Variable {
        try variable(name, shape, dtype, initializer, nil, trainable, nil, nil)
    }

    /// A variable of `LOCAL_VARIABLES`, which is neither saved nor trained.
    ///
    /// - Throws: as `get_variable`.
    public static func get_local_variable(
        _ name: String, shape: [Int]? = nil, dtype: DType? = nil,
        initializer: (any InitialValue)? = nil
    ) throws -> Variable {
        try variable(
            name, shape, dtype, initializer, nil, false, [GraphKeys.LOCAL_VARIABLES.name], nil)
    }

    static func variable(
        _ name: String, _ shape: [Int]?, _ dtype: DType?, _ initializer: (any InitialValue)?,
        _ regularizer: Regularizer?, _ trainable: Bool, _ collections: [String]?,
        _ getter: CustomGetter?
    ) throws -> Variable {
        let scope = VariableScope.current
        let isTrainable = trainable && collections != [GraphKeys.LOCAL_VARIABLES.name]
        let request = VariableRequest(
            name: NameScope.joined(scope.name, name), shape: shape,
            dtype: dtype ?? (initializer is any TensorOperand ? nil : scope.dtype),
            initializer: initializer ?? scope.initializer,
            regularizer: regularizer ?? scope.regularizer, trainable: isTrainable,
            collections: collections, reuse: scope.reuse)
        guard let getter = getter ?? scope.custom_getter else { return try found(request) }
        return try getter({ try found($0) }, request)
    }

    private static func failure(_ name: String, _ reason: String) -> GraphError {
        GraphError(operation: "get_variable", reason: "Variable \(name) \(reason)")
    }

    private static func found(_ request: VariableRequest) throws -> Variable {
        let (graph, name) = (Graph.current, request.name)
        if let known = graph.state.withLock({ $0.store[name] }) {
            guard request.reuse != .none else {
                throw failure(
                    name,
                    "already exists, disallowed. Did you mean to set reuse=True or "
                        + "reuse=tf.AUTO_REUSE in VarScope?")
            }
            if let shape = request.shape, shape != known.handle.shape {
                throw failure(
                    name,
                    "is shared with shape \(shape), but there it has the shape "
                        + "\(known.handle.shape)")
            }
            if let dtype = request.dtype, dtype != known.handle.dtype {
                throw failure(
                    name, "is shared as \(dtype), but there it is of \(known.handle.dtype)")
            }
            return known
        }
        guard request.reuse != .required else {
            throw failure(
                name,
                "does not exist, or was not created with tf.get_variable(). Did you mean to set "
                    + "reuse=tf.AUTO_REUSE in VarScope?")
        }
        if graph.finalized { throw failure(name, "is new, and the graph is finalized") }
        if graph.state.withLock({ $0.isVariable(name) }) {
            throw failure(
                name, "already exists, disallowed: it was made by tf.Variable; use another name")
        }
        let variable = try made(request)
        graph.state.withLock { $0.store[name] = variable }
        if let penalty = request.regularizer?(variable.anyTensor) {
            add_to_collection(GraphKeys.REGULARIZATION_LOSSES, penalty)
        }
        return variable
    }

    private static func made(_ request: VariableRequest) throws -> Variable {
        let collections = request.collections ?? []
        if let operand = request.initializer as? any TensorOperand {
            var initial = operand.tensor(request.dtype)
            if let dtype = request.dtype, initial.dtype != dtype {
                initial = initial.cast(to: dtype)
            }
            try initial.validated()
            if let shape = request.shape, initial.shape != Shape(shape) {
                throw failure(
                    request.name,
                    "is to have the shape \(shape), but its initializer has \(initial.shape)")
            }
            return Variable(
                request.name, initial: initial, trainable: request.trainable,
                collections: collections)
        }
        guard let shape = request.shape else {
            throw failure(
                request.name,
                "needs a shape, which must be known, unless its initializer is a tensor")
        }
        guard shape.allSatisfy({ $0 >= 0 }) else {
            throw failure(request.name, "cannot have the shape \(shape)")
        }
        let dtype = request.dtype ?? .float32
        let usual: Initializer = dtype.isFloatingPoint ? .glorotUniform : .zeros
        return Variable(
            request.name, shape: shape, dtype: dtype,
            initializer: request.initializer as? Initializer ?? usual, trainable: request.trainable,
            collections: collections)
    }
}
