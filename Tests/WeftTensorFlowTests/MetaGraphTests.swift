// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorFlow
import WeftTestSupport

/// Graphs with collections, which stand beside checkpoints: `Scripts/goldens/tf_files.py`.
@Suite struct MetaGraphTests {
    private func recorded() throws -> TensorFlowMetaGraph {
        try TensorFlowMetaGraph(contentsOf: RecordedFiles.path("meta.meta"))
    }

    private func numbers(_ key: String) throws -> [Double] {
        let rows = try #require(
            try Golden("tf_files/meta.json").root[key] as? [[NSNumber]])
        return rows.joined().map(\.doubleValue)
    }

    @Test func collectionsAreListed() throws {
        let meta = try recorded()
        #expect(meta.nodes(in: "outputs") == ["logits:0", "loss:0"])
        // TensorFlow lists what minimizes there, too.
        #expect(meta.nodes(in: "train_op") == ["train", "train"])
        #expect(
            meta.variables(in: "trainable_variables").map(\.name) == ["w:0", "b:0"])
        let all = meta.variables()
        #expect(
            Set(all.map(\.name)).isSuperset(of: ["w:0", "b:0", "global_step:0", "w/Momentum:0"]))
        #expect(all.first { $0.name == "w:0" }?.isTrainable == true)
        let parts = all.compactMap(\.part)
        #expect(parts.map(\.whole) == ["parts", "parts"])
        #expect(parts.map(\.offset) == [[0, 0], [2, 0]])
        #expect(parts.map(\.partShape) == [[2, 2], [2, 2]])
        #expect(meta.variables(in: "outputs").isEmpty && meta.nodes(in: "none").isEmpty)
        let saver = try #require(meta.saver)
        #expect(saver.restore == "save/restore_all" && saver.version == 2)
        #expect(meta.version.hasPrefix("2."))
    }

    @Test func variablesArePutBackAndTrainedOn() throws {
        let meta = try recorded()
        let session = Session()
        let report = try meta.restore(
            try TensorFlowCheckpoint(RecordedFiles.path("meta")), into: session)
        #expect(report.isComplete)
        let x = try NDArray([1, 2, 3, -4] as [Float], shape: [2, 2])
        let logits = try meta.graph.program(fetching: ["logits:0"])
        func given() throws -> [Double] {
            try logits.run(in: session, feeding: ["x": x])[0].doubles
        }
        // Two products and sums in single precision.
        for (a, b) in zip(try given(), try numbers("before")) { #expect(abs(a - b) < 1e-6) }
        let parts = try meta.graph.allVariables().filter { $0.key.hasPrefix("parts/") }
        #expect(
            try parts.sorted { $0.key < $1.key }.map { try session.value(of: $0.value).doubles }
                == [[1, 1, 1, 1], [2, 2, 2, 2]])
        let train = try #require(meta.nodes(in: "train_op").first)
        _ = try meta.graph.program(running: [train]).run(in: session, feeding: ["x": x])
        for (a, b) in zip(try given(), try numbers("after")) { #expect(abs(a - b) < 1e-6) }
        #expect(
            try session.value(of: #require(meta.graph.allVariables()["global_step"])).doubles == [2]
        )
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let meta = try recorded()
        try inFolder { folder in
            for name in ["again.meta", "again.pbtxt"] {
                try meta.write(to: "\(folder)/\(name)")
                let again = try TensorFlowMetaGraph(contentsOf: "\(folder)/\(name)")
                #expect(again.collections == meta.collections)
                #expect(again.saver == meta.saver)
                #expect(again.graph.operations == meta.graph.operations)
            }
        }
    }

    @Test func aGraphOfWeftIsWrittenWithItsVariables() throws {
        let x = AnyTensor.placeholder(.float32, shape: [nil, 2], name: "x")
        let w = VariableHandle("w", dtype: .float32, shape: [2, 1], initializer: .explicit)
        let b = VariableHandle("b", dtype: .float32, shape: [1], initializer: .explicit)
        let unused = VariableHandle("unused", dtype: .int64, shape: [], initializer: .explicit)
        let y = matmul(x, w.value) + b.value
        let step = w.assign(w.value * 2).anyTensor
        let meta = try TensorFlowMetaGraph(
            exporting: ["logits": y, "train": step],
            collections: ["outputs": .nodes(["logits:0", "train"]), "rates": .floats([0.5])],
            savedAs: [b: "offset"], variables: [unused], isPartial: true, maxToKeep: 3)
        #expect(meta.nodes(in: "outputs") == ["logits:0"])
        #expect(meta.collections["rates"] == .floats([0.5]))
        #expect(meta.variables().map(\.name).sorted() == ["b:0", "unused:0", "w:0"])
        #expect(meta.saver?.maxToKeep == 3)
        try inFolder { folder in
            try TensorFlowCheckpoint.write(
                [
                    "w": try NDArray([1, 2] as [Float], shape: [2, 1]),
                    "offset": NDArray([0.5] as [Float]), "unused": NDArray(Int64(7)),
                ], to: folder + "/model")
            try meta.write(to: folder + "/model.meta")
            let again = try TensorFlowMetaGraph(contentsOf: folder + "/model.meta")
            #expect(
                try again.savedVariables().mapValues(\.name)
                    == ["w": "w", "offset": "b", "unused": "unused"])
            let session = Session()
            try again.restore(try TensorFlowCheckpoint(folder + "/model"), into: session)
            let x = try NDArray([1, 1, 2, 0] as [Float], shape: [2, 2])
            let values = try again.graph.program(fetching: ["logits"])
                .run(in: session, feeding: ["x": x])
            #expect(values[0].doubles == [3.5, 2.5])
        }
        #expect(throws: TensorFlowError.self) {
            _ = try TensorFlowMetaGraph(exporting: ["train": step])
        }
    }

    @Test func whatIsNoSuchFileIsAnError() throws {
        let bytes = try RecordedFiles.bytes("meta.meta")
        try inFolder { folder in
            let path = folder + "/cut.meta"
            for length in stride(from: 0, to: bytes.count, by: 97) {
                try write(Array(bytes.prefix(length)), to: path)
                // What ends between two fields is a smaller graph.
                do {
                    let meta = try TensorFlowMetaGraph(contentsOf: path)
                    _ = (meta.variables(), try? meta.savedVariables())
                } catch let error as TensorFlowError {
                    #expect(error.path == path)
                }
            }
            // A graph alone has no collections.
            try recorded().graph.write(to: path)
            let error = try thrown(TensorFlowError.self) {
                _ = try TensorFlowMetaGraph(contentsOf: path)
            }
            #expect(error.kind == .malformed && error.path == path)
        }
    }

    @Test func tensorsStandInThePlaceOfOthers() throws {
        var text = GraphText()
        text.placeholder("x")
        text.add("Neg", "y", ["x"], ["T": "type: DT_FLOAT"])
        text.add("Exp", "z", ["y"], ["T": "type: DT_FLOAT"])
        let graph = try text.graph()
        let own = AnyTensor.placeholder(.float32, shape: [2], name: "own")
        let session = Session()
        let values: [Float] = [0, 1]
        let feeds = Feeds([(own, NDArray(values))])
        let replaced = try graph.replacing(["x": own * 2])
        #expect(
            try session.run([replaced.tensor("y")], feeding: feeds)[0].doubles == [0, -2])
        let behind = try graph.replacing(["y:0": own])
        let exponentials = try session.run([behind.tensor("z")], feeding: feeds)[0].doubles
        #expect(exponentials[0] == 1 && abs(exponentials[1] - M_E) < 1e-6)
        #expect(throws: TensorFlowError.self) { _ = try graph.replacing(["none": own]) }
        #expect(throws: TensorFlowError.self) {
            _ = try graph.replacing(["x": own.cast(to: .int32)])
        }
    }
}
