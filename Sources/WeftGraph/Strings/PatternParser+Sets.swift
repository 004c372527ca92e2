// SPDX-License-Identifier: Apache-2.0

// Characters behind backslashes, and sets in brackets.

extension PatternParser {
    /// The piece that begins with a backslash, which was taken.
    mutating func escaped() throws -> PatternPiece {
        guard let letter = next else { throw failure("a '\\' stands at the end") }
        switch letter {
        case "b":
            place += 1
            return .assertion(.wordBoundary)
        case "B":
            place += 1
            return .assertion(.noWordBoundary)
        case "A":
            place += 1
            return .assertion(.textStart)
        case "z":
            place += 1
            return .assertion(.textEnd)
        default: break
        }
        if let codes = escapedClass() { return .codes(codes) }
        return literal(try escapedLetter())
    }

    /// A class of characters behind a backslash.
    private mutating func escapedClass() -> CodeSet? {
        guard let letter = next else { return nil }
        let codes: CodeSet
        switch letter {
        case "d": codes = .digit
        case "D": codes = .digit.inverted
        case "w": codes = .word
        case "W": codes = .word.inverted
        case "s": codes = .space
        case "S": codes = .space.inverted
        default: return nil
        }
        place += 1
        return codes
    }

    /// One character behind a backslash.
    private mutating func escapedLetter() throws -> Unicode.Scalar {
        guard let letter = take() else { throw failure("a '\\' stands at the end") }
        switch letter {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "a": return "\u{07}"
        case "x": return try hexadecimal()
        case "0"..."7": return try octal(letter)
        default:
            // Punctuation stands for itself; what other letters mean is not to be guessed.
            guard letter.value < 0x80, !CodeSet.word.contains(letter.value) || letter == "_" else {
                throw failure("'\\\(letter)' is unknown")
            }
            return letter
        }
    }

    private mutating func hexadecimal() throws -> Unicode.Scalar {
        let isInBraces = skip("{")
        let start = place
        var code: UInt32 = 0
        while isInBraces || place < start + 2, let digit = self.digit(below: 16) {
            code = min(code << 4 | digit, CodeSet.last + 1)
        }
        let isWhole = isInBraces ? place > start && skip("}") : place == start + 2
        guard isWhole, let scalar = Unicode.Scalar(code) else {
            throw failure("behind '\\x' stand two digits, or the digits of a character in braces")
        }
        return scalar
    }

    /// Up to three digits, the first of which was taken; one alone, but 0, would be what a group matched.
    private mutating func octal(_ first: Unicode.Scalar) throws -> Unicode.Scalar {
        var code = first.value - 0x30
        let start = place
        while place < start + 2, let digit = self.digit(below: 8) { code = code << 3 | digit }
        guard first == "0" || place > start, let scalar = Unicode.Scalar(code) else {
            throw failure("'\\\(first)' is unknown")
        }
        return scalar
    }

    /// Takes a digit.
    private mutating func digit(below base: UInt32) -> UInt32? {
        guard let letter = next, letter.isASCII,
            let digit = Character(letter).hexDigitValue.map(UInt32.init), digit < base
        else { return nil }
        place += 1
        return digit
    }

    private static let named: [String: CodeSet] = [
        "alnum": CodeSet(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A]),
        "alpha": CodeSet(ranges: [0x41...0x5A, 0x61...0x7A]), "ascii": CodeSet(ranges: [0...0x7F]),
        "blank": CodeSet(ranges: [0x09...0x09, 0x20...0x20]),
        "cntrl": CodeSet(ranges: [0...0x1F, 0x7F...0x7F]), "digit": .digit,
        "graph": CodeSet(ranges: [0x21...0x7E]), "lower": CodeSet("a"..."z"),
        "print": CodeSet(ranges: [0x20...0x7E]),
        "punct": CodeSet(ranges: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
        "space": CodeSet(ranges: [0x09...0x0D, 0x20...0x20]), "upper": CodeSet("A"..."Z"),
        "word": .word, "xdigit": CodeSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66]),
    ]

    /// The set whose '[' was taken.
    mutating func set() throws -> CodeSet {
        var ranges: [ClosedRange<UInt32>] = []
        let isInverted = skip("^")
        var isFirst = true
        while isFirst || next != "]" {
            guard next != nil else { throw failure("a '[' is not closed") }
            isFirst = false
            if let named = try namedClass() {
                ranges += named.ranges
                continue
            }
            let first: Unicode.Scalar
            if skip("\\") {
                if let known = escapedClass() {
                    ranges += known.ranges
                    continue
                }
                first = try escapedLetter()
            } else {
                first = take() ?? "]"
            }
            var last = first
            if next == "-", place + 1 < letters.count, letters[place + 1] != "]" {
                place += 1
                last = skip("\\") ? try escapedLetter() : take() ?? first
            }
            if last < first { throw failure("a range ends before it begins") }
            ranges.append(first.value...last.value)
        }
        place += 1
        var codes = CodeSet(ranges: ranges)
        if flags.ignoresCase { codes = codes.withBothCases }
        return isInverted ? codes.inverted : codes
    }

    /// `[:alpha:]`, inside of brackets; what no `:]` ends are letters.
    private mutating func namedClass() throws -> CodeSet? {
        let start = place
        guard skip("[:") else { return nil }
        let isInverted = skip("^")
        var name = ""
        while !skip(":]") {
            guard let letter = take() else {
                place = start
                return nil
            }
            name.unicodeScalars.append(letter)
        }
        guard let codes = Self.named[name] else { throw failure("'[:\(name):]' is unknown") }
        return isInverted ? codes.inverted : codes
    }
}
