// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Random tensors, drawn anew in each run. A draw without a seed is one of its own: two of equal arguments
/// differ. With a seed it depends on that alone, beside the session's seed.
extension tf {
    /// The stream of a draw.
    static func stream(_ name: String, _ seed: Int?) -> String {
        let graph = Graph.current
        let own = seed.map { "seed \($0)" } ?? graph.unique_name(name)
        return graph.seed.map { "\($0)/\(own)" } ?? own
    }

    /// What an operation draws from a stream, whose name is whole: no scope comes before it.
    private static func draw(
        _ operation: String, _ inputs: [AnyTensor], _ attributes: [String: OperationAttribute],
        _ stream: String
    ) -> AnyTensor {
        NameScope.$path.withValue("") {
            tensorFlowOperation(operation, inputs, attributes, nodeName: stream)[0]
        }
    }

    private static func normal(
        _ sizes: AnyTensor, _ mean: any TensorOperand, _ stddev: any TensorOperand, _ dtype: DType,
        _ seed: Int?, _ name: String?, isTruncated: Bool
    ) -> Tensor {
        let stream = stream(name ?? (isTruncated ? "truncated_normal" : "random_normal"), seed)
        let unit = draw(
            isTruncated ? "TruncatedNormal" : "RandomStandardNormal", [sizes],
            ["dtype": .type(dtype)], stream)
        return named(unit * stddev.tensor(dtype) + mean.tensor(dtype), name)
    }

    private static func uniform(
        _ sizes: AnyTensor, _ minval: any TensorOperand, _ maxval: (any TensorOperand)?,
        _ dtype: DType, _ seed: Int?, _ name: String?
    ) -> Tensor {
        let stream = stream(name ?? "random_uniform", seed)
        guard dtype.isInteger else {
            let unit = draw("RandomUniform", [sizes], ["dtype": .type(dtype)], stream)
            let low = minval.tensor(dtype)
            return named(unit * ((maxval ?? 1).tensor(dtype) - low) + low, name)
        }
        guard let maxval else {
            return .invalid("random_uniform", name, "integers need a greatest value: maxval")
        }
        return named(
            draw(
                "RandomUniformInt", [sizes, minval.tensor(dtype), maxval.tensor(dtype)], [:], stream
            ),
            name)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: [any TensorOperand], mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: [any TensorOperand], _ mean: some TensorOperand,
        _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: [any TensorOperand], _ mean: some TensorOperand, stddev: some TensorOperand,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: some SizesOperand, mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(shape.tensor(.int32), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: some SizesOperand, _ mean: some TensorOperand, _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(shape.tensor(.int32), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        _ shape: some SizesOperand, _ mean: some TensorOperand, stddev: some TensorOperand,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(shape.tensor(.int32), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        shape: [any TensorOperand], mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        shape: [any TensorOperand], _ mean: some TensorOperand, _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers.
    public static func random_normal(
        shape: [any TensorOperand], _ mean: some TensorOperand, stddev: some TensorOperand,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: false)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        _ shape: [any TensorOperand], mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        _ shape: [any TensorOperand], _ mean: some TensorOperand,
        _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        _ shape: some SizesOperand, mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(shape.tensor(.int32), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        _ shape: some SizesOperand, _ mean: some TensorOperand, _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(shape.tensor(.int32), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        shape: [any TensorOperand], mean: some TensorOperand = 0.0,
        stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Normally distributed numbers, those more than two standard deviations away drawn again.
    public static func truncated_normal(
        shape: [any TensorOperand], _ mean: some TensorOperand, _ stddev: some TensorOperand = 1.0,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        normal(sizes(shape), mean, stddev, dtype, seed, name, isTruncated: true)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: [any TensorOperand], minval: some TensorOperand = 0,
        maxval: (any TensorOperand)? = nil,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: [any TensorOperand], _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        _ dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: [any TensorOperand], _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        dtype: DType, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: [any TensorOperand], _ minval: some TensorOperand, maxval: (any TensorOperand)?,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: some SizesOperand, minval: some TensorOperand = 0,
        maxval: (any TensorOperand)? = nil,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(shape.tensor(.int32), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: some SizesOperand, _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        _ dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(shape.tensor(.int32), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: some SizesOperand, _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        dtype: DType, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(shape.tensor(.int32), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        _ shape: some SizesOperand, _ minval: some TensorOperand, maxval: (any TensorOperand)?,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(shape.tensor(.int32), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        shape: [any TensorOperand], minval: some TensorOperand = 0,
        maxval: (any TensorOperand)? = nil,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        shape: [any TensorOperand], _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        _ dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        shape: [any TensorOperand], _ minval: some TensorOperand, _ maxval: (any TensorOperand)?,
        dtype: DType, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// Numbers from `minval` to below `maxval`, each equally likely; integers need both.
    public static func random_uniform(
        shape: [any TensorOperand], _ minval: some TensorOperand, maxval: (any TensorOperand)?,
        dtype: DType = .float32, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        uniform(sizes(shape), minval, maxval, dtype, seed, name)
    }

    /// The rows of a tensor in random order.
    public static func random_shuffle(
        _ value: some TensorOperand, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        named(
            draw(
                "RandomShuffle", [value.tensor(nil)], [:], stream(name ?? "random_shuffle", seed)),
            name)
    }

    /// A part of that size at a random place.
    public static func random_crop(
        _ value: some TensorOperand, _ size: [Int], seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        let value = value.tensor(nil)
        let room = shape(value) - axes(size) + 1
        let unit = draw(
            "RandomUniform", [axes([size.count])], ["dtype": .type(.float32)],
            stream(name ?? "random_crop", seed))
        let start = cast(floor(unit * cast(room, .float32)), .int32)
        return slice(value, minimum(start, room - 1), axes(size), name: name)
    }

    /// `num_samples` classes for each row of logits, drawn by their probabilities.
    ///
    /// - Shape: logits [n, classes] → [n, num_samples].
    public static func multinomial(
        _ logits: some TensorOperand, _ num_samples: Int, seed: Int? = nil, name: String? = nil,
        output_dtype: DType = .int64
    ) -> Tensor {
        named(
            draw(
                "Multinomial", [logits.tensor(nil), num_samples.tensor(.int32)],
                ["output_dtype": .type(output_dtype)], stream(name ?? "multinomial", seed)), name)
    }

    /// `num_samples` classes for each row of logits, drawn by their probabilities.
    public static func multinomial(
        _ logits: some TensorOperand, num_samples: Int, seed: Int? = nil, name: String? = nil
    ) -> Tensor {
        multinomial(logits, num_samples, seed: seed, name: name)
    }
}

/// Draws under TensorFlow's later names.
extension tf {
    /// Draws under TensorFlow's later names.
    public enum random {
        /// Normally distributed numbers.
        public static func normal(
            _ shape: [any TensorOperand], mean: some TensorOperand = 0.0,
            stddev: some TensorOperand = 1.0, dtype: DType = .float32, seed: Int? = nil,
            name: String? = nil
        ) -> Tensor {
            random_normal(shape, mean: mean, stddev: stddev, dtype: dtype, seed: seed, name: name)
        }
        /// Normally distributed numbers within two standard deviations.
        public static func truncated_normal(
            _ shape: [any TensorOperand], mean: some TensorOperand = 0.0,
            stddev: some TensorOperand = 1.0, dtype: DType = .float32, seed: Int? = nil,
            name: String? = nil
        ) -> Tensor {
            tf.truncated_normal(
                shape, mean: mean, stddev: stddev, dtype: dtype, seed: seed, name: name)
        }
        /// Numbers from `minval` to below `maxval`, each equally likely.
        public static func uniform(
            _ shape: [any TensorOperand], minval: some TensorOperand = 0,
            maxval: (any TensorOperand)? = nil, dtype: DType = .float32, seed: Int? = nil,
            name: String? = nil
        ) -> Tensor {
            random_uniform(
                shape, minval: minval, maxval: maxval, dtype: dtype, seed: seed, name: name)
        }
        /// The rows of a tensor in random order.
        public static func shuffle(_ value: some TensorOperand, seed: Int? = nil) -> Tensor {
            random_shuffle(value, seed: seed)
        }
        /// What draws depend on beside the session's seed.
        public static func set_random_seed(_ seed: Int) { tf.set_random_seed(seed) }
    }
}
