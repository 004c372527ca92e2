// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Each element of the gradients brought into `−limit...limit`; NaN stays. The direction of the step changes.
///
/// - Parameter limit: A number above 0.
/// - Returns: The gradients, a missing one still missing; with another limit they carry an error.
public func clipped(
    _ gradients: [GradientOfVariable], toValue limit: Double
) -> [GradientOfVariable] {
    changed(gradients, limit) { g, _ in
        let most = AnyTensor.scalar(limit, g.dtype)
        return g.clipped(from: -most, to: most)
    }
}

/// Each gradient scaled for itself so that its norm is at most `limit`: TensorFlow's `clip_by_norm`.
///
/// To keep the direction of the whole step, clip to a global norm.
/// - Parameter limit: A number above 0.
/// - Returns: The gradients, a missing one still missing; with another limit they carry an error.
public func clipped(
    _ gradients: [GradientOfVariable], toNorm limit: Double
) -> [GradientOfVariable] {
    changed(gradients, limit) { g, _ in
        let most = AnyTensor.scalar(limit, g.dtype)
        return g * (most / maximum(sqrt((g * g).sum()), most))
    }
}

/// Gradients scaled, unit by unit, so that their norm is at most a share of the weights' norm (adaptive clipping,
/// Brock et al. 2021): what trains deep networks without normalisation.
///
/// A unit is what feeds one output: of two and more axes all but the last together, else the whole variable.
/// - Parameters:
///   - share: The greatest norm as a share of the weights', above 0; 0.01 to 0.1 are usual.
///   - least: The least norm of weights that counts, so that weights that are 0 can move.
/// - Returns: The gradients, a missing one still missing; with another share they carry an error.
public func clipped(
    _ gradients: [GradientOfVariable], toShareOfWeights share: Double, least: Double = 1e-3
) -> [GradientOfVariable] {
    let isFine = least > 0 && least.isFinite
    return changed(gradients, isFine ? share : .nan) { g, variable in
        let axes = variable.shape.count > 1 ? Array(0..<variable.shape.count - 1) : nil
        func norm(_ x: AnyTensor) -> AnyTensor {
            sqrt((x * x).sum(axes: axes, keepingDimensions: true))
        }
        let length = norm(g)
        let most = maximum(norm(variable.value.widened), .scalar(least, g.dtype)) * share
        // Where the quotient counts, the length is above `most`, which is above 0.
        let isLong = length .> most
        let factor = most / select(isLong, length, most)
        return select(isLong, g * factor, g)
    }
}

/// Gradients changed in the type that steps are computed in.
private func changed(
    _ gradients: [GradientOfVariable], _ limit: Double,
    _ change: (AnyTensor, VariableHandle) -> AnyTensor
) -> [GradientOfVariable] {
    let isFine = limit > 0 && limit.isFinite
    return gradients.map { pair in
        let result = pair.gradient.map { gradient in
            isFine
                ? change(gradient.widened, pair.variable).cast(to: gradient.dtype)
                : .invalid("clipped", nil, "the limits must be finite and above 0")
        }
        return GradientOfVariable(result, pair.variable)
    }
}
