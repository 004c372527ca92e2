// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// An optimizer whose weights go back, once in some steps, to a place between where they are and where they were
/// (Zhang et al. 2019): every k steps `s += α (w − s)`, `w = s`.
///
/// s are the slow weights, from the weights before the first step.
public final class Lookahead: Optimizer {
    /// The name that the slow weights' names end with.
    public let name: String
    /// What changes the weights from step to step.
    public let optimizer: any Optimizer
    /// k, how many steps lie between.
    public let steps: Int
    /// α, which share of the way the slow weights go.
    public let share: Double
    private let slots = OptimizerSlots(of: "Lookahead")

    /// An optimizer with slow weights; the defaults are the paper's.
    public init(
        _ optimizer: any Optimizer, steps: Int = 5, share: Double = 0.5, name: String = "Lookahead"
    ) {
        self.optimizer = optimizer
        self.steps = steps
        self.share = share
        self.name = name
    }

    /// The updates of one step: the optimizer's, and then the slow weights.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        guard steps >= 1 else {
            return [Update(.invalid(name, nil, "steps must be positive, not \(steps)"))]
        }
        let count = slots.steps(of: name)
        let isFirst = count .== .scalar(0, .int64)
        let rest = (count + 1) % Double(steps)
        let isMeeting = rest .== .scalar(0, .int64)
        return optimizer.updates(for: pairs)
            + pairs.flatMap { pair in
                Origin.updating(pair.variable, by: name) {
                    meeting(pair.variable, isFirst: isFirst, isMeeting: isMeeting).map(\.anyTensor)
                }.map { Update($0) }
            }
    }

    private func meeting(
        _ variable: VariableHandle, isFirst: AnyTensor, isMeeting: AnyTensor
    ) -> [Update] {
        let share = parameter("share", share, in: .share, as: variable.stepType)
        let slow = slots.slot(name, of: variable)
        let past = select(isFirst, variable.value.widened, slow.value)
        let fast = variable.update { $0 }.anyTensor.widened
        let next = select(isMeeting, past + (fast - past) * share, past)
        return [
            slow.assign(next),
            variable.update { select(isMeeting, next.cast(to: variable.dtype), $0) },
        ]
    }

    /// The updates of one variable and of its slow weights.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// Whether the optimizer takes complex variables.
    public var takesComplexVariables: Bool { optimizer.takesComplexVariables }

    /// That of the optimizer inside.
    public var lossScale: AnyTensor? { optimizer.lossScale }

    /// The optimizer's variables, the slow weights and the number of steps.
    public var variables: [VariableHandle] { optimizer.variables + slots.all }
}
