// SPDX-License-Identifier: Apache-2.0

/// The matrix product of what integers of 8 or 16 bits stand for: Σ (a − zeroₐ) · (b − zero_b) · scaleₐ ·
/// scale_b, with the sums in `Int32`.
///
/// It is the product of both `dequantized`, but that integers are multiplied and that nothing is rounded
/// before: the sums and the scales' product each are, to the scales' type, and so is their product. Sums
/// are exact up to what `Int32` holds: 2³¹ − 1, which is 66,000 products of 8
/// bits. A zero point costs the sums of the other operand's columns or rows, of one that is a constant once.
///
/// ```swift
/// let x = activations.quantized(scale: step, zeroPoint: zero)  // UInt8
/// let y = relu(quantizedMatmul(x, weights, scales: (step, steps), firstZeroPoint: zero) + bias)
/// ```
/// Gradients flow to the scales.
/// - Parameters:
///   - scales: What steps of 1 stand for: of `a` a scalar or [..., m, 1], of `b` a scalar or [n]. The
///     result has their type.
///   - firstZeroPoint: The integer of `a` that stands for 0, a scalar or [..., m, 1]; 0 for nil.
///   - secondZeroPoint: The same of `b`, a scalar or [n].
/// - Shape: a [..., m, k], b [k, n] → [..., m, n].
public func quantizedMatmul<A: IntegerTensor, B: IntegerTensor, Numbers: FloatingTensor>(
    _ a: A, _ b: B, scales: (first: Numbers, second: Numbers), firstZeroPoint: A? = nil,
    secondZeroPoint: B? = nil
) -> Numbers {
    let (x, w) = (a.anyTensor, b.anyTensor)
    let (step, steps) = (scales.first.anyTensor, scales.second.anyTensor)
    let (zero, zeros) = (firstZeroPoint?.anyTensor, secondZeroPoint?.anyTensor)
    let operands = [x, w, step, steps] + [zero, zeros].compactMap(\.self)
    return Numbers(
        .composed("quantizedMatmul", operands) {
            try x.requireQuantized("the first factor")
            try w.requireQuantized("the second factor")
            try step.requireFloating()
            try AnyTensor.requireSameDType([step, steps])
            guard try x.knownRank() >= 2, try w.knownRank() == 2 else {
                throw RuleViolation(
                    .invalidArgument(
                        "the factors", value: "\(x.type) and \(w.type)",
                        wanted: "a matrix, or several, and a matrix"))
            }
            try step.requireRows("the first scale", of: x)
            try zero?.requireRows("the first zero point", of: x)
            try steps.requireColumns("the second scale", of: w)
            try zeros?.requireColumns("the second zero point", of: w)
            var sums = matmul(x, w, accumulatingIn: .int32)
            let (wideX, wideW) = (x.cast(to: .int32), w.cast(to: .int32))
            if let zero {
                try AnyTensor.requireSameDType([x, zero])
                sums = sums - zero.cast(to: .int32) * wideW.sum(axes: [0])
            }
            if let zeros {
                try AnyTensor.requireSameDType([w, zeros])
                let shifted = zero.map { wideX - $0.cast(to: .int32) } ?? wideX
                sums =
                    sums - zeros.cast(to: .int32)
                    * shifted.sum(axes: [-1], keepingDimensions: true)
            }
            let wide = step.dtype.computing
            return (sums.cast(to: wide) * (step.cast(to: wide) * steps.cast(to: wide)))
                .cast(to: step.dtype)
        })
}

extension AnyTensor {
    fileprivate func requireQuantized(_ name: String) throws {
        let wanted = DTypeClass.integer.dtypes.filter { $0.size <= 2 }
        guard wanted.contains(dtype) else {
            throw RuleViolation(.wrongElementType(.argument(name), dtype, wanted: wanted))
        }
    }

    /// A scalar, or one number for each row of `matrices`.
    fileprivate func requireRows(_ name: String, of matrices: AnyTensor) throws {
        if rank == 0 { return }
        let rows = Shape((0..<(try matrices.knownRank() - 1)).map { matrices.shape[$0] } + [1])
        guard shape.merged(with: rows) != nil else {
            throw RuleViolation(.wrongShape(name, shape, wanted: rows))
        }
    }

    /// A scalar, or one number for each column of a matrix.
    fileprivate func requireColumns(_ name: String, of matrix: AnyTensor) throws {
        if rank == 0 { return }
        let columns = Shape([matrix.shape[1]])
        guard shape.merged(with: columns) != nil else {
            throw RuleViolation(.wrongShape(name, shape, wanted: columns))
        }
    }
}
