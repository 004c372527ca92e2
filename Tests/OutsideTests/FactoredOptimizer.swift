// SPDX-License-Identifier: Apache-2.0
import Weft

/// Steps divided by the root of a moving mean of squared gradients that is kept, for matrices, as the
/// means of its rows and columns (Shazeer and Stern 2018, without the parts that adapt the rates).
///
/// It is written with what the library gives to everybody.
final class FactoredOptimizer: Optimizer {
    let name: String
    let learningRate: LearningRate
    let decay: Double
    let epsilon = 1e-30
    private let slots = OptimizerSlots(of: "FactoredOptimizer")

    init(
        learningRate: any LearningRateConvertible, decay: Double = 0.9, name: String = "Factored"
    ) {
        self.learningRate = learningRate.learningRate
        self.decay = decay
        self.name = name
    }

    var variables: [VariableHandle] { slots.all }

    func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        let type = variable.stepType
        let g = gradient.cast(to: type)
        let kept = parameter("decay", decay, in: .decay, as: type)
        let squares = g * g + epsilon
        func moved(_ slot: VariableHandle, to mean: AnyTensor) -> AnyTensor {
            slot.value * kept + mean * (1 - kept)
        }
        var updates: [Update] = []
        let spread: AnyTensor
        if variable.shape.count == 2 {
            let (rows, columns) = (variable.shape[0], variable.shape[1])
            let row = slots.slot("\(name)_row", of: variable, shape: [rows, 1])
            let column = slots.slot("\(name)_column", of: variable, shape: [1, columns])
            let nextRow = moved(row, to: squares.mean(axes: [1], keepingDimensions: true))
            let nextColumn = moved(column, to: squares.mean(axes: [0], keepingDimensions: true))
            updates += [row.assign(nextRow), column.assign(nextColumn)]
            spread = nextRow * nextColumn / nextRow.mean()
        } else {
            let slot = slots.slot(name, of: variable)
            spread = moved(slot, to: squares)
            updates.append(slot.assign(spread))
        }
        let rate = learningRate.tensor(as: type, step: slots.steps(of: name))
        let change = rate * g * rsqrt(spread)
        return updates + [variable.assign(lessenedBy: change)]
    }

    /// The number of updates so far.
    var count: VariableHandle { slots.scalar("\(name)/count", as: .int64) }

    func stepUpdates() -> [Update] { [count.assign(count.value + 1)] }
}
