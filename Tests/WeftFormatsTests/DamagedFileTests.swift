// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftArrays
import WeftFormats
import WeftTestSupport

/// Files that were cut off or changed give an error or arrays, and never end the process.
@Suite struct DamagedFileTests {
    private static let names = [
        "version1.npy", "version2.npy", "version3.npy", "numbers.npz", "large.npz", "streamed.npz",
        "none.npz", "refused.npz", "all.safetensors", "other_types.safetensors", "none.safetensors",
    ]

    /// Reads all that is in a file.
    private func read(_ path: String) throws -> [String: NDArray] {
        if path.hasSuffix(".npy") { return ["": try NDArray(npy: path)] }
        if path.hasSuffix(".npz") { return try NpzFile(path).arrays() }
        return try SafetensorsFile(path).arrays()
    }

    @Test("every beginning of a file is an error that says where", arguments: names)
    func cutOff(_ name: String) throws {
        let bytes = try Data(contentsOf: RecordedFiles.folder.appending(path: name))
        try inFolder { folder in
            let path = folder.appending(path: name)
            for length in bytes.indices {
                try bytes.prefix(length).write(to: path)
                let error = try fileError { _ = try read(path.path) }
                #expect(error.kind == .malformed, "\(length) bytes: \(error)")
                #expect(error.offset != nil, "\(length) bytes: \(error)")
            }
        }
    }

    @Test("changed bytes are an error or other values, and take no memory", arguments: names)
    func changed(_ name: String) throws {
        let bytes = try Data(contentsOf: RecordedFiles.folder.appending(path: name))
        try inFolder { folder in
            let path = folder.appending(path: name)
            var random = TestRandom(name)
            var errors = 0
            for _ in 0..<2000 {
                var damaged = bytes
                for _ in 0...Int(random.next() % 3) {
                    let place = Int(random.next() % UInt64(bytes.count))
                    damaged[place] = UInt8(truncatingIfNeeded: random.next())
                }
                try damaged.write(to: path)
                do {
                    for array in try read(path.path).values {
                        #expect(array.byteCount <= 1032 * bytes.count)
                    }
                } catch let error as FileError {
                    errors += 1
                    #expect(error.kind == .malformed || error.kind == .unsupported, "\(error)")
                }
            }
            #expect(errors > 0)
        }
    }

    @Test(
        "in an archive no changed element goes unnoticed",
        arguments: ["numbers.npz", "layouts.npz"])
    func checksums(_ name: String) throws {
        let bytes = try Data(contentsOf: RecordedFiles.folder.appending(path: name))
        let before = try read(RecordedFiles.path(name))
        try inFolder { folder in
            let path = folder.appending(path: name)
            for place in stride(from: 0, to: bytes.count, by: 7) {
                var damaged = bytes
                damaged[place] ^= 0x10
                try damaged.write(to: path)
                guard let after = try? read(path.path) else { continue }
                // What is left out is one whose name no longer ends in .npy.
                for (name, array) in after {
                    if let expected = before[name] {
                        #expect(array.hasSameBits(as: expected), "byte \(place)")
                    }
                }
            }
        }
    }

    @Test("what is no file has an error of the system")
    func noFile() throws {
        try inFolder { folder in
            let missing = folder.appending(path: "none.npy").path
            for path in [missing, folder.path, "/dev/null", "", "a\0b"] {
                for read in [
                    { _ = try NDArray(npy: path) }, { _ = try NpzFile(path) },
                    { _ = try SafetensorsFile(path) },
                ] {
                    guard case .system = try fileError(read).kind else {
                        Issue.record("'\(path)'")
                        return
                    }
                }
            }
        }
    }
}
