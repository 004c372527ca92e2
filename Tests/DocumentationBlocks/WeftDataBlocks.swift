// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftData/WeftData.docc/WeftData.md; change that.
// swift-format-ignore-file
import Weft
import WeftData

enum WeftDataBlocks: Page {
    static let path = "Sources/WeftData/WeftData.docc/WeftData.md"
    static let blocks: [(line: Int, run: Block)] = [
        (16, line16),
    ]

    static func line16() async throws {
let images = try NDArray(repeating: 0, shape: [100, 8])
let labels = try NDArray(repeating: 0, shape: [100])
let step = { (images: NDArray, labels: NDArray) in images.shape[0] == labels.shape[0] }
#sourceLocation(file: "Sources/WeftData/WeftData.docc/WeftData.md", line: 19)
struct Digit: Example {
    var image: NDArray
    var label: NDArray
    static var arrays: [WritableKeyPath<Digit, NDArray>] { [\.image, \.label] }
}

let training = Dataset(rowsOf: Digit(image: images, label: labels))
    .shuffled(seed: 7)
    .batch(64, droppingRemainder: true)
    .prefetch(2)
let stream = training.stream()
while stream.epoch < 10 {
    while let batch = try stream.next() { _ = step(batch.image, batch.label) }
}
#sourceLocation()
_ = images
_ = labels
_ = step
_ = training
_ = stream
    }
}
