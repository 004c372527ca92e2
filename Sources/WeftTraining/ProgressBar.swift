// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A line that shows how far a long job is: share, speed and time left.
///
/// On a terminal the line is drawn over itself; elsewhere a line is printed for every tenth.
public final class ProgressBar {
    /// Where the line is written to.
    public struct Output: Sendable {
        let isTerminal: Bool
        /// How many characters a line has; nil where that is not known.
        let columns: @Sendable () -> Int?
        let write: @Sendable (String) -> Void

        /// An output of a program's own, which gets whole lines with their ends.
        public init(_ write: @escaping @Sendable (String) -> Void) {
            isTerminal = false
            columns = { nil }
            self.write = write
        }

        private init(_ descriptor: Int32) {
            isTerminal = isatty(descriptor) == 1
            columns = { Self.columns(of: descriptor) }
            write = { text in
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes {
                        Foundation.write(descriptor, $0.baseAddress, $0.count)
                    }
                    if count < 0, errno == EINTR { continue }
                    // Nobody may be watching; that is no reason to end the job.
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }
        }

        /// Standard output.
        public static var standardOutput: Output { Output(STDOUT_FILENO) }
        /// Standard error.
        public static var standardError: Output { Output(STDERR_FILENO) }

        private static func columns(of descriptor: Int32) -> Int? {
            var size = winsize()
            guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
                return nil
            }
            return Int(size.ws_col)
        }
    }

    private let output: Output
    /// How many pieces there are; nil as long as nobody knows.
    private var total: Int?
    /// How many pieces were done before.
    private let first: Int
    private let unit: String
    private let start = ContinuousClock.now
    private var lastDrawn = ContinuousClock.now - .seconds(1)
    private var lastMark: Int
    private var isLineOpen = false

    /// A line for a job that is done piece by piece.
    ///
    /// - Parameters:
    ///   - total: How many pieces there are; nil as long as nobody knows.
    ///   - first: How many were done before.
    ///   - unit: What the speed is of: `examples`.
    ///   - output: Where the line is written to.
    public init(
        total: Int?, from first: Int = 0, unit: String, to output: Output = .standardError
    ) {
        self.total = total.map { max($0, 1) }
        self.first = first
        self.unit = unit
        self.output = output
        lastMark = 0
        lastMark = mark(first)
    }

    /// Tenths of what is to be done; where that is not known, powers of two of what was done.
    private func mark(_ done: Int) -> Int {
        if let total {
            let (product, overflow) = done.multipliedReportingOverflow(by: 10)
            return overflow ? done / max(total / 10, 1) : product / total
        }
        return Int.bitWidth - max(done - first, 0).leadingZeroBitCount
    }

    /// Says how far the job is.
    ///
    /// - Parameters:
    ///   - done: How many pieces are done, those before included.
    ///   - total: How many there are, where that has become known.
    ///   - units: How many of what the speed is of this process has done.
    ///   - text: What else is to stand in the line; it is only asked for when the line is drawn.
    public func update(
        done: Int, of total: Int? = nil, units: Int, _ text: @autoclosure () -> String
    ) {
        if let total, self.total == nil {
            self.total = max(total, 1)
            lastMark = min(lastMark, mark(done))
        }
        let now = ContinuousClock.now
        let isLast = self.total.map { done >= $0 } ?? false
        let reached = mark(done)
        if output.isTerminal {
            guard now - lastDrawn > .milliseconds(100) || isLast else { return }
        } else {
            guard reached > lastMark else { return }
        }
        lastDrawn = now
        lastMark = reached
        write(line(done, units, (now - start) / .seconds(1), text()))
    }

    private func line(_ done: Int, _ units: Int, _ seconds: Double, _ text: String) -> String {
        let seconds = max(seconds, 1e-9)
        let speed = "\(Self.fixed(Double(units) / seconds, 0)) \(unit)/s"
        guard let total else { return "\(done) done  \(text)  \(speed)" }
        let share = min(Double(done) / Double(total), 1)
        let filled = Int(share * 24)
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: 24 - filled)
        let pace = Double(done - first) / seconds
        let left = Double(max(total - done, 0)) / max(pace, 1e-9)
        return "[\(bar)] \(Self.fixed(share * 100, 0))%  \(text)  \(speed)  \(Self.time(left)) left"
    }

    private func write(_ line: String) {
        guard output.isTerminal else { return output.write(line + "\n") }
        isLineOpen = true
        // A line that is broken in two cannot be drawn over.
        let columns = output.columns().map { max($0 - 1, 20) } ?? .max
        output.write("\r\u{1B}[2K\(line.prefix(columns))")
    }

    /// Writes a line of its own, above the one that is drawn over.
    public func note(_ text: String) {
        output.write(isLineOpen ? "\r\u{1B}[2K\(text)\n" : text + "\n")
        isLineOpen = false
        lastDrawn = ContinuousClock.now - .seconds(1)
    }

    /// Ends the line, and says how long the job took.
    public func finish() {
        let time = Self.time((ContinuousClock.now - start) / .seconds(1))
        output.write(isLineOpen ? "\n\(time)\n" : time + "\n")
        isLineOpen = false
    }

    /// 3.2 s, 4 min 5 s, 2 h 7 min.
    static func time(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "?" }
        if seconds < 60 { return "\(fixed(seconds, 1)) s" }
        let whole = Int(seconds.rounded())
        return whole < 3600
            ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// With so many decimals.
    static func fixed(_ number: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", number)
    }
}
