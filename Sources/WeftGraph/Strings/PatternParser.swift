// SPDX-License-Identifier: Apache-2.0

/// What a pattern is made of.
indirect enum PatternPiece {
    case codes(CodeSet)
    case assertion(RegularExpression.Assertion)
    case sequence([PatternPiece])
    case choice([PatternPiece])
    case repeated(PatternPiece, least: Int, most: Int?, isLazy: Bool)
    /// A group that has a number is one whose place is noted.
    case group(PatternPiece, number: Int?)
}

/// Reads a pattern in RE2's syntax.
struct PatternParser {
    private let pattern: String
    private let letters: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private(set) var groupCount = 0
    private var flags = Flags()

    private struct Flags {
        var ignoresCase = false
        var dotIsNewline = false
        var hasLines = false
    }

    private static let mostDepth = 200
    private static let mostRepetitions = 1000

    init(_ pattern: String) {
        self.pattern = pattern
        letters = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws -> PatternPiece {
        let piece = try choice()
        if place < letters.count { throw failure("a ')' closes no group") }
        return piece
    }

    private func failure(_ reason: String) -> RuleViolation {
        RuleViolation(
            "the pattern \(pattern.debugDescription) is none: \(reason), at character \(place)")
    }

    private var next: Unicode.Scalar? { place < letters.count ? letters[place] : nil }

    private mutating func take() -> Unicode.Scalar? {
        defer { place += 1 }
        return next
    }

    private mutating func skip(_ letter: Unicode.Scalar) -> Bool {
        guard next == letter else { return false }
        place += 1
        return true
    }

    private mutating func skip(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard letters[place...].starts(with: wanted) else { return false }
        place += wanted.count
        return true
    }

    private mutating func choice() throws -> PatternPiece {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.mostDepth { throw failure("groups stand inside each other too deep") }
        let outer = flags
        defer { flags = outer }
        var pieces = [try sequence()]
        while skip("|") { pieces.append(try sequence()) }
        return pieces.count == 1 ? pieces[0] : .choice(pieces)
    }

    private mutating func sequence() throws -> PatternPiece {
        var pieces: [PatternPiece] = []
        var isRepeated = false
        while let letter = next, letter != "|", letter != ")" {
            let start = place
            guard let (least, most) = bounds() else {
                try addAtom(to: &pieces)
                isRepeated = false
                continue
            }
            // What stands before may have been written as part of a longer text: `\Qab\E*`.
            guard !isRepeated, let piece = pieces.popLast() else {
                place = start
                throw failure("a repetition repeats nothing")
            }
            pieces.append(try repeated(piece, least, most))
            isRepeated = true
        }
        return .sequence(pieces)
    }

    // MARK: Repetition

    private mutating func repeated(
        _ piece: PatternPiece, _ least: Int, _ most: Int?
    ) throws -> PatternPiece {
        if let most, most < least { throw failure("a repetition ends before it begins") }
        guard max(least, most ?? 0) <= Self.mostRepetitions else {
            throw failure("more than \(Self.mostRepetitions) repetitions")
        }
        let isLazy = skip("?")
        if case .assertion = piece {
            return .repeated(piece, least: min(least, 1), most: 1, isLazy: isLazy)
        }
        return .repeated(piece, least: least, most: most, isLazy: isLazy)
    }

    /// How often what stands before is repeated; nil where nothing says so.
    private mutating func bounds() -> (least: Int, most: Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let start = place
        // Braces that say no repetition stand for themselves.
        guard skip("{"), let least = number() else {
            place = start
            return nil
        }
        var most: Int? = least
        if skip(",") { most = number() }
        guard skip("}") else {
            place = start
            return nil
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let letter = next, ("0"..."9").contains(letter) {
            value = min((value ?? 0) * 10 + Int(letter.value - 48), 1_000_000)
            place += 1
        }
        return value
    }

    // MARK: Atoms

    /// Adds the next piece: none for what only changes how the rest is read, several for a quoted text.
    private mutating func addAtom(to pieces: inout [PatternPiece]) throws {
        guard let letter = take() else { return }
        switch letter {
        case "(": if let group = try group() { pieces.append(group) }
        case "[": pieces.append(.codes(try set()))
        case ".":
            pieces.append(
                .codes(flags.dotIsNewline ? .all : CodeSet(ranges: [0x0A...0x0A]).inverted))
        case "^": pieces.append(.assertion(flags.hasLines ? .lineStart : .textStart))
        case "$": pieces.append(.assertion(flags.hasLines ? .lineEnd : .textEnd))
        case "\\":
            if skip("Q") { return addQuoted(to: &pieces) }
            pieces.append(try escaped())
        default: pieces.append(literal(letter))
        }
    }

    /// Adds the letters up to `\E`, which stand for themselves.
    private mutating func addQuoted(to pieces: inout [PatternPiece]) {
        while let letter = next, !skip("\\E") {
            pieces.append(literal(letter))
            place += 1
        }
    }

    private func literal(_ letter: Unicode.Scalar) -> PatternPiece {
        let codes = CodeSet(letter...letter)
        return .codes(flags.ignoresCase ? codes.withBothCases : codes)
    }

    private mutating func group() throws -> PatternPiece? {
        var number: Int?
        var inner = flags
        if skip("?") {
            if skip("P<") || skip("<") {
                while let letter = take(), letter != ">" {
                    guard CodeSet.word.contains(letter.value) else {
                        throw failure("the name of a group is made of letters and digits")
                    }
                }
                groupCount += 1
                number = groupCount
            } else {
                guard try readFlags(&inner) else {
                    flags = inner
                    return nil
                }
            }
        } else {
            groupCount += 1
            number = groupCount
        }
        let outer = flags
        flags = inner
        let piece = try choice()
        flags = outer
        guard skip(")") else { throw failure("a group is not closed") }
        return .group(piece, number: number)
    }

    /// Whether a group follows the flags, to which they belong; otherwise to the rest of the one around.
    private mutating func readFlags(_ flags: inout Flags) throws -> Bool {
        var isOn = true
        while let letter = take() {
            switch letter {
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotIsNewline = isOn
            case "m": flags.hasLines = isOn
            case "-": isOn = false
            case ":": return true
            case ")": return false
            default: throw failure("'(?\(letter)' is unknown")
            }
        }
        throw failure("a group is not closed")
    }

    // MARK: Escapes and sets

    private mutating func escaped() throws -> PatternPiece {
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
        default:
            // Punctuation stands for itself; what other letters mean is not to be guessed.
            guard letter.value < 0x80, !CodeSet.word.contains(letter.value) || letter == "_" else {
                throw failure("'\\\(letter)' is unknown")
            }
            return letter
        }
    }

    private mutating func hexadecimal() throws -> Unicode.Scalar {
        var digits = ""
        if skip("{") {
            while let letter = take(), letter != "}" { digits.unicodeScalars.append(letter) }
        } else {
            for _ in 0..<2 { if let letter = take() { digits.unicodeScalars.append(letter) } }
        }
        guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
            throw failure("'\\x' says no character")
        }
        return scalar
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

    private mutating func set() throws -> CodeSet {
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

    /// `[:alpha:]`, inside of brackets.
    private mutating func namedClass() throws -> CodeSet? {
        guard skip("[:") else { return nil }
        let isInverted = skip("^")
        var name = ""
        while let letter = take(), letter != ":" { name.unicodeScalars.append(letter) }
        guard skip("]"), let codes = Self.named[name] else {
            throw failure("'[:\(name):]' is unknown")
        }
        return isInverted ? codes.inverted : codes
    }
}
