// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftFormats

@Suite struct CheckpointTests {
    @Test("going on from a file gives the bits of a training that never stopped")
    func exactResumption() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let whole = try SmallTraining()
            try whole.run(7)
            try whole.session.save(
                to: path, with: ["counter": whole.counter], notes: ["who": "ü\""])
            try whole.run(6)

            let resumed = try SmallTraining()
            let report = try resumed.session.restore(from: path, with: ["counter": resumed.counter])
            #expect(report.isComplete && report.notes == ["who": "ü\""])
            #expect(
                report.variables.imported.contains("first/kernel/Adam"),
                "\(report.variables.imported)")
            #expect(resumed.counter.value == 7)
            try resumed.run(6)
            #expect(try resumed.bits() == whole.bits())
        }
    }

    @Test("every type of variable, and names that JSON must escape")
    func types() throws {
        var variables: [String: NDArray] = [
            "a \"b\"/ü\n": [1.5], "empty": try NDArray([Float](), shape: [0, 3]),
        ]
        for dtype in DType.arrayTypes where dtype != .string {
            let bytes = (0..<2 * dtype.size).map {
                UInt8(truncatingIfNeeded: dtype == .bool ? $0 : 91 * $0)
            }
            variables["\(dtype)"] = try NDArray(dtype: dtype, shape: [2, 1], bytes: bytes)
        }
        let checkpoint = Checkpoint(
            state: SessionState(variables: variables, step: .max, seed: .max),
            parts: [
                "p": ["a/b": [2.5], "": NDArray(true), "c": try #require(variables["c128"])],
                "none": [:],
            ],
            notes: ["": "", "weft.checksum": "\"weft.checksum\":\"00000000\""])
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            try checkpoint.write(to: path)
            let read = try Checkpoint(contentsOf: path)
            #expect(read.notes == checkpoint.notes)
            #expect(read.state.step == .max && read.state.seed == .max)
            #expect(Set(read.state.variables.keys) == Set(variables.keys))
            for (name, array) in variables {
                #expect(read.state.variables[name]?.hasSameBits(as: array) == true, "\(name)")
            }
            #expect(
                read.parts.mapValues { Set($0.keys) } == checkpoint.parts.mapValues { Set($0.keys) }
            )
            #expect(read.parts["p"]?["c"]?.hasSameBits(as: try #require(variables["c128"])) == true)
            // Others find a variable under its own name.
            #expect(
                try SafetensorsFile(path).array(named: "f32").hasSameBits(
                    as: try #require(variables["f32"])))
        }
    }

    @Test("no changed byte and no beginning of a file goes unnoticed")
    func damage() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors")
            let state = SessionState(
                variables: ["w": [1, 2, 3], "flag": [true, false]], step: 3, seed: 4)
            try Checkpoint(state: state, parts: ["p": ["x": [1.0]]], notes: ["n": "note"]).write(
                to: path.path)
            let bytes = try Data(contentsOf: path)
            for place in bytes.indices {
                for bit: UInt8 in [1, 0x20, 0x80] {
                    var damaged = bytes
                    damaged[place] ^= bit
                    try damaged.write(to: path)
                    do {
                        // A boolean may be any number but 0 and be the same.
                        let read = try Checkpoint(contentsOf: path.path)
                        #expect(read.state.variables == state.variables, "byte \(place)")
                    } catch let error as FileError {
                        #expect(error.path == path.path)
                    }
                }
                try bytes.prefix(place).write(to: path)
                #expect(throws: FileError.self) { try Checkpoint(contentsOf: path.path) }
            }
        }
    }

    @Test("a model that has changed is told all at once, and what fits may be restored")
    func changedModel() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let saved = try SmallTraining()
            try saved.run(2)
            try saved.session.save(to: path, with: ["counter": saved.counter])

            let session = Session(.init(seed: 5))
            let kept = Variable<Float>("first/bias", shape: [8])
            let wider = Variable<Float>("last/kernel", shape: [9, 1])
            let renamed = Variable<Float>("first/kernels", shape: [6, 8])
            let handles = [kept.handle, wider.handle, renamed.handle]
            let other = Counter()
            let text = try #require(
                errorText {
                    try session.restore(from: path, with: ["count": other], for: handles)
                })
            for part in [
                "'first/kernels' f32[6, 8] (near: 'first/kernel')", "'last/kernel' is f32[9, 1]",
                "'first/bias/Adam' (near: 'first/bias')", "parts that were not saved: 'count'",
                "nobody asked for: 'counter'",
                "isPartial",
            ] { #expect(text.contains(part), "\(part) in \(text)") }
            #expect(session.step == 0)

            let report = try session.restore(
                from: path, with: ["count": other], for: handles, isPartial: true)
            #expect(report.variables.imported == ["first/bias"])
            #expect(report.variables.missing == ["first/kernels"])
            #expect(Array(report.variables.misfitting.keys) == ["last/kernel"])
            #expect(report.missingParts == ["count"] && report.unexpectedParts == ["counter"])
            #expect(
                try session.value(of: kept) == saved.session.exportState().variables["first/bias"])
        }
    }

    @Test("another seed is an error, unless draws are not to go on")
    func seeds() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let saved = try SmallTraining(seed: 1)
            try saved.run(1)
            try saved.session.save(to: path)
            let other = try SmallTraining(seed: 2)
            #expect(throws: RunError.self) { try other.session.restore(from: path) }
            try other.session.restore(from: path, resumesDraws: false)
            #expect(other.session.step == 0)
        }
    }

    @Test("a file of another program is no checkpoint, and it is said what it is for")
    func otherFiles() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            try SafetensorsFile.write(["w": [1.0]], to: path)
            let text = errorText { _ = try Checkpoint(contentsOf: path) }
            #expect(text?.contains("SafetensorsFile") == true, "\(text ?? "")")
            let state = SessionState(variables: ["weft.part/x": [1.0]], step: 0, seed: 0)
            #expect(throws: FileError.self) { try Checkpoint(state: state).write(to: path) }
            let part = Checkpoint(
                state: SessionState(variables: [:], step: 0, seed: 0), parts: ["a/b": [:]])
            #expect(throws: FileError.self) { try part.write(to: path) }
            #expect(try SafetensorsFile(path).names == ["w"])
        }
    }
}
