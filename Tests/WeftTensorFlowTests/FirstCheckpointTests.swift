// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorFlow
import WeftTestSupport

/// Checkpoints of TensorFlow's first kind. That what TensorFlow has written is read is in `CheckpointTests`.
@Suite struct FirstCheckpointTests {
    @Test(
        "files of several numbers are found by all their names",
        arguments: ["first_sharded", "first_sharded-?????-of-00002"])
    func prefixes(_ name: String) throws {
        let checkpoint = try TensorFlowCheckpoint(RecordedFiles.path(name))
        #expect(checkpoint.names == ["left", "right", "rows"])
        #expect(try checkpoint.array(named: "rows").doubles == [1, 2, 3, 4, 5, 6])
        #expect(TensorFlowCheckpoint.exists(RecordedFiles.path(name)))
    }

    @Test func whatIsNoTableIsNoCheckpoint() throws {
        #expect(TensorFlowCheckpoint.exists(RecordedFiles.path("first")))
        #expect(TensorFlowCheckpoint.exists(RecordedFiles.path("plain")))
        #expect(!TensorFlowCheckpoint.exists(RecordedFiles.path("expected.json")))
        #expect(!TensorFlowCheckpoint.exists(RecordedFiles.path("saved_model_1")))
        let error = try thrown(FileError.self) {
            _ = try TensorFlowCheckpoint(RecordedFiles.path("expected.json"))
        }
        #expect(error.kind == .malformed)
        #expect(error.path.hasSuffix("expected.json"))
        // Of what is not there, the file that a checkpoint of today has is missing.
        let missing = try thrown(FileError.self) { _ = try TensorFlowCheckpoint("/no/such") }
        #expect(missing.path == "/no/such.index")
    }

    @Test func theStateFileNamesThem() throws {
        try inFolder { folder in
            try write(try RecordedFiles.bytes("first_parts"), to: folder + "/model-1")
            try write(
                Array(
                    ("model_checkpoint_path: \"/elsewhere/model-1\"\n"
                        + "all_model_checkpoint_paths: \"model-1\"\n").utf8),
                to: folder + "/checkpoint")
            #expect(
                try TensorFlowCheckpoint.newest(in: folder)?.names == ["columns", "rows", "whole"])
            // The oldest is removed, of whichever kind it is.
            try TensorFlowCheckpoint.write(
                ["a": NDArray(Float(1))], to: folder + "/model-2", keeping: 1)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["checkpoint", "model-2.data-00000-of-00001", "model-2.index"])
        }
    }

    @Test(
        "every beginning of a file is an error that names it",
        arguments: ["first", "first_parts", "first_sharded-00001-of-00002"])
    func cutOff(_ name: String) throws {
        let bytes = try RecordedFiles.bytes(name)
        try inFolder { folder in
            if name.hasPrefix("first_sharded") {
                let other = "first_sharded-00000-of-00002"
                try write(try RecordedFiles.bytes(other), to: "\(folder)/\(other)")
            }
            let prefix =
                name.hasPrefix("first_sharded") ? "\(folder)/first_sharded" : "\(folder)/\(name)"
            for length in 0..<bytes.count {
                try write(Array(bytes.prefix(length)), to: "\(folder)/\(name)")
                let error = try thrown(FileError.self) {
                    _ = try TensorFlowCheckpoint(prefix).arrays()
                }
                #expect(error.kind == .malformed, "\(length) bytes: \(error)")
                #expect(error.path == "\(folder)/\(name)")
            }
        }
    }

    @Test("a file of several that is missing is an error that names it")
    func missing() throws {
        try inFolder { folder in
            let name = "first_sharded-00000-of-00002"
            try write(try RecordedFiles.bytes(name), to: "\(folder)/\(name)")
            let error = try thrown(FileError.self) {
                _ = try TensorFlowCheckpoint("\(folder)/first_sharded")
            }
            #expect(error.path == "\(folder)/first_sharded-00001-of-00002")
        }
    }

    @Test func aChangedByteIsAnError() throws {
        let bytes = try RecordedFiles.bytes("first_parts")
        try inFolder { folder in
            // Before the block that lists the others, which is empty: data, and what is said of it.
            for place in 0..<bytes.count - 160 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(place % 8)
                try write(changed, to: "\(folder)/model")
                #expect(throws: FileError.self, "byte \(place)") {
                    _ = try TensorFlowCheckpoint("\(folder)/model").arrays()
                }
            }
        }
    }
}
