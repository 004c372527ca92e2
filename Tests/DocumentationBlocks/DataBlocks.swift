// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/Data.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftTraining

enum DataBlocks: Page {
    static let path = "Documentation/Data.md"
    static let blocks: [(line: Int, run: Block)] = [
        (15, line15),
        (56, line56),
    ]

    static func line15() async throws {
let pixels = try NDArray(repeating: Float(0.5), shape: [40, 8, 8, 1])
let digits = try NDArray((0..<40).map { Int32($0 % 10) }, shape: [40])
#sourceLocation(file: "Documentation/Data.md", line: 19)
struct Picture: Example {
    var image: NDArray
    var label: NDArray
    static var arrays: [WritableKeyPath<Picture, NDArray>] { [\.image, \.label] }
}

let pictures = Dataset(rowsOf: Picture(image: pixels, label: digits))
let training = pictures.shuffled(seed: 7).batch(16).prefetch(2)
let stream = training.stream()
while let batch = try stream.next() { print(batch.image.shape) }    // nil ends an epoch
#sourceLocation()
_ = pixels
_ = digits
_ = pictures
_ = training
_ = stream
    }

    static func line56() async throws {
#sourceLocation(file: "Documentation/Data.md", line: 59)
let images = Dataset(count: 100) { index in try NDArray(repeating: Float(index), shape: [8, 8, 3]) }
let augmentation = ImageAugmentation(flipProbability: 0.5, padding: 1, cropSize: (8, 8))
let batches = images.shuffled(seed: 1)
    .map(seed: 2, threads: 2) { image, random in try augmentation(image, &random) }
    .batch(32, droppingRemainder: true)
    .prefetch(2)
print(try batches.elements().count)     // 3
#sourceLocation()
_ = images
_ = augmentation
_ = batches
    }
}
