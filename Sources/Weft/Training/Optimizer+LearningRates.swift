// SPDX-License-Identifier: Apache-2.0
package import WeftGraph

extension Optimizer {
    /// The learning rates of the step to come, scalars of `f64`, with the names of the optimizers that they are
    /// of: of this one, or of those that it is made of.
    ///
    /// They are found among the stored properties, so that an optimizer of a program's own has nothing to do
    /// for it.
    package var learningRates: [(name: String, rate: AnyTensor)] {
        var rate: LearningRate?
        var slots: OptimizerSlots?
        var inner: [any Optimizer] = []
        for child in Mirror(reflecting: self).children {
            switch child.value {
            case let value as LearningRate: rate = rate ?? value
            case let value as OptimizerSlots: slots = slots ?? value
            case let value as any Optimizer: inner.append(value)
            case let value as [ParameterGroups.Group]: inner += value.map(\.optimizer)
            default: break
            }
        }
        // The variable is read alone: what counts it belongs to the training step.
        let own = rate.map { rate in
            rate.tensor(
                as: .float64,
                step: slots?.scalar("\(name)/steps", as: .int64).value ?? .scalar(0, .int64))
        }
        return (own.map { [(name, $0)] } ?? []) + inner.flatMap(\.learningRates)
    }
}
