// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// An optimizer that goes on only once in some steps, with the mean of their gradients: batches that are larger
/// than the memory holds. Optax's `MultiSteps`.
///
/// In the steps between, sums are all that changes; the rule is not computed. Moving averages of batch
/// normalisation go on in every step. A schedule counts the steps of the optimizer inside.
///
/// ```swift
/// let optimizer = GradientAccumulation(Adam(), steps: 8)
/// ```
public final class GradientAccumulation: Optimizer {
    /// The name that the sums' names begin with.
    public let name: String
    /// What changes the variables.
    public let optimizer: any Optimizer
    /// Of how many steps gradients are put together.
    public let steps: Int
    private let slots = OptimizerSlots(of: "GradientAccumulation")

    /// An optimizer, and how many steps make one of its own; at least 1.
    public init(_ optimizer: any Optimizer, steps: Int, name: String = "GradientAccumulation") {
        self.optimizer = optimizer
        self.steps = steps
        self.name = name
    }

    /// The updates of one step: sums, and once in `steps` those of the optimizer.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        guard steps >= 1 else {
            return [Update(.invalid(name, nil, "steps must be positive, not \(steps)"))]
        }
        let count = slots.scalar("\(name)/count", as: .int64)
        let (zero, one) = (AnyTensor.scalar(0, .int64), AnyTensor.scalar(1, .int64))
        let isLast = count.value .>= .scalar(Double(steps - 1), .int64)
        let sums = pairs.map { slots.slot(name, of: $0.variable) }
        let totals = zip(sums, pairs).map { $0.value + $1.gradient.widened }
        let all = cond(
            isLast,
            then: {
                let means = zip(totals, pairs).map { total, pair in
                    (gradient: total / .scalar(Double(steps), total.dtype), variable: pair.variable)
                }
                let cleared = sums.map { $0.assign($0.value * .scalar(0, $0.dtype)) }
                return Update.trainingStep(
                    (optimizer.updates(for: means) + cleared).map(\.anyTensor)
                ).anyTensor
            },
            else: { Update.group(zip(sums, totals).map { $0.assign($1) }).anyTensor })
        return [Update(all), count.assign(select(isLast, zero, count.value + one))]
    }

    /// The updates of one variable, for a step of that variable alone.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// Whether the optimizer takes complex variables.
    public var takesComplexVariables: Bool { optimizer.takesComplexVariables }

    /// That of the optimizer inside.
    public var lossScale: AnyTensor? { optimizer.lossScale }

    /// The optimizer's variables, the sums and the count.
    public var variables: [VariableHandle] { optimizer.variables + slots.all }
}
