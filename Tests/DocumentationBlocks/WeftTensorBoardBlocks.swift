// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md; change that.
// swift-format-ignore-file
import Foundation
import Weft
import WeftTensorBoard

enum WeftTensorBoardBlocks: Page {
    static let path = "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md"
    static let blocks: [(line: Int, run: Block)] = [
        (11, line11),
        (30, line30),
    ]

    static func line11() async throws {
#sourceLocation(file: "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md", line: 14)
let writer = try EventWriter("logs/run1")
try writer.addGraph(Graph(inputs: ["x": x], outputs: ["loss": loss, "step": train]))
for step in 0..<1000 {
    let values = try session.run([loss, train], feeding: batch)
    try writer.addScalar("loss", values[0].scalar(as: Float.self), step: step)
    if step.isMultiple(of: 100) {
        try writer.addHistogram("kernel", session.value(of: kernel), step: step)
    }
}
try writer.close()
#sourceLocation()
_ = writer
    }

    static func line30() async throws {
#sourceLocation(file: "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md", line: 30)
let watched = loss.withUpdates([Summary.histogram("activations", hidden)])
let train = try optimizer.minimize(watched)
_ = try session.run([train], feeding: batch) { writer.record($0, step: step) }
#sourceLocation()
_ = watched
_ = train
    }
}
