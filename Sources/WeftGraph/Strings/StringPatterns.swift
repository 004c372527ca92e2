// SPDX-License-Identifier: Apache-2.0

/// Regular expressions have RE2's syntax, which TensorFlow has: letters, `.`, sets (`[a-z]`, `[^x]`,
/// `[[:alpha:]]`), `\d`, `\w`, `\s`, `\b`, groups, alternatives, and repetitions (`*`, `+`, `?`, `{2,3}`, with a
/// `?` behind them as short as can be), `^`, `$`, and the flags `(?i)`, `(?s)`, `(?m)`. Classes of Unicode
/// (`\p`) are missing, and `(?i)` knows the letters of ASCII. What takes a match is a text in UTF-8;
/// a byte that is none belongs to no match. No pattern takes longer than the product of its length and the text's.
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
    var attributeText: String { expression.pattern.debugDescription }
    var result: DType { .bool }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        var watch = call.watch
        return [
            try call.mapNumbers { text, _ in
                try expression.matchesWhole(text, &watch) ? 1 : 0
            }
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
        while let letter = letters.popFirst() {
            guard letter == UInt8(ascii: "\\") else {
                parts.append(.bytes([letter]))
                continue
            }
            guard let next = letters.popFirst() else {
                throw RuleViolation("a '\\' stands at the end of the replacement; write '\\\\'")
            }
            if next == letter {
                parts.append(.bytes([letter]))
            } else if next >= 0x30, next <= 0x39 {
                guard Int(next) - 0x30 <= groupCount else {
                    throw RuleViolation(
                        "the replacement names group \(next - 0x30), the pattern has \(groupCount)")
                }
                parts.append(.group(Int(next) - 0x30))
            } else {
                throw RuleViolation(
                    "'\\' stands before a digit or another '\\' in a replacement, not before "
                        + "'\(Unicode.Scalar(next))'")
            }
        }
    }

    func append(_ marks: [Int], of text: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
        for part in parts {
            switch part {
            case .bytes(let bytes): result += bytes
            case .group(let number):
                let (start, end) = (marks[2 * number], marks[2 * number + 1])
                if start >= 0, end >= start { result += text[start..<end] }
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
        expression.pattern.debugDescription + (onlyFirst ? ", only first" : "")
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        var watch = call.watch
        return [
            try call.mapStrings { text, _ -> [UInt8] in
                var result: [UInt8] = []
                var (place, lastEnd) = (0, -1)
                while place <= text.count {
                    guard
                        let marks = try expression.firstMatch(in: text, from: place, &watch)
                    else { break }
                    let (start, end) = (marks[0], marks[1])
                    result += text[place..<start]
                    if start == end, start == lastEnd {
                        // Behind a match there is no empty one.
                        let length = RegularExpression.code(text, start).length
                        result += text[start..<start + length]
                        place = start + max(length, 1)
                        continue
                    }
                    replacement.append(marks, of: text, to: &result)
                    place = end
                    lastEnd = end
                    if onlyFirst { break }
                }
                if place < text.count { result += text[place...] }
                return result
            }
        ]
    }
}

private struct ReplacedText: EachString {
    let text: [UInt8]
    let replacement: [UInt8]

    var name: String { "replacing" }
    var attributeText: String { "\(text.quoted) with \(replacement.quoted)" }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [
            try call.mapStrings { bytes, _ -> [UInt8] in
                guard let first = text.first else { return Array(bytes) }
                var result: [UInt8] = []
                var place = 0
                while place < bytes.count {
                    let end = place + text.count
                    if bytes[place] == first, end <= bytes.count,
                        bytes[place..<end].elementsEqual(text)
                    {
                        result += replacement
                        place = end
                    } else {
                        result.append(bytes[place])
                        place += 1
                    }
                }
                return result
            }
        ]
    }
}
