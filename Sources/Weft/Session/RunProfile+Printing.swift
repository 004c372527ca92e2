// SPDX-License-Identifier: Apache-2.0

extension RunProfile: CustomStringConvertible {
    private static let mostLines = 60

    /// Two tables, the longest first: a line for each step of the plan, then one for each name scope.
    public var description: String {
        struct Line {
            var text = ""
            var (count, seconds, bytes, operations) = (0, 0.0, 0, 0.0)
        }
        var lines: [Int: Line] = [:]
        for step in steps {
            let result = step.result.isEmpty ? "" : " -> \(step.result)"
            var line = lines[step.number] ?? Line()
            line.text = step.label + result
            line.count += 1
            line.seconds += step.ownSeconds
            line.bytes += step.bytes
            line.operations += step.operations
            lines[step.number] = line
        }
        let sum = Swift.max(steps.reduce(0) { $0 + $1.ownSeconds }, .leastNonzeroMagnitude)
        func share(_ seconds: Double) -> String { "\(Self.rounded(100 * seconds / sum))%" }
        func microseconds(_ seconds: Double) -> String { "\(Self.rounded(seconds * 1e6)) µs" }

        var text = Self.row("time", "share", "times", "GB/s", "GFLOP/s", "step")
        let sorted = lines.sorted { ($0.value.seconds, $1.key) > ($1.value.seconds, $0.key) }
        for (_, line) in sorted.prefix(Self.mostLines) {
            let time = Swift.max(line.seconds, 1e-12)
            text += Self.row(
                microseconds(line.seconds), share(line.seconds), "\(line.count)",
                Self.rounded(Double(line.bytes) / time * 1e-9),
                Self.rounded(line.operations / time * 1e-9), line.text)
        }
        let rest = sorted.dropFirst(Self.mostLines)
        if !rest.isEmpty {
            let seconds = rest.reduce(0) { $0 + $1.value.seconds }
            text += Self.row(
                microseconds(seconds), share(seconds), "", "", "", "\(rest.count) more steps")
        }
        let scopes = scopes()
        if scopes.contains(where: { !$0.name.isEmpty }) {
            text += "\n" + Self.row("time", "share", "steps", "", "", "scope")
            for scope in scopes {
                text += Self.row(
                    microseconds(scope.seconds), share(scope.seconds), "\(scope.stepCount)", "", "",
                    scope.name.isEmpty ? "(none)" : scope.name)
            }
        }
        let runs = runCount == 1 ? "one run" : "medians of \(runCount) runs"
        return text + "\(steps.count) steps, \(microseconds(seconds)) in all, \(runs)\n"
    }

    private static func row(_ cells: String...) -> String {
        let widths = [12, 8, 7, 8, 9]
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += String(repeating: " ", count: Swift.max(width - cell.count, 1)) + cell
        }
        return line + "  " + (cells.last ?? "") + "\n"
    }

    /// One digit behind the point.
    private static func rounded(_ number: Double) -> String {
        let tenths = (number * 10).rounded()
        guard tenths.magnitude < 1e15 else { return "\(number)" }
        return "\(Int(tenths) / 10).\(abs(Int(tenths)) % 10)"
    }
}
