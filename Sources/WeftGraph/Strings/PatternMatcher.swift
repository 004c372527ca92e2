// SPDX-License-Identifier: Apache-2.0

/// Looks for matches of a regular expression, one text after the other, in the same memory.
struct PatternMatcher {
    private let program: [RegularExpression.Step]
    /// Where no group has been.
    private let noMarks: [Int]
    private var now: Paths
    private var next: Paths
    private var pending: [Path] = []

    /// - Parameter groups: Of how many groups the place is noted.
    init(_ expression: RegularExpression, noting groups: Int) {
        program = expression.program
        noMarks = Array(repeating: -1, count: 2 * groups)
        now = Paths(stepCount: program.count)
        next = now
    }

    struct Match {
        let start: Int
        let end: Int
        fileprivate let marks: [Int]

        /// Where a group is that was noted, all of the match as number 0; nil for one that takes no part.
        func group(_ number: Int) -> Range<Int>? {
            if number == 0 { return start..<end }
            let (start, end) = (marks[2 * number - 2], marks[2 * number - 1])
            return start >= 0 && end >= start ? start..<end : nil
        }
    }

    /// Whether all of the text is a match.
    mutating func matchesWhole(
        _ text: UnsafeBufferPointer<UInt8>, _ watch: inout Watch
    ) throws -> Bool {
        try match(text, from: 0, isWhole: true, &watch) != nil
    }

    /// The first match from a place on.
    mutating func firstMatch(
        in text: UnsafeBufferPointer<UInt8>, from start: Int, _ watch: inout Watch
    ) throws -> Match? {
        try match(text, from: start, isWhole: false, &watch)
    }

    /// A way through the pattern: where it is, where it began, and what it has marked.
    private struct Path {
        var step: Int
        let start: Int
        var marks: [Int]
    }

    /// The ways at one place of the text, the preferred ones first.
    private struct Paths {
        var list: [Path] = []
        /// How many steps have been reached.
        private(set) var reached = 0
        private var seen: [Int]
        private var generation = 0

        init(stepCount: Int) { seen = Array(repeating: -1, count: stepCount) }

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            reached = 0
            generation += 1
        }

        /// Whether the step was not reached before at this place; then it is.
        mutating func reach(_ step: Int) -> Bool {
            if seen[step] == generation { return false }
            seen[step] = generation
            reached += 1
            return true
        }
    }

    private mutating func match(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, isWhole: Bool, _ watch: inout Watch
    ) throws -> Match? {
        now.clear()
        var found: Match?
        var place = start
        while true {
            if found == nil, !isWhole || place == start {
                Self.follow(
                    Path(step: 0, start: place, marks: noMarks), program, text, place, &now,
                    &pending)
            }
            if now.list.isEmpty, found != nil || isWhole { break }
            let (code, length) = text.code(at: place)
            next.clear()
            try watch.note(1 + now.reached)
            for path in now.list {
                if case .codes(let codes) = program[path.step] {
                    if length > 0, codes.contains(code) {
                        Self.follow(
                            Path(step: path.step + 1, start: path.start, marks: path.marks),
                            program, text, place + length, &next, &pending)
                    }
                } else if !isWhole || place == text.count {
                    found = Match(start: path.start, end: place, marks: path.marks)
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
    private static func follow(
        _ path: Path, _ program: [RegularExpression.Step], _ text: UnsafeBufferPointer<UInt8>,
        _ place: Int, _ paths: inout Paths, _ pending: inout [Path]
    ) {
        pending.append(path)
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
                if number < path.marks.count { path.marks[number] = place }
                path.step += 1
                pending.append(path)
            case .assert(let assertion):
                guard assertion.holds(text, place) else { continue }
                path.step += 1
                pending.append(path)
            }
        }
    }
}

extension RegularExpression.Assertion {
    fileprivate func holds(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        func isWord(_ place: Int) -> Bool {
            text.indices.contains(place) && CodeSet.word.contains(UInt32(text[place]))
        }
        let newline = UInt8(ascii: "\n")
        switch self {
        case .textStart: return place == 0
        case .textEnd: return place == text.count
        case .lineStart: return place == 0 || text[place - 1] == newline
        case .lineEnd: return place == text.count || text[place] == newline
        case .wordBoundary: return isWord(place - 1) != isWord(place)
        case .noWordBoundary: return isWord(place - 1) == isWord(place)
        }
    }
}
