// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft

@Suite("The README's example")
struct ReadmeTests {
    @Test("is the code below, and learns the line")
    func example() throws {
        // The lines between the marks are compared with the README.
        // begin
        let x = Tensor<Float>.placeholder(shape: [nil, 1], name: "x")
        let y = Tensor<Float>.placeholder(shape: [nil, 1], name: "y")
        let line = Dense<Float>("line", inputs: 1, units: 1)
        let loss = meanSquaredError(line(x), y)
        let train = try GradientDescent(learningRate: 0.1).minimize(loss)

        let session = Session()
        let step = session.function(feeding: x, y, fetching: loss, train)
        for _ in 0..<200 { _ = try step([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]]) }
        print(try session.run(line(x), feeding: [x: [[10.0]]]))  // about [[21.0]]
        // end
        let result = try session.run(line(x), feeding: [x: [[10.0]]]).doubles
        #expect(abs(result[0] - 21) < 0.05)
        let final = try session.run(loss, feeding: [x: [[1.0]], y: [[3.0]]]).doubles
        #expect(final[0] < 1e-3)

        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let shown = readme.components(separatedBy: "```swift\nimport Weft\n\n")[1]
            .components(separatedBy: "```")[0]
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let own = source.components(separatedBy: "        // begin\n")[1]
            .components(separatedBy: "        // end")[0]
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }
            .joined(separator: "\n")
        #expect(shown == own)
    }
}
