// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftArrays
import WeftFormats
import WeftTestSupport

/// A file is there as a whole or not at all, and others read what Weft writes.
@Suite struct WritingTests {
    @Test("a file that is not committed leaves nothing, one that is replaces the other")
    func atomic() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x").path
            try Data("earlier".utf8).write(to: URL(fileURLWithPath: path))
            do {
                let file = try AtomicFile(path)
                try file.write(Array("new".utf8))
                try file.complete()
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "earlier")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
            let file = try AtomicFile(path)
            try file.write(Array("a new one".utf8))
            try file.overwrite(Array("the".utf8), at: 2)
            #expect(file.position == 9)
            try file.commit()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "a the one")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
        }
    }

    @Test("what a link leads to is replaced, and the link stays")
    func link() throws {
        try inFolder { folder in
            let files = FileManager.default
            let (target, link) = (folder.appending(path: "a.npy"), folder.appending(path: "b.npy"))
            try NDArray(Float(1)).write(npy: target.path)
            try files.createSymbolicLink(at: link, withDestinationURL: target)
            try NDArray(Float(2)).write(npy: link.path)
            #expect(try NDArray(npy: target.path) == NDArray(Float(2)))
            #expect(try files.destinationOfSymbolicLink(atPath: link.path) == target.path)
            // Also where there is nothing yet, by a link that begins at its own folder.
            let next = folder.appending(path: "c.npy")
            try files.createSymbolicLink(atPath: next.path, withDestinationPath: "d.npy")
            try NDArray(Float(3)).write(npy: next.path)
            #expect(try NDArray(npy: folder.appending(path: "d.npy").path) == NDArray(Float(3)))
            #expect(try files.destinationOfSymbolicLink(atPath: next.path) == "d.npy")
            let circle = folder.appending(path: "e.npy").path
            try files.createSymbolicLink(atPath: circle, withDestinationPath: "e.npy")
            let error = try fileError { try NDArray(Float(1)).write(npy: circle) }
            #expect(error.kind == .system(ELOOP), "\(error)")
        }
    }

    @Test("a file keeps its permissions, and what is no file stays")
    func permissions() throws {
        try inFolder { folder in
            let files = FileManager.default
            let path = folder.appending(path: "x.npy").path
            try NDArray(Float(1)).write(npy: path)
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try NDArray(Float(2)).write(npy: path)
            let attributes = try files.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let pipe = folder.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            let error = try fileError { try NDArray(Float(1)).write(npy: pipe) }
            #expect("\(error)".contains("is no file but"), "\(error)")
            #expect(
                try files.contentsOfDirectory(atPath: folder.path).sorted() == ["pipe", "x.npy"])
            let refused = try fileError { _ = try NDArray(npy: pipe) }
            #expect("\(refused)".contains("is no file but"), "\(refused)")
        }
    }

    @Test("no folder, and a folder in the place of the file, are errors that name the file")
    func noPlace() throws {
        try inFolder { folder in
            let array = NDArray(Float(1))
            for path in [folder.appending(path: "a/b.npy").path, folder.path] {
                let error = try fileError { try array.write(npy: path) }
                #expect(error.path == path, "\(error)")
                guard case .system = error.kind else {
                    Issue.record("\(error)")
                    return
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    private static let script = RecordedFiles.folder.deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scripts/goldens/formats.py")

    /// Python with NumPy; one with safetensors, too, can be named by `WEFT_PYTHON`.
    private static let python: URL? = {
        let named = ProcessInfo.processInfo.environment["WEFT_PYTHON"]
        let path = URL(fileURLWithPath: named ?? "/usr/bin/env")
        let run = try? FinishedProcess(
            path, (named == nil ? ["python3"] : []) + ["-c", "import numpy"])
        return run?.status == 0 ? path : nil
    }()

    @Test("NumPy and safetensors read what is written", .enabled(if: python != nil))
    func others() throws {
        try inFolder { folder in
            var expected = try arraysOfAllTypes()
            try NpzFile.write(expected, to: folder.appending(path: "stored.npz").path)
            try NpzFile.write(
                expected, to: folder.appending(path: "deflated.npz").path, compressed: true)
            let large = try AtomicFile(folder.appending(path: "large.npz").path)
            try NpzFile.write(expected, to: large, compressed: false, largeFrom: 40)
            try large.commit()
            try expected["c128"]?.write(npy: folder.appending(path: "one.npy").path)
            let tensors = expected.filter { $1.dtype != .string && $1.dtype != .complex128 }
            let metadata = ["a\"\n": "ü\u{1}"]
            try SafetensorsFile.write(
                tensors, metadata: metadata, to: folder.appending(path: "all.safetensors").path)

            let python = try #require(Self.python)
            let run = try FinishedProcess(
                python,
                (python.lastPathComponent == "env" ? ["python3"] : [])
                    + [Self.script.path, "--read", folder.path])
            #expect(run.status == 0, "\(run)")
            let read = try Golden.dictionary(
                JSONSerialization.jsonObject(with: Data(run.output.utf8)))
            if let file = read["all.safetensors"] {
                let file = try Golden.dictionary(file)
                #expect(Set(file.keys) == Set(tensors.keys))
                for (name, array) in tensors {
                    let record = try Golden.dictionary(file[name])
                    let own = try Described(array)
                    #expect(record["bytes"] as? String == own.elements[0], "\(name)")
                    #expect(record["shape"] as? [Int] == own.shape, "\(name)")
                }
                #expect(read["all.safetensors metadata"] as? [String: String] == metadata)
            }
            expected["bf16"] = try expected["bf16"]?.cast(to: .float32)
            for file in ["stored.npz", "deflated.npz", "large.npz"] {
                let entries = try Golden.dictionary(read[file])
                #expect(Set(entries.keys) == Set(expected.keys))
                for (name, array) in expected {
                    let record = try Golden.dictionary(entries[name])
                    #expect(try Described(array) == Described(record), "\(file) \(name)")
                }
            }
            let one = try Golden.dictionary(Golden.dictionary(read["one.npy"])[""])
            #expect(try Described(try #require(expected["c128"])) == Described(one))
        }
    }
}
