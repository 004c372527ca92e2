// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftTensorFlow

/// Losses over many classes, of the true ones and of a sample of the others.
extension tf.nn {
    /// Classes drawn without repetition by p(k) = log((k + 2) / (k + 1)) / log(classes + 1), frequent ones being
    /// first, with how often each and the true ones were to be expected.
    ///
    /// - Shape: true_classes [batch, n] → [num_sampled], [batch, n], [num_sampled].
    public static func log_uniform_candidate_sampler(
        _ true_classes: some TensorOperand, _ num_true: Int, _ num_sampled: Int, _ unique: Bool,
        _ range_max: Int, seed: Int? = nil, name: String? = nil
    ) -> (
        sampled_candidates: tf.Tensor, true_expected_count: tf.Tensor,
        sampled_expected_count: tf.Tensor
    ) {
        guard num_sampled > 0, range_max > 0, !unique || num_sampled <= range_max else {
            let invalid = AnyTensor.invalid(
                "log_uniform_candidate_sampler", name,
                "\(num_sampled) of \(range_max) classes cannot be drawn")
            return (invalid, invalid, invalid)
        }
        let sampler = HostFunction(
            name ?? "LogUniformCandidateSampler",
            results: [.array(.int64, [num_sampled]), .array(.float32, [])]
        ) { inputs in
            var generator = SplitMix(state: UInt64(bitPattern: inputs[0].integers?.first ?? 0))
            var drawn: [Int64] = []
            var known: Set<Int64> = []
            var tries = 0
            let width = log1p(Double(range_max))
            while drawn.count < num_sampled {
                tries += 1
                let u = Double(generator.next() >> 11) * 0x1p-53
                let number = min(Int64(expm1(u * width)), Int64(range_max - 1))
                if unique, !known.insert(number).inserted { continue }
                drawn.append(number)
            }
            return [NDArray(drawn), NDArray(Float(tries))]
        }
        let state = tf.random_uniform(
            [1], 0, Int(Int32.max), .int64, seed: seed, name: name ?? "candidate_sampler")
        let results = hostCall(sampler, [state])
        let (classes, tries) = (results[0], results.last ?? results[0])
        func expected(_ classes: tf.Tensor) -> tf.Tensor {
            let k = tf.cast(classes, .float32)
            let p = (tf.log(k + 2) - tf.log(k + 1)) / log1p(Double(range_max))
            return unique ? -tf.expm1(tries * tf.log1p(-p)) : p * Double(num_sampled)
        }
        return (classes, expected(true_classes.tensor(.int64)), expected(classes))
    }

    private static func sampledLogits(
        _ weights: any TensorOperand, _ biases: any TensorOperand, _ labels: any TensorOperand,
        _ inputs: any TensorOperand, _ sampled: Int, _ classes: Int, _ trueCount: Int,
        removesHits: Bool, _ name: String
    ) -> (logits: tf.Tensor, labels: tf.Tensor) {
        let (w, b, x) = (weights.tensor(nil), biases.tensor(nil), inputs.tensor(nil))
        let labels = tf.cast(labels.tensor(.int64), .int64)
        let sample = log_uniform_candidate_sampler(
            labels, trueCount, sampled, true, classes, name: name)
        let ids = stopGradient(sample.sampled_candidates)
        // [batch, n]
        let trueLogits =
            tf.reduce_sum(tf.gather(w, labels) * tf.expand_dims(x, 1), axis: 2)
            + tf.gather(b, labels) - tf.log(stopGradient(sample.true_expected_count))
        // [batch, num_sampled]
        var others =
            tf.matmul(x, tf.gather(w, ids), transpose_b: true) + tf.gather(b, ids)
            - tf.log(stopGradient(sample.sampled_expected_count))
        if removesHits {
            let isHit = tf.reduce_any(
                tf.equal(tf.expand_dims(labels, 2), tf.reshape(ids, [1, 1, -1])), axis: 1)
            others = others - tf.cast(isHit, others.dtype) * Double(Float.greatestFiniteMagnitude)
        }
        let logits = tf.concat([trueLogits, others], 1)
        let targets = tf.concat(
            [tf.ones_like(trueLogits) / Double(trueCount), tf.zeros_like(others)], 1)
        return (logits, stopGradient(targets))
    }

    /// Noise-contrastive estimation: whether classes are true ones or drawn ones.
    ///
    /// - Shape: weights [classes, size], biases [classes], labels [batch, num_true], inputs [batch, size] →
    ///   [batch].
    public static func nce_loss(
        weights: some TensorOperand, biases: some TensorOperand, labels: some TensorOperand,
        inputs: some TensorOperand, num_sampled: Int, num_classes: Int, num_true: Int = 1,
        remove_accidental_hits: Bool = false, name: String = "nce_loss"
    ) -> tf.Tensor {
        let (logits, targets) = sampledLogits(
            weights, biases, labels, inputs, num_sampled, num_classes, num_true,
            removesHits: remove_accidental_hits, name)
        return tf.named(
            tf.reduce_sum(
                sigmoid_cross_entropy_with_logits(labels: targets, logits: logits), axis: 1), name)
    }
    /// Noise-contrastive estimation, the arguments unlabelled.
    public static func nce_loss(
        _ weights: some TensorOperand, _ biases: some TensorOperand, _ labels: some TensorOperand,
        _ inputs: some TensorOperand, _ num_sampled: Int, _ num_classes: Int
    ) -> tf.Tensor {
        nce_loss(
            weights: weights, biases: biases, labels: labels, inputs: inputs,
            num_sampled: num_sampled, num_classes: num_classes)
    }

    /// The cross-entropy of softmax over the true classes and drawn ones.
    ///
    /// - Shape: as `nce_loss`.
    public static func sampled_softmax_loss(
        weights: some TensorOperand, biases: some TensorOperand, labels: some TensorOperand,
        inputs: some TensorOperand, num_sampled: Int, num_classes: Int, num_true: Int = 1,
        remove_accidental_hits: Bool = true, name: String = "sampled_softmax_loss"
    ) -> tf.Tensor {
        let (logits, targets) = sampledLogits(
            weights, biases, labels, inputs, num_sampled, num_classes, num_true,
            removesHits: remove_accidental_hits, name)
        return softmax_cross_entropy_with_logits(labels: targets, logits: logits, name: name)
    }
}
