// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Which variables there are, for `global_variables_initializer` and the uniqueness of names.
    ///
    /// It keeps no variable alive.
    enum Collections {
        /// How a variable gets its first value.
        enum Initial: Sendable {
            case tensor(AnyTensor)
            case function(Initializer)
        }

        private struct Entry {
            weak var handle: VariableHandle?
            let initial: Initial
        }

        private static let entries = Guarded<[String: Entry]>([:])

        static func reset() { entries.withLock { $0 = [:] } }

        static func enter(_ handle: VariableHandle, _ initial: Initial) {
            entries.withLock { $0[handle.name] = Entry(handle: handle, initial: initial) }
        }

        static func isTaken(_ name: String) -> Bool {
            entries.withLock { $0[name]?.handle != nil }
        }

        /// Whether a variable stands under that scope.
        static func isScopeTaken(_ scope: String) -> Bool {
            let prefix = NameScope.qualified(scope) + "/"
            return entries.withLock {
                $0.contains { $0.key.hasPrefix(prefix) && $0.value.handle != nil }
            }
        }

        /// The name, or the name with the first free suffix `_1`, `_2`.
        static func uniqueName(_ name: String, isTaken: (String) -> Bool) -> String {
            var result = name
            var suffix = 0
            while isTaken(result) {
                suffix += 1
                result = "\(name)_\(suffix)"
            }
            return result
        }

        /// The variables alive, in the order in which they were made.
        static var live: [(handle: VariableHandle, initial: Initial)] {
            entries.withLock {
                $0.values.compactMap { entry in entry.handle.map { ($0, entry.initial) } }
            }
            .sorted { $0.handle.id < $1.handle.id }
        }
    }

    /// Forgets which variables there are.
    public static func reset_default_graph() { Collections.reset() }

    /// A variable whose first value is computed when its initializer is run, not before.
    public struct Variable: Hashable, Sendable, TensorConvertible {
        /// Weft's variable.
        public let handle: VariableHandle
        /// Why there can be no variable, if there can be none: its initial value's error.
        private let invalid: AnyTensor?

        /// A variable with the type and shape of its initial value. The shape must be known: what is
        /// made from a variable of unknown shape carries an error.
        public init(
            _ initial_value: some TensorConvertible, trainable: Bool = true,
            name: String = "Variable"
        ) {
            let initial = initial_value.anyTensor
            let unique = Collections.uniqueName(NameScope.qualified(name)) {
                Collections.isTaken($0)
            }
            let shape = initial.error == nil ? initial.shape.dimensions : nil
            if initial.error != nil {
                invalid = initial
            } else if shape == nil {
                invalid = .invalid(
                    "Variable", unique,
                    "the shape of the initial value must be known, not \(initial.type)",
                    type: TensorType(initial.dtype, .unknown))
            } else {
                invalid = nil
            }
            handle = NameScope.$path.withValue("") {
                // -1 is no dimension: the variable is invalid wherever it is found.
                VariableHandle(
                    unique, dtype: initial.dtype, shape: shape ?? [-1], initializer: .explicit,
                    isTrainable: trainable)
            }
            Collections.enter(handle, .tensor(invalid ?? initial))
        }

        fileprivate init(
            _ name: String, shape: [Int], dtype: DType, _ initializer: Initializer, trainable: Bool
        ) {
            handle = VariableHandle(
                name, dtype: dtype, shape: shape, initializer: .explicit, isTrainable: trainable)
            invalid = nil
            Collections.enter(handle, .function(initializer))
        }

        fileprivate init(_ handle: VariableHandle) {
            self.handle = handle
            invalid = nil
        }

        /// The value.
        public var anyTensor: AnyTensor { invalid ?? handle.value }
        /// The name, unique among the variables.
        public var name: String { handle.name }

        /// The variable becomes `value`.
        public func assign(_ value: some TensorConvertible) -> Operation {
            Operation(handle.assign(invalid ?? value.anyTensor))
        }
        /// `value` is added to the variable.
        public func assign_add(_ value: some TensorConvertible) -> Operation {
            if let invalid { return Operation(handle.assign(invalid)) }
            return Operation(handle.update { $0 + value.anyTensor })
        }
    }

    /// What is run for its effect.
    public struct Operation: Sendable, TensorConvertible {
        /// A value that the session computes from its seed and feeds, for the update to assign.
        struct FirstValue: Sendable {
            let placeholder: AnyTensor
            let variable: VariableHandle
            let initializer: Initializer
        }

        /// Weft's update.
        public let update: Update
        /// What running the update takes besides its feeds.
        let firstValues: [FirstValue]
        /// What to fetch to make the update happen.
        public var anyTensor: AnyTensor { update.anyTensor }

        init(_ update: Update, firstValues: [FirstValue] = []) {
            self.update = update
            self.firstValues = firstValues
        }
    }

    /// A variable of that name, which must be new.
    ///
    /// - Throws: `GraphError` when the name is taken.
    public static func get_variable(
        name: String, shape: [Int], dtype: DType = .float32,
        initializer: Initializer = .glorotUniform, trainable: Bool = true
    ) throws -> Variable {
        if Collections.isTaken(NameScope.qualified(name)) {
            throw GraphError(
                operation: "get_variable",
                reason: "Variable \(NameScope.qualified(name)) already exists, disallowed; "
                    + "use the variable that there is, or another name")
        }
        return Variable(name, shape: shape, dtype: dtype, initializer, trainable: trainable)
    }

    /// The same, name and shape without labels.
    ///
    /// - Throws: `GraphError` when the name is taken.
    public static func get_variable(
        _ name: String, _ shape: [Int], dtype: DType = .float32,
        initializer: Initializer = .glorotUniform, trainable: Bool = true
    ) throws -> Variable {
        try get_variable(
            name: name, shape: shape, dtype: dtype, initializer: initializer, trainable: trainable)
    }

    /// Gives all variables made so far their first values, in one run: all of them or, when it
    /// fails, none.
    public static func global_variables_initializer() -> Operation {
        var updates: [Update] = []
        var firstValues: [Operation.FirstValue] = []
        for (handle, initial) in Collections.live {
            switch initial {
            case .tensor(let tensor): updates.append(handle.assign(tensor))
            case .function(let function):
                let placeholder = AnyTensor.placeholder(
                    handle.dtype, shape: Shape(handle.shape), name: "\(handle.name)/first_value")
                updates.append(handle.assign(placeholder))
                firstValues.append(
                    Operation.FirstValue(
                        placeholder: placeholder, variable: handle, initializer: function))
            }
        }
        return Operation(Update.group(updates), firstValues: firstValues)
    }

    /// The variables made so far that are still in use.
    public static func global_variables() -> [Variable] {
        Collections.live.map { Variable($0.handle) }
    }

    /// Those of them that optimizers change.
    public static func trainable_variables() -> [Variable] {
        global_variables().filter(\.handle.isTrainable)
    }

    /// The updates that ride with what `tensor` is computed from, such as moving averages.
    ///
    /// TensorFlow kept them in the collection `UPDATE_OPS`, where it was easy to forget them. Here
    /// `minimize` runs them; this is for running them alone.
    public static func update_ops(of tensor: some TensorConvertible) -> Operation {
        Operation(Update.trainingStep([tensor.anyTensor]))
    }

    /// The name that TensorFlow 0.x had.
    public static func initialize_all_variables() -> Operation { global_variables_initializer() }

    /// An initializer that gives every element one value.
    public static func constant_initializer(_ value: Double) -> Initializer { .constant(value) }

    /// An initializer that draws uniformly.
    public static func random_uniform_initializer(
        _ minval: Double = 0, _ maxval: Double = 1
    ) -> Initializer {
        .randomUniform(from: minval, to: maxval)
    }

    /// An initializer that draws from a normal distribution.
    public static func random_normal_initializer(
        mean: Double = 0, stddev: Double = 1
    ) -> Initializer {
        .randomNormal(mean: mean, standardDeviation: stddev)
    }
}
