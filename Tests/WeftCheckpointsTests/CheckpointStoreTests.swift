// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftFormats
import WeftTestSupport

@Suite struct CheckpointStoreTests {
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !$0.hasPrefix(".weft-lock") }.sorted()
    }

    private func file(_ folder: URL, _ number: Int) -> URL {
        folder.appending(path: "checkpoint-00000\(number).safetensors")
    }

    @Test("the newest and the best are kept", arguments: [true, false])
    func keeping(inBackground: Bool) throws {
        try inFolder { folder in
            let training = try SmallTraining()
            let store = try CheckpointStore(
                folder.path, keeping: 2, best: 1, by: .lowest, inBackground: inBackground)
            for score in [0.5, 0.1, .nan, 0.3, 0.4, 0.2] {
                try training.run(1)
                try store.save(training.session, with: ["counter": training.counter], score: score)
            }
            try store.finish()
            #expect(store.entries.map(\.number) == [2, 5, 6])
            #expect(store.entries.map(\.score) == [0.1, 0.4, 0.2])
            #expect(try names(folder).count == 3)
            let best = try SmallTraining()
            let restored = try store.restoreBest(
                into: best.session, with: ["counter": best.counter])
            #expect(restored?.path == file(folder, 2).path && best.counter.value == 2)
        }
    }

    @Test("what is saved in the background is the state of that moment")
    func snapshot() throws {
        try inFolder { folder in
            let training = try SmallTraining()
            let store = try CheckpointStore(folder.path, keeping: 100)
            var expected: [[String: [UInt8]]] = []
            for _ in 0..<20 {
                try training.run(1)
                try store.save(training.session, with: ["counter": training.counter])
                expected.append(try training.bits())
            }
            try store.finish()
            for (entry, bits) in zip(store.entries, expected) {
                let other = try SmallTraining()
                try other.session.restore(from: entry.path, with: ["counter": other.counter])
                #expect(try other.bits() == bits)
            }
        }
    }

    @Test("another process's folder goes on with the next number, and from its newest")
    func reopening() throws {
        try inFolder { folder in
            let training = try SmallTraining()
            do {
                let store = try CheckpointStore(folder.path)
                #expect(try store.restoreNewest(into: training.session) == nil)
                try training.run(2)
                try store.save(training.session, with: ["counter": training.counter], score: 0.5)
                try store.finish()
                let second = errorText { _ = try CheckpointStore(folder.path) }
                #expect(second?.contains("another training writes") == true, "\(second ?? "")")
            }
            try Data().write(to: folder.appending(path: ".weft-partial-1-2"))
            let store = try CheckpointStore(folder.path)
            #expect(try names(folder) == ["checkpoint-000001.safetensors"])
            #expect(store.entries.map(\.score) == [0.5] && store.entries.map(\.step) == [2])
            let resumed = try SmallTraining()
            try store.restoreNewest(into: resumed.session, with: ["counter": resumed.counter])
            #expect(try resumed.bits() == training.bits())
            try store.save(resumed.session, with: ["counter": resumed.counter])
            try store.finish()
            #expect(store.entries.map(\.number) == [1, 2])
        }
    }

    @Test("a damaged one is passed over, is said to be damaged, and pushes no other out")
    func damaged() throws {
        try inFolder { folder in
            let training = try SmallTraining()
            do {
                let store = try CheckpointStore(
                    folder.path, keeping: 3, best: 0, inBackground: false)
                for _ in 1...3 {
                    try training.run(1)
                    try store.save(training.session, with: ["counter": training.counter])
                }
            }
            // One whose data is damaged, and one that has only its beginning.
            var bytes = try Data(contentsOf: file(folder, 2))
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: file(folder, 2))
            try Data(contentsOf: file(folder, 3)).prefix(100).write(to: file(folder, 3))
            let store = try CheckpointStore(folder.path, keeping: 2, best: 0, inBackground: false)
            let resumed = try SmallTraining()
            let restored = try #require(
                try store.restoreNewest(into: resumed.session, with: ["counter": resumed.counter]))
            #expect(restored.path == file(folder, 1).path && resumed.counter.value == 1)
            #expect(restored.damaged.map(\.path) == [file(folder, 3).path, file(folder, 2).path])
            try store.save(resumed.session, with: ["counter": resumed.counter])
            #expect(store.entries.map(\.number) == [1, 2, 4])
            #expect(try names(folder).count == 4)
            // When none is whole, that is an error: nothing starts from the beginning by mistake.
            for number in [1, 4] { try Data([1]).write(to: file(folder, number)) }
            #expect(throws: FileError.self) { try store.restoreNewest(into: resumed.session) }
        }
    }

    @Test("a folder that goes away is an error of the next call, and of the last")
    func revoked() throws {
        try inFolder { folder in
            let place = folder.appending(path: "a/b")
            let training = try SmallTraining()
            try training.run(1)
            let store = try CheckpointStore(place.path)
            try store.save(training.session)
            try store.finish()
            let away = folder.appending(path: "away")
            try FileManager.default.moveItem(at: place, to: away)
            try store.save(training.session)
            let text = errorText { try store.save(training.session) }
            #expect(
                text?.contains("no file can be made in '\(place.path)'") == true, "\(text ?? "")")
            #expect(throws: FileError.self) { try store.finish() }
            try store.finish()
            // The earlier one is intact, and when the folder is back all goes on.
            try SmallTraining().session.restore(
                from: away.appending(path: "checkpoint-000001.safetensors").path)
            try FileManager.default.moveItem(at: away, to: place)
            try store.save(training.session)
            try store.finish()
            #expect(store.entries.count == 2)
        }
    }

    @Test("a folder that cannot be is an error before the training")
    func noFolder() throws {
        try inFolder { folder in
            let path = folder.appending(path: "file")
            try Data([1]).write(to: path)
            for bad in [path.path, path.path + "/below", ""] {
                #expect(throws: FileError.self) { try CheckpointStore(bad) }
            }
        }
    }

    private static let child = FinishedProcess.product("KilledWriter")

    /// `WEFT_KILLS` says how often; the script `Scripts/kills.sh` does it 500 times.
    @Test(
        "killed at any moment, what was on the disk is there and whole", .enabled(if: child != nil))
    func kills() throws {
        let count = ProcessInfo.processInfo.environment["WEFT_KILLS"].flatMap { Int($0) } ?? 6
        let child = try #require(Self.child)
        try inFolder { folder in
            var random = TestRandom("kills")
            var (known, withPartial) = (0, 0)
            for index in 0..<count {
                // Starting takes some of the time; the longest runs write some hundred files.
                let seconds = 0.02 + random.number(in: 0...1) * 0.4
                let run = try FinishedProcess(child, [folder.path], within: seconds)
                #expect(run.status == nil, "run \(index) ended by itself: \(run)")
                known = max(
                    known, run.output.split(separator: "\n").compactMap { Int($0) }.max() ?? 0)
                if try names(folder).contains(where: { $0.hasPrefix(".weft-partial-") }) {
                    withPartial += 1
                }
                let newest = try names(folder).last { $0.hasPrefix("checkpoint-") }
                guard let newest else {
                    #expect(known == 0)
                    continue
                }
                let checkpoint = try Checkpoint(contentsOf: folder.appending(path: newest).path)
                let value: Int64 = try #require(checkpoint.parts["count"]?["value"]).scalar()
                #expect(value >= known, "run \(index)")
                for array in checkpoint.state.variables.values {
                    let numbers: [Float] = try array.scalars()
                    #expect(numbers.allSatisfy { $0 == Float(value) }, "run \(index)")
                }
            }
            #expect(known > 0)
            print("\(count) kills, \(withPartial) of them while a file was written; \(known) steps")
        }
    }
}
