// SPDX-License-Identifier: Apache-2.0

/// A regular expression in RE2's syntax, without classes of Unicode (`\p`) and bytes (`\C`), matched in time
/// that is the product of the lengths of text and pattern: all ways through the pattern are followed at
/// once, so that a run can stop it, and no text takes for ever. Of several matches at one place that is
/// taken which a search from left to right would find first.
struct RegularExpression: Hashable, Sendable {
    /// In UTF-8: equal `String`s need not have equal code points, of which matches are made.
    let pattern: [UInt8]
    /// How many groups in parentheses are numbered.
    let groupCount: Int
    let program: [Step]

    /// One instruction of a matcher.
    enum Step: Hashable, Sendable {
        /// One code point of these.
        case codes(CodeSet)
        /// Either way, the first one preferred.
        case either(Int, Int)
        case jump(Int)
        /// Notes where a group begins or ends.
        case mark(Int)
        case assert(Assertion)
        case end
    }

    enum Assertion: Hashable, Sendable {
        case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
    }

    /// - Throws: `RuleViolation` when the pattern is none, or stands for too many steps.
    init(_ pattern: String) throws {
        self.pattern = Array(pattern.utf8)
        var parser = PatternParser(pattern)
        let piece = try parser.parse()
        groupCount = parser.groupCount
        var assembler = PatternAssembler(pattern)
        try assembler.add(piece)
        program = assembler.steps + [.end]
    }

    static func == (a: Self, b: Self) -> Bool { a.pattern == b.pattern }
    func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}
