// SPDX-License-Identifier: Apache-2.0

/// Regular expressions have RE2's syntax, which TensorFlow has: letters, `.`, sets (`[a-z]`, `[^x]`,
/// `[[:alpha:]]`), `\d`, `\w`, `\s`, `\b`, groups, alternatives, and repetitions (`*`, `+`, `?`, `{2,3}`, with a
/// `?` behind them as short as can be), `^`, `$`, and the flags `(?i)`, `(?s)`, `(?m)`, `(?U)`. Classes of
/// Unicode (`\p`) and single bytes (`\C`) are missing, and `(?i)` knows the letters of ASCII. What takes a match
/// is a text in UTF-8; a byte that is none belongs to no match. No pattern takes longer than the product of
/// its length and the text's.
extension StringTensor {
    /// Where all of the string is a match of a regular expression.
    ///
    /// A pattern that is none makes a tensor that carries an error.
    /// - Shape: [...] → [...].
    public func matches(_ pattern: String) -> Mask {
        Mask(
            .composed("matches", [anyTensor]) {
                .make(
                    .strings(of: Matches(expression: try RegularExpression(pattern))), [anyTensor])
            })
    }

    /// With each match of a regular expression, from left to right, or only the first, replaced.
    ///
    /// A pattern that is none makes a tensor that carries an error, and so does a replacement that names a
    /// group that the pattern does not have.
    /// - Parameters:
    ///   - replacement: What takes its place; `\1` to `\9` are what the groups matched, `\0` is all of the
    ///     match, and `\\` a backslash.
    ///   - onlyFirst: Whether further matches stay.
    /// - Shape: [...] → [...].
    public func replacing(
        matchesOf pattern: String, with replacement: String, onlyFirst: Bool = false
    ) -> Self {
        composed("replacing") { x in
            let expression = try RegularExpression(pattern)
            return .make(
                .strings(
                    of: Replaced(
                        expression: expression,
                        replacement: try Replacement(replacement, expression.groupCount),
                        onlyFirst: onlyFirst)),
                [x])
        }
    }

    /// With each occurrence of a text, from left to right, replaced by another.
    ///
    /// An empty text occurs nowhere.
    /// - Shape: [...] → [...].
    public func replacing(_ text: String, with replacement: String) -> Self {
        Self(
            .make(
                .strings(
                    of: ReplacedText(text: Array(text.utf8), replacement: Array(replacement.utf8))),
                [anyTensor]))
    }
}

private struct Matches: EachString {
    let expression: RegularExpression

    var name: String { "matches" }
    var attributeText: String { expression.pattern.quoted }
    var result: DType { .bool }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        var matcher = PatternMatcher(expression, noting: 0)
        return [
            try call.mapNumbers { text, _, watch in try matcher.matchesWhole(text, &watch) ? 1 : 0 }
        ]
    }
}

/// What takes the place of a match.
private struct Replacement: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case bytes([UInt8])
        case group(Int)
    }

    private var parts: [Part] = []

    /// - Throws: `RuleViolation` when it names a group that there is not.
    init(_ text: String, _ groupCount: Int) throws {
        var letters = Array(text.utf8)[...]
        var literal: [UInt8] = []
        while let letter = letters.popFirst() {
            guard letter == UInt8(ascii: "\\") else {
                literal.append(letter)
                continue
            }
            guard let next = letters.popFirst() else {
                throw RuleViolation("a '\\' stands at the end of the replacement; write '\\\\'")
            }
            if next == letter {
                literal.append(letter)
            } else if next >= 0x30, next <= 0x39 {
                guard Int(next) - 0x30 <= groupCount else {
                    throw RuleViolation(
                        "the replacement names group \(next - 0x30), the pattern has \(groupCount)")
                }
                parts += [.bytes(literal), .group(Int(next) - 0x30)]
                literal = []
            } else {
                throw RuleViolation(
                    "'\\' stands before a digit or another '\\' in a replacement, not before "
                        + "'\(Unicode.Scalar(next))'")
            }
        }
        parts.append(.bytes(literal))
    }

    /// How many groups it may name, from the first one on.
    var groupCount: Int {
        parts.reduce(0) { if case .group(let number) = $1 { max($0, number) } else { $0 } }
    }

    /// What takes the place of all matches in so many bytes is not longer; nil where no integer is.
    func bound(_ count: Int) -> Int? {
        var (sum, isTooLarge) = (count, false)
        for part in parts {
            let (more, product) =
                switch part {
                case .bytes(let bytes): bytes.count.multipliedReportingOverflow(by: count + 1)
                case .group: (partialValue: count, overflow: false)
                }
            let (total, overflow) = sum.addingReportingOverflow(more)
            sum = total
            isTooLarge = isTooLarge || product || overflow
        }
        return isTooLarge ? nil : sum
    }

    func write(
        _ match: PatternMatcher.Match, of text: UnsafeBufferPointer<UInt8>,
        to writer: inout StringWriter
    ) throws {
        for part in parts {
            switch part {
            case .bytes(let bytes): try writer.add(bytes)
            case .group(let number):
                if let place = match.group(number) { try writer.add(text[place]) }
            }
        }
    }
}

private struct Replaced: EachString {
    let expression: RegularExpression
    let replacement: Replacement
    let onlyFirst: Bool

    var name: String { "replacing" }
    var attributeText: String {
        expression.pattern.quoted + (onlyFirst ? ", only first" : "")
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        var matcher = PatternMatcher(expression, noting: replacement.groupCount)
        return [
            try call.mapStrings { text, _, writer in
                try writer.whole(bound: replacement.bound(text.count)) {
                    try write(text, &matcher, to: &$0)
                }
            }
        ]
    }

    private func write(
        _ text: UnsafeBufferPointer<UInt8>, _ matcher: inout PatternMatcher,
        to writer: inout StringWriter
    ) throws {
        var (place, lastEnd) = (0, -1)
        while place <= text.count {
            guard
                let match = try writer.watching({
                    try matcher.firstMatch(in: text, from: place, &$0)
                })
            else { break }
            try writer.add(text[place..<match.start])
            if match.start == match.end, match.start == lastEnd {
                // Behind a match there is no empty one.
                let length = text.code(at: match.start).length
                try writer.add(text[match.start..<match.start + length])
                place = match.start + max(length, 1)
                continue
            }
            try replacement.write(match, of: text, to: &writer)
            place = match.end
            lastEnd = match.end
            if onlyFirst { break }
        }
        if place < text.count { try writer.add(text[place...]) }
    }
}

private struct ReplacedText: EachString {
    let text: [UInt8]
    let replacement: [UInt8]

    var name: String { "replacing" }
    var attributeText: String { "\(text.quoted) with \(replacement.quoted)" }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        if text.isEmpty { return [call.operands[0]] }
        var watch = call.watch
        let search = try ByteSearch(text, &watch)
        return [
            try call.mapStrings { bytes, _, writer in
                let (more, isTooLarge) = replacement.count.multipliedReportingOverflow(
                    by: bytes.count / text.count)
                let (bound, overflow) = more.addingReportingOverflow(bytes.count)
                try writer.whole(bound: isTooLarge || overflow ? nil : bound) { writer in
                    var place = 0
                    while let start = try writer.watching({
                        try search.first(in: bytes, from: place, &$0)
                    }) {
                        try writer.add(bytes[place..<start])
                        try writer.add(replacement)
                        place = start + text.count
                    }
                    try writer.add(bytes[place...])
                }
            }
        ]
    }
}
