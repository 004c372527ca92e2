// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftFormats/WeftFormats.docc/WeftFormats.md; change that.
// swift-format-ignore-file
import Weft
import WeftFormats

enum WeftFormatsBlocks: Page {
    static let path = "Sources/WeftFormats/WeftFormats.docc/WeftFormats.md"
    static let blocks: [(line: Int, run: Block)] = [
        (12, line12),
    ]

    static func line12() async throws {
try NDArray([[0, 1], [2, 3]]).write(npy: "images.npy")
try SafetensorsFile.write(["w": [0, 1]], to: "model.safetensors")
#sourceLocation(file: "Sources/WeftFormats/WeftFormats.docc/WeftFormats.md", line: 15)
let images = try NDArray(npy: "images.npy")
let weights = try SafetensorsFile("model.safetensors").arrays()
try NpzFile.write(["images": images], to: "digits.npz", compressed: true)
#sourceLocation()
_ = images
_ = weights
    }
}
