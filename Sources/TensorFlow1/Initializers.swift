// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Initializers of `get_variable`. Each variable's draw belongs to its name and the session's seed, or the
/// graph's where `set_random_seed` gave one; with a seed of its own to that alone.
extension tf {
    /// Every element is 0.
    public static func zeros_initializer(dtype: DType = .float32) -> Initializer { .zeros }
    /// Every element is 1.
    public static func ones_initializer(dtype: DType = .float32) -> Initializer { .ones }

    /// Every element is `value`; of a list, its elements in order.
    public static func constant_initializer(
        _ value: some TensorOperand = 0, dtype: DType? = nil
    ) -> Initializer {
        Initializer { type, shape, _ in
            let array = try value.array(type).cast(to: type)
            if array.shape == shape { return array }
            guard array.count == 1 || array.count == ArraySize.count(shape) else {
                throw GraphError(
                    operation: "constant_initializer",
                    reason: "\(array.count) elements do not make the shape \(shape)")
            }
            return try array.count == 1
                ? .filled(type, shape, array.doubles.first ?? 0) : array.reshaped(to: shape)
        }
    }
    /// Every element is `value`.
    public static func constant_initializer(
        value: some TensorOperand, dtype: DType? = nil
    ) -> Initializer {
        constant_initializer(value, dtype: dtype)
    }

    /// Uniformly distributed.
    public static func random_uniform_initializer(
        _ minval: Double = 0, _ maxval: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomUniform(from: minval, to: maxval).seeded(seed)
    }
    /// Uniformly distributed.
    public static func random_uniform_initializer(
        minval: Double, maxval: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomUniform(from: minval, to: maxval).seeded(seed)
    }
    /// Normally distributed.
    public static func random_normal_initializer(
        mean: Double = 0, stddev: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Normally distributed.
    public static func random_normal_initializer(
        _ mean: Double, _ stddev: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Normally distributed.
    public static func random_normal_initializer(
        _ mean: Double, stddev: Double, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Normally distributed within two standard deviations.
    public static func truncated_normal_initializer(
        mean: Double = 0, stddev: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomTruncatedNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Normally distributed within two standard deviations.
    public static func truncated_normal_initializer(
        _ mean: Double, _ stddev: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomTruncatedNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Normally distributed within two standard deviations.
    public static func truncated_normal_initializer(
        _ mean: Double, stddev: Double, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.randomTruncatedNormal(mean: mean, standardDeviation: stddev).seeded(seed)
    }
    /// Uniformly distributed, so that the sizes of a layer's values stay: Glorot and Bengio 2010.
    public static func glorot_uniform_initializer(
        seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.glorotUniform.seeded(seed)
    }
    /// Normally distributed, so that the sizes of a layer's values stay: Glorot and Bengio 2010.
    public static func glorot_normal_initializer(
        seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.glorotNormal.seeded(seed)
    }
    /// Distributed by the number of a layer's inputs (`"fan_in"`), outputs (`"fan_out"`) or their mean
    /// (`"fan_avg"`): `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
    public static func variance_scaling_initializer(
        scale: Double = 1, mode: String = "fan_in", distribution: String = "truncated_normal",
        seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        let modes: [String: Initializer.FanMode] = [
            "fan_in": .fanIn, "fan_out": .fanOut, "fan_avg": .fanAverage,
        ]
        let distributions: [String: Initializer.Distribution] = [
            "truncated_normal": .truncatedNormal, "normal": .truncatedNormal,
            "untruncated_normal": .untruncatedNormal, "uniform": .uniform,
        ]
        guard let mode = modes[mode], let distribution = distributions[distribution] else {
            return Initializer { _, _, _ in
                throw GraphError(
                    operation: "variance_scaling_initializer",
                    reason: "there is no mode '\(mode)' or no distribution '\(distribution)'")
            }
        }
        return Initializer.varianceScaling(scale: scale, mode: mode, distribution: distribution)
            .seeded(seed)
    }
    /// Rows or columns are orthogonal to one another.
    public static func orthogonal_initializer(
        gain: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.orthogonal(gain: gain).seeded(seed)
    }
    /// Uniformly distributed by the number of a layer's inputs.
    public static func uniform_unit_scaling_initializer(
        factor: Double = 1, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        Initializer.uniformUnitScaling(factor: factor).seeded(seed)
    }
}

extension Initializer {
    /// With draws that belong to a seed and a name alone; as it is without a seed.
    func seeded(_ seed: Int?, _ name: String = "") -> Initializer {
        guard let seed, case .function(let function) = source else { return self }
        return Initializer { dtype, shape, _ in
            var stream = RandomStream(seed: UInt64(bitPattern: Int64(seed)), name: name)
            return try function(dtype, shape, &stream)
        }
    }
}
