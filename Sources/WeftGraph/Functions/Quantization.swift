// SPDX-License-Identifier: Apache-2.0

extension FloatingTensor {
    /// The nearest of the 2^bits numbers at equal distances from `low` to `high`: what is left of x when
    /// integers of few bits stand for it. For training that prepares for it.
    ///
    /// As TensorFlow's `fake_quant_with_min_max_vars`: the range is moved a little so that 0 is one of the
    /// numbers; x beyond it becomes its end. Where the ends are equal the result is 0. The gradient passes
    /// straight through within the range; outside it is the end's.
    /// - Parameters:
    ///   - low: A scalar or, for a range for each channel, a vector along the last axis; as `high`.
    ///   - bits: 2 to 16.
    ///   - isNarrow: Whether there is one number less, so that as many can lie on both sides of 0.
    /// - Shape: x [..., channels], low and high [] or [channels] → that of x.
    public func fakeQuantized(
        from low: Self, to high: Self, bits: Int = 8, isNarrow: Bool = false
    ) -> Self {
        let (low, high) = (low.anyTensor, high.anyTensor)
        return composed("fakeQuantized", with: [low, high]) { x in
            try x.requireFloating()
            try AnyTensor.requireSameDType([x, low, high])
            guard (2...16).contains(bits) else {
                throw RuleViolation(
                    .invalidArgument("the bits", value: "\(bits)", wanted: "in 2...16"))
            }
            let channels = Shape([x.shape[-1]])
            for end in [low, high] {
                guard
                    end.rank == 0
                        || (end.rank == 1 && x.rank != 0 && channels.merged(with: end.shape) != nil)
                else {
                    throw RuleViolation(
                        .invalidArgument(
                            "an end of the range", value: "\(end.type)",
                            wanted: "a scalar, or a vector as long as the last axis of \(x.type)"))
                }
            }
            let last = Double(1 << bits - 1) - (isNarrow ? 1 : 0)
            return withCustomGradient(
                [x, low, high],
                body: { [QuantizedRange($0[1], $0[2], last).rounded($0[0])] },
                gradient: { inputs, _, gradients in
                    QuantizedRange(inputs[1], inputs[2], last)
                        .gradients(gradients[0], inputs[0], inputs[1], inputs[2])
                })[0]
        }
    }

    /// Integers that stand for x: x / scale, rounded to the nearest, to even ones halfway between two,
    /// plus the zero point, and no further than the integers go.
    ///
    /// As ONNX's `QuantizeLinear`. No gradient flows.
    /// - Parameters:
    ///   - scale: What a step of 1 stands for: a scalar, or a number for each index of `axis`.
    ///   - zeroPoint: The integer that stands for 0, in the shape of the scale; of 8, 16 or 32 bits. The
    ///     result has its type.
    ///   - axis: That of a vector of scales.
    /// - Shape: that of x.
    public func quantized<Integers: IntegerTensor>(
        scale: Self, zeroPoint: Integers, axis: Int = -1
    ) -> Integers {
        let (x, scale, zeroPoint) = (anyTensor, scale.anyTensor, zeroPoint.anyTensor)
        return Integers(
            .composed("quantized", [x, scale, zeroPoint]) {
                try x.requireFloating()
                try AnyTensor.requireSameDType([x, scale])
                let range = try zeroPoint.quantizedIntegers()
                let (steps, zero) = try x.alongAxis(axis, scale, zeroPoint)
                let number =
                    round(stopGradient(x).widened / steps.widened).cast(to: .float64)
                    + zero.cast(to: .float64)
                let (least, most) = (Double(range.lowerBound), Double(range.upperBound))
                // NaN stands for nothing; the zero point is the most harmless.
                let known = select(number.isNaN, zero.cast(to: .float64), number)
                return known.clipped(from: .scalar(least, .float64), to: .scalar(most, .float64))
                    .cast(to: zeroPoint.dtype)
            })
    }
}

extension IntegerTensor {
    /// What integers stand for: (x − zeroPoint) · scale.
    ///
    /// As ONNX's `DequantizeLinear`. Differentiable by the scale.
    /// - Parameters:
    ///   - scale: What a step of 1 stands for: a scalar, or a number for each index of `axis`. The result
    ///     has its type.
    ///   - zeroPoint: The integer that stands for 0, in the shape of the scale; of 8, 16 or 32 bits.
    ///   - axis: That of a vector of scales.
    /// - Shape: that of x.
    public func dequantized<Numbers: FloatingTensor>(
        scale: Numbers, zeroPoint: Self, axis: Int = -1
    ) -> Numbers {
        let (x, scale, zeroPoint) = (anyTensor, scale.anyTensor, zeroPoint.anyTensor)
        return Numbers(
            .composed("dequantized", [x, scale, zeroPoint]) {
                try scale.requireFloating()
                try AnyTensor.requireSameDType([x, zeroPoint])
                _ = try x.quantizedIntegers()
                let (steps, zero) = try x.alongAxis(axis, scale, zeroPoint)
                let wide = steps.widened
                let difference = x.cast(to: .int64) - zero.cast(to: .int64)
                return (difference.cast(to: wide.dtype) * wide).cast(to: scale.dtype)
            })
    }
}

extension AnyTensor {
    fileprivate func quantizedIntegers() throws -> ClosedRange<Int64> {
        guard let range = dtype.integers, dtype != .int64, dtype != .uint64 else {
            let types = DTypeClass.integer.dtypes.filter { $0 != .int64 && $0 != .uint64 }
            throw RuleViolation(.wrongElementType(.argument("the integers"), dtype, wanted: types))
        }
        return range
    }

    /// Scales and zero points, so that they are broadcast along an axis of the tensor.
    fileprivate func alongAxis(
        _ axis: Int, _ scale: AnyTensor, _ zeroPoint: AnyTensor
    ) throws -> (AnyTensor, AnyTensor) {
        guard scale.shape.merged(with: zeroPoint.shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("scale and zero point", scale.shape, zeroPoint.shape))
        }
        guard try scale.knownRank() <= 1 else {
            throw RuleViolation(.wrongRank("the scale", scale.type, wanted: 0...1))
        }
        if scale.rank == 0 { return (scale, zeroPoint) }
        let axis = try resolvedAxis(axis)
        guard Shape([shape[axis]]).merged(with: scale.shape) != nil else {
            throw RuleViolation(
                .wrongShape("the scale", scale.shape, wanted: Shape([shape[axis]])))
        }
        let behind = Array(1..<(try knownRank()) - axis)
        return (
            scale.expandingDimensions(at: behind), zeroPoint.expandingDimensions(at: behind)
        )
    }
}

/// A range of numbers at equal distances, one of which is 0.
private struct QuantizedRange {
    private let low: AnyTensor
    private let high: AnyTensor
    private let step: AnyTensor
    private let isEmpty: AnyTensor

    /// - Parameter last: How many steps it is from the first number to the last one.
    init(_ given: AnyTensor, _ end: AnyTensor, _ last: Double) {
        let (from, to) = (given.widened, end.widened)
        let isEmpty = from .== to
        let step = select(isEmpty, .scalar(1, like: from), (to - from) / last)
        // The step that is nearest to 0 becomes it.
        let zero = roundAwayFromZero(-from / step)
            .clipped(from: .scalar(0, like: from), to: .scalar(last, like: from))
        low = -zero * step
        high = (last - zero) * step
        self.step = step
        self.isEmpty = isEmpty
    }

    func rounded(_ x: AnyTensor) -> AnyTensor {
        let inside = maximum(minimum(x.widened, high), low)
        let number = floor((inside - low) / step + 0.5) * step + low
        return select(isEmpty, .zeros(like: number), number).cast(to: x.dtype)
    }

    func gradients(
        _ gradient: AnyTensor, _ x: AnyTensor, _ given: AnyTensor, _ end: AnyTensor
    ) -> [AnyTensor?] {
        let zero = AnyTensor.scalar(0, like: gradient)
        let wide = x.widened
        let isBelow = (wide .< low) .& .!isEmpty
        let isAbove = (wide .> high) .& .!isEmpty
        return [
            select(isBelow .| isAbove, zero, gradient),
            select(isBelow, gradient, zero).unbroadcast(like: given),
            select(isAbove, gradient, zero).unbroadcast(like: end),
        ]
    }
}
