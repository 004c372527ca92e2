// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftTestSupport

/// `weft train digits --checkpoint`: nothing is lost when it ends before its end.
@Suite struct TrainCheckpointTests {
    private static let command = FinishedProcess.product("weft")

    private func train(
        _ folder: URL, _ arguments: String..., epochs: Int = 12, setup: String = ""
    ) throws -> FinishedProcess {
        try FinishedProcess(
            try #require(Self.command),
            [
                "train", "digits", "--epochs", "\(epochs)", "--batch-size", "128", "--checkpoint",
                folder.path,
            ] + arguments, setup: setup, within: 300)
    }

    /// Does `commands` of a shell when the training, which is `$$`, has written a checkpoint.
    private func whenSaved(_ folder: URL, _ commands: String) -> String {
        let newest = "$(ls '\(folder.path)' 2>/dev/null | tail -n 1)"
        return
            "before=\"\(newest)\"; { (while [ \"\(newest)\" = \"$before\" ]; do kill -0 $$ || exit; "
            + "sleep 0.01; done; \(commands)) >/dev/null 2>&1 & }"
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "weft-train-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func checkpoints(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !$0.hasPrefix(".weft-lock") }.sorted()
    }

    private func contents(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.reduce(into: [:]) {
            $0[$1] = try Data(contentsOf: folder.appending(path: $1))
        }
    }

    @Test(
        "killed, interrupted in an epoch and resumed, it ends with the bits of one that ran through",
        .enabled(if: command != nil))
    func resumption() throws {
        try inFolder { folder in
            let (whole, parts) = (folder.appending(path: "whole"), folder.appending(path: "parts"))
            let out = (folder.appending(path: "out1"), folder.appending(path: "out2"))
            let through = try train(whole, "--out", out.0.path)
            #expect(through.status == 0, "\(through)")

            // With --resume in a folder without checkpoints it starts.
            let killed = try train(
                parts, "--resume", setup: whenSaved(parts, "kill -KILL $$"))
            #expect(killed.status == nil, "\(killed)")
            let interrupted = try train(
                parts, "--resume", setup: whenSaved(parts, "kill -INT $$"))
            #expect(interrupted.status == 130, "\(interrupted)")
            #expect(interrupted.output.contains("going on after step "), "\(interrupted)")
            #expect(interrupted.output.contains("interrupted after step "), "\(interrupted)")
            #expect(!interrupted.output.contains("test accuracy"), "\(interrupted)")
            let resumed = try train(parts, "--resume", "--out", out.1.path)
            #expect(resumed.status == 0, "\(resumed)")
            #expect(
                resumed.output.split(separator: "\n").last
                    == through.output.split(separator: "\n").last)
            #expect(try contents(out.1) == contents(out.0))
            // One that is at its end is tested again.
            let again = try train(parts, "--resume")
            #expect(
                again.output.split(separator: "\n").last
                    == through.output.split(separator: "\n").last)
            #expect(try checkpoints(parts).count == 3)
        }
    }

    @Test("a second signal ends it at once", .enabled(if: command != nil))
    func secondSignal() throws {
        try inFolder { folder in
            let run = try train(
                folder, epochs: 1000,
                setup: whenSaved(
                    folder, "kill -STOP $$; kill -INT $$; kill -TERM $$; kill -CONT $$"))
            #expect(run.status == 130, "\(run)")
            #expect(!run.output.contains("interrupted after"), "\(run)")
        }
    }

    @Test("what does not go together is an error before the training", .enabled(if: command != nil))
    func mistakes() throws {
        try inFolder { folder in
            let place = folder.appending(path: "a")
            #expect(try train(place, epochs: 1).status == 0)
            let before = try contents(place)
            for (run, text) in [
                (try train(place, epochs: 1), "go on from them with --resume"),
                (try train(place, "--resume", epochs: 2), "were made with --epochs 1, not 2"),
                (try train(place, "--resume", "--seed", "3", epochs: 1), "with --seed 0, not 3"),
                (
                    try train(place.appending(path: "checkpoint-000001.safetensors"), epochs: 1),
                    "cannot be made"
                ),
            ] {
                #expect(run.status != nil && run.status != 0, "\(run)")
                #expect(run.errors.contains(text), "\(run)")
                #expect(run.output.isEmpty, "\(run)")
            }
            #expect(try contents(place) == before)
            let alone = try FinishedProcess(
                try #require(Self.command), ["train", "digits", "--resume"])
            #expect(alone.status != 0 && alone.errors.contains("--checkpoint"), "\(alone)")
        }
    }

    /// A limit on the size of files is met as a full disk is.
    @Test(
        "a disk that is full ends it, and leaves the earlier checkpoints",
        .enabled(if: command != nil))
    func fullDisk() throws {
        try inFolder { folder in
            let stopped = try train(folder, setup: whenSaved(folder, "kill -KILL $$"))
            #expect(stopped.status == nil, "\(stopped)")
            let before = try contents(folder).filter { $0.key.hasPrefix("checkpoint-") }
            let full = try train(folder, "--resume", setup: "trap '' XFSZ; ulimit -f 80")
            #expect(full.status != nil && full.status != 0, "\(full)")
            #expect(full.errors.contains("cannot be written"), "\(full)")
            #expect(try contents(folder).filter { !$0.key.hasPrefix(".weft-lock") } == before)
            #expect(try train(folder, "--resume").status == 0)
        }
    }
}
