// SPDX-License-Identifier: Apache-2.0
import Weft

/// How gradients are kept from growing too long.
public enum GradientClip: Sendable, Hashable {
    /// Each element into `−limit...limit`: see `clipped(_:toValue:)`.
    case value(Double)
    /// Each gradient to a norm: see `clipped(_:toNorm:)`.
    case norm(Double)
    /// All gradients together to a norm: see `clipped(_:toGlobalNorm:)`.
    case globalNorm(Double)
    /// Each unit to a share of its weights: see `clipped(_:toShareOfWeights:least:)`.
    case shareOfWeights(Double)

    /// The gradients, and their norm where it was taken.
    func clipping(
        _ gradients: [GradientOfVariable]
    ) -> (gradients: [GradientOfVariable], norm: AnyTensor?) {
        switch self {
        case .value(let limit): return (clipped(gradients, toValue: limit), nil)
        case .norm(let limit): return (clipped(gradients, toNorm: limit), nil)
        case .shareOfWeights(let share): return (clipped(gradients, toShareOfWeights: share), nil)
        case .globalNorm(let limit):
            let result = clipped(gradients, toGlobalNorm: limit)
            return (result.gradients, result.norm)
        }
    }
}

/// What a training is stopped for when it is NaN or infinite. What comes first is in what comes later.
public enum FiniteChecks: Int, Sendable, Hashable, Comparable {
    /// Nothing.
    case none
    /// The loss.
    case loss
    /// The gradients as well: another pass over each.
    case gradients
    /// The new values of the variables as well: another pass over each.
    case variables

    /// Whether one looks at less than the other.
    public static func < (a: FiniteChecks, b: FiniteChecks) -> Bool { a.rawValue < b.rawValue }
}

/// What a ``Trainer`` does beside the plain step.
public struct TrainerOptions: Sendable {
    /// How gradients are clipped; nil for not at all.
    public var clip: GradientClip?
    /// Of how many batches the gradients are put together to one step of the optimizer: see
    /// `GradientAccumulation`.
    public var accumulatedBatches = 1
    /// What ends the training when it is not finite. Nothing has changed then: the error names the first
    /// operation that gave such a number, what it was given, its place in the source, and the variables.
    public var finiteChecks = FiniteChecks.gradients
    /// After how many steps ``TensorStatistics`` of gradients, variables and what is watched are taken; nil for
    /// never.
    public var statisticsInterval: Int?
    /// Whether control-C (or SIGTERM) ends a training after the step, with a checkpoint where there are any; a
    /// second one ends the process at once. The handlers that were there before are back when the training is over.
    public var handlesInterruption = false

    /// The usual options.
    public init() {}
}
