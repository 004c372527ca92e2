// SPDX-License-Identifier: Apache-2.0
import WeftArrays
import WeftGraph

/// Which elements of a source with indices come, and in which order, in each pass.
struct IndexOrder: Sendable {
    private enum Operation: Sendable {
        /// Every so manieth element from one on.
        case strided(start: Int, stride: Int, count: Int)
        case listed([Int])
        case shuffled(seed: UInt64)
    }

    private let base: Int
    private var operations: [Operation] = []
    /// How many elements a pass has.
    private(set) var count: Int

    /// All elements of a source of so many, in its order.
    init(_ count: Int) {
        base = count
        self.count = count
    }

    /// More elements than this are not shuffled: their indices take 32 GiB.
    static let mostShuffled = 1 << 32

    /// The elements from `start` on, every `stride`th, at most `limit`. None of the numbers is negative, and
    /// the stride is not 0.
    func strided(from start: Int, by stride: Int = 1, limit: Int? = nil) -> IndexOrder {
        var result = self
        let rest = max(0, count - start)
        let (whole, part) = rest.quotientAndRemainder(dividingBy: stride)
        let kept = min(limit ?? .max, part > 0 ? whole + 1 : whole)
        result.operations.append(.strided(start: kept > 0 ? start : 0, stride: stride, count: kept))
        result.count = kept
        return result
    }

    /// Whether passes have orders of their own.
    var isShuffled: Bool {
        operations.contains { if case .shuffled = $0 { true } else { false } }
    }

    /// The elements at some places, which are in range.
    func listed(_ places: [Int]) -> IndexOrder {
        var result = self
        result.operations.append(.listed(places))
        result.count = places.count
        return result
    }

    func shuffled(seed: UInt64) -> IndexOrder {
        var result = self
        result.operations.append(.shuffled(seed: seed))
        return result
    }

    /// The order of what comes in this order, and of which there is one element for each of `other`'s source.
    func picked(by other: IndexOrder) -> IndexOrder {
        var result = strided(from: 0, limit: other.base)
        result.operations += other.operations
        result.count = other.count
        return result
    }

    /// The indices of a pass.
    ///
    /// - Throws: `DataError` when there are too many to shuffle, or no memory for them.
    func indices(pass: Int) throws -> PassIndices {
        var indices = PassIndices.even(start: 0, stride: 1, count: base)
        for operation in operations {
            switch operation {
            case .strided(let start, let stride, let count):
                indices = indices.strided(start, stride, count)
            case .listed(let places):
                indices = try .listed(Self.row(places.count) { indices[places[$0]] })
            case .shuffled(let seed):
                var row = try Self.row(indices.count) { indices[$0] }
                Shuffling.shuffle(&row, seed: seed, pass: pass)
                indices = .listed(row)
            }
        }
        return indices
    }

    private static func row(_ count: Int, _ index: (Int) -> Int) throws -> [Int] {
        guard count <= mostShuffled else {
            throw DataError("shuffled", "\(count) elements are too many to shuffle")
        }
        var row: [Int] = []
        do {
            try row.makeRoom(for: count)
        } catch {
            throw DataError("shuffled", "the order of \(count) elements: \(error)")
        }
        for place in 0..<count { row.append(index(place)) }
        return row
    }
}

/// The indices of one pass.
enum PassIndices: Sendable {
    case even(start: Int, stride: Int, count: Int)
    case listed([Int])

    var count: Int {
        switch self {
        case .even(_, _, let count): count
        case .listed(let row): row.count
        }
    }

    /// The index at a place, which must be below `count`.
    subscript(place: Int) -> Int {
        switch self {
        case .even(let start, let stride, _): start + stride * place
        case .listed(let row): row[place]
        }
    }

    fileprivate func strided(_ start: Int, _ step: Int, _ count: Int) -> PassIndices {
        switch self {
        case .even(let first, let stride, _):
            // Of no or one element the stride says nothing, and might be too large.
            .even(
                start: count > 0 ? first + stride * start : 0,
                stride: count > 1 ? stride * step : 1, count: count)
        case .listed(let row):
            .listed(
                step == 1
                    ? Array(row[start..<start + count])
                    : (0..<count).map { row[start + step * $0] })
        }
    }
}

/// Orders that follow from seed and pass.
enum Shuffling {
    static func stream(seed: UInt64, pass: Int) -> RandomStream {
        // Names count epochs from 1.
        RandomStream(seed: seed, name: "shuffle/\(pass &+ 1)")
    }

    /// A number below `count`. The modulo's bias is below 2⁻³² times the count.
    static func draw(below count: Int, from stream: inout RandomStream) -> Int {
        let word = UInt64(stream.nextBits()) << 32 | UInt64(stream.nextBits())
        return Int(word % UInt64(count))
    }

    /// Fisher and Yates.
    static func shuffle(_ row: inout [Int], seed: UInt64, pass: Int) {
        var stream = stream(seed: seed, pass: pass)
        for i in stride(from: row.count - 1, to: 0, by: -1) {
            row.swapAt(i, draw(below: i + 1, from: &stream))
        }
    }
}
