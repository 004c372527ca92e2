// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// What the process holds, and what a loop makes of it.
struct Machine {
    /// Nodes alive and bytes resident at one moment.
    struct Usage {
        let nodes = GraphStatistics.liveNodeCount
        let residentBytes = Machine.residentBytes
    }

    /// The resident memory of the process; nil where the system does not say.
    static var residentBytes: Int? {
        #if os(Linux)
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
            return nil
        }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
        #else
        return nil
        #endif
    }

    /// The most that memory may grow in a loop that leaks nothing: allocators keep some pages.
    static let allowedGrowth = 1_000_000

    /// How many steps come before those that are observed.
    static func warmUp(_ steps: Int) -> Int { min(steps, max(steps / 10, 2_000)) }

    private static func megabytes(_ bytes: Int) -> String {
        String(format: "%.2f", Double(bytes) / 1e6)
    }

    /// Runs a loop of `steps` after a warm-up, and reports time, nodes and memory.
    ///
    /// The warm-up fills the plan cache and the allocator's pools: what is wanted is whether the
    /// loop goes on taking memory, not what it takes once.
    static func observe(
        _ name: String, steps: Int, in report: inout NoteReport,
        _ loop: (_ steps: Range<Int>) throws -> Void
    ) rethrows {
        let warmUp = warmUp(steps)
        try loop(0..<warmUp)
        let before = Usage()
        let start = ContinuousClock.now
        try loop(warmUp..<warmUp + steps)
        let time = (ContinuousClock.now - start) / .microseconds(1)
        let after = Usage()
        let each =
            "\(name): \(steps) steps, \(String(format: "%.2f", time / Double(steps))) us each"
        guard report.isAlone else { return report.fact(each) }
        let growth = after.nodes - before.nodes
        report.check("\(name), growth of nodes", "\(growth)", is: "0", growth == 0)
        var memory = "memory unknown"
        if let old = before.residentBytes, let new = after.residentBytes {
            report.check(
                "\(name), growth of memory", "\((new - old) / 1000) kB",
                is: "below \(allowedGrowth / 1000) kB", new - old < allowedGrowth)
            memory = "resident \(megabytes(old)) MB before, \(megabytes(new)) after"
        }
        report.fact("\(each); nodes \(before.nodes) before, \(after.nodes) after; \(memory)")
    }
}
