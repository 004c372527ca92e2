// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftTestSupport

/// `weft train digits` where what it writes cannot be written: one step of training in a process of its own.
@Suite struct TrainCommandTests {
    private static let command = FinishedProcess.product("weft")

    private func train(
        out folder: URL? = nil, setup: String = "", redirection: String = ""
    ) throws -> FinishedProcess {
        let arguments = ["train", "digits", "--epochs", "1", "--batch-size", "1437"]
        return try FinishedProcess(
            try #require(Self.command), arguments + (folder.map { ["--out", $0.path] } ?? []),
            setup: setup, redirection: redirection)
    }

    /// A new folder that is gone afterwards.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "weft-train-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test(
        "the accuracy is printed last, and variables, predictions, curves and history are written",
        .enabled(if: command != nil))
    func succeeds() throws {
        try inFolder { folder in
            let run = try train(out: folder.appending(path: "a/b"))
            #expect(run.status == 0, "\(run)")
            let last = run.output.split(separator: "\n").last ?? ""
            #expect(last.hasPrefix("test accuracy 0."), "\(run)")
            let written = try names(in: folder.appending(path: "a/b"))
            for name in ["conv1_kernel.npy", "predictions.npy", "confusion.svg", "curves.svg"] {
                #expect(written.contains(name), "\(written)")
            }
            let history = try String(
                contentsOf: folder.appending(path: "a/b/history.csv"), encoding: .utf8)
            #expect(history.hasPrefix("epoch,step,learning_rate,loss,accuracy\n1,1,"), "\(history)")
        }
    }

    @Test("a closed standard output is an error before the work", .enabled(if: command != nil))
    func closedOutput() throws {
        let run = try train(redirection: ">&-")
        #expect(run.status != nil && run.status != 0, "\(run)")
        #expect(run.errors.contains("cannot write to standard output"), "\(run)")
    }

    @Test(
        "a full standard output is an error, which has the accuracy, and the variables are kept",
        .enabled(if: command != nil && FileManager.default.fileExists(atPath: "/dev/full")))
    func fullOutput() throws {
        try inFolder { folder in
            let run = try train(out: folder, redirection: ">/dev/full")
            #expect(run.status != nil && run.status != 0, "\(run)")
            #expect(run.errors.contains("cannot write to standard output"), "\(run)")
            #expect(run.errors.contains("test accuracy 0."), "\(run)")
            #expect(try names(in: folder).contains("conv1_kernel.npy"))
        }
    }

    @Test("nobody who reads standard output is no success", .enabled(if: command != nil))
    func brokenPipe() throws {
        let run = try train(setup: "trap '' PIPE", redirection: "> >(exec <&-)")
        #expect(run.status != 0, "\(run)")
    }

    /// Below a file there is no folder, for the administrator either.
    @Test("a folder that cannot be is an error before the training", .enabled(if: command != nil))
    func unwritableFolder() throws {
        try inFolder { folder in
            let file = folder.appending(path: "file")
            try Data([1]).write(to: file)
            let run = try train(out: file.appending(path: "out"))
            #expect(run.status != nil && run.status != 0, "\(run)")
            #expect(run.errors.contains("cannot write to the folder '\(file.path)/out'"), "\(run)")
            #expect(run.output.isEmpty, "\(run)")
        }
    }

    /// A limit on the size of files is met as a full disk is: some are written before it.
    @Test(
        "a disk that is full leaves what was there and nothing else", .enabled(if: command != nil))
    func fullDisk() throws {
        try inFolder { folder in
            let earlier = folder.appending(path: "conv1_kernel.npy")
            try Data("earlier".utf8).write(to: earlier)
            let run = try train(out: folder, setup: "trap '' XFSZ; ulimit -f 64")
            #expect(run.status != nil && run.status != 0, "\(run)")
            #expect(run.errors.contains("cannot write to the folder '\(folder.path)'"), "\(run)")
            // The result is not lost with them.
            #expect(run.output.contains("test accuracy 0."), "\(run)")
            #expect(try names(in: folder) == ["conv1_kernel.npy"])
            #expect(try String(contentsOf: earlier, encoding: .utf8) == "earlier")
        }
    }
}
