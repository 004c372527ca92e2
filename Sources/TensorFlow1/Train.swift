// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Optimizers, as in `tf.train`.
    public enum train {
        /// TensorFlow 1's Adam: epsilon beside the root of the second moment itself.
        public static func AdamOptimizer(
            _ learning_rate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
            beta2: Double = 0.999,
            epsilon: Double = 1e-8, name: String = "Adam"
        ) -> OptimizerOf<Adam> {
            OptimizerOf(
                Adam(
                    learningRate: learning_rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                    epsilonPlacement: .beforeBiasCorrection, name: name))
        }

        /// Plain gradient descent.
        public static func GradientDescentOptimizer(
            _ learning_rate: any LearningRateConvertible
        ) -> OptimizerOf<GradientDescent> {
            OptimizerOf(GradientDescent(learningRate: learning_rate))
        }

        /// Gradient descent with momentum.
        public static func MomentumOptimizer(
            _ learning_rate: any LearningRateConvertible, momentum: Double,
            use_nesterov: Bool = false, name: String = "Momentum"
        ) -> OptimizerOf<Momentum> {
            OptimizerOf(
                Momentum(
                    learningRate: learning_rate, momentum: momentum, usesNesterov: use_nesterov,
                    name: name))
        }

        /// An optimizer under TensorFlow's method names.
        public struct OptimizerOf<Base: Optimizer>: Sendable {
            /// Weft's optimizer.
            public let base: Base
            init(_ base: Base) { self.base = base }

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

            /// The operation that updates the variables. (Updates that ride with a loss run in
            /// `minimize`, which knows it.)
            ///
            /// - Throws: `GraphError` when there is no gradient at all.
            public func apply_gradients(_ pairs: [GradientOfVariable]) throws -> Operation {
                Operation(try base.apply(pairs))
            }

            /// The training step, moving averages of batch normalisation included.
            ///
            /// - Throws: `GraphError` when the loss carries one or depends on no variable.
            public func minimize(
                _ loss: some TensorConvertible, var_list: [Variable]? = nil
            ) throws -> Operation {
                Operation(try base.minimize(loss, variables: var_list?.map(\.handle)))
            }
        }
    }
}
