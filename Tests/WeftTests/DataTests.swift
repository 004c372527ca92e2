// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftDigits
import WeftGraph

/// Examples in memory, their batches, and the handwritten digits.
@Suite struct DataTests {
    /// Example i is the number i and the row [2i, 2i + 1].
    private func numbered(_ count: Int) throws -> Examples {
        try Examples(
            NDArray((0..<count).map(Float.init)),
            NDArray((0..<2 * count).map(Int32.init), shape: [count, 2]))
    }

    /// The numbers of the examples in the order in which batches give them.
    private func order(_ batches: Batches) -> [Int] {
        batches.flatMap { $0[0].doubles.map { Int($0) } }
    }

    // MARK: Order

    @Test("the order is a permutation that follows from seed and epoch")
    func orders() throws {
        let examples = try numbered(100)
        #expect(try order(examples.batches(of: 7)) == Array(0..<100))
        #expect(try order(examples.batches(of: 7, epoch: 3)) == Array(0..<100))
        let first = try order(examples.batches(of: 7, shuffleSeed: 5, epoch: 1))
        #expect(first != Array(0..<100))
        #expect(first.sorted() == Array(0..<100))
        #expect(try order(numbered(100).batches(of: 7, shuffleSeed: 5, epoch: 1)) == first)
        // The size of the batches is no part of it.
        #expect(try order(examples.batches(of: 100, shuffleSeed: 5, epoch: 1)) == first)
        for (seed, epoch) in [(5, 0), (5, 2), (6, 1), (0, 1)] as [(UInt64, Int)] {
            let other = try order(examples.batches(of: 7, shuffleSeed: seed, epoch: epoch))
            #expect(other != first, "seed \(seed), epoch \(epoch)")
            #expect(other.sorted() == Array(0..<100))
        }
    }

    @Test("no order is likelier than another")
    func fairness() throws {
        let examples = try numbered(4)
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<2400 {
            counts[try order(examples.batches(of: 4, shuffleSeed: 1, epoch: epoch)), default: 0] +=
                1
        }
        #expect(counts.count == 24)
        // The mean is 100, the deviation 9.8.
        #expect(counts.values.allSatisfy { (55...145).contains($0) }, "\(counts)")
    }

    @Test("the arrays of a batch go together, and going through them again gives them again")
    func together() throws {
        let batches = try numbered(10).batches(of: 4, shuffleSeed: 9)
        for batch in batches {
            #expect(batch[0].dtype == .float32 && batch[1].dtype == .int32)
            #expect(batch[1].shape == [batch[0].count, 2])
            #expect(batch[1].doubles == batch[0].doubles.flatMap { [2 * $0, 2 * $0 + 1] })
        }
        #expect(order(batches) == order(batches))
        var iterator = batches.makeIterator()
        for _ in 0..<3 { #expect(iterator.next() != nil) }
        #expect(iterator.next() == nil)
        #expect(iterator.next() == nil)
    }

    // MARK: Sizes

    @Test("the last batch has what is left, or is left out")
    func sizes() throws {
        let examples = try numbered(10)
        let rows: [(size: Int, kept: [Int], dropped: [Int])] = [
            (1, Array(repeating: 1, count: 10), Array(repeating: 1, count: 10)),
            (4, [4, 4, 2], [4, 4]), (5, [5, 5], [5, 5]), (9, [9, 1], [9]), (10, [10], [10]),
            (11, [10], []), (Int.max, [10], []),
        ]
        for (size, kept, dropped) in rows {
            let all = try examples.batches(of: size, shuffleSeed: 2)
            #expect(all.map { $0[0].count } == kept)
            #expect(all.count == kept.count)
            #expect(order(all).sorted() == Array(0..<10))
            let whole = try examples.batches(of: size, shuffleSeed: 2, dropsRemainder: true)
            #expect(whole.map { $0[0].count } == dropped)
            #expect(whole.count == dropped.count)
            #expect(order(whole) == Array(order(all).prefix(dropped.reduce(0, +))))
        }
        let none = try Examples(NDArray([Float](), shape: [0, 3])).batches(of: 4, shuffleSeed: 1)
        #expect(none.count == 0 && none.map { $0 }.isEmpty)
    }

    @Test("picking gives the examples asked for, in that order")
    func picking() throws {
        let picked = try numbered(5).picked([4, 0, 4])
        #expect(picked[0].doubles == [4, 0, 4])
        #expect(try picked[1] == NDArray([Int32(8), 9, 0, 1, 8, 9], shape: [3, 2]))
        #expect(try numbered(5).picked([]).map(\.shape) == [[0], [0, 2]])
    }

    @Test("what makes no examples or no batches is an error")
    func errors() throws {
        let examples = try numbered(5)
        for size in [0, -3] {
            #expect(
                errorText { _ = try examples.batches(of: size) }
                    == "a batch of \(size) examples is none; give a size of 1 or more")
        }
        #expect(errorText { _ = try examples.picked([0, 5]) } == "example 5 is none of 5")
        #expect(errorText { _ = try examples.picked([-1]) } == "example -1 is none of 5")
        #expect(
            errorText { _ = try Examples() }
                == "examples need at least one array with a first axis")
        #expect(
            errorText { _ = try Examples(NDArray(Float(1))) }
                == "examples need at least one array with a first axis")
        for other in [NDArray(Float(1)), NDArray([Float(1), 2])] {
            #expect(
                errorText { _ = try Examples(NDArray([Float(1)]), other) }
                    == "the arrays' first dimensions differ: [1] and \(other.shape)")
        }
        #expect(throws: ArrayError.self) { try examples.batches(of: 0) }
        #expect(throws: ArrayError.self) { try examples.picked([9]) }
    }

    // MARK: Digits

    @Test("the digits are 1,437 to train on and every fifth to test with")
    func digits() throws {
        let (all, training, test) = (try Digits.all(), try Digits.training(), try Digits.test())
        #expect(Digits.count == 1797 && all.count == 1797)
        #expect(training.count == 1437 && test.count == 360)
        #expect(all.arrays[0].shape == [1797, 8, 8, 1] && all.arrays[1].shape == [1797])
        #expect(all.arrays[0].dtype == .float32 && all.arrays[1].dtype == .int32)
        let fifth = try all.picked(Array(stride(from: 0, to: 1797, by: 5)))
        let others = try all.picked((0..<1797).filter { $0 % 5 != 0 })
        #expect(test.arrays == fifth)
        #expect(training.arrays == others)
    }

    @Test("pixels are sixteenths from 0 to 1, labels are 0 to 9")
    func digitValues() throws {
        let all = try Digits.all()
        let levels = Set(all.arrays[0].doubles)
        #expect(levels == Set((0...16).map { Double($0) / 16 }))
        let labels = all.arrays[1].doubles
        // As the set's description counts them.
        let counts = (0..<10).map { digit in labels.count { $0 == Double(digit) } }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        // The first image is a zero; this is its first row.
        #expect(labels[0] == 0)
        let row = all.arrays[0].doubles.prefix(8).map { $0 * 16 }
        #expect(row == [0, 0, 5, 13, 9, 1, 0, 0])
    }
}
