// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/Reproducibility.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftTraining

enum ReproducibilityBlocks: Page {
    static let path = "Documentation/Reproducibility.md"
    static let blocks: [(line: Int, run: Block)] = [
        (29, line29),
    ]

    static func line29() async throws {
let examples = Labeled(
    try RandomArrays(seed: 1).normal(shape: [32, 4]), try RandomArrays(seed: 2).normal(shape: [32, 1]))
#sourceLocation(file: "Documentation/Reproducibility.md", line: 33)
func trained() throws -> NDArray {
    let layer = Dense<Float>("layer", inputs: 4, units: 1)      // first values: the session's seed and the name
    let data = Dataset(rowsOf: examples).shuffled(seed: 7).batch(8)
    let trainer = try Trainer(
        layer, from: \.inputs, to: \.targets, on: data, session: Session(.init(seed: 42)),
        optimizer: Adam(), loss: { meanSquaredError($0, Tensor($1)) })
    try trainer.fit(data, epochs: 2, progress: nil)
    return try trainer.session.value(of: layer.kernel)
}
let (first, second) = (try trained(), try trained())
precondition(first.hasSameBits(as: second))
#sourceLocation()
_ = examples
_ = first
_ = second
    }
}
