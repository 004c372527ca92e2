// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow
import WeftTestSupport

/// Graphs of one operation each against what TensorFlow gives, and its gradients
/// (Tests/Goldens/tf_graph_operations.json, tf_graph_families.json).
@Suite("Graphs of one operation, beside TensorFlow") struct SingleOperationTests {
    @Test(arguments: [("tf_graph_operations.json", 300), ("tf_graph_families.json", 150)])
    func agree(_ file: String, _ least: Int) throws {
        let cases = try Golden(file).list("cases")
        #expect(cases.count > least)
        for (place, example) in cases.enumerated() {
            let name = "\(example["name"] ?? "no name"), case \(place)"
            do {
                try check(example, name)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    private func check(_ example: [String: Any], _ name: String) throws {
        let text = try #require(example["graph"] as? String)
        let graph = try TensorFlowGraph(
            serialized: [UInt8](try #require(Data(base64Encoded: text))))
        let feeds = try Golden.dictionary(example["feeds"]).mapValues(Golden.requiredArray)
        let results = try #require(example["results"] as? [[String: Any]])
        let slopes = try #require(example["gradients"] as? [[String: Any]])
        let tolerance = example["tolerance"] as? Double
        let program = try graph.program(
            fetching: results.compactMap { $0["name"] as? String },
            feeding: feeds.mapValues { TensorType($0.dtype, Shape($0.shape.map { $0 })) })
        let session = Session()
        let found = try program.run(in: session, feeding: feeds)
        #expect(found.count == results.count)
        for (result, array) in zip(results, found) {
            let wanted =
                result["bytes"] == nil
                ? try Golden.requiredArray(result) : try Golden.strings(result)
            expect(array, wanted, tolerance, name)
        }
        if slopes.isEmpty { return }
        let sources = slopes.compactMap { program.feeds[$0["name"] as? String ?? ""] }
        let floating = program.fetches.filter(\.dtype.isFloatingPoint)
        let gradients = try gradients(of: floating, withRespectTo: sources).map {
            try #require($0)
        }
        let values = try program.run(gradients, in: session, feeding: feeds)
        #expect(values.count == slopes.count)
        for (slope, value) in zip(slopes, values) {
            expect(value, try Golden.requiredArray(slope), tolerance, "gradient of \(name)")
        }
    }

    private func expect(
        _ found: NDArray, _ wanted: NDArray, _ tolerance: Double?, _ name: String
    ) {
        guard found.dtype == wanted.dtype, found.shape == wanted.shape else {
            Issue.record(
                "\(name): \(found.dtype)\(found.shape) instead of \(wanted.dtype)\(wanted.shape)")
            return
        }
        if found.dtype == .string {
            #expect((try? found.byteStrings()) == (try? wanted.byteStrings()), "\(name)")
            return
        }
        let bound = tolerance ?? (found.dtype == .float64 ? 1e-10 : 1e-5)
        let agree = zip(found.doubles, wanted.doubles).allSatisfy { a, b in
            if a == b || a.isNaN && b.isNaN { return true }
            return found.dtype.isFloatingPoint && abs(a - b) <= bound * max(1, abs(b))
        }
        #expect(agree, "\(name): \(found) instead of \(wanted)")
    }
}
