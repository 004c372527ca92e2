// SPDX-License-Identifier: Apache-2.0

/// A regular expression in RE2's syntax, without classes of Unicode (`\p`), matched in time that is the
/// product of the lengths of text and pattern: all ways through the pattern are followed at once, so that a run
/// can stop it, and no text takes for ever. Of several matches at one place that is taken which a search
/// from left to right would find first.
struct RegularExpression: Hashable, Sendable {
    let pattern: String
    /// How many groups in parentheses are numbered.
    let groupCount: Int
    private let program: [Step]

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

    /// - Throws: `RuleViolation` when the pattern is none.
    init(_ pattern: String) throws {
        self.pattern = pattern
        var parser = PatternParser(pattern)
        let piece = try parser.parse()
        groupCount = parser.groupCount
        var assembler = PatternAssembler(pattern)
        try assembler.add(.group(piece, number: 0))
        program = assembler.steps + [.end]
    }

    static func == (a: Self, b: Self) -> Bool { a.pattern == b.pattern }
    func hash(into hasher: inout Hasher) { hasher.combine(pattern) }

    /// Whether all of the text is a match.
    func matchesWhole(_ text: UnsafeBufferPointer<UInt8>, _ watch: inout Watch) throws -> Bool {
        try match(text, from: 0, isWhole: true, &watch) != nil
    }

    /// Where the first match from `start` on, and the groups in it, begin and end; −1 for a group that takes
    /// no part.
    func firstMatch(
        in text: UnsafeBufferPointer<UInt8>, from start: Int, _ watch: inout Watch
    ) throws -> [Int]? {
        try match(text, from: start, isWhole: false, &watch)
    }

    // MARK: Matching

    /// A way through the pattern: where it is, and what it has marked.
    private struct Path {
        var step: Int
        var marks: [Int]
    }

    /// The ways at one place of the text, the preferred ones first.
    private struct Paths {
        var list: [Path] = []
        private var seen: [Int]
        private var generation = 0

        init(stepCount: Int) { seen = Array(repeating: 0, count: stepCount) }

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            generation += 1
        }

        /// Whether the step was not reached before at this place; then it is.
        mutating func reach(_ step: Int) -> Bool {
            if seen[step] == generation + 1 { return false }
            seen[step] = generation + 1
            return true
        }
    }

    private func match(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, isWhole: Bool, _ watch: inout Watch
    ) throws -> [Int]? {
        var now = Paths(stepCount: program.count)
        var next = now
        var found: [Int]?
        var place = start
        let none = [Int](repeating: -1, count: 2 * (groupCount + 1))
        while true {
            if found == nil, !isWhole || place == start {
                follow(Path(step: 0, marks: none), text, place, &now)
            }
            if now.list.isEmpty, found != nil || isWhole { break }
            let (code, length) = Self.code(text, place)
            next.clear()
            try watch.note(1 + now.list.count)
            for path in now.list {
                if case .codes(let codes) = program[path.step] {
                    if length > 0, codes.contains(code) {
                        follow(
                            Path(step: path.step + 1, marks: path.marks), text, place + length,
                            &next)
                    }
                } else if !isWhole || place == text.count {
                    found = path.marks
                    break
                }
            }
            if length == 0 { break }
            place += length
            swap(&now, &next)
        }
        return found
    }

    /// Adds the steps that look at the text, or end, which a way comes to without looking.
    private func follow(
        _ path: Path, _ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ paths: inout Paths
    ) {
        var pending = [path]
        while var path = pending.popLast() {
            guard paths.reach(path.step) else { continue }
            switch program[path.step] {
            case .codes, .end: paths.list.append(path)
            case .jump(let step):
                path.step = step
                pending.append(path)
            case .either(let first, let second):
                path.step = second
                pending.append(path)
                path.step = first
                pending.append(path)
            case .mark(let number):
                path.marks[number] = place
                path.step += 1
                pending.append(path)
            case .assert(let assertion):
                guard Self.holds(assertion, text, place) else { continue }
                path.step += 1
                pending.append(path)
            }
        }
    }

    /// The code point at a place and its bytes: none at the end, no code point for a byte that is no UTF-8.
    static func code(
        _ text: UnsafeBufferPointer<UInt8>, _ place: Int
    ) -> (code: UInt32, length: Int) {
        guard place < text.count else { return (0, 0) }
        let first = text[place]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        if place + length <= text.count,
            let character = String(validating: text[place..<place + length], as: UTF8.self),
            let scalar = character.unicodeScalars.first
        {
            return (scalar.value, length)
        }
        return (UInt32.max, 1)
    }

    private static func holds(
        _ assertion: Assertion, _ text: UnsafeBufferPointer<UInt8>, _ place: Int
    ) -> Bool {
        func isWord(_ place: Int) -> Bool {
            text.indices.contains(place) && CodeSet.word.contains(UInt32(text[place]))
        }
        let newline = UInt8(ascii: "\n")
        switch assertion {
        case .textStart: return place == 0
        case .textEnd: return place == text.count
        case .lineStart: return place == 0 || text[place - 1] == newline
        case .lineEnd: return place == text.count || text[place] == newline
        case .wordBoundary: return isWord(place - 1) != isWord(place)
        case .noWordBoundary: return isWord(place - 1) == isWord(place)
        }
    }
}

/// A set of code points.
struct CodeSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10_FFFF
    static let all = CodeSet(ranges: [0...last])
    static let digit = CodeSet("0"..."9")
    static let space = CodeSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = CodeSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    init(ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

    init(_ range: ClosedRange<Unicode.Scalar>) {
        ranges = [range.lowerBound.value...range.upperBound.value]
    }

    func contains(_ code: UInt32) -> Bool { ranges.contains { $0.contains(code) } }

    mutating func formUnion(_ other: CodeSet) { ranges += other.ranges }

    var inverted: CodeSet {
        var inverse: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { inverse.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= Self.last { inverse.append(next...Self.last) }
        return CodeSet(ranges: inverse)
    }

    /// With the letters of ASCII in both sizes where they are in one.
    var withBothCases: CodeSet {
        var both = self
        for (own, other) in [(0x41, 0x61), (0x61, 0x41)] as [(UInt32, UInt32)] {
            for letter in 0..<UInt32(26) where contains(own + letter) {
                both.ranges.append(other + letter...other + letter)
            }
        }
        return both
    }
}

/// Writes the steps of a pattern.
private struct PatternAssembler {
    private(set) var steps: [RegularExpression.Step] = []
    private let pattern: String
    private static let mostSteps = 10_000

    init(_ pattern: String) { self.pattern = pattern }

    mutating func add(_ piece: PatternPiece) throws {
        guard steps.count < Self.mostSteps else {
            throw RuleViolation(
                "the pattern \(pattern.debugDescription) stands for more than \(Self.mostSteps) "
                    + "steps; repeat less")
        }
        switch piece {
        case .codes(let codes): steps.append(.codes(codes))
        case .assertion(let assertion): steps.append(.assert(assertion))
        case .sequence(let pieces): for piece in pieces { try add(piece) }
        case .group(let piece, let number):
            if let number { steps.append(.mark(2 * number)) }
            try add(piece)
            if let number { steps.append(.mark(2 * number + 1)) }
        case .choice(let pieces):
            var ends: [Int] = []
            for (index, piece) in pieces.enumerated() {
                let place = steps.count
                if index < pieces.count - 1 { steps.append(.either(place + 1, 0)) }
                try add(piece)
                guard index < pieces.count - 1 else { continue }
                ends.append(steps.count)
                steps.append(.jump(0))
                steps[place] = .either(place + 1, steps.count)
            }
            for end in ends { steps[end] = .jump(steps.count) }
        case .repeated(let piece, let least, let most, let isLazy):
            for _ in 0..<least { try add(piece) }
            func fork(at place: Int, past end: Int) {
                steps[place] = isLazy ? .either(end, place + 1) : .either(place + 1, end)
            }
            if let most {
                var forks: [Int] = []
                for _ in least..<most {
                    forks.append(steps.count)
                    steps.append(.jump(0))
                    try add(piece)
                }
                for place in forks { fork(at: place, past: steps.count) }
            } else {
                let place = steps.count
                steps.append(.jump(0))
                try add(piece)
                steps.append(.jump(place))
                fork(at: place, past: steps.count)
            }
        }
    }
}
