// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft

/// The swish with a slope: `x · sigmoid(slope · x)`.
///
/// - Shape: input `[...]` → the same.
func swish(_ x: Tensor<Float>, slope: Float) -> Tensor<Float> {
    x * sigmoid(x * Tensor(slope))
}

/// 1 where x is positive, else 0; the gradient passes as if it were x itself.
func straightThroughStep(_ x: Tensor<Float>) -> Tensor<Float> {
    withCustomGradient(
        x, body: { ($0 .> 0).cast(to: Float.self) }, gradient: { _, _, gradient in gradient })
}

@Suite("The page on adding an operation")
struct AddingAnOperationTests {
    private let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func page() throws -> String {
        try String(
            contentsOf: root.appendingPathComponent("Documentation/AddingAnOperation.md"),
            encoding: .utf8)
    }

    @Test("shows the very code that this file compiles")
    func codeIsCompiled() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let blocks = try page().components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count == 2)
        for block in blocks { #expect(source.contains(block), "\(block)") }
    }

    @Test("names files and folders that exist")
    func sitesExist() throws {
        let paths = try page().components(separatedBy: "`").filter { $0.hasPrefix("Sources/") }
        #expect(paths.count > 10)
        for path in paths {
            let exists = FileManager.default.fileExists(
                atPath: root.appendingPathComponent(path).path)
            #expect(exists, "\(path)")
        }
    }

    @Test("makes functions that have values and gradients")
    func functionsWork() throws {
        let x = Tensor<Float>.placeholder(shape: [nil])
        let array: NDArray = [-1.0, 0.0, 2.0]
        let session = Session()
        let y = swish(x, slope: 1.5)
        let dy = try #require(try gradient(of: y, withRespectTo: x))
        let values = try session.run([y, dy], feeding: [x: array]).map(\.doubles)
        for (i, number) in [-1.0, 0.0, 2.0].enumerated() {
            let s = 1 / (1 + exp(-1.5 * number))
            #expect(abs(values[0][i] - number * s) < 1e-6)
            #expect(abs(values[1][i] - (s + 1.5 * number * s * (1 - s))) < 1e-6)
        }
        let step = straightThroughStep(x)
        let passed = try #require(try gradient(of: step, withRespectTo: x))
        let results = try session.run([step, passed], feeding: [x: array]).map(\.doubles)
        #expect(results == [[0, 0, 1], [1, 1, 1]])
    }
}
