// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow
import WeftTestSupport

/// Graphs of TensorFlow against what it computes of them (Tests/Goldens/tf_graphs.json).
@Suite("Operations of graphs, beside TensorFlow") struct OperationGoldenTests {
    private static let names =
        (try? Golden("tf_graphs.json").list("cases"))?
        .compactMap { $0["name"] as? String } ?? []

    @Test func areRecorded() { #expect(Self.names.count == 52) }

    @Test("give its numbers", arguments: names)
    func results(_ name: String) throws {
        let cases = try Golden("tf_graphs.json").list("cases")
        let example = try #require(cases.first { $0["name"] as? String == name })
        let text = try #require(example["graph"] as? String)
        let graph = try TensorFlowGraph(
            serialized: [UInt8](try #require(Data(base64Encoded: text))))
        let feeds = try Golden.dictionary(example["feeds"]).mapValues(Golden.requiredArray)
        let wanted = try #require(example["results"] as? [Any]).map(Golden.requiredArray)
        let program = try graph.program(
            fetching: wanted.indices.map { "out\($0)" },
            feeding: feeds.mapValues { TensorType($0.dtype, Shape($0.shape.map(Optional.some))) })
        let found = try program.run(in: Session(), feeding: feeds)
        for (place, (found, wanted)) in zip(found, wanted).enumerated() {
            #expect(found.dtype == wanted.dtype && found.shape == wanted.shape, "result \(place)")
            for (index, (a, b)) in zip(found.doubles, wanted.doubles).enumerated() {
                #expect(
                    abs(a - b) <= 2e-5 * max(1, abs(b)) || a.isNaN && b.isNaN || a == b,
                    "result \(place) [\(index)]: \(a), TensorFlow has \(b)")
            }
        }
    }
}
