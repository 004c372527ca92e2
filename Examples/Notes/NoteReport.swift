// SPDX-License-Identifier: Apache-2.0

/// What the replay of one note found: numbers that were checked, and facts that were measured.
public struct NoteReport: Sendable {
    /// A number, or several, beside what it must be.
    public struct Check: Sendable {
        /// What was computed.
        public let name: String
        /// What it must be, for people.
        public let expected: String
        /// What it is, for people.
        public let actual: String
        /// Whether they agree.
        public let ok: Bool
    }

    /// What the note is about.
    public let title: String
    /// The checks, in order.
    public private(set) var checks: [Check] = []
    /// What was measured: times, memory, counts. No judgement is in them.
    public private(set) var facts: [String] = []

    /// Whether every check holds.
    public var isRight: Bool { checks.allSatisfy(\.ok) }

    /// Whether nothing else runs in the process, so that its memory says something.
    let isAlone: Bool

    package init(_ title: String, isAlone: Bool = false) {
        self.title = title
        self.isAlone = isAlone
    }

    package mutating func fact(_ text: String) { facts.append(text) }

    package mutating func check(_ name: String, _ actual: String, is expected: String, _ ok: Bool) {
        checks.append(Check(name: name, expected: expected, actual: actual, ok: ok))
    }

    /// Numbers that must be equal, all of them.
    package mutating func check(_ name: String, _ actual: [Double], is expected: [Double]) {
        check(name, Self.text(actual), is: Self.text(expected), actual == expected)
    }

    /// Numbers that must be close: within `tolerance` of the expected one, or, where that is larger
    /// than 1, within `tolerance` times its size. (A float32 near 10 has no neighbour nearer than
    /// 1e-6, so an absolute 1e-6 would ask for the very bits there.)
    package mutating func check(
        _ name: String, _ actual: [Double], isNear expected: [Double],
        within tolerance: Double = 1e-6
    ) {
        let ok =
            actual.count == expected.count
            && zip(actual, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
        check(name, Self.text(actual), is: Self.text(expected), ok)
    }

    /// Single-precision numbers that must be equal to the bit.
    package mutating func check(_ name: String, _ actual: [Float], hasBitsOf expected: [Float]) {
        check(
            name, Self.text(actual.map(Double.init)), is: Self.text(expected.map(Double.init)),
            actual.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    /// That a run fails, and says why.
    package mutating func check(
        _ name: String, throwsMentioning text: String, _ body: () throws -> Void
    ) {
        do {
            try body()
            check(name, "no error", is: "an error with '\(text)'", false)
        } catch {
            check(name, "\(error)", is: "an error with '\(text)'", "\(error)".contains(text))
        }
    }

    /// At most a dozen numbers; a report is for reading.
    private static func text(_ numbers: [Double]) -> String {
        let shown = numbers.prefix(12).map { number in
            number == number.rounded() && abs(number) < 1e9
                ? "\(Int(number))" : "\(Float(number))"
        }
        let rest = numbers.count > 12 ? ", … \(numbers.count) numbers" : ""
        return "[" + shown.joined(separator: ", ") + rest + "]"
    }
}

extension NoteReport: CustomStringConvertible {
    /// Lines for people; what is off stands with what it should be.
    public var description: String {
        var lines = [title]
        for check in checks {
            lines.append("  \(check.ok ? "ok " : "OFF") \(check.name): \(check.actual)")
            if !check.ok { lines.append("      must be: \(check.expected)") }
        }
        for fact in facts { lines.append("      \(fact)") }
        return lines.joined(separator: "\n")
    }
}
