// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.train {
    /// An optimizer of a program's own: a subclass says how gradients change variables.
    open class Optimizer {
        private let name: String

        /// An optimizer.
        ///
        /// - Parameter use_locking: Accepted: a run changes variables alone.
        public init(_ use_locking: Bool, _ name: String) { self.name = name }
        /// An optimizer, all by labels.
        public convenience init(use_locking: Bool = false, name: String) {
            self.init(use_locking, name)
        }

        /// The optimizer's name.
        open func get_name() -> String { name }

        /// Gradients of the loss with their variables, those that are trained if none are given.
        ///
        /// - Throws: `GraphError` when the loss carries one.
        open func compute_gradients(
            _ loss: some TensorConvertible, var_list: [tf.Variable]? = nil
        ) throws -> [(tf.Tensor?, tf.Variable)] {
            let variables = var_list ?? tf.trainable_variables()
            return Array(zip(try tf.gradients([loss], variables), variables))
        }

        /// The operation that changes the variables by their gradients: what a subclass is for.
        ///
        /// - Parameter global_step: A variable that a step adds 1 to.
        /// - Throws: `GraphError` in this class, which says nothing.
        open func apply_gradients(
            _ grads_and_vars: [(tf.Tensor?, tf.Variable)], global_step: tf.Variable? = nil,
            name: String? = nil
        ) throws -> tf.Operation {
            throw GraphError(
                operation: self.name, reason: "the optimizer must override `apply_gradients`")
        }

        /// The training step: both together.
        ///
        /// - Throws: `GraphError` when the loss carries one or depends on no variable.
        open func minimize(
            _ loss: some TensorConvertible, global_step: tf.Variable? = nil,
            var_list: [tf.Variable]? = nil, name: String? = nil
        ) throws -> tf.Operation {
            let pairs = try compute_gradients(loss, var_list: var_list)
            guard pairs.contains(where: { $0.0 != nil }) else {
                throw GraphError(
                    operation: self.name,
                    reason: "No gradients provided for any variable: the loss depends on none")
            }
            return try apply_gradients(pairs, global_step: global_step, name: name)
        }
    }
}
