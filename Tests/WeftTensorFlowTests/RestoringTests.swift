// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Testing
import Weft
import WeftFormats
import WeftProtos
import WeftTensorFlow

@Suite struct RestoringTests {
    /// Variables of these shapes, with an operation that asks whether they have values.
    private func graph(_ variables: [String: [Int]]) throws -> TensorFlowGraph {
        var graph = TFGraphDef()
        for (name, dims) in variables.sorted(by: { $0.key < $1.key }) {
            var node = TFNodeDef()
            (node.name, node.op) = (name, "VarHandleOp")
            node.attr["dtype", default: .init()].type = .dtFloat
            node.attr["shape", default: .init()].shape = TFTensorShapeProto(
                Shape(dims.map { Optional($0) }))
            node.attr["shared_name", default: .init()].s = Data(name.utf8)
            graph.node.append(node)
            var asking = TFNodeDef()
            (asking.name, asking.op, asking.input) = ("\(name)/is", "VarIsInitializedOp", [name])
            graph.node.append(asking)
        }
        return try TensorFlowGraph(serialized: graph.serializedBytes())
    }

    @Test func byName() throws {
        let graph = try graph(["a": [2], "b": []])
        try inFolder { folder in
            let a = NDArray([1, 2] as [Float])
            try TensorFlowCheckpoint.write(
                ["a": a, "b": NDArray(Float(3)), "a/Adam": a], to: folder + "/model")
            let session = Session()
            let isB = try graph.program(fetching: ["b/is"])
            #expect(try isB.run(in: session) == [NDArray(false)])
            let report = try graph.restore(TensorFlowCheckpoint(folder + "/model"), into: session)
            #expect(report.restored == ["a", "b"])
            #expect(report.unused == ["a/Adam"])
            let variables = try graph.allVariables()
            #expect(try session.value(of: #require(variables["a"])) == a)
            #expect(try isB.run(in: session) == [NDArray(true)])
        }
    }

    @Test func allThatDoesNotFitIsSaid() throws {
        let graph = try graph(["a": [2], "b": [], "c": [3], "d": []])
        try inFolder { folder in
            try TensorFlowCheckpoint.write(
                [
                    "a": NDArray([1, 2, 3] as [Float]), "b": NDArray(Int32(3)),
                    "d": NDArray(Float(5)), "extra": NDArray(Float(1)),
                ], to: folder + "/model")
            let checkpoint = try TensorFlowCheckpoint(folder + "/model")
            let session = Session()
            let error = try thrown(TensorFlowError.self) {
                try graph.restore(checkpoint, into: session)
            }
            for name in ["'a'", "'b'", "'c'", "'extra'"] { #expect(error.reason.contains(name)) }
            let d = try #require(try graph.allVariables()["d"])
            #expect(throws: RunError.self) { _ = try session.value(of: d) }
            let report = try graph.restore(checkpoint, into: session, isPartial: true)
            #expect(report.missing == ["c"])
            #expect(report.misfitting.keys.sorted() == ["a", "b"])
            #expect(try session.value(of: d) == NDArray(Float(5)))
        }
    }
}
