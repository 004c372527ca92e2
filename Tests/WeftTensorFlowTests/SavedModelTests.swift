// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorFlow

@Suite struct SavedModelTests {
    @Test func functionsAndObjects() throws {
        let model = try TensorFlowSavedModel(contentsOf: RecordedFiles.path("saved_model_2"))
        #expect(model.tags == ["serve"])
        #expect(model.signatures.keys.sorted() == ["serving_default", "text"])
        #expect(try model.signature("serving_default").inputs["x"]?.type?.dtype == .float32)
        let session = Session()
        try model.initialize(session)
        // x W + offsets[0] * offsets[1], two variables of one name
        let result = try model.run(
            feeding: ["x": NDArray([1, 2] as [Float], shape: [1, 2])], in: session)
        #expect(result["y"]?.shape == [1, 2])
        #expect(result["y"]?.doubles == [4.5, -1.75])
    }

    @Test func referencesAndRenamedVariables() throws {
        let path = RecordedFiles.path("saved_model_1")
        let model = try TensorFlowSavedModel(contentsOf: path)
        let session = Session()
        try model.initialize(session)
        let result = try model.run(
            "serving_default", feeding: ["input": NDArray([1, 2] as [Float])],
            fetching: ["output"], in: session)
        // 3 x + 4 + 10; the last is of a variable that only the first operation sets.
        #expect(result["output"]?.doubles == [17, 20])

        let other = try TensorFlowSavedModel(contentsOf: path, tags: ["serve", "gpu"])
        #expect(other.graph.placeholders.map(\.name) == ["other"])
        #expect(other.signatures.isEmpty)
    }

    @Test func mistakesAreNamed() throws {
        let path = RecordedFiles.path("saved_model_1")
        let tags = try thrown(TensorFlowError.self) {
            _ = try TensorFlowSavedModel(contentsOf: path, tags: ["train"])
        }
        #expect(tags.kind == .notFound)
        #expect(tags.reason.contains("{gpu, serve}"))
        let model = try TensorFlowSavedModel(contentsOf: path)
        let session = Session()
        try model.initialize(session)
        let signature = try thrown(TensorFlowError.self) {
            _ = try model.run("other", feeding: [:], in: session)
        }
        #expect(signature.reason.contains("'serving_default'"))
        let input = try thrown(TensorFlowError.self) {
            _ = try model.run(feeding: ["x": NDArray(Float(1))], in: session)
        }
        #expect(input.reason.contains("'input'"))
        let output = try thrown(TensorFlowError.self) {
            _ = try model.run(
                feeding: ["input": NDArray([Float(1)])], fetching: ["y"], in: session)
        }
        #expect(output.reason.contains("'output'"))
        let none = try thrown(FileError.self) {
            _ = try TensorFlowSavedModel(contentsOf: path + "/none")
        }
        #expect(none.path.hasSuffix("none/saved_model.pb"))
    }

    @Test func damagedModelsAreErrors() throws {
        let bytes = try RecordedFiles.bytes("saved_model_2/saved_model.pb")
        try inFolder { folder in
            for length in stride(from: 1, to: bytes.count, by: 97) {
                try write(Array(bytes.prefix(length)), to: folder + "/saved_model.pb")
                // What is left may be a model with less in it.
                do {
                    let model = try TensorFlowSavedModel(contentsOf: folder)
                    try model.initialize(Session())
                } catch is TensorFlowError {
                } catch is FileError {
                }
            }
        }
    }

    @Test func theGraphsOwnOperationsSaveAndRestore() throws {
        let model = try TensorFlowSavedModel(contentsOf: RecordedFiles.path("saved_model_1"))
        let session = Session()
        try model.initialize(session)
        try inFolder { folder in
            let prefix = ["save/Const": NDArray("\(folder)/saved")]
            let feeds = ["save/Const": TensorType(.string, .scalar)]
            let save = try model.graph.program(
                fetching: ["save/control_dependency"], feeding: feeds)
            _ = try save.run(in: session, feeding: prefix)
            let checkpoint = try TensorFlowCheckpoint("\(folder)/saved")
            #expect(checkpoint.names == ["renamed/a", "renamed/b"])
            #expect(try checkpoint.array(named: "renamed/b") == NDArray(Float(4)))

            let second = Session()
            let restore = try model.graph.program(running: ["save/restore_all"], feeding: feeds)
            _ = try restore.run(in: second, feeding: prefix)
            let variables = try model.graph.allVariables()
            #expect(try second.value(of: #require(variables["a"])) == NDArray(Float(3)))
            #expect(try second.value(of: #require(variables["b"])) == NDArray(Float(4)))
        }
    }
}
