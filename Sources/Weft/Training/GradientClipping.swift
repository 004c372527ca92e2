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
/// As in TensorFlow a norm that is infinite or NaN makes all gradients NaN: nothing goes on unnoticed.
/// - Parameter limit: The greatest norm, above 0.
/// - Returns: The scaled gradients, a missing one still missing, and the norm before. Gradients
///   whose element types differ carry an error.
public func clipped(
    _ gradients: [GradientOfVariable], toGlobalNorm limit: Double
) -> (gradients: [GradientOfVariable], norm: AnyTensor) {
    let squares = gradients.compactMap(\.gradient).map { ($0 * $0).sum() }
    guard let first = squares.first else { return (gradients, .scalar(0, as: .float32)) }
    guard limit > 0 else {
        let error = AnyTensor.invalid(
            "clipped", nil, "the greatest norm must be above 0, not \(limit)")
        return (
            gradients.map { GradientOfVariable($0.gradient.map { _ in error }, $0.variable) }, error
        )
    }
    let norm = squares.dropFirst().reduce(first, +).sqrt()
    let (one, most) = (AnyTensor.scalar(1, as: norm.dtype), AnyTensor.scalar(limit, as: norm.dtype))
    // The difference is 0, and NaN where the norm is not finite.
    let scale = most * .minimum(one / norm, one / most) + (norm - norm)
    let scaled = gradients.map { GradientOfVariable($0.gradient.map { $0 * scale }, $0.variable) }
    return (scaled, norm)
}
