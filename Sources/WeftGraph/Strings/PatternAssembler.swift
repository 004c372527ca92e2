// SPDX-License-Identifier: Apache-2.0

/// Writes the steps of a pattern.
struct PatternAssembler {
    private(set) var steps: [RegularExpression.Step] = []
    private let pattern: String
    /// How many pieces may still be written. A piece that is repeated counts each time, also where it stands
    /// for no step: what is repeated a thousand times inside of what is would never be done.
    private var left = most
    private static let most = 50_000

    init(_ pattern: String) { self.pattern = pattern }

    /// - Throws: `RuleViolation` when the pattern stands for too much.
    mutating func add(_ piece: PatternPiece) throws {
        left -= 1
        guard left >= 0 else {
            throw RuleViolation(
                "the pattern \(pattern.prefix(200).debugDescription) stands for more than "
                    + "\(Self.most) pieces when its repetitions are written out; repeat less")
        }
        switch piece {
        case .codes(let codes): steps.append(.codes(codes))
        case .assertion(let assertion): steps.append(.assert(assertion))
        case .sequence(let pieces): for piece in pieces { try add(piece) }
        case .group(let piece, let number):
            if let number { steps.append(.mark(2 * number - 2)) }
            try add(piece)
            if let number { steps.append(.mark(2 * number - 1)) }
        case .choice(let pieces): try add(choice: pieces)
        case .repeated(let piece, let least, let most, let isLazy):
            for _ in 0..<least { try add(piece) }
            if let most {
                try add(piece, upTo: most - least, isLazy)
            } else {
                try add(loop: piece, isLazy)
            }
        }
    }

    private mutating func add(choice pieces: [PatternPiece]) throws {
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
    }

    private mutating func add(_ piece: PatternPiece, upTo count: Int, _ isLazy: Bool) throws {
        var forks: [Int] = []
        for _ in 0..<count {
            forks.append(steps.count)
            steps.append(.jump(0))
            try add(piece)
        }
        for place in forks { fork(at: place, isLazy) }
    }

    private mutating func add(loop piece: PatternPiece, _ isLazy: Bool) throws {
        let place = steps.count
        steps.append(.jump(0))
        try add(piece)
        steps.append(.jump(place))
        fork(at: place, isLazy)
    }

    /// Goes on behind a place, or here.
    private mutating func fork(at place: Int, _ isLazy: Bool) {
        steps[place] = isLazy ? .either(steps.count, place + 1) : .either(place + 1, steps.count)
    }
}
