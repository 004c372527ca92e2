// SPDX-License-Identifier: Apache-2.0
import WeftCheckpoints

/// Where a cursor stands: numbers of its own, and where the cursors stand that it reads from.
struct Position: Sendable, Equatable {
    var numbers: [Int]
    var parts: [Position] = []

    /// No place is so far; what counts on from one that a file claims stays in range.
    private static let end = 1 << 62

    /// The numbers, when there are so many of them and of the parts, and none is negative or too large.
    ///
    /// - Throws: `CheckpointPartError` for others, which belong to another pipeline.
    func numbers(_ count: Int, parts partCount: Int = 0) throws -> [Int] {
        guard numbers.count == count, parts.count == partCount,
            numbers.allSatisfy((0..<Self.end).contains)
        else { throw Self.mismatch }
        return numbers
    }

    static let mismatch = CheckpointPartError(
        "the position is none of this pipeline; make the dataset as it was when the position was saved"
    )
}

/// A position as a row of numbers: how many it has, how many parts, the numbers, the parts.
extension Position {
    var encoded: [Int64] {
        [Int64(numbers.count), Int64(parts.count)] + numbers.map(Int64.init)
            + parts.flatMap(\.encoded)
    }

    /// - Throws: `CheckpointPartError` when the row is none of a position.
    init(decoding row: [Int64]) throws {
        var rest = row[...]
        self = try Self.taken(from: &rest, depth: 0)
        guard rest.isEmpty else { throw Self.mismatch }
    }

    private static let mostDepth = 1000

    private static func taken(from rest: inout ArraySlice<Int64>, depth: Int) throws -> Position {
        guard depth < mostDepth, rest.count >= 2, let count = rest.popFirst().map(Int.init),
            let partCount = rest.popFirst().map(Int.init), count >= 0, count <= rest.count
        else { throw mismatch }
        var position = Position(numbers: rest.prefix(count).map(Int.init))
        rest.removeFirst(count)
        guard partCount >= 0, partCount <= rest.count else { throw mismatch }
        for _ in 0..<partCount {
            position.parts.append(try taken(from: &rest, depth: depth + 1))
        }
        return position
    }
}
