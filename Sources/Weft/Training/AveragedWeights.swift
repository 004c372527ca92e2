// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// An optimizer that keeps averages of the weights beside them: they do better on new examples than the weights of
/// the last step.
///
/// ```swift
/// let optimizer = AveragedWeights(Adam(), .exponential(decay: 0.999))
/// let train = try optimizer.minimize(loss)
/// // ... and when the training is over, or before an evaluation:
/// try session.run(optimizer.exchange([w.handle, b.handle]))
/// ```
public final class AveragedWeights: Optimizer {
    /// What an average is.
    public enum Rule: Sendable {
        /// A moving mean (EMA; Polyak and Juditsky 1992): `a += (1 − decay)(w − a)` after each step, from the
        /// weights before the first one. Warmed up, the decay is at most (1 + t) / (10 + t) with t steps before,
        /// as TensorFlow's `ExponentialMovingAverage` has it with `num_updates`.
        case exponential(decay: Double, isWarmedUp: Bool = false)
        /// The mean of the weights after steps `start`, `start + every` and so on, counted from 1 (SWA; Izmailov et al. 2018).
        /// Before, the average is the weight itself.
        case uniform(start: Int, every: Int = 1)
    }

    /// The name that the averages' names end with.
    public let name: String
    /// What changes the variables.
    public let optimizer: any Optimizer
    /// What the averages are.
    public let rule: Rule
    private let slots = OptimizerSlots(of: "AveragedWeights")

    /// An optimizer, and what averages to keep.
    public init(
        _ optimizer: any Optimizer, _ rule: Rule = .exponential(decay: 0.999),
        name: String = "Average"
    ) {
        self.optimizer = optimizer
        self.rule = rule
        self.name = name
    }

    /// The average of a variable, of the type of its steps; 0 before the first step.
    public func average(of variable: VariableHandle) -> VariableHandle {
        slots.slot(name, of: variable)
    }

    /// Variables and their averages change places: once to evaluate with the averages, once more to train on.
    public func exchange(_ variables: [VariableHandle]) -> Update {
        .group(
            variables.flatMap { variable in
                let average = average(of: variable)
                return [
                    variable.assign(average.value.cast(to: variable.dtype)),
                    average.assign(variable.value.widened),
                ]
            })
    }

    /// The updates of one step: the optimizer's, and then the averages.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        // The averages see what the optimizer has made of the weights: updates happen in the order in which
        // they were made.
        optimizer.updates(for: pairs)
            + pairs.map { pair in
                Update(
                    Origin.updating(pair.variable, by: name) {
                        averaging(pair.variable).anyTensor
                    })
            }
    }

    private func averaging(_ variable: VariableHandle) -> Update {
        let dtype = variable.stepType
        let average = average(of: variable)
        let steps = slots.steps(of: name)
        let newest = variable.update { $0 }.anyTensor.widened
        let (zero, one) = (AnyTensor.scalar(0, .float64), AnyTensor.scalar(1, .float64))
        switch rule {
        case .exponential(let decay, let isWarmedUp):
            var kept = parameter("decay", decay, in: .share, as: .float64)
            let count = steps.cast(to: .float64)
            if isWarmedUp { kept = minimum(kept, (count + 1) / (count + 10)) }
            let past = select(count .== zero, variable.value.widened, average.value)
            return average.assign(past + (newest - past) * (one - kept).cast(to: dtype))
        case .uniform(let start, let every):
            guard start >= 1, every >= 1 else {
                return average.assign(
                    .invalid(
                        name, nil, "start and every must be positive, not \(start) and \(every)"))
            }
            let past = steps.cast(to: .float64) + (1 - Double(start))
            let samples = past / Double(every)
            let isSample = (past .>= zero) .& (floor(samples) .== samples)
            let weight = select(
                isSample, one / (maximum(samples, zero) + 1), select(past .< zero, one, zero))
            return average.assign(
                average.value + (newest - average.value) * weight.cast(to: dtype))
        }
    }

    /// The updates of one variable and of its average.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// Whether the optimizer takes complex variables, of which averages can be kept too.
    public var takesComplexVariables: Bool { optimizer.takesComplexVariables }

    /// That of the optimizer inside.
    public var lossScale: AnyTensor? { optimizer.lossScale }

    /// The optimizer's variables, the averages and the number of steps.
    public var variables: [VariableHandle] { optimizer.variables + slots.all }
}
