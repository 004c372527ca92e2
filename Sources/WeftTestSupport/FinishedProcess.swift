// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A program that was run in a process of its own, and how it ended.
package struct FinishedProcess: Sendable, CustomStringConvertible {
    /// Its exit status; nil where a signal ended it, or it took longer than it was given.
    package let status: Int32?
    /// What it wrote to standard output.
    package let output: String
    /// What it wrote to standard error.
    package let errors: String

    package var description: String {
        "status \(status.map(String.init) ?? "none")\n\(output)\(errors)"
    }

    /// What is built beside the tests, under that name; nil where it was not built.
    package static func product(_ name: String) -> URL? {
        guard let tests = executable else { return nil }
        let url = tests.deletingLastPathComponent().appending(path: name)
        return FileManager.default.isExecutableFile(atPath: url.path) ? url : nil
    }

    /// The tests themselves.
    package static var executable: URL? { Bundle.main.executableURL?.resolvingSymlinksInPath() }

    /// Runs a program to its end, for at most so many seconds.
    ///
    /// - Parameters:
    ///   - setup: Commands of a shell that becomes the program, such as `ulimit -v 3000000`.
    ///   - redirection: The shell's redirections for the program: `>/dev/full`.
    ///   - environment: Variables beside those of the tests.
    /// - Throws: an error where it cannot be started.
    package init(
        _ program: URL, _ arguments: [String] = [], setup: String = "", redirection: String = "",
        environment: [String: String] = [:], within seconds: Double = 60
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments =
            ["-c", "\(setup.isEmpty ? "" : "\(setup); ")exec \"$0\" \"$@\" \(redirection)"]
            + [program.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let id = process.processIdentifier
        let deadline = DispatchWorkItem { kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: deadline)
        // Both are read at once: a full pipe would keep the process waiting.
        let text = Collected()
        let reader = Thread {
            text.finish(errors.fileHandleForReading.readDataToEndOfFile())
        }
        reader.start()
        self.output = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(decoding: text.wait(), as: UTF8.self)
        process.waitUntilExit()
        deadline.cancel()
        status = process.terminationReason == .exit ? process.terminationStatus : nil
    }

    /// What another thread reads. `@unchecked Sendable`: the semaphore orders both.
    private final class Collected: @unchecked Sendable {
        private let done = DispatchSemaphore(value: 0)
        private var data = Data()

        func finish(_ data: Data) {
            self.data = data
            done.signal()
        }

        func wait() -> Data {
            done.wait()
            return data
        }
    }
}
