// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Scales gradients together so that their norm, taken over all their elements, is at most `limit`:
/// the step keeps its direction. What recurrent networks need against single steps that are far too long.
///
/// ```swift
/// let (clipped, norm) = clipped(try adam.computeGradients(loss), toGlobalNorm: 1)
/// let train = try adam.apply(clipped, loss: loss.anyTensor)
/// ```
///
/// The norm neither overflows nor underflows where it is a number of the type; of 16-bit gradients it
/// is f32. As in TensorFlow a norm that is infinite or NaN makes all gradients NaN: nothing goes on
/// unnoticed.
/// - Parameter limit: The greatest norm, above 0; infinity changes nothing.
/// - Returns: The scaled gradients, a missing one still missing, and the norm before. Gradients
///   whose element types differ (16-bit ones count as f32) carry an error.
public func clipped(
    _ gradients: [GradientOfVariable], toGlobalNorm limit: Double
) -> (gradients: [GradientOfVariable], norm: AnyTensor) {
    let present = gradients.compactMap { $0.gradient?.widened }
    guard let type = present.first?.dtype else { return (gradients, .scalar(0, as: .float32)) }
    // The reciprocal of a smaller limit would be infinite.
    let least = type == .float64 ? Double.leastNormalMagnitude : 0x1p-126
    guard limit >= least else {
        let error = AnyTensor.invalid(
            "clipped", nil,
            "the greatest norm must be a number above 0 and not below \(least), not \(limit)")
        return (
            gradients.map { GradientOfVariable($0.gradient.map { _ in error }, $0.variable) }, error
        )
    }
    let norm = globalNorm(present.map(\.withoutZeroRows))
    let (one, most) = (AnyTensor.scalar(1, as: type), AnyTensor.scalar(limit, as: type))
    // TensorFlow's `limit · min(1 / norm, 1 / limit)`, to the bit, without the infinite quotient
    // whose derivative at 0 is NaN.
    let greatest = type == .float64 ? Double.greatestFiniteMagnitude : 0x1.fffffep127
    let divisor = maximum(norm, most)
    // The reciprocal of a greater number is no normal one, and may count as 0.
    let large = AnyTensor.scalar(type == .float64 ? 0x1p1022 : 0x1p126, as: type)
    let factor =
        limit > greatest
        ? one
        : select(divisor .> large, most / divisor, most * (one / divisor))
    // The difference is 0, and NaN where the norm is not finite.
    let scale = factor + (norm - norm)
    let scaled = gradients.map { pair in
        GradientOfVariable(
            pair.gradient.map { ($0.widened * scale).cast(to: $0.dtype) }, pair.variable)
    }
    return (scaled, norm)
}

/// The square root of the sum of all squares, of tensors of one type.
///
/// Where the greatest element is large or tiny they are scaled by a power of two first. That changes
/// no digit of what does not overflow or underflow.
private func globalNorm(_ tensors: [AnyTensor]) -> AnyTensor {
    let type = tensors[0].dtype
    let large = type == .float64 ? (above: 0x1p480, by: 0x1p-600) : (above: 0x1p50, by: 0x1p-80)
    let tiny = type == .float64 ? (below: 0x1p-480, by: 0x1p600) : (below: 0x1p-50, by: 0x1p100)
    func scalar(_ number: Double) -> AnyTensor { .scalar(number, as: type) }
    let extremes = tensors.map { AnyTensor.unary(.abs, stopGradient($0)).max() }
    let extreme = extremes.dropFirst().reduce(extremes[0]) { maximum($0, $1) }
    func choose(_ ifLarge: Double, _ ifTiny: Double) -> AnyTensor {
        select(
            extreme .> large.above, scalar(ifLarge),
            select(
                extreme .< tiny.below, scalar(ifTiny), scalar(1)))
    }
    let factor = choose(large.by, tiny.by)
    let squares = tensors.map { tensor in
        let scaled = tensor * factor
        return (scaled * scaled).sum()
    }
    return sqrt(squares.dropFirst().reduce(squares[0], +)) * choose(1 / large.by, 1 / tiny.by)
}

extension AnyTensor {
    /// The rows of a gradient that is made of rows; any other gradient.
    fileprivate var withoutZeroRows: AnyTensor {
        guard let count = shape[0], let rows = RowGradient(self), rows.areFew(of: count) else {
            return self
        }
        return rows.summed(of: count).values
    }
}
