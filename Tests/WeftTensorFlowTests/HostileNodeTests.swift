// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow

/// Nodes that are wrong: each is an error that names it, and none ends the process.
@Suite struct HostileNodeTests {
    /// A graph in TensorFlow's text format.
    private func graph(_ text: String) throws -> TensorFlowGraph {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).pbtxt")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try TensorFlowGraph(contentsOf: file.path)
    }

    /// x, f32 [2, 4, 4, 3], and the vectors of integers that a node uses.
    private func text(_ node: String, _ vectors: [String: [Int]]) -> String {
        let sizes = [2, 4, 4, 3].map { "dim { size: \($0) }" }.joined(separator: " ")
        let x = """
            node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "shape" value { shape { \(sizes) } } } }
            """
        let constants = vectors.map { name, values in
            let shape = values.count == 1 ? "" : "dim { size: \(values.count) }"
            let numbers = values.map { "int64_val: \($0)" }.joined(separator: " ")
            return """
                node { name: "\(name)" op: "Const" attr { key: "dtype" value { type: DT_INT64 } }
                  attr { key: "value" value { tensor { dtype: DT_INT64 tensor_shape { \(shape) } \(numbers) } } } }
                """
        }
        return ([x] + constants + ["node { name: \"y\" \(node) }"]).joined(separator: "\n")
    }

    private static func list(_ name: String, _ values: [Int]) -> String {
        let numbers = values.map { "i: \($0)" }.joined(separator: " ")
        return "attr { key: \"\(name)\" value { list { \(numbers) } } }"
    }

    private static let window =
        list("ksize", [1, 2, 2, 1]) + list("strides", [1, 1, 1, 1])
    private static let valid = "attr { key: \"padding\" value { s: \"VALID\" } }"

    private static let nodes: [(String, [String: [Int]])] = [
        (#"op: "Reshape" input: "x""#, [:]),
        (#"op: "Reshape" input: "x" input: "a""#, ["a": [5, -1]]),
        (#"op: "Reshape" input: "x" input: "a""#, ["a": [Int.max, Int.max]]),
        (#"op: "Transpose" input: "x" input: "a""#, ["a": [0, 1, 2, 7]]),
        (#"op: "Transpose" input: "x" input: "a""#, ["a": [0, 1]]),
        (#"op: "ExpandDims" input: "x" input: "a""#, ["a": [Int.min]]),
        (#"op: "ExpandDims" input: "x" input: "a""#, ["a": [Int.max]]),
        (#"op: "Fill" input: "a" input: "b""#, ["a": [-1, 2], "b": [1]]),
        (#"op: "InvertPermutation" input: "a""#, ["a": [0, 0]]),
        (
            #"op: "Slice" input: "x" input: "a" input: "b""#,
            ["a": [Int.max, 0, 0, 0], "b": [Int.max, 1, 1, 1]]
        ),
        (
            #"op: "Slice" input: "x" input: "a" input: "b""#,
            ["a": [0, 0, 0, 0], "b": [3, 1, 1, 1]]
        ),
        (
            #"op: "StridedSlice" input: "x" input: "a" input: "b" input: "c""#,
            ["a": [0, 0], "b": [1, 1], "c": [0, 1]]
        ),
        (
            #"op: "StridedSlice" input: "x" input: "a" input: "b" input: "c""#,
            ["a": [0, 0], "b": [1, 1], "c": [Int.min, 1]]
        ),
        (
            #"op: "StridedSlice" input: "x" input: "a" input: "b" input: "c" attr { key: "shrink_axis_mask" value { i: 1 } }"#,
            ["a": [9, 0], "b": [1, 1], "c": [1, 1]]
        ),
        (
            #"op: "StridedSlice" input: "x" input: "a" input: "b" input: "c" attr { key: "ellipsis_mask" value { i: 3 } }"#,
            ["a": [0, 0], "b": [1, 1], "c": [1, 1]]
        ),
        (#"op: "ConcatV2" input: "x" input: "x" input: "a""#, ["a": [4]]),
        (
            #"op: "Split" input: "a" input: "x" attr { key: "num_split" value { i: -3 } }"#,
            ["a": [1]]
        ),
        (#"op: "Unpack" input: "x" attr { key: "num" value { i: 9000000000000 } }"#, [:]),
        (#"op: "Pad" input: "x" input: "a""#, ["a": [0, 0, 0, 0, 0, 0, 0, -1]]),
        (
            #"op: "MirrorPad" input: "x" input: "a" attr { key: "mode" value { s: "REFLECT" } }"#,
            ["a": [0, 0, Int.max, Int.max, 0, 0, 0, 0]]
        ),
        (#"op: "GatherV2" input: "x" input: "a" input: "b""#, ["a": [0, 1], "b": [9]]),
        (#"op: "OneHot" input: "a" input: "b""#, ["a": [0, 1], "b": [3]]),
        (#"op: "DynamicStitch" input: "a" input: "x""#, ["a": [0, Int.max]]),
        (#"op: "MatMul" input: "x" input: "x""#, [:]),
        (
            #"op: "MatrixDiagPartV3" input: "x" input: "a" input: "b""#,
            ["a": [Int.min, Int.max], "b": [0]]
        ),
        (#"op: "MatrixDiagPartV3" input: "x" input: "a" input: "b""#, ["a": [7, 9], "b": [0]]),
        (#"op: "Conv2D" input: "x" input: "x""# + list("strides", [1, 1]) + valid, [:]),
        (#"op: "Conv2D" input: "x" input: "x""# + list("strides", [1, 0, -1, 1]) + valid, [:]),
        (#"op: "MaxPool" input: "x""# + window, [:]),
        (#"op: "MaxPool" input: "x""# + window + "attr { key: \"padding\" value { i: 3 } }", [:]),
        (
            #"op: "MaxPool" input: "x""# + list("ksize", [1, 2, 2, 2])
                + list("strides", [1, 1, 1, 1])
                + valid, [:]
        ),
        (#"op: "AvgPoolGrad" input: "a" input: "x""# + window + valid, ["a": [1, 2, 3]]),
        (
            #"op: "Conv2DBackpropInput" input: "a" input: "x" input: "x""#
                + list("strides", [1, 1, 1, 1]) + valid, ["a": [-4, 4, 4, 3]]
        ),
        (
            #"op: "SpaceToDepth" input: "x" attr { key: "block_size" value { i: 9000000000000 } }"#,
            [:]
        ),
        (#"op: "BiasAdd" input: "x" input: "x""#, [:]),
        (#"op: "FusedBatchNormV3" input: "x""#, [:]),
        (#"op: "ResizeBilinear" input: "x" input: "a""#, ["a": [1, 2, 3]]),
        (#"op: "ResizeArea" input: "x" input: "a""#, ["a": [0, Int.max]]),
        (
            #"op: "FakeQuantWithMinMaxArgs" input: "x" attr { key: "num_bits" value { i: 99 } }"#,
            [:]
        ),
    ]

    @Test(arguments: nodes.indices)
    func areErrors(_ index: Int) throws {
        let (node, vectors) = Self.nodes[index]
        let graph = try graph(text(node, vectors))
        do {
            let y = try graph.tensor("y")
            Issue.record("\(node) gives \(y.type)")
        } catch let error as TensorFlowError {
            #expect(error.node == "y", "\(error)")
        }
    }

    @Test func namesWhatIsMissing() throws {
        let graph = try graph(text(#"op: "Reshape" input: "x""#, [:]))
        #expect {
            try graph.tensor("y")
        } throws: { error in
            "\(error)".contains("node 'y' (Reshape): input 1 is missing")
        }
    }
}
