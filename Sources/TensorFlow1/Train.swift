// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.Variable: LearningRateConvertible {
    /// The variable's value in each step.
    public var learningRate: LearningRate { LearningRate(anyTensor) }
}

extension tf {
    /// Optimizers, as in `tf.train`.
    public enum train {
        /// An optimizer under TensorFlow's method names.
        public struct OptimizerOf<Base: Weft.Optimizer>: Sendable {
            /// Weft's optimizer.
            public let base: Base
            init(_ base: Base) { self.base = base }

            /// What makes the updates. Of a table that is only looked up TensorFlow changes the looked up rows alone, by
            /// all rules but Adam's, whose moments decay in all rows.
            private var rule: any Weft.Optimizer {
                switch base {
                case is Adam, is GradientDescent, is Adagrad: base
                default: LazyRows(base)
                }
            }

            /// Gradients of the loss, weighted by `grad_loss`, with their variables.
            ///
            /// - Throws: `GraphError` when the loss carries one.
            public func compute_gradients(
                _ loss: some TensorConvertible, var_list: [Variable]? = nil,
                grad_loss: (any TensorConvertible)? = nil
            ) throws -> [GradientOfVariable] {
                try base.computeGradients(
                    loss, variables: var_list?.map(\.handle) ?? trainableVariables(of: loss),
                    seed: grad_loss)
            }

            /// The same with the variables unlabelled.
            ///
            /// - Throws: `GraphError` when the loss carries one.
            public func compute_gradients(
                _ loss: some TensorConvertible, _ var_list: [Variable]
            ) throws -> [GradientOfVariable] {
                try compute_gradients(loss, var_list: var_list)
            }

            /// The operation that updates the variables. (Updates that ride with a loss run in
            /// `minimize`, which knows it.)
            ///
            /// - Parameter global_step: A variable that each step adds 1 to.
            /// - Throws: `GraphError` when there is no gradient at all.
            public func apply_gradients(
                _ pairs: [GradientOfVariable], global_step: Variable? = nil, name: String? = nil
            ) throws -> Operation {
                finished(try rule.apply(pairs), global_step, name)
            }

            /// The operation that updates variables by gradients in pairs, as `zip` gives them.
            ///
            /// - Throws: `GraphError` when there is no gradient at all.
            public func apply_gradients(
                _ pairs: some Sequence<(Tensor?, Variable)>, global_step: Variable? = nil,
                name: String? = nil
            ) throws -> Operation {
                try apply_gradients(
                    pairs.map { GradientOfVariable($0.0, $0.1.handle) }, global_step: global_step,
                    name: name)
            }

            /// The training step, moving averages of batch normalisation included.
            ///
            /// - Parameter global_step: A variable that each step adds 1 to.
            /// - Throws: `GraphError` when the loss carries one or depends on no variable.
            public func minimize(
                _ loss: some TensorConvertible, global_step: Variable? = nil,
                var_list: [Variable]? = nil, name: String? = nil,
                grad_loss: (any TensorConvertible)? = nil
            ) throws -> Operation {
                let pairs = try compute_gradients(loss, var_list: var_list, grad_loss: grad_loss)
                return finished(try rule.apply(pairs, loss: loss.anyTensor), global_step, name)
            }

            /// The training step, with the variables before.
            ///
            /// - Throws: `GraphError` when the loss carries one or depends on no variable.
            public func minimize(
                _ loss: some TensorConvertible, var_list: [Variable], global_step: Variable?
            ) throws -> Operation {
                try minimize(loss, global_step: global_step, var_list: var_list)
            }

            /// The variables that the optimizer has made.
            public func variables() -> [Variable] { base.variables.map { Variable($0) } }

            /// A variable of the optimizer that belongs to another, by its kind in the order in which they are
            /// made: `m` and `v` of Adam, `momentum` of Momentum.
            public func get_slot(_ variable: Variable, _ name: String) -> Variable? {
                let slots = base.variables.filter {
                    $0.name.hasPrefix(variable.handle.name + "/" + base.name)
                }
                let position = get_slot_names().firstIndex(of: name) ?? 0
                return slots.indices.contains(position) ? Variable(slots[position]) : nil
            }

            /// The kinds of variables that the optimizer makes for each variable.
            public func get_slot_names() -> [String] {
                switch base {
                case is Adam: ["m", "v"]
                case is Momentum: ["momentum"]
                case is Adagrad: ["accumulator"]
                case let rms as RMSProp:
                    rms.isCentered ? ["rms", "mg", "momentum"] : ["rms", "momentum"]
                default: []
                }
            }

            /// The update, with the step counted; the optimizer's variables are listed from now on.
            private func finished(
                _ update: Update, _ step: Variable?, _ name: String?
            ) -> Operation {
                Graph.current.enter(base.variables, of: base.name)
                guard let step else { return Operation(update, name: name ?? base.name) }
                return group([Operation(update), step.assign_add(1)], name: name ?? base.name)
            }
        }

        // MARK: Optimizers

        /// TensorFlow 1's Adam: epsilon beside the root of the second moment itself.
        public static func AdamOptimizer(
            learning_rate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
            beta2: Double = 0.999, epsilon: Double = 1e-8, name: String = "Adam"
        ) -> OptimizerOf<Adam> {
            OptimizerOf(
                Adam(
                    learningRate: learning_rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                    epsilonPlacement: .beforeBiasCorrection, name: name))
        }
        /// The same with the rate unlabelled.
        public static func AdamOptimizer(
            _ learning_rate: any LearningRateConvertible, beta1: Double = 0.9,
            beta2: Double = 0.999, epsilon: Double = 1e-8, name: String = "Adam"
        ) -> OptimizerOf<Adam> {
            AdamOptimizer(
                learning_rate: learning_rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                name: name)
        }
        /// The same with the first numbers unlabelled.
        public static func AdamOptimizer(
            _ learning_rate: any LearningRateConvertible, _ beta1: Double, _ beta2: Double = 0.999,
            epsilon: Double = 1e-8, name: String = "Adam"
        ) -> OptimizerOf<Adam> {
            AdamOptimizer(
                learning_rate: learning_rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                name: name)
        }

        /// Plain gradient descent.
        public static func GradientDescentOptimizer(
            _ learning_rate: any LearningRateConvertible, name: String = "GradientDescent"
        ) -> OptimizerOf<GradientDescent> {
            OptimizerOf(GradientDescent(learningRate: learning_rate, name: name))
        }
        /// Plain gradient descent.
        public static func GradientDescentOptimizer(
            learning_rate: any LearningRateConvertible, name: String = "GradientDescent"
        ) -> OptimizerOf<GradientDescent> {
            GradientDescentOptimizer(learning_rate, name: name)
        }

        /// Gradient descent with momentum.
        public static func MomentumOptimizer(
            _ learning_rate: any LearningRateConvertible, _ momentum: Double,
            use_nesterov: Bool = false, name: String = "Momentum"
        ) -> OptimizerOf<Momentum> {
            OptimizerOf(
                Momentum(
                    learningRate: learning_rate, momentum: momentum, usesNesterov: use_nesterov,
                    name: name))
        }
        /// Gradient descent with momentum.
        public static func MomentumOptimizer(
            _ learning_rate: any LearningRateConvertible, momentum: Double,
            use_nesterov: Bool = false, name: String = "Momentum"
        ) -> OptimizerOf<Momentum> {
            MomentumOptimizer(learning_rate, momentum, use_nesterov: use_nesterov, name: name)
        }
        /// Gradient descent with momentum.
        public static func MomentumOptimizer(
            learning_rate: any LearningRateConvertible, momentum: Double,
            use_nesterov: Bool = false, name: String = "Momentum"
        ) -> OptimizerOf<Momentum> {
            MomentumOptimizer(learning_rate, momentum, use_nesterov: use_nesterov, name: name)
        }

        /// Steps divided by the root of a moving mean of squared gradients.
        public static func RMSPropOptimizer(
            _ learning_rate: any LearningRateConvertible, decay: Double = 0.9,
            momentum: Double = 0, epsilon: Double = 1e-10, centered: Bool = false,
            name: String = "RMSProp"
        ) -> OptimizerOf<RMSProp> {
            OptimizerOf(
                RMSProp(
                    learningRate: learning_rate, decay: decay, momentum: momentum,
                    epsilon: epsilon, isCentered: centered, name: name))
        }
        /// The same with the numbers unlabelled.
        public static func RMSPropOptimizer(
            _ learning_rate: any LearningRateConvertible, _ decay: Double, _ momentum: Double = 0,
            _ epsilon: Double = 1e-10, centered: Bool = false, name: String = "RMSProp"
        ) -> OptimizerOf<RMSProp> {
            RMSPropOptimizer(
                learning_rate, decay: decay, momentum: momentum, epsilon: epsilon,
                centered: centered, name: name)
        }
        /// The same, all by labels.
        public static func RMSPropOptimizer(
            learning_rate: any LearningRateConvertible, decay: Double = 0.9, momentum: Double = 0,
            epsilon: Double = 1e-10, centered: Bool = false, name: String = "RMSProp"
        ) -> OptimizerOf<RMSProp> {
            RMSPropOptimizer(
                learning_rate, decay: decay, momentum: momentum, epsilon: epsilon,
                centered: centered, name: name)
        }

        /// Steps divided by the root of the sum of squared gradients.
        public static func AdagradOptimizer(
            _ learning_rate: any LearningRateConvertible, initial_accumulator_value: Double = 0.1,
            name: String = "Adagrad"
        ) -> OptimizerOf<Adagrad> {
            OptimizerOf(
                Adagrad(
                    learningRate: learning_rate, initialAccumulator: initial_accumulator_value,
                    name: name))
        }
        /// Steps divided by the root of the sum of squared gradients.
        public static func AdagradOptimizer(
            learning_rate: any LearningRateConvertible, initial_accumulator_value: Double = 0.1,
            name: String = "Adagrad"
        ) -> OptimizerOf<Adagrad> {
            AdagradOptimizer(
                learning_rate, initial_accumulator_value: initial_accumulator_value, name: name)
        }
    }
}
