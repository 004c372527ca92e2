// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftTestSupport

/// Training under settings of OpenMP's environment, which oneDNN's library reads, and without the means
/// to start a thread: each in a process of its own, with a deadline.
@Suite struct ThreadSettingsTests {
    private static let command = FinishedProcess.product("weft")

    /// A small training.
    private static func train(
        _ environment: [String: String] = [:], setup: String = "", by helper: [String] = []
    ) throws -> FinishedProcess {
        let words =
            [try #require(command).path, "bench", "--quick"]
            + ["W3", "W5"].flatMap {
                ["--workload", $0]
            }
        let all = helper + words
        return try FinishedProcess(
            URL(fileURLWithPath: all[0]), Array(all.dropFirst()), setup: setup,
            environment: environment)
    }

    @Test(
        "settings of OpenMP do not matter", .enabled(if: command != nil),
        arguments: [
            ["OMP_THREAD_LIMIT": "1"], ["OMP_DYNAMIC": "true"], ["OMP_MAX_ACTIVE_LEVELS": "0"],
            ["OMP_STACKSIZE": "16k"], ["OMP_NUM_THREADS": "7"],
        ])
    func trains(_ environment: [String: String]) throws {
        let run = try Self.train(environment)
        #expect(run.status == 0, "\(run)")
    }

    /// Limits on processes do not bind the administrator, who becomes nobody for it.
    @Test("a system that starts no thread is worked on serially", .enabled(if: command != nil))
    func trainsWithoutAThread() throws {
        let setpriv = "/usr/bin/setpriv"
        var helper: [String] = []
        if geteuid() == 0 {
            guard FileManager.default.isExecutableFile(atPath: setpriv) else { return }
            helper = [setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        }
        let run = try Self.train(setup: "ulimit -u 1", by: helper)
        #expect(run.status == 0, "\(run)")
    }
}
