// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Training under settings of OpenMP's environment, which oneDNN's library reads, and without the means
/// to start a thread: each in a process of its own, with a deadline.
@Suite struct ThreadSettingsTests {
    /// The command, which is built beside the tests.
    private static let command: URL? = Bundle.main.executableURL.flatMap {
        let url = $0.resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("weft")
        return FileManager.default.isExecutableFile(atPath: url.path) ? url : nil
    }

    /// The exit status of a small training, nil where it did not end in time.
    private static func train(
        _ environment: [String: String], before: String = "exec"
    ) throws -> Int32? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c", "\(before) \"$0\" bench --quick --workload W3 --workload W5",
            try #require(command).path,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let deadline = Date(timeIntervalSinceNow: 60)
        while process.isRunning, Date() < deadline { usleep(5000) }
        guard process.isRunning else { return process.terminationStatus }
        process.terminate()
        return nil
    }

    @Test(
        "settings of OpenMP do not matter", .enabled(if: command != nil),
        arguments: [
            ["OMP_THREAD_LIMIT": "1"], ["OMP_DYNAMIC": "true"], ["OMP_MAX_ACTIVE_LEVELS": "0"],
            ["OMP_STACKSIZE": "16k"], ["OMP_NUM_THREADS": "7"],
        ])
    func trains(_ environment: [String: String]) throws {
        #expect(try Self.train(environment) == 0)
    }

    /// Limits on processes do not bind the administrator, who becomes nobody for it.
    @Test("a system that starts no thread is worked on serially", .enabled(if: command != nil))
    func trainsWithoutAThread() throws {
        let setpriv = "/usr/bin/setpriv"
        var before = "ulimit -u 1; exec"
        if geteuid() == 0 {
            guard FileManager.default.isExecutableFile(atPath: setpriv) else { return }
            before += " \(setpriv) --reuid 65534 --regid 65534 --clear-groups"
        }
        #expect(try Self.train([:], before: before) == 0)
    }
}
