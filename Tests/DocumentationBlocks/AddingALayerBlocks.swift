// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/AddingALayer.md; change that.
// swift-format-ignore-file
import Weft

enum AddingALayerBlocks: Page {
    static let path = "Documentation/AddingALayer.md"
    static let blocks: [(line: Int, run: Block)] = [
        (12, line12),
        (71, line71),
    ]

    static func line12() async throws {
#sourceLocation(file: "Documentation/AddingALayer.md", line: 14)
/// Half of what a dense layer gives, gated by the other half: `[..., inputs]` → `[..., units]`.
struct GatedUnit: ModelessLayer {
    let values: Dense<Float>
    let gates: Dense<Float>

    init(_ name: String, units: Int) {
        (values, gates) = withNameScope(name) {
            (Dense("values", units: units), Dense("gates", units: units))
        }
    }

    func callAsFunction(_ x: Tensor<Float>) -> Tensor<Float> { values(x) * sigmoid(gates(x)) }
}

/// Adds to x what normalisation, a gated unit and dropout make of it.
struct GatedBlock: Layer {
    let norm: LayerNorm<Float>
    let unit: GatedUnit
    let dropout: Dropout<Float>

    init(_ name: String, width: Int) {
        (norm, unit, dropout) = withNameScope(name) {
            (LayerNorm("norm"), GatedUnit("unit", units: width), Dropout("dropout", rate: 0.1))
        }
    }

    func callAsFunction(_ x: Tensor<Float>, mode: Mode) -> Tensor<Float> {
        x + dropout(unit(norm(x)), mode: mode)
    }
}

let model = Sequential {
    Dense<Float>("first", units: 16)
    for layer in 0..<2 { GatedBlock("block\(layer)", width: 16) }
    Dense("last", units: 1)
}
print(try model.summary(for: [nil, 8]))
print(model.variables.map(\.name))      // first/kernel, first/bias, block0/norm/gamma, …
#sourceLocation()
_ = model
    }

    static func line71() async throws {
#sourceLocation(file: "Documentation/AddingALayer.md", line: 73)
/// A moving mean of gradients, of which only the sign counts (signSGD with momentum, Bernstein et al. 2018).
final class SignOfMean: Optimizer {
    let name: String
    private let rate: LearningRate
    private let decay: Double
    private let slots = OptimizerSlots(of: "SignOfMean")
    var variables: [VariableHandle] { slots.all }

    init(learningRate: some LearningRateConvertible = 0.001, decay: Double = 0.9, name: String = "SignOfMean") {
        self.name = name
        rate = learningRate.learningRate
        self.decay = decay
    }

    func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        let type = variable.stepType        // 32 bits for 16-bit variables
        let mean = slots.slot(name, of: variable)
        let kept = parameter("decay", decay, in: .decay, as: type)
        let next = mean.value * kept + gradient.cast(to: type) * (1 - kept)
        let rate = rate.tensor(as: type, step: slots.steps(of: name))
        return [mean.assign(next), variable.assign(lessenedBy: sign(next) * rate)]
    }
}

let w = Variable<Float>("w", shape: [], initializer: .constant(1))
let step = try SignOfMean(learningRate: 0.1).minimize(w.value * w.value)
let session = Session()
for _ in 0..<10 { _ = try session.run(step) }
print(try session.value(of: w))         // about 0
#sourceLocation()
_ = w
_ = step
_ = session
    }
}
