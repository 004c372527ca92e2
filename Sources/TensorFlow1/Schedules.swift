// SPDX-License-Identifier: Apache-2.0
public import Weft

/// The number of the step, and learning rates that follow it.
extension tf.train {
    /// The variable that counts steps, made where there is none: `global_step` of `int64`.
    public static func get_or_create_global_step(graph: tf.Graph? = nil) -> tf.Variable {
        get_global_step(graph: graph) ?? made()
    }

    /// A new variable that counts steps.
    ///
    /// - Throws: `GraphError` when there is one.
    public static func create_global_step(graph: tf.Graph? = nil) throws -> tf.Variable {
        guard get_global_step(graph: graph) == nil else {
            throw GraphError(
                operation: "create_global_step", reason: "\"global_step\" already exists.")
        }
        return made()
    }

    /// The variable that counts steps; nil when there is none.
    public static func get_global_step(graph: tf.Graph? = nil) -> tf.Variable? {
        (graph ?? .current).as_default {
            tf.get_collection(tf.GraphKeys.GLOBAL_STEP).first
                ?? tf.global_variables().first { $0.handle.name == "global_step" }
        }
    }

    /// The number of the step in a session.
    ///
    /// - Throws: as `tf.Session.run`.
    public static func global_step(
        _ sess: tf.Session, _ global_step_tensor: some TensorConvertible
    ) throws -> Int {
        try sess.run(global_step_tensor).doubles.first.map { Int($0) } ?? 0
    }

    private static func made() -> tf.Variable {
        let step = tf.Variable(
            "global_step", initial: .scalar(0, .int64), trainable: false, collections: [])
        tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, step)
        tf.Graph.current.state.withLock { $0.store["global_step"] = step }
        return step
    }

    // MARK: Schedules

    private static func step(
        _ step: any TensorOperand, _ rate: AnyTensor
    ) -> AnyTensor {
        step.tensor(rate.dtype).cast(to: rate.dtype)
    }

    private static func share(
        _ number: any TensorOperand, _ decay_steps: any TensorOperand, _ rate: AnyTensor,
        isStaircase: Bool
    ) -> AnyTensor {
        let p = step(number, rate) / step(decay_steps, rate)
        return isStaircase ? floor(p) : p
    }

    /// rate · decay_rate ^ (step / decay_steps); with `staircase` the exponent is rounded down.
    public static func exponential_decay(
        _ learning_rate: some TensorOperand, _ global_step: some TensorOperand,
        _ decay_steps: some TensorOperand, _ decay_rate: some TensorOperand,
        staircase: Bool = false, name: String? = nil
    ) -> tf.Tensor {
        let rate = learning_rate.tensor(nil)
        let p = share(global_step, decay_steps, rate, isStaircase: staircase)
        return tf.named(rate * pow(decay_rate.tensor(rate.dtype), p), name)
    }
    /// The same, all by labels.
    public static func exponential_decay(
        learning_rate: some TensorOperand, global_step: some TensorOperand,
        decay_steps: some TensorOperand, decay_rate: some TensorOperand,
        staircase: Bool = false, name: String? = nil
    ) -> tf.Tensor {
        exponential_decay(
            learning_rate, global_step, decay_steps, decay_rate, staircase: staircase, name: name)
    }
    /// rate · exp(−decay_rate · step / decay_steps).
    public static func natural_exp_decay(
        _ learning_rate: some TensorOperand, _ global_step: some TensorOperand,
        _ decay_steps: some TensorOperand, _ decay_rate: some TensorOperand,
        staircase: Bool = false, name: String? = nil
    ) -> tf.Tensor {
        let rate = learning_rate.tensor(nil)
        let p = share(global_step, decay_steps, rate, isStaircase: staircase)
        return tf.named(rate * exp(-decay_rate.tensor(rate.dtype) * p), name)
    }
    /// rate / (1 + decay_rate · step / decay_steps).
    public static func inverse_time_decay(
        _ learning_rate: some TensorOperand, _ global_step: some TensorOperand,
        _ decay_steps: some TensorOperand, _ decay_rate: some TensorOperand,
        staircase: Bool = false, name: String? = nil
    ) -> tf.Tensor {
        let rate = learning_rate.tensor(nil)
        let p = share(global_step, decay_steps, rate, isStaircase: staircase)
        return tf.named(rate / (1 + decay_rate.tensor(rate.dtype) * p), name)
    }
    /// From the rate to `end_learning_rate` by (1 − step / decay_steps) ^ power; with `cycle` it begins anew with
    /// the next multiple of `decay_steps`.
    public static func polynomial_decay(
        _ learning_rate: some TensorOperand, _ global_step: some TensorOperand,
        _ decay_steps: some TensorOperand, end_learning_rate: some TensorOperand = 0.0001,
        power: some TensorOperand = 1.0, cycle: Bool = false, name: String? = nil
    ) -> tf.Tensor {
        let rate = learning_rate.tensor(nil)
        var number = step(global_step, rate)
        var steps = step(decay_steps, rate)
        if cycle {
            let times = tf.where(
                tf.equal(number, 0), tf.ones_like(number), ceil(number / steps))
            steps = steps * times
        } else {
            number = minimum(number, steps)
        }
        let end = end_learning_rate.tensor(rate.dtype)
        let left = pow(1 - number / steps, power.tensor(rate.dtype))
        return tf.named((rate - end) * left + end, name)
    }
    /// From the rate to alpha · rate along half a cosine.
    public static func cosine_decay(
        _ learning_rate: some TensorOperand, _ global_step: some TensorOperand,
        _ decay_steps: some TensorOperand, alpha: Double = 0, name: String? = nil
    ) -> tf.Tensor {
        let rate = learning_rate.tensor(nil)
        let steps = step(decay_steps, rate)
        let done = minimum(step(global_step, rate), steps) / steps
        let wave = (cos(done * Double.pi) + 1) * 0.5
        return tf.named(rate * (wave * (1 - alpha) + alpha), name)
    }
    /// The first of `values` up to the first boundary, and so on.
    public static func piecewise_constant(
        _ x: some TensorOperand, _ boundaries: [Double], _ values: [Double], name: String? = nil
    ) -> tf.Tensor {
        guard values.count == boundaries.count + 1, let first = values.first else {
            return .invalid(
                "piecewise_constant", name, "there must be one value more than boundaries")
        }
        let x = tf.cast(x, .float64)
        var result = AnyTensor.scalar(first, .float32)
        for (boundary, value) in zip(boundaries, values.dropFirst()) {
            result = tf.where(tf.greater(x, boundary), AnyTensor.scalar(value, .float32), result)
        }
        return tf.named(result, name)
    }

    // MARK: Moving averages

    /// Moving averages of variables: average −= (1 − decay) · (average − variable).
    public final class ExponentialMovingAverage: Sendable {
        /// The share of the average that a step keeps.
        public let decay: Double
        /// What stands behind a variable's name in its average's.
        public let name: String
        private let steps: AnyTensor?
        private let averages = Guarded<[VariableHandle: tf.Variable]>([:])

        /// - Parameter num_updates: A number of steps: the share kept is then at most
        ///   (1 + steps) / (10 + steps).
        public init(
            _ decay: Double, num_updates: (any TensorOperand)? = nil, zero_debias: Bool = false,
            name: String = "ExponentialMovingAverage"
        ) {
            self.decay = decay
            self.name = name
            steps = num_updates.map { tf.cast($0.tensor(nil), .float32) }
        }
        /// The same by a label.
        public convenience init(
            decay: Double, num_updates: (any TensorOperand)? = nil,
            name: String = "ExponentialMovingAverage"
        ) {
            self.init(decay, num_updates: num_updates, name: name)
        }

        /// The operation that takes in the variables' values, those that are trained if none are given. Averages
        /// start from their variables' initial values.
        public func apply(_ var_list: [tf.Variable]? = nil) -> tf.Operation {
            let variables = var_list ?? tf.trainable_variables()
            let kept: AnyTensor =
                steps.map { minimum(AnyTensor.scalar(decay, .float32), ($0 + 1) / ($0 + 10)) }
                ?? .scalar(decay, .float32)
            let updates = variables.map { variable in
                let average = made(for: variable)
                let value = variable.anyTensor
                let share = (1 - kept).cast(to: value.dtype)
                return average.changed(nil) { $0 - ($0 - value) * share }
            }
            return tf.group(updates, name: name)
        }

        /// A variable's average; nil before `apply`.
        public func average(_ variable: tf.Variable) -> tf.Variable? {
            averages.withLock { $0[variable.handle] }
        }
        /// The name of a variable's average.
        public func average_name(_ variable: tf.Variable) -> String {
            "\(variable.handle.name)/\(name)"
        }
        /// The variables to read from a checkpoint, by the names there: those with averages by their averages'.
        public func variables_to_restore(
            _ moving_avg_variables: [tf.Variable]? = nil
        ) -> [String: tf.Variable] {
            let averaged = Set((moving_avg_variables ?? tf.trainable_variables()).map(\.handle))
            var result: [String: tf.Variable] = [:]
            for variable in tf.global_variables() {
                if averaged.contains(variable.handle) {
                    result[average_name(variable)] = variable
                } else if !variable.handle.name.hasSuffix("/" + name) {
                    result[variable.handle.name] = variable
                }
            }
            return result
        }

        private func made(for variable: tf.Variable) -> tf.Variable {
            if let known = average(variable) { return known }
            let full = average_name(variable)
            let graph = tf.Graph.current
            let average: tf.Variable
            switch graph.initial(of: variable.handle) {
            case .tensor(let initial):
                average = tf.Variable(full, initial: initial, trainable: false, collections: [])
            case .function, .like:
                average = tf.Variable(full, like: variable.handle)
            }
            tf.add_to_collection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES, variable)
            averages.withLock { $0[variable.handle] = average }
            return average
        }
    }
}

extension tf.contrib {
    /// What stood in `tf.contrib.framework`.
    public enum framework {
        /// The variable that counts steps; nil when there is none.
        public static func get_global_step(graph: tf.Graph? = nil) -> tf.Variable? {
            tf.train.get_global_step(graph: graph)
        }
        /// The variable that counts steps, made where there is none.
        public static func get_or_create_global_step(graph: tf.Graph? = nil) -> tf.Variable {
            tf.train.get_or_create_global_step(graph: graph)
        }
        /// A new variable that counts steps.
        ///
        /// - Throws: `GraphError` when there is one.
        public static func create_global_step(graph: tf.Graph? = nil) throws -> tf.Variable {
            try tf.train.create_global_step(graph: graph)
        }
    }
}
