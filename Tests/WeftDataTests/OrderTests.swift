// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData

/// In which order elements come, and which.
@Suite struct OrderTests {
    private func order(_ dataset: Dataset<Numbered>, epoch: Int = 0) throws -> [Int] {
        try dataset.elements(epoch: epoch).flatMap { $0.number.doubles.map { Int($0) } }
    }

    @Test("the order is a permutation that follows from seed and epoch")
    func orders() throws {
        let rows = Dataset(rowsOf: try Numbered.first(100))
        #expect(try order(rows.batch(7)) == Array(0..<100))
        #expect(try order(rows.batch(7), epoch: 3) == Array(0..<100))
        let first = try order(rows.shuffled(seed: 5).batch(7), epoch: 1)
        #expect(first != Array(0..<100))
        #expect(first.sorted() == Array(0..<100))
        // Neither the batches nor the way elements are had is a part of it.
        #expect(try order(rows.shuffled(seed: 5).batch(100), epoch: 1) == first)
        #expect(try order(rows.shuffled(seed: 5), epoch: 1) == first)
        #expect(try order(rows.map { $0 }.shuffled(seed: 5).batch(9), epoch: 1) == first)
        #expect(try order(rows.map(threads: 3) { $0 }.shuffled(seed: 5), epoch: 1) == first)
        #expect(try order(rows.cached().shuffled(seed: 5).prefetch(4), epoch: 1) == first)
        #expect(
            try zip(rows, rows).shuffled(seed: 5).elements(epoch: 1).map {
                Int($0.0.number.doubles[0])
            } == first)
        for (seed, epoch) in [(5, 0), (5, 2), (6, 1), (0, 1)] as [(UInt64, Int)] {
            let other = try order(rows.shuffled(seed: seed).batch(7), epoch: epoch)
            #expect(other != first, "seed \(seed), epoch \(epoch)")
            #expect(other.sorted() == Array(0..<100))
        }
    }

    @Test("no order is likelier than another", arguments: [true, false])
    func fairness(isIndexed: Bool) throws {
        let numbers = Dataset([0, 1, 2, 3])
        let shuffled = (isIndexed ? numbers : numbers.filter { _ in true }).shuffled(seed: 1)
        let stream = shuffled.stream()
        var counts: [[Int]: Int] = [:]
        for _ in 0..<2400 {
            var order: [Int] = []
            while let number = try stream.next() { order.append(number) }
            counts[order, default: 0] += 1
        }
        #expect(stream.epoch == 2400)
        #expect(counts.count == 24)
        // The mean is 100, the deviation 9.8.
        #expect(counts.values.allSatisfy { (55...145).contains($0) }, "\(counts)")
    }

    @Test("a buffer draws from what waits in it, and every element comes once")
    func buffers() throws {
        let numbers = Dataset(Array(0..<50)).filter { _ in true }
        for size in [1, 2, 7, 49, 50, 51, 1000] {
            let order = try numbers.shuffled(seed: 3, bufferSize: size).elements()
            #expect(order.sorted() == Array(0..<50), "\(size)")
            // What comes at a place has been in the buffer by then.
            #expect(order.enumerated().allSatisfy { $1 < $0 + size }, "\(size): \(order)")
            #expect((order == Array(0..<50)) == (size == 1))
        }
    }

    @Test("parts of a dataset, with indices and without")
    func parts() throws {
        let numbers = Dataset(Array(0..<10))
        for isIndexed in [true, false] {
            let all = isIndexed ? numbers : numbers.filter { _ in true }
            #expect(try all.prefix(3).elements() == [0, 1, 2])
            #expect(try all.prefix(30).elements() == Array(0..<10))
            #expect(try all.prefix(0).elements().isEmpty)
            #expect(try all.dropFirst(8).elements() == [8, 9])
            #expect(try all.dropFirst(11).elements().isEmpty)
            #expect(try all.dropFirst(.max).elements().isEmpty)
            #expect(try all.shard(1, of: 3).elements() == [1, 4, 7])
            #expect(try all.shard(2, of: .max).elements() == [2])
            #expect(try all.dropFirst(2).shard(1, of: 3).prefix(2).elements() == [3, 6])
            let shards = try (0..<4).flatMap { try all.shard($0, of: 4).elements() }
            #expect(shards.sorted() == Array(0..<10))
            #expect(try all.repeated(2).prefix(13).elements() == Array(0..<10) + [0, 1, 2])
            #expect(try all.repeated().prefix(23).elements().suffix(3) == [0, 1, 2])
            #expect(try all.repeated(0).elements().isEmpty)
        }
        // A part of what is shuffled is another one in each epoch; what is shuffled of a part never leaves it.
        let few = numbers.shuffled(seed: 1).prefix(3)
        #expect(try Set(few.elements()) != Set(few.elements(epoch: 1)))
        #expect(try Set(numbers.prefix(3).shuffled(seed: 1).elements(epoch: 1)) == [0, 1, 2])
        #expect(try Set(numbers.shard(1, of: 5).shuffled(seed: 1).elements()) == [1, 6])
    }

    @Test("repetitions are other passes")
    func repetitions() throws {
        let shuffled = Dataset(Array(0..<20)).shuffled(seed: 4)
        let passes = try (0..<6).map { try shuffled.elements(epoch: $0) }
        #expect(try shuffled.repeated(3).elements() == passes[0..<3].flatMap(\.self))
        #expect(try shuffled.repeated(3).elements(epoch: 1) == passes[3..<6].flatMap(\.self))
        #expect(try shuffled.cached().repeated(2).elements() == passes[0] + passes[0])
    }

    @Test("pairs, and datasets that take turns")
    func combinations() throws {
        let numbers = Dataset(Array(0..<5))
        let words = Dataset(["a", "b", "c"])
        #expect(try zip(numbers, words).elements().map { "\($0)\($1)" } == ["0a", "1b", "2c"])
        let few = try zip(numbers.filter { $0 > 1 }, words).elements().map { "\($0)\($1)" }
        #expect(few == ["2a", "3b", "4c"])
        #expect(try zip(numbers.repeated(), words).elements().count == 3)
        let counts = Dataset([3, 0, 4, 1, 2])
        func pipeline(_ cycle: Int, _ block: Int) -> Dataset<String> {
            counts.interleaved(cycle, block: block) { count in
                Dataset(count: count) { "\(count)\("abcd".prefix($0 + 1).suffix(1))" }
            }
        }
        #expect(
            try pipeline(1, 1).elements()
                == ["3a", "3b", "3c", "4a", "4b", "4c", "4d", "1a", "2a", "2b"])
        #expect(
            try pipeline(2, 1).elements()
                == ["3a", "4a", "3b", "4b", "3c", "4c", "1a", "4d", "2a", "2b"])
        #expect(
            try pipeline(2, 2).elements()
                == ["3a", "3b", "4a", "4b", "3c", "1a", "2a", "2b", "4c", "4d"])
        #expect(try pipeline(100, 1).elements().sorted() == pipeline(1, 1).elements().sorted())
    }

    @Test("sequences are made anew for each epoch")
    func sequences() throws {
        let powers = Dataset { epoch in sequence(first: epoch + 1) { 2 * $0 } }.prefix(4)
        #expect(try powers.elements() == [1, 2, 4, 8])
        #expect(try powers.elements(epoch: 2) == [3, 6, 12, 24])
        let stream = powers.stream()
        for _ in 0..<6 { _ = try stream.next() }
        #expect(stream.epoch == 1 && stream.count == 1)
    }

    @Test("what is kept is read once")
    func caching() throws {
        let calls = Counter()
        let dataset = Dataset(Array(0..<10)).map { number in
            calls.add()
            return number
        }.cached().shuffled(seed: 2).repeated(3)
        #expect(try dataset.elements().count == 30)
        #expect(calls.value == 10)
    }

    @Test("how many elements there are is known where it can be")
    func counts() throws {
        let ten = Dataset(Array(0..<10))
        #expect(ten.count == 10 && ten.shuffled(seed: 1).map { $0 }.prefetch(2).count == 10)
        #expect(ten.batch(3).count == 4 && ten.batch(3, droppingRemainder: true).count == 3)
        #expect(ten.batch(.max).count == 1 && ten.batch(5).count == 2)
        #expect(ten.filter { _ in true }.count == nil && ten.repeated().count == nil)
        #expect(ten.repeated(4).count == 40 && ten.repeated(.max).count == nil)
        #expect(ten.repeated().prefix(7).count == 7 && ten.dropFirst(4).count == 6)
        #expect(zip(ten, ten.batch(3)).count == 4 && zip(ten, ten.repeated()).count == 10)
        #expect(zip(ten, ten.filter { _ in true }).count == nil)
        #expect(ten.shard(2, of: 4).count == 2 && ten.cached().count == 10)
        #expect(ten.interleaved(2) { Dataset([$0]) }.count == nil)
    }
}
