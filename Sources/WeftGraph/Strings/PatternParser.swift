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
    let letters: [Unicode.Scalar]
    var place = 0
    private var depth = 0
    private(set) var groupCount = 0
    private var groupNames: Set<[Unicode.Scalar]> = []
    var flags = Flags()

    struct Flags {
        var ignoresCase = false
        var dotIsNewline = false
        var hasLines = false
        var isLazy = false
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

    func failure(_ reason: String) -> RuleViolation {
        RuleViolation(
            "the pattern \(pattern.debugDescription) is none: \(reason), at character \(place)")
    }

    var next: Unicode.Scalar? { place < letters.count ? letters[place] : nil }

    mutating func take() -> Unicode.Scalar? {
        guard let letter = next else { return nil }
        place += 1
        return letter
    }

    mutating func skip(_ text: String) -> Bool {
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
        let isLazy = skip("?") != flags.isLazy
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

    func literal(_ letter: Unicode.Scalar) -> PatternPiece {
        let codes = CodeSet(letter...letter)
        return .codes(flags.ignoresCase ? codes.withBothCases : codes)
    }

    private mutating func group() throws -> PatternPiece? {
        var number: Int?
        var inner = flags
        if skip("?") {
            if skip("P<") || skip("<") {
                try groupName()
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

    private mutating func groupName() throws {
        var name: [Unicode.Scalar] = []
        while !skip(">") {
            guard let letter = take(), CodeSet.word.contains(letter.value) else {
                throw failure("the name of a group is letters and digits, between '<' and '>'")
            }
            name.append(letter)
        }
        guard !name.isEmpty, groupNames.insert(name).inserted else {
            throw failure("each name is that of one group, and has letters")
        }
    }

    /// Whether a group follows the flags, to which they belong; otherwise to the rest of the one around.
    private mutating func readFlags(_ flags: inout Flags) throws -> Bool {
        var isOn = true
        while let letter = take() {
            switch letter {
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotIsNewline = isOn
            case "m": flags.hasLines = isOn
            case "U": flags.isLazy = isOn
            case "-" where isOn && next != ":" && next != ")": isOn = false
            case ":": return true
            case ")": return false
            default: throw failure("'(?\(letter)' is unknown")
            }
        }
        throw failure("a group is not closed")
    }
}
