// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/GettingStarted.md; change that.
// swift-format-ignore-file
import Foundation
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

enum GettingStartedBlocks: Page {
    static let path = "Documentation/GettingStarted.md"
    static let blocks: [(line: Int, run: Block)] = [
        (74, line74),
    ]

    static func line74() async throws {
var lines = ["alcohol,hue,proline,cultivar"]
for row in 0..<90 {
    let kind = row % 3
    lines.append("\(12 + kind).\(row % 7),\(Double(kind) / 2 + Double(row % 5) / 20),\(500 + 300 * kind + row),\(["first", "second", "third"][kind])")
}
try lines.joined(separator: "\n").write(toFile: "wine.csv", atomically: true, encoding: .utf8)
#sourceLocation(file: "Documentation/GettingStarted.md", line: 79)
let file = try CSVFile("wine.csv")
let columns = file.columns.filter { $0 != "cultivar" }
let classes = try file.summary().column("cultivar")?.values ?? []
let wines = try file.records().map { record in
    Labeled(
        try record.numbers(columns), NDArray(try record.category("cultivar", among: classes)))
}.elements()

// A fifth of each class is for the test. Columns are brought to one scale by what is trained on alone.
let parts = try Dataset(wines).split(validation: 0.2, seed: 1) { $0.targets.doubles }
let scale = try Standardizer(fitting: parts.training.map(\.inputs))
let training = parts.training.map { Labeled(try scale($0.inputs), $0.targets) }
    .shuffled(seed: 1).batch(16)
let test = parts.validation.map { Labeled(try scale($0.inputs), $0.targets) }.batch(64)
#sourceLocation()
#sourceLocation(file: "Documentation/GettingStarted.md", line: 99)
let model = Sequential {
    Dense<Float>("hidden", units: 32)
    relu
    Dropout("dropout", rate: 0.2)
    Dense("scores", units: classes.count)
}
let trainer = try Trainer(
    model, from: \.inputs, to: \.targets, on: training, session: Session(.init(seed: 1)),
    optimizer: AdamW(learningRate: 0.003),
    loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
try trainer.fit(training, epochs: 30, validatingOn: test)
print(try trainer.evaluate(test))
#sourceLocation()
#sourceLocation(file: "Documentation/GettingStarted.md", line: 121)
// Probabilities for one wine: the model in another mode, over the same variables.
let probabilities = softmax(model(Tensor(try scale(wines[0].inputs).reshaped(to: [1, columns.count])), mode: .inference))
print(classes, try trainer.session.run(probabilities))

// For another day: the variables to a file, and from it.
try trainer.session.save(to: "wines.safetensors")
try trainer.session.restore(from: "wines.safetensors")
#sourceLocation()
_ = lines
_ = file
_ = columns
_ = classes
_ = wines
_ = parts
_ = scale
_ = training
_ = test
_ = model
_ = trainer
_ = probabilities
    }
}
