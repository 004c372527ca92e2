// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.nn {
    /// Sets elements to zero and divides the others by `keep_prob`, the share that is kept.
    ///
    /// Without a seed the draw belongs to the name, to what `x` is computed from and to its shape: built again,
    /// it is the same node.
    public static func dropout(
        _ x: some TensorOperand, keep_prob: some TensorOperand,
        noise_shape: [any TensorOperand]? = nil, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        let x = x.tensor(nil)
        let keep = keep_prob.tensor(x.dtype)
        let own =
            seed.map { "seed \($0)" }
            ?? "\(name.map { NameScope.qualified($0) } ?? "dropout") \(x.structure)"
        let stream = tf.Graph.current.seed.map { "\($0)/\(own)" } ?? own
        guard let noise_shape else {
            return tf.named(
                NameScope.$path.withValue("") {
                    Weft.dropout(
                        x, keepProbability: keep.dtype == x.dtype ? keep : keep.cast(to: x.dtype),
                        stream: stream)
                }, name)
        }
        let mask = NameScope.$path.withValue("") {
            Weft.dropout(
                tf.ones(tf.sizes(noise_shape), x.dtype), keepProbability: keep, stream: stream)
        }
        return tf.named(x * mask, name)
    }
    /// The same with the share unlabelled.
    public static func dropout(
        _ x: some TensorOperand, _ keep_prob: some TensorOperand,
        noise_shape: [any TensorOperand]? = nil, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        dropout(x, keep_prob: keep_prob, noise_shape: noise_shape, seed: seed, name: name)
    }
    /// The same by the share that is dropped.
    public static func dropout(
        _ x: some TensorOperand, rate: some TensorOperand, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        let x = x.tensor(nil)
        return dropout(x, keep_prob: 1 - rate.tensor(x.dtype), seed: seed, name: name)
    }
}

extension AnyTensor {
    /// A number for what the tensor is computed by, from what and how: the same for a graph that is built
    /// again, in every process.
    var structure: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func combine(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        GraphWalk.visit([node]) { node in
            combine(node.op.summary)
            if case .readVariable(let variable) = node.op { combine(variable.name) }
            if case .placeholder = node.op { combine(node.name ?? "") }
            combine("\(node.inputs.count)")
            return node.dependencies
        }
        return String(hash, radix: 16)
    }
}
