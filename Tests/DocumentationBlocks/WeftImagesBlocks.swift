// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftImages/WeftImages.docc/WeftImages.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftImages

enum WeftImagesBlocks: Page {
    static let path = "Sources/WeftImages/WeftImages.docc/WeftImages.md"
    static let blocks: [(line: Int, run: Block)] = [
    ]

    static func line12() async throws {
#sourceLocation(file: "Sources/WeftImages/WeftImages.docc/WeftImages.md", line: 14)
let image = try NDArray(image: "cat.jpg", channels: .rgb)  // u8[height, width, 3]
try image.resizedImage(to: (64, 64), fit: .cropped).write(png: "small.png")
#sourceLocation()
_ = image
    }

    static func line26() async throws {
#sourceLocation(file: "Sources/WeftImages/WeftImages.docc/WeftImages.md", line: 26)
let flowers = try ImageFolder("flowers")
let (training, validation) = try Dataset(flowers.files)
    .split(validation: 0.2, seed: 1) { $0.label }
let augment = ImageAugmentation(
    flipProbability: 0.5, padding: 4, cropSize: (64, 64), scale: 1 / 255, mean: [0.5], standardDeviation: [0.25])
let batches = training.shuffled(seed: 2)
    .decoded(size: (64, 64), fit: .cropped, threads: 2)
    .map(seed: 3) { example, random in
        var example = example
        example.image = try augment(example.image, &random)
        return example
    }
    .batch(32)
    .prefetch(2)
#sourceLocation()
_ = flowers
_ = training
_ = validation
_ = augment
_ = batches
    }
}
