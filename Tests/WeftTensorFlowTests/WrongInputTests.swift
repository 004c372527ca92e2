// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow
import WeftTestSupport

/// Operations with too few inputs, inputs of the wrong kinds and no attributes: whatever comes of it is an
/// error or a tensor, and never the end of the process.
@Suite struct WrongInputTests {
    private static let operations = Set(
        ["tf_graph_operations.json", "tf_graph_families.json"]
            .flatMap { (try? Golden($0).list("cases")) ?? [] }
            .compactMap { $0["name"] as? String }
    ).union([
        "RandomUniform", "RandomStandardNormal", "TruncatedNormal", "RandomUniformInt",
        "RandomGamma",
        "RandomPoisson", "RandomPoissonV2", "ParameterizedTruncatedNormal", "Multinomial",
        "RandomShuffle",
        "StatelessTruncatedNormal", "StatelessMultinomial", "Svd", "SelfAdjointEig", "TopK",
        "BatchCholesky",
    ]).sorted()

    private static let inputs = [
        ("numbers", "DT_FLOAT", "dim { size: 2 } dim { size: 3 }", "float_val: [1, 2, 3, 4, 5, 6]"),
        ("sizes", "DT_INT64", "dim { size: 2 }", "int64_val: [-1, 9223372036854775807]"),
        ("least", "DT_INT32", "", "int_val: -2147483648"),
        ("words", "DT_STRING", "dim { size: 2 }", #"string_val: ["(", "\377"]"#),
        ("truth", "DT_BOOL", "", "bool_val: true"),
        ("none", "DT_DOUBLE", "dim { size: 0 }", ""),
    ]

    private static func text() -> String {
        var nodes = inputs.map { name, type, shape, values in
            """
            node { name: "\(name)" op: "Const" attr { key: "dtype" value { type: \(type) } }
              attr { key: "value" value { tensor { dtype: \(type) tensor_shape { \(shape) } \(values) } } } }
            """
        }
        nodes.append(
            """
            node { name: "any" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "shape" value { shape { unknown_rank: true } } } }
            """)
        for operation in operations {
            for (name, given) in wrong {
                let list = given.map { "input: \"\($0)\"" }.joined(separator: " ")
                nodes.append("node { name: \"\(operation) \(name)\" op: \"\(operation)\" \(list) }")
            }
        }
        return nodes.joined(separator: "\n")
    }

    /// Inputs by the names of their nodes.
    private static let wrong: [(name: String, inputs: [String])] = {
        let names = inputs.map(\.0) + ["any"]
        let equal = names.flatMap { name in
            (0...4).map { ("\(name) \($0)", Array(repeating: name, count: $0)) }
        }
        let mixed = names.flatMap { name in
            [
                ("first \(name)", ["numbers", name, name, name]),
                ("last \(name)", ["numbers", "numbers", name, "sizes"]),
                ("sizes \(name)", ["sizes", name, "least", "truth"]),
            ]
        }
        return equal + mixed
    }()

    @Test func neverEndTheProcess() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).pbtxt")
        try Self.text().write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let graph = try TensorFlowGraph(contentsOf: file.path)
        let session = Session()
        var errors = 0
        for (place, operation) in Self.operations.enumerated() {
            // Each operation has a few of all, others than its neighbours.
            for turn in 0..<6 {
                let (name, _) = Self.wrong[(place * 7 + turn * 9) % Self.wrong.count]
                do {
                    let program = try graph.program(fetching: ["\(operation) \(name)"])
                    let feeds = program.feeds.mapValues { _ in NDArray([1.5 as Float, 2]) }
                    _ = try program.run(in: session, feeding: feeds)
                } catch {
                    errors += 1
                }
            }
        }
        #expect(errors > Self.operations.count)
    }
}
