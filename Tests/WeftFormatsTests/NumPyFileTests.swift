// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftArrays
import WeftFormats
import WeftTestSupport

/// .npy and .npz files: what NumPy has written is read to the bit, and what is written is read back.
@Suite struct NumPyFileTests {
    private let recorded: RecordedFiles

    init() throws { recorded = try RecordedFiles() }

    @Test("versions 1 to 3", arguments: 1...3)
    func versions(_ version: Int) throws {
        let array = try NDArray(npy: RecordedFiles.path("version\(version).npy"))
        let expected = try #require(try recorded.entries("version\(version).npy")[""])
        #expect(try Described(array) == Described(expected))
    }

    @Test(
        "archives as NumPy writes them",
        arguments: ["numbers.npz", "layouts.npz", "large.npz", "streamed.npz", "none.npz"])
    func archives(_ name: String) throws {
        let file = try NpzFile(RecordedFiles.path(name))
        let expected = try recorded.entries(name)
        #expect(Set(file.names) == Set(expected.keys))
        for (entry, record) in expected {
            #expect(try Described(file.array(named: entry)) == Described(record), "\(entry)")
        }
    }

    @Test("what is no array is refused, and said to be what")
    func refused() throws {
        let file = try NpzFile(RecordedFiles.path("refused.npz"))
        for (entry, record) in try recorded.entries("refused.npz") {
            let error = try fileError { _ = try file.array(named: entry) }
            #expect(error.kind == .unsupported)
            #expect(error.reason.contains(try #require(record["refused"] as? String)), "\(error)")
            #expect(error.entry == "\(entry).npy")
        }
    }

    @Test("bf16 has no type in NumPy's files, and is read where it is asked for")
    func bfloat16() throws {
        let file = try NpzFile(RecordedFiles.path("refused.npz"))
        let array = try file.array(named: "untyped", as: .bfloat16)
        #expect(try array.scalars(as: BFloat16.self).map(\.floatValue).prefix(2) == [1, -2.5])
    }

    @Test("what is written is read back, each type", arguments: [false, true])
    func roundTrip(compressed: Bool) throws {
        try inFolder { folder in
            let arrays = try arraysOfAllTypes()
            let path = folder.appending(path: "all.npz").path
            try NpzFile.write(arrays, to: path, compressed: compressed)
            let file = try NpzFile(path)
            #expect(file.names == arrays.keys.sorted())
            for (name, array) in arrays {
                let single = folder.appending(path: "one.npy").path
                try array.write(npy: single)
                let expected =
                    array.dtype == .bfloat16 ? try array.cast(to: .float32) : array
                #expect(try file.array(named: name).hasSameBits(as: expected), "\(name)")
                #expect(try NDArray(npy: single).hasSameBits(as: expected), "\(name)")
            }
            // Equal arrays make equal files.
            let again = folder.appending(path: "again.npz").path
            try NpzFile.write(arrays, to: again, compressed: compressed)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: path))
                    == Data(contentsOf: URL(fileURLWithPath: again)))
        }
    }

    /// The fields that archives above 4 GiB need, from 40 bytes on.
    @Test("the fields for large archives are read back", arguments: [false, true])
    func largeFields(compressed: Bool) throws {
        try inFolder { folder in
            let arrays = try arraysOfAllTypes()
            let path = folder.appending(path: "large.npz").path
            let file = try AtomicFile(path)
            try NpzFile.write(arrays, to: file, compressed: compressed, largeFrom: 40)
            try file.commit()
            let read = try NpzFile(path).arrays()
            #expect(Set(read.keys) == Set(arrays.keys))
            #expect(read["large"]?.hasSameBits(as: try #require(arrays["large"])) == true)
        }
    }

    @Test("a header that lies about the shape is an error before any memory is taken")
    func lyingShape() throws {
        try inFolder { folder in
            for shape in [
                "(1099511627776,)", "(9223372036854775807, 9223372036854775807)",
                "(0, 9223372036854775808)",
            ] {
                let error = try npy(
                    "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }", in: folder)
                #expect(error.kind == .malformed, "\(error)")
                #expect(error.offset != nil, "\(error)")
            }
            let strings = try npy(
                "{'descr': '|S0', 'fortran_order': False, 'shape': (1099511627776,), }", in: folder)
            #expect(strings.kind == .malformed, "\(strings)")
        }
    }

    @Test(
        "headers that Python would not have written so",
        arguments: [
            "", "{}", "{'descr': '<f4'}", "[1]",
            "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ()} more",
            "{'descr': '<f4, 'fortran_order': False, 'shape': ()}",
            "{'descr': '<q9', 'fortran_order': False, 'shape': ()}",
            "{'descr': '', 'fortran_order': False, 'shape': ()}",
        ])
    func headers(_ header: String) throws {
        try inFolder { folder in
            let error = try npy(header, in: folder)
            #expect(error.kind == .malformed, "\(error)")
            #expect(error.description.contains("'\(folder.path)/x.npy', byte "), "\(error)")
        }
    }

    @Test("Python 2 wrote dimensions with an L, keys stand in any order")
    func python2() throws {
        try inFolder { folder in
            let path = try write(
                "{\"shape\": (1L, 2L), 'fortran_order': True, 'descr': '>i2'}", [1, 2, 3, 4], folder
            )
            #expect(try NDArray(npy: path) == NDArray([0x0102, 0x0304] as [Int16], shape: [1, 2]))
        }
    }

    @Test("an entry that is there twice, and a name that is not there")
    func names() throws {
        try inFolder { folder in
            let path = folder.appending(path: "two.npz").path
            try NpzFile.write(["aa": NDArray(Float(1)), "ab": NDArray(Float(2))], to: path)
            let missing = try fileError { _ = try NpzFile(path).array(named: "b") }
            #expect(missing.kind == .noEntry)
            #expect(missing.reason.contains("it has 'aa', 'ab'"), "\(missing)")
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            for place in bytes.indices.dropLast()
            where bytes[place] == UInt8(ascii: "a") && bytes[place + 1] == UInt8(ascii: "b") {
                bytes[place + 1] = UInt8(ascii: "a")
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let twice = try fileError { _ = try NpzFile(path) }
            #expect(twice.reason.contains("twice"), "\(twice)")
        }
    }

    @Test("a string that ends in a zero byte cannot be kept, and nothing is written")
    func zeroAtTheEnd() throws {
        try inFolder { folder in
            let array = try NDArray(byteStrings: [[1, 0]], shape: [1])
            let error = try fileError {
                try array.write(npy: folder.appending(path: "x.npy").path)
            }
            #expect(error.kind == .unsupported)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    private func write(_ header: String, _ data: [UInt8], _ folder: URL) throws -> String {
        let path = folder.appending(path: "x.npy")
        let length = [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
        try Data([0x93] + Array("NUMPY".utf8) + [1, 0] + length + Array(header.utf8) + data)
            .write(to: path)
        return path.path
    }

    private func npy(_ header: String, in folder: URL) throws -> FileError {
        let path = try write(header, [0, 0, 0, 0], folder)
        return try fileError { _ = try NDArray(npy: path) }
    }

    /// A file of version 2 with this header.
    private func write(_ header: String, _ elements: [UInt8], to path: String) throws {
        let length = header.utf8.count
        let bytes: [UInt8] =
            [0x93] + "NUMPY".utf8 + [2, 0]
            + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        try Data(bytes + header.utf8 + elements).write(to: URL(fileURLWithPath: path))
    }

    @Test("thousands of axes of length 1, in Fortran's order, take no time")
    func manyAxes() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.npy").path
            let ones = String(repeating: "1,", count: 20_000)
            try write(
                "{'descr':'|u1','fortran_order':True,'shape':(1000,2,\(ones)),}",
                (0..<2000).map { UInt8($0 / 1000) }, to: path)
            let start = ContinuousClock.now
            let array = try NDArray(npy: path)
            #expect(array.rank == 20_002 && array.count == 2000)
            #expect(try array.scalars(as: UInt8.self)[0..<4] == [0, 1, 0, 1])
            // It was half a minute when each row walked along all axes.
            #expect(ContinuousClock.now - start < .seconds(10))
            let error = try fileError { try array.write(npy: path) }
            #expect(error.kind == .unsupported && "\(error)".contains("64 at most"), "\(error)")
        }
    }

    @Test("a type that the file does not have is no cast")
    func otherType() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.npy").path
            try NDArray([1, 2] as [Float]).write(npy: path)
            let error = try fileError { _ = try NDArray(npy: path, as: .float64) }
            #expect(error.kind == .unsupported && "\(error)".contains("f32"), "\(error)")
            #expect(try NDArray(npy: path, as: .float32).count == 2)
            try write(
                "{'descr':'<V2','fortran_order':False,'shape':(1,),}", [0x80, 0x3F], to: path)
            let one = try NDArray(npy: path, as: .bfloat16)
            #expect(one.dtype == .bfloat16 && one.doubles == [1])
        }
    }

    @Test("more strings than memory are an error before any is read")
    func manyStrings() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.npy").path
            // A file with a hole: no bytes on the disk.
            try write(
                "{'descr':'|S1','fortran_order':False,'shape':(1000000000000,),}", [], to: path)
            #expect(truncate(path, 1_000_000_001_000) == 0)
            let error = try fileError { _ = try NDArray(npy: path) }
            #expect(error.kind == .memory, "\(error)")
        }
    }
}
