// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A line that shows how far a long job is: share, speed and time left.
///
/// On a terminal the line is drawn over itself; elsewhere a line is printed for every tenth.
final class ProgressBar {
    private let total: Int
    /// What was done before.
    private let first: Int
    private let unit: String
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var lastDrawn = ContinuousClock.now - .seconds(1)
    private var lastTenth = 0

    init(total: Int, from first: Int = 0, unit: String) {
        self.total = max(total, 1)
        self.first = first
        lastTenth = first * 10 / self.total
        self.unit = unit
    }

    func update(done: Int, _ text: @autoclosure () -> String) {
        let now = ContinuousClock.now
        let tenth = done * 10 / total
        if isTerminal {
            guard now - lastDrawn > .milliseconds(100) || done >= total else { return }
        } else {
            guard tenth > lastTenth else { return }
        }
        lastDrawn = now
        lastTenth = tenth
        let seconds = max(Self.seconds(now - start), 1e-9)
        let rate = Double(done - first) / seconds
        let left = Double(total - done) / max(rate, 1e-9)
        let filled = min(done * 24 / total, 24)
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: 24 - filled)
        let line =
            "[\(bar)] \(format(Double(done) * 100 / Double(total), 0))%  \(text())  "
            + "\(format(rate, 0)) \(unit)/s  \(format(left, 1)) s left"
        // Nobody may be watching; the result is another matter.
        try? isTerminal ? Output.write("\r\u{1B}[2K\(line)") : Output.line(line)
    }

    func finish() {
        let time = "\(format(Self.seconds(ContinuousClock.now - start), 1)) s"
        try? Output.line(isTerminal ? "\n\(time)" : time)
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
