// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftArrays
import WeftFormats
import WeftTestSupport

/// .safetensors files: what the reference implementation has written is read to the bit, what is written is read
/// back, and a header that cannot be true is refused.
@Suite struct SafetensorsTests {
    private let recorded: RecordedFiles

    init() throws { recorded = try RecordedFiles() }

    @Test(
        "files of the reference implementation",
        arguments: ["all.safetensors", "none.safetensors", "other_types.safetensors"])
    func reference(_ name: String) throws {
        let file = try SafetensorsFile(RecordedFiles.path(name))
        let expected = try recorded.entries(name)
        #expect(Set(file.names) == Set(expected.keys))
        for (entry, record) in expected {
            if let type = record["refused"] as? String {
                let error = try fileError { _ = try file.array(named: entry) }
                #expect(error.kind == .unsupported && error.reason.contains(type), "\(error)")
                #expect(file.entry(named: entry)?.dtypeName == type)
            } else {
                #expect(try Described(file.array(named: entry)) == Described(record), "\(entry)")
            }
        }
        if name == "all.safetensors" {
            #expect(file.metadata == recorded.root["metadata"] as? [String: String])
        }
    }

    private func writable() throws -> [String: NDArray] {
        try arraysOfAllTypes().filter { $1.dtype != .string && $1.dtype != .complex128 }
    }

    @Test("what is written is read back, copied and mapped", arguments: [false, true])
    func roundTrip(maps: Bool) throws {
        try inFolder { folder in
            var arrays = try writable()
            arrays["Ü\n\"\\\u{1}"] = NDArray(true)
            arrays["huge"] = try NDArray(repeating: Float(0.5), shape: [1000, 1000])
            let path = folder.appending(path: "all.safetensors").path
            let metadata = ["": "", "a\"b": "\u{7F}\\\n🧵"]
            try SafetensorsFile.write(arrays, metadata: metadata, to: path)
            let file = try SafetensorsFile(path, mapsLargeArrays: maps)
            #expect(file.metadata == metadata)
            #expect(Set(file.names) == Set(arrays.keys))
            for (name, array) in arrays {
                #expect(try file.array(named: name).hasSameBits(as: array), "\(name)")
            }
            #expect(file.entry(named: file.names[0])!.byteRange.lowerBound % 64 == 0)
        }
    }

    @Test(
        "a mapped array is a value: it outlives the file's name, and what is written to it stays there"
    )
    func mappedValue() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let ones = try NDArray(repeating: Float(1), shape: [1 << 18])
            try SafetensorsFile.write(["x": ones], to: path)
            var x = try SafetensorsFile(path, mapsLargeArrays: true).array(named: "x")
            try SafetensorsFile.write(["x": NDArray(Float(3))], to: path)
            let before = x
            x.withUnsafeMutableBytes { $0.storeBytes(of: Float(2), as: Float.self) }
            #expect(try x.scalars(as: Float.self)[0...1] == [2, 1])
            #expect(before.hasSameBits(as: ones))
            #expect(try SafetensorsFile(path).array(named: "x") == NDArray(Float(3)))
        }
    }

    @Test("arrays mapped twice from one file are two values")
    func mappedTwice() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let ones = try NDArray(repeating: Float(1), shape: [1 << 18])
            try SafetensorsFile.write(["x": ones], to: path)
            let file = try SafetensorsFile(path, mapsLargeArrays: true)
            let first = try file.array(named: "x")
            var second = try file.array(named: "x")
            second.withUnsafeMutableBytes { $0.storeBytes(of: Float(2), as: Float.self) }
            var third = try file.array(named: "x")
            try third.makeUnshared()
            third.withUnsafeMutableBytes { $0.storeBytes(of: Float(3), as: Float.self) }
            #expect(first.hasSameBits(as: ones))
            #expect(try file.array(named: "x").hasSameBits(as: ones))
            #expect(try second.scalars(as: Float.self)[0...1] == [2, 1])
            #expect(try third.scalars(as: Float.self)[0...1] == [3, 1])
        }
    }

    @Test("a header that nobody would read is not written")
    func longHeader() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let x = ["x": NDArray(Float(1))]
            try SafetensorsFile.write(x, to: path)
            let note = String(repeating: "a", count: 100_000_000)
            let error = try fileError {
                try SafetensorsFile.write(x, metadata: ["note": note], to: path)
            }
            #expect(error.kind == .unsupported, "\(error)")
            #expect(try SafetensorsFile(path).metadata.isEmpty)
        }
    }

    @Test(
        "headers that cannot be true",
        arguments: [
            ("", "fewer than 8"),
            ("[]", "must begin with '{'"),
            ("{}x", "more follows"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "said to have 4 bytes"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "the arrays end at byte"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "no part of a file"),
            (
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}"#,
                "twice"
            ),
            (
                #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                "overlap"
            ),
            (
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
                "gaps"
            ),
            (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, "the file has"),
            (
                #"{"a":{"dtype":"U8","shape":[9223372036854775807,3],"data_offsets":[0,4]}}"#,
                "said to have"
            ),
            (
                #"{"a":{"dtype":"U8","shape":[99223372036854775807],"data_offsets":[0,4]}}"#,
                "whole number"
            ),
            (#"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#, "whole number"),
            (#"{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}"#, "whole number"),
            (#"{"a":{"dtype":"U8","shape":[04],"data_offsets":[0,4]}}"#, "whole number"),
            (#"{"a":{"dtype":"U8","shape":[4]}}"#, "must have"),
            (#"{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, "twice"),
            (
                #"{"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
                "must be here"
            ),
            (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],}}"#, "must be here"),
            (
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"b":\#(String(repeating: "[", count: 999))}}"#,
                "nested"
            ),
            (#"{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, "half a character"),
        ])
    func headers(_ header: String, _ reason: String) throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            let bytes = header.isEmpty ? [1, 2] : length + Array(header.utf8) + [1, 2, 3, 4]
            try Data(bytes).write(to: path)
            let error = try fileError { _ = try SafetensorsFile(path.path) }
            #expect(error.kind == .malformed)
            #expect(error.reason.contains(reason), "\(error)")
            #expect(error.offset != nil && error.path == path.path)
        }
    }

    @Test("a type that is not known, and one that needs a part of a byte")
    func otherTypes() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            let header =
                #"{"a":{"dtype":"Q7","shape":[3],"data_offsets":[0,2]},"b":{"dtype":"F4","shape":[4],"data_offsets":[2,4],"new":[1,-2.5e+3,{"x":null}]}} "#
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            try Data(length + Array(header.utf8) + [1, 2, 3, 4]).write(to: path)
            let file = try SafetensorsFile(path.path)
            #expect(file.names == ["a", "b"])
            #expect(try fileError { _ = try file.array(named: "a") }.kind == .unsupported)
            #expect(try fileError { _ = try file.array(named: "b") }.kind == .unsupported)
        }
    }

    @Test("what the format has no place for is refused, and the earlier file stays")
    func unwritable() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            try SafetensorsFile.write(["x": NDArray(Float(1))], to: path)
            let all = try arraysOfAllTypes()
            for array in [try #require(all["strings"]), try #require(all["c128"])] {
                let error = try fileError { try SafetensorsFile.write(["y": array], to: path) }
                #expect(error.kind == .unsupported && error.entry == "y", "\(error)")
            }
            let named = try fileError {
                try SafetensorsFile.write(["__metadata__": NDArray(Float(1))], to: path)
            }
            #expect(named.kind == .unsupported)
            #expect(try SafetensorsFile(path).names == ["x"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
    }
}
