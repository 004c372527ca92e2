// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.contrib {
    /// Models from sequences to sequences, as `tf.contrib.legacy_seq2seq` had them.
    public enum legacy_seq2seq {
        /// A cell over a list of inputs; with `loop_function` each input but the first is made of the output before
        /// it.
        ///
        /// - Returns: The outputs of all steps, and the last state.
        /// - Throws: `GraphError` when the cell's variables cannot be made; what the function throws.
        public static func rnn_decoder(
            _ decoder_inputs: [tf.Tensor], _ initial_state: tf.nn.rnn_cell.State,
            _ cell: tf.nn.rnn_cell.RNNCell,
            loop_function: ((tf.Tensor, Int) throws -> tf.Tensor)? = nil, scope: String? = nil
        ) throws -> ([tf.Tensor], tf.nn.rnn_cell.State) {
            try tf.variable_scope(scope ?? "rnn_decoder") {
                var state = initial_state
                var outputs: [tf.Tensor] = []
                for (index, input) in decoder_inputs.enumerated() {
                    var input = input
                    if let loop_function, let last = outputs.last {
                        input = try tf.variable_scope("loop_function", reuse: true) {
                            try loop_function(last, index)
                        }
                    }
                    if index > 0 { tf.get_variable_scope().reuse_variables() }
                    let (output, next) = try cell(input, state)
                    outputs.append(output)
                    state = next
                }
                return (outputs, state)
            }
        }

        /// The weighted cross-entropies of the steps of each example, added up, and divided by the sum of
        /// weights unless told otherwise.
        ///
        /// - Shape: logits [batch, classes], targets [batch], weights [batch] → [batch].
        public static func sequence_loss_by_example(
            _ logits: [tf.Tensor], _ targets: [tf.Tensor], _ weights: [any TensorOperand],
            average_across_timesteps: Bool = true, name: String? = nil
        ) -> tf.Tensor {
            guard !logits.isEmpty, logits.count == targets.count, logits.count == weights.count
            else {
                return .invalid(
                    "sequence_loss_by_example", name,
                    "there are \(logits.count) logits, \(targets.count) targets and "
                        + "\(weights.count) weights")
            }
            let ws = zip(weights, logits).map { $0.tensor($1.dtype) }
            let losses = zip(zip(logits, targets), ws).map { both, weight in
                tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels: tf.reshape(both.1, [-1]), logits: both.0) * weight
            }
            let sum = tf.add_n(losses)
            guard average_across_timesteps else { return tf.named(sum, name) }
            return tf.named(sum / (tf.add_n(ws) + 1e-12), name)
        }

        /// The mean of the weighted cross-entropies over steps and examples.
        public static func sequence_loss(
            _ logits: [tf.Tensor], _ targets: [tf.Tensor], _ weights: [any TensorOperand],
            average_across_timesteps: Bool = true, average_across_batch: Bool = true,
            name: String? = nil
        ) -> tf.Tensor {
            let losses = sequence_loss_by_example(
                logits, targets, weights, average_across_timesteps: average_across_timesteps)
            return average_across_batch
                ? tf.reduce_mean(losses, name: name) : tf.reduce_sum(losses, name: name)
        }
    }
}
