// SPDX-License-Identifier: Apache-2.0
import HeapModule

/// Which pieces are joined, and which of them first.
struct BytePairMerges: Sendable {
    private struct Merge: Sendable {
        let rank: Int32
        let result: Int32
    }

    /// Two pieces beside one another that could be joined: where, and into which.
    private struct Candidate: Comparable {
        let rank: Int32
        let place: Int
        let result: Int32

        /// The first among the merges; of equal ones the first in the word.
        static func < (a: Candidate, b: Candidate) -> Bool { (a.rank, a.place) < (b.rank, b.place) }
    }

    private var merges: [UInt64: Merge] = [:]

    /// - Throws: `FileError` when the file cannot be read, `DataError` when a line is no merge of pieces.
    init(_ path: String, _ numbers: [String: Int32]) throws {
        let lines = Dataset(linesOf: path).stream()
        while let line = try lines.next() {
            // The files say of which version they are.
            if line.isEmpty || lines.count == 1 && line.hasPrefix("#version") { continue }
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, let left = numbers[String(parts[0])],
                let right = numbers[String(parts[1])],
                let result = numbers[String(parts[0] + parts[1])]
            else {
                throw DataError(
                    "bytePairs", file: path, line: lines.count,
                    "'\(line.shortened)' is no merge: give two pieces of the vocabulary with a blank between them, "
                        + "whose joining is a piece, too")
            }
            guard let rank = Int32(exactly: merges.count) else {
                throw DataError("bytePairs", file: path, "there are too many merges")
            }
            let pair = Self.pair(left, right)
            if merges[pair] == nil { merges[pair] = Merge(rank: rank, result: result) }
        }
    }

    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The pieces of a word whose bytes' pieces are given.
    func merged(_ word: [Int32]) -> [Int32] {
        if word.count < 2 { return word }
        var pieces: [Int32?] = word
        // Where the next piece stands, and the one before.
        var next = Array(1...word.count)
        var previous = Array(-1..<word.count - 1)
        var candidates = Heap<Candidate>()
        func consider(_ place: Int) {
            guard place >= 0, next[place] < word.count, let left = pieces[place],
                let right = pieces[next[place]], let merge = merges[Self.pair(left, right)]
            else { return }
            candidates.insert(Candidate(rank: merge.rank, place: place, result: merge.result))
        }
        for place in word.indices { consider(place) }
        while let candidate = candidates.popMin() {
            let (place, other) = (candidate.place, next[candidate.place])
            // Others may have been joined there since.
            guard other < word.count, let left = pieces[place], let right = pieces[other],
                let merge = merges[Self.pair(left, right)], merge.rank == candidate.rank
            else { continue }
            pieces[place] = merge.result
            pieces[other] = nil
            next[place] = next[other]
            if next[place] < word.count { previous[next[place]] = place }
            consider(previous[place])
            consider(place)
        }
        return pieces.compactMap(\.self)
    }
}
