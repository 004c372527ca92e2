// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow
import WeftTestSupport

/// Graphs of optimizers, scatters, arrays, lists and loops against what TensorFlow computes of them, step by step
/// (Tests/Goldens/tf_graph_state.json).
@Suite("Graphs that change state, beside TensorFlow") struct GraphStateGoldenTests {
    private static let names =
        (try? Golden("tf_graph_state.json").list("cases"))?
        .compactMap { $0["name"] as? String } ?? []

    @Test func areRecorded() { #expect(Self.names.count > 70) }

    @Test func leaveTheValuesThatTensorFlowLeaves() throws {
        for example in try Golden("tf_graph_state.json").list("cases") {
            let name = example["name"] as? String ?? "no name"
            do {
                try check(example, name)
            } catch let error as TensorFlowError where error.operation == "OptionalGetValue" {
                // What TensorFlow's own gradients of branches keep is not taken over.
                #expect(error.kind == .unsupported && name == "chosen in functions")
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    private func check(_ example: [String: Any], _ name: String) throws {
        let text = try #require(example["graph"] as? String)
        let graph = try TensorFlowGraph(
            serialized: [UInt8](try #require(Data(base64Encoded: text))))
        let session = Session()
        let initializers = try #require(example["initializers"] as? [String])
        _ = try graph.program(running: initializers).run(in: session)
        let operations = try #require(example["operations"] as? [String])
        let steps = try #require(example["steps"] as? [[Any]])
        for (step, results) in steps.enumerated() {
            let program = try graph.program(
                fetching: results.indices.map { "result_\($0)" }, running: operations)
            let found = try program.run(in: session)
            for (place, (array, result)) in zip(found, results).enumerated() {
                // Truth values are recorded as bytes, which a golden array cannot be of.
                var recorded = result as? [String: Any] ?? [:]
                let isTruth = recorded["dtype"] as? String == "uint8"
                if isTruth { recorded["dtype"] = "int32" }
                let wanted = try Golden.requiredArray(recorded)
                let label = "\(name), step \(step), result \(place)"
                #expect(array.dtype == (isTruth ? .bool : wanted.dtype), "\(label)")
                #expect(array.shape == wanted.shape, "\(label)")
                for (a, b) in zip(array.doubles, wanted.doubles)
                where !(abs(a - b) <= 1e-5 * max(1, abs(b))) {
                    Issue.record("\(label): \(a), TensorFlow has \(b)")
                }
            }
        }
    }
}
