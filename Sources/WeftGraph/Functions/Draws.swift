// SPDX-License-Identifier: Apache-2.0

/// What gives a random tensor its shape.
package enum RandomShape {
    case dimensions([Int])
    case like(AnyTensor)
    /// Of sizes that the graph computes.
    case sizes(AnyTensor)

    var inputs: [AnyTensor] {
        switch self {
        case .dimensions: []
        case .like(let tensor): [tensor]
        case .sizes(let sizes): [sizes]
        }
    }

    /// What has the shape, where it does not say itself.
    fileprivate var like: [AnyTensor] {
        if case .sizes(let sizes) = self { [.shaped(by: sizes)] } else { inputs }
    }
}

/// Distributions, made of random bits. Here the streams' names are taken as they are.
extension AnyTensor {
    /// 32 random bits for each element, as u32. Here the stream's name is taken as it is.
    package static func randomBits(_ shape: RandomShape, stream: String) -> AnyTensor {
        let dimensions: [Int]? = if case .dimensions(let dims) = shape { dims } else { nil }
        return make(
            .random(
                RandomAttributes(
                    stream: stream, shape: dimensions, level: Region.currentLevel)),
            shape.like)
    }

    private static func upperBits(_ bits: AnyTensor, _ count: Int) -> AnyTensor {
        count == 32 ? bits : binary(.shiftRightLogical, bits, scalar(Double(32 - count), .uint32))
    }

    /// Numbers of [0, 1) at equal distances: 2 to the power of −53 for f64, −24 for all others.
    package static func uniform(
        _ shape: RandomShape, stream: String, for dtype: DType
    ) throws -> AnyTensor {
        guard dtype.isFloatingPoint else {
            throw RuleViolation(
                .wrongElementType(.result, dtype, wanted: DTypeClass.floating.dtypes))
        }
        if dtype == .float64 { return doubles(shape, stream: stream, low: 27) }
        return upperBits(randomBits(shape, stream: stream), 24).cast(to: .float32) * 0x1p-24
    }

    /// Two draws make a `Double`: 26 bits, then `low` more.
    private static func doubles(_ shape: RandomShape, stream: String, low: Int) -> AnyTensor {
        let first = upperBits(randomBits(shape, stream: stream), 26).cast(to: .float64)
        let second = upperBits(randomBits(shape, stream: stream + "/low"), low).cast(to: .float64)
        return first * 0x1p-26 + second * (0x1p-26 / Double(1 << low))
    }

    /// Odd multiples of half a distance, so that neither 0 nor 1 occurs; in f32 or f64.
    package static func openUniform(
        _ shape: RandomShape, stream: String, _ dtype: DType
    ) -> AnyTensor {
        if dtype == .float64 { return doubles(shape, stream: stream, low: 26) + 0x1p-53 }
        let steps = upperBits(randomBits(shape, stream: stream), 23).cast(to: .float32)
        return steps * 0x1p-23 + 0x1p-24
    }

    package static func drawnUniform(
        _ shape: RandomShape, from low: Double, to high: Double, stream: String, _ dtype: DType
    ) -> AnyTensor {
        composed("randomUniform", shape.inputs) {
            guard low.isFinite, high.isFinite, low <= high else {
                throw RuleViolation(
                    "from \(low) to \(high) is no range: both must be finite, and the first not greater"
                )
            }
            let unit = try uniform(shape, stream: stream, for: dtype)
            if low == 0, high == 1, unit.dtype == dtype { return unit }
            let (first, end) = (dtype.nearest(low), dtype.nearest(high))
            guard first.isFinite, end.isFinite else {
                throw RuleViolation("\(dtype) has no numbers \(low) and \(high)")
            }
            let last = Swift.max(first, dtype.predecessor(of: end))
            // Numbers of 16 bits are drawn between bounds of 16 bits.
            let (from, to) = unit.dtype == dtype ? (low, high) : (first, end)
            let scaled: AnyTensor
            if unit.dtype.nearest(to - from).isFinite {
                let spread = to - from == 1 ? unit : unit * (to - from)
                scaled = from == 0 ? spread : spread + from
            } else {
                scaled = (1 - unit) * from + unit * to
            }
            // Rounding to the nearest reaches the upper bound.
            return minimum(scaled.cast(to: dtype), scalar(last, dtype))
        }
    }

    /// By the inverse of the distribution function: √2 · erf⁻¹(2u − 1).
    package static func drawnNormal(
        _ shape: RandomShape, mean: Double, standardDeviation: Double, stream: String,
        isTruncated: Bool, _ dtype: DType
    ) -> AnyTensor {
        composed(isTruncated ? "randomTruncatedNormal" : "randomNormal", shape.inputs) {
            guard dtype.isFloatingPoint else {
                throw RuleViolation(
                    .wrongElementType(.result, dtype, wanted: DTypeClass.floating.dtypes))
            }
            guard mean.isFinite, standardDeviation.isFinite, standardDeviation >= 0 else {
                throw RuleViolation(
                    "mean \(mean) and standard deviation \(standardDeviation) must be finite, the "
                        + "latter not negative")
            }
            var centred: AnyTensor
            if dtype == .float64 {
                centred = openUniform(shape, stream: stream, dtype) * 2 - 1
            } else {
                // In whole numbers, so that both tails have all the steps that f32 has there.
                let steps = upperBits(randomBits(shape, stream: stream), 24).cast(to: .int32)
                centred = (steps * 2 + (1 - 0x1p24)).cast(to: .float32) * 0x1p-24
            }
            // erf(√2): the probability of two standard deviations on both sides.
            if isTruncated { centred = centred * 0.9544997361036416 }
            let standard = unary(.erfInverse, centred) * 1.4142135623730951
            let scaled = standardDeviation == 1 ? standard : standard * standardDeviation
            return (mean == 0 ? scaled : scaled + mean).cast(to: dtype)
        }
    }

    /// true with the given probability: exact to 2 to the power of −32.
    package static func drawnBernoulli(
        _ shape: RandomShape, probability: Double, stream: String
    ) -> AnyTensor {
        composed("randomBernoulli", shape.inputs) {
            guard probability >= 0, probability <= 1 else {
                throw RuleViolation(
                    .invalidArgument(
                        "the probability", value: "\(probability)", wanted: "in 0...1"))
            }
            let bits = randomBits(shape, stream: stream)
            let threshold = (probability * 0x1p32).rounded()
            if threshold >= 0x1p32 { return compare(.equal, bits, bits) }
            return compare(.less, bits, scalar(threshold, .uint32))
        }
    }

    /// Whole numbers of `low..<high`, each equally likely up to the range's part in 2^32 (or 2^64).
    package static func drawnIntegers(
        _ shape: RandomShape, from low: Int64, to high: Int64, stream: String, _ dtype: DType
    ) -> AnyTensor {
        composed("randomIntegers", shape.inputs) {
            guard dtype.isInteger else {
                throw RuleViolation(
                    .wrongElementType(.result, dtype, wanted: DTypeClass.integer.dtypes))
            }
            guard low < high else { throw RuleViolation("the range \(low)..<\(high) is empty") }
            guard let numbers = dtype.integers, numbers.contains(low),
                numbers.contains(high - 1)
            else {
                throw RuleViolation("\(dtype) does not hold all of \(low)..<\(high)")
            }
            let range = UInt64(bitPattern: high &- low)
            func word(_ bits: UInt64) -> AnyTensor {
                constant(NDArray(integers: [Int64(bitPattern: bits)], dtype: .uint64, shape: []))
            }
            let bits = randomBits(shape, stream: stream).cast(to: .uint64)
            let offset: AnyTensor
            if range <= 1 << 32 {
                offset = binary(.shiftRightLogical, bits * word(range), word(32))
            } else {
                let low = randomBits(shape, stream: stream + "/low").cast(to: .uint64)
                let wide = binary(.or, binary(.shiftLeft, bits, word(32)), low)
                offset = binary(.remainder, wide, word(range))
            }
            let start = constant(NDArray(integers: [low], dtype: dtype, shape: []))
            return low == 0 ? offset.cast(to: dtype) : offset.cast(to: dtype) + start
        }
    }

    /// The numbers 0 to count − 1 in random order, as i32.
    package static func drawnPermutation(count: Int, stream: String) -> AnyTensor {
        composed("randomPermutation", []) {
            guard count >= 0, count < 1 << 31 else {
                throw RuleViolation(
                    .invalidArgument("the count", value: "\(count)", wanted: "in 0..<2^31"))
            }
            let keys = randomBits(.dimensions([count]), stream: stream)
            return makeAll(.sort(SortAttributes(axis: 0, isDescending: false)), [keys])[1]
        }
    }
}
