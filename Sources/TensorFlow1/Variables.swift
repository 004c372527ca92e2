// SPDX-License-Identifier: Apache-2.0
public import Weft

/// What a variable may start from: a tensor or numbers, or an initializer that is given the shape.
public protocol InitialValue: Sendable {}

extension Initializer: InitialValue {}

extension tf {
    /// A variable whose first value is computed when its initializer is run, not before.
    public struct Variable: Hashable, Sendable, GraphOperand {
        /// Weft's variable.
        public let handle: VariableHandle
        /// Why there can be no variable, if there can be none: its initial value's error.
        let invalid: AnyTensor?

        /// A variable with the type and shape of its initial value. The shape must be known: what is
        /// made from a variable of unknown shape carries an error.
        ///
        /// - Parameters:
        ///   - collections: Where it is listed; nil for `GLOBAL_VARIABLES`.
        ///   - validate_shape: Accepted; the shape must be known.
        ///   - dtype: What the initial value is converted to; nil to keep its type.
        public init(
            _ initial_value: some TensorOperand, trainable: Bool = true,
            collections: [String]? = nil, validate_shape: Bool = true, name: String? = nil,
            dtype: DType? = nil
        ) {
            self.init(initial_value, trainable, collections, name, dtype)
        }

        /// The same, with the name before.
        public init(
            _ initial_value: some TensorOperand, name: String, trainable: Bool, dtype: DType? = nil
        ) {
            self.init(initial_value, trainable, nil, name, dtype)
        }

        /// The same, with the type before the name.
        public init(
            _ initial_value: some TensorOperand, dtype: DType, name: String, trainable: Bool = true
        ) {
            self.init(initial_value, trainable, nil, name, dtype)
        }

        /// The same, with the type before.
        public init(_ initial_value: some TensorOperand, dtype: DType, trainable: Bool) {
            self.init(initial_value, trainable, nil, nil, dtype)
        }

        /// The same, all by labels.
        public init(
            initial_value: some TensorOperand, trainable: Bool = true, name: String? = nil,
            dtype: DType? = nil
        ) {
            self.init(initial_value, trainable, nil, name, dtype)
        }

        private init(
            _ value: any TensorOperand, _ trainable: Bool, _ collections: [String]?,
            _ name: String?, _ dtype: DType?
        ) {
            var initial = value.tensor(dtype)
            if let dtype, initial.dtype != dtype { initial = initial.cast(to: dtype) }
            let name = NameScope.qualified(name ?? "Variable")
            let unique = Graph.current.state.withLock { $0.uniqueVariable(name) }
            self.init(
                unique, initial: initial, trainable: trainable, collections: collections ?? [])
        }

        /// A variable of that very name.
        init(
            _ name: String, initial: AnyTensor, trainable: Bool, collections: [String]
        ) {
            let shape = initial.error == nil ? initial.shape.dimensions : nil
            if Graph.current.finalized {
                invalid = .invalid(
                    "Variable", name, "Graph is finalized and cannot be modified.",
                    type: TensorType(initial.dtype, .unknown))
            } else if initial.error != nil {
                invalid = initial
            } else if shape == nil {
                invalid = .invalid(
                    "Variable", name,
                    "the shape of the initial value must be known, not \(initial.type)",
                    type: TensorType(initial.dtype, .unknown))
            } else {
                invalid = nil
            }
            // -1 is no dimension: the variable is invalid wherever it is found.
            handle = Self.handle(name, initial.dtype, shape ?? [-1], trainable)
            Graph.current.enter(handle, .tensor(invalid ?? initial), collections)
        }

        /// A variable of that very name that starts from what an initializer makes.
        init(
            _ name: String, shape: [Int], dtype: DType, initializer: Initializer, trainable: Bool,
            collections: [String]
        ) {
            handle = Self.handle(name, dtype, shape, trainable)
            invalid = nil
            let graph = Graph.current
            graph.enter(handle, .function(initializer.seeded(graph.seed, name)), collections)
        }

        /// A variable of that very name that starts from what another one starts from.
        init(_ name: String, like other: VariableHandle) {
            handle = Self.handle(name, other.dtype, other.shape, false)
            invalid = nil
            Graph.current.enter(handle, .like(other), [])
        }

        /// A variable that there is.
        init(_ handle: VariableHandle) {
            self.handle = handle
            invalid = nil
        }

        private static func handle(
            _ name: String, _ dtype: DType, _ shape: [Int], _ trainable: Bool
        ) -> VariableHandle {
            VariableHandle(
                name, dtype: dtype, shape: shape, initializer: .explicit, isTrainable: trainable,
                owner: nil)
        }

        // MARK: What it is

        /// The value: at the start of the run, or behind what `control_dependencies` around waits for.
        public var anyTensor: AnyTensor { invalid ?? ControlDependencies.value(of: handle) }
        /// The name of its value, unique among the variables: `w:0`.
        public var name: String { "\(handle.name):0" }
        /// What reads it; its name is the variable's without the number.
        public var op: Operation { Operation(handle.value, name: handle.name) }
        /// The element type.
        public var dtype: DType { handle.dtype }
        /// The dimensions.
        public var shape: Shape { anyTensor.shape }
        /// The dimensions.
        public func get_shape() -> Shape { shape }
        /// The graph that it belongs to.
        public var graph: Graph { Graph.current }
        /// Whether optimizers change it unless told otherwise.
        public var trainable: Bool { handle.isTrainable }
        /// The value.
        public func value() -> Tensor { anyTensor }
        /// The value.
        public func read_value() -> Tensor { anyTensor }

        /// What gives it its first value.
        public var initializer: Operation { variables_initializer([self]) }

        /// What its first value is computed by: for use in the first values of others. Of a variable with an
        /// initializer function it is the value that it has.
        public func initialized_value() -> Tensor {
            if case .tensor(let initial) = Graph.current.initial(of: handle) { return initial }
            return anyTensor
        }
        /// What its first value is computed by.
        public var initial_value: Tensor { initialized_value() }

        /// The value in a session, the default one if none is given.
        ///
        /// - Throws: as `Session.run`; `RunError` without a session.
        public func eval(session: Session? = nil, feed_dict: FeedDict = [:]) throws -> NDArray {
            try Session.required(session, "eval").run(self, feed_dict: feed_dict)
        }

        /// Gives it a value in a session, the default one if none is given.
        ///
        /// - Throws: `RunError` when type or shape are not the variable's, or there is no session.
        public func load(_ value: some TensorOperand, _ session: Session? = nil) throws {
            let array = try value.array(handle.dtype)
            try Session.required(session, "load").session.set(
                handle, to: try array.cast(to: handle.dtype))
        }

        // MARK: Changes

        /// The variable becomes `value`.
        public func assign(
            _ value: some TensorOperand, use_locking: Bool = false, name: String? = nil
        ) -> Operation {
            Operation(handle.assign(invalid ?? value.tensor(handle.dtype)), name: name)
        }
        /// `value` is added to the variable.
        public func assign_add(
            _ value: some TensorOperand, use_locking: Bool = false, name: String? = nil
        ) -> Operation {
            changed(name) { $0 + value.tensor(handle.dtype) }
        }
        /// `value` is subtracted from the variable.
        public func assign_sub(
            _ value: some TensorOperand, use_locking: Bool = false, name: String? = nil
        ) -> Operation {
            changed(name) { $0 - value.tensor(handle.dtype) }
        }

        /// The variable becomes `body` of its newest value.
        func changed(_ name: String?, _ body: (AnyTensor) -> AnyTensor) -> Operation {
            if let invalid { return Operation(handle.assign(invalid), name: name) }
            return Operation(handle.update(body), name: name)
        }
    }

    /// The variable `ref` becomes `value`.
    public static func assign(
        _ ref: Variable, _ value: some TensorOperand, validate_shape: Bool = true,
        use_locking: Bool = true, name: String? = nil
    ) -> Operation {
        ref.assign(value, name: name)
    }

    /// `value` is added to the variable `ref`.
    public static func assign_add(
        _ ref: Variable, _ value: some TensorOperand, use_locking: Bool = false, name: String? = nil
    ) -> Operation {
        ref.assign_add(value, name: name)
    }

    /// `value` is subtracted from the variable `ref`.
    public static func assign_sub(
        _ ref: Variable, _ value: some TensorOperand, use_locking: Bool = false, name: String? = nil
    ) -> Operation {
        ref.assign_sub(value, name: name)
    }

    // MARK: First values

    /// Gives variables their first values, in one run: all of them or, when it fails, none.
    public static func variables_initializer(
        _ var_list: [Variable], name: String = "init"
    ) -> Operation {
        let graph = Graph.current
        var updates: [Update] = []
        var firstValues: [Operation.FirstValue] = []
        for variable in var_list {
            let handle = variable.handle
            func draw(_ function: Initializer, for owner: VariableHandle) {
                let placeholder = AnyTensor.placeholder(
                    handle.dtype, shape: Shape(handle.shape), name: "\(handle.name)/first_value")
                updates.append(handle.assign(placeholder))
                firstValues.append(
                    Operation.FirstValue(
                        placeholder: placeholder, variable: owner, initializer: function))
            }
            switch graph.initial(of: handle) {
            case .tensor(let tensor): updates.append(handle.assign(tensor))
            case .function(let function): draw(function, for: handle)
            case .like(let other):
                if case .function(let function) = graph.initial(of: other) {
                    draw(function, for: other)
                }
            }
        }
        return Operation(Update.group(updates), name: name, firstValues: firstValues)
    }

    /// Gives all variables made so far their first values, those of layers and optimizers too, in one run:
    /// all of them or, when it fails, none.
    public static func global_variables_initializer() -> Operation {
        variables_initializer(global_variables())
    }

    /// Gives the local variables, such as the counters of `tf.metrics`, their first values.
    public static func local_variables_initializer() -> Operation {
        variables_initializer(local_variables())
    }

    /// The name that TensorFlow 0.x had.
    public static func initialize_all_variables() -> Operation { global_variables_initializer() }
    /// The name that TensorFlow 0.x had.
    public static func initialize_local_variables() -> Operation { local_variables_initializer() }
    /// The name that TensorFlow 0.x had.
    public static func initialize_variables(_ var_list: [Variable]) -> Operation {
        variables_initializer(var_list)
    }

    /// Whether a session has a value for the variable.
    ///
    /// It is a fact of the default session and is told when it is called.
    ///
    /// - Throws: `RunError` without a default session.
    public static func is_variable_initialized(_ variable: Variable) throws -> Bool {
        let session = try Session.required(nil, "is_variable_initialized")
        return (try? session.session.value(of: variable.handle)) != nil
    }
}
