// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftCheckpoints/WeftCheckpoints.docc/WeftCheckpoints.md; change that.
// swift-format-ignore-file
import Weft
import WeftCheckpoints
import WeftData

enum WeftCheckpointsBlocks: Page {
    static let path = "Sources/WeftCheckpoints/WeftCheckpoints.docc/WeftCheckpoints.md"
    static let blocks: [(line: Int, run: Block)] = [
        (16, line16),
    ]

    static func line16() async throws {
let session = Session()
let position = Dataset(rowsOf: [1, 2, 3]).stream()
#sourceLocation(file: "Sources/WeftCheckpoints/WeftCheckpoints.docc/WeftCheckpoints.md", line: 19)
try session.save(to: "model.safetensors", with: ["position": position])
try session.restore(from: "model.safetensors", with: ["position": position])
#sourceLocation()
_ = session
_ = position
    }
}
