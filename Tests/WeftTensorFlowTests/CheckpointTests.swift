// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorFlow
import WeftTestSupport

@Suite struct CheckpointTests {
    @Test(
        "what TensorFlow has written is read",
        arguments: ["plain", "parts", "objects", "first", "first_parts", "first_sharded"])
    func recorded(_ name: String) throws {
        let checkpoint = try TensorFlowCheckpoint(RecordedFiles.path(name))
        let expected = try RecordedFiles.entries(name)
        #expect(checkpoint.names.filter { !$0.hasPrefix("_") } == expected.keys.sorted())
        for (key, record) in expected {
            #expect(try Described(checkpoint.array(named: key)) == record, "\(key)")
            #expect(try checkpoint.entry(named: key)?.shape == record.shape)
        }
        let error = try thrown(FileError.self) { _ = try checkpoint.array(named: "none") }
        #expect(error.kind == .noEntry)
    }

    @Test func objectsAreFoundByTheirOwnNames() throws {
        let checkpoint = try TensorFlowCheckpoint(RecordedFiles.path("objects"))
        #expect(
            checkpoint.objectNames["weight"] == "module/weight/.ATTRIBUTES/VARIABLE_VALUE")
        // Two variables have this name.
        #expect(checkpoint.objectNames["offset"] == nil)
        #expect(try checkpoint.array(named: "weight").doubles == [2, 0, 1, -1])
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let arrays = try TensorFlowCheckpoint(RecordedFiles.path("plain")).arrays()
        try inFolder { folder in
            try TensorFlowCheckpoint.write(arrays, to: folder + "/plain")
            let written = try TensorFlowCheckpoint(folder + "/plain").arrays()
            #expect(written.keys.sorted() == arrays.keys.sorted())
            for (name, array) in arrays {
                let again = try #require(written[name])
                #expect(try Described(again) == Described(array), "\(name)")
            }
        }
    }

    @Test func indicesOfSeveralBlocksAreReadAgain() throws {
        let arrays = Dictionary(
            uniqueKeysWithValues: (0..<20_000).map {
                ("a/long/name/of/layer_\($0)/kernel", NDArray(Int32($0)))
            })
        try inFolder { folder in
            try TensorFlowCheckpoint.write(arrays, to: folder + "/large")
            let size = try Data(contentsOf: URL(fileURLWithPath: folder + "/large.index")).count
            #expect(size > 1 << 19)
            let checkpoint = try TensorFlowCheckpoint(folder + "/large")
            #expect(checkpoint.names == arrays.keys.sorted())
            #expect(
                try checkpoint.array(named: "a/long/name/of/layer_777/kernel")
                    == NDArray(Int32(777)))
        }
    }

    @Test func theNewestIsNamedAndOldOnesAreRemoved() throws {
        try inFolder { folder in
            #expect(try TensorFlowCheckpoint.newest(in: folder) == nil)
            for step in 1...4 {
                try TensorFlowCheckpoint.write(
                    ["step": NDArray(Int64(step))], to: "\(folder)/model-\(step)", keeping: 2)
            }
            let newest = try #require(try TensorFlowCheckpoint.newest(in: folder))
            #expect(try newest.array(named: "step") == NDArray(Int64(4)))
            #expect(
                try TensorFlowCheckpoint.prefixes(in: folder)
                    == ["\(folder)/model-3", "\(folder)/model-4"])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                names == [
                    "checkpoint", "model-3.data-00000-of-00001", "model-3.index",
                    "model-4.data-00000-of-00001", "model-4.index",
                ])
        }
    }

    @Test func aStateFileOfAnotherPlaceIsFollowed() throws {
        try inFolder { folder in
            try TensorFlowCheckpoint.write(["a": NDArray(Float(1))], to: folder + "/model")
            try write(
                Array("model_checkpoint_path: \"/no/such/folder/model\"\nother_field: 3\n".utf8),
                to: folder + "/checkpoint")
            #expect(try TensorFlowCheckpoint.newest(in: folder)?.names == ["a"])
            try write(Array("model_checkpoint_path: 3".utf8), to: folder + "/checkpoint")
            let error = try thrown(FileError.self) {
                _ = try TensorFlowCheckpoint.newest(in: folder)
            }
            #expect(error.kind == .malformed)
        }
    }

    // MARK: Damaged files

    /// Copies a checkpoint with other bytes in one of its files, and reads all of it.
    private func readDamaged(
        _ name: String, _ file: String, in folder: String, _ bytes: [UInt8]
    ) throws {
        for part in ["index", "data-00000-of-00001", "data-00000-of-00002", "data-00001-of-00002"] {
            guard let original = try? RecordedFiles.bytes("\(name).\(part)") else { continue }
            try write(part == file ? bytes : original, to: "\(folder)/\(name).\(part)")
        }
        _ = try TensorFlowCheckpoint("\(folder)/\(name)").arrays()
    }

    @Test(
        "every beginning of a file is an error that says where",
        arguments: [
            ("parts", "index"), ("parts", "data-00000-of-00002"), ("objects", "index"),
            ("plain", "data-00000-of-00001"),
        ])
    func cutOff(_ name: String, _ file: String) throws {
        let bytes = try RecordedFiles.bytes("\(name).\(file)")
        try inFolder { folder in
            for length in 0..<bytes.count {
                let error = try thrown(FileError.self) {
                    try readDamaged(name, file, in: folder, Array(bytes.prefix(length)))
                }
                #expect(error.kind == .malformed, "\(length) bytes: \(error)")
                #expect(error.offset != nil, "\(length) bytes: \(error)")
            }
        }
    }

    @Test(
        "a changed byte is an error",
        arguments: [("parts", "index"), ("parts", "data-00001-of-00002"), ("objects", "index")])
    func changed(_ name: String, _ file: String) throws {
        let bytes = try RecordedFiles.bytes("\(name).\(file)")
        try inFolder { folder in
            for place in bytes.indices {
                // The padding of the end says nothing, nor does the place of a block that has nothing.
                if file == "index", place >= bytes.count - 48, place < bytes.count - 8 { continue }
                var changed = bytes
                changed[place] ^= 1 << UInt8(place % 8)
                if file == "index", place + 61 >= bytes.count - 48, place < bytes.count - 48 {
                    // The empty block is not read.
                    _ = try? readDamaged(name, file, in: folder, changed)
                    continue
                }
                #expect(throws: FileError.self, "byte \(place)") {
                    try readDamaged(name, file, in: folder, changed)
                }
            }
        }
    }
}
