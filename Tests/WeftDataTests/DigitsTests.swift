// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData
import WeftDigits

@Suite struct DigitsTests {
    @Test("the digits are 1,437 to train on and every fifth to test with")
    func digits() throws {
        let (all, training, test) = (try Digits.all(), try Digits.training(), try Digits.test())
        #expect(Digits.count == 1797 && all.labels.count == 1797)
        #expect(training.labels.count == 1437 && test.labels.count == 360)
        #expect(all.images.shape == [1797, 8, 8, 1] && all.labels.shape == [1797])
        #expect(all.images.dtype == .float32 && all.labels.dtype == .int32)
        let fifth = try Dataset(rowsOf: all).shard(0, of: 5).batch(.max).elements()
        #expect(fifth.map(\.images) == [test.images] && fifth.map(\.labels) == [test.labels])
        let others = try zip(Dataset(rowsOf: all), Dataset(Array(0..<1797)))
            .filter { $0.1 % 5 != 0 }.map { $0.0 }.batch(.max).elements()
        #expect(others.map(\.images) == [training.images])
        #expect(others.map(\.labels) == [training.labels])
    }

    @Test("pixels are sixteenths from 0 to 1, labels are 0 to 9")
    func values() throws {
        let all = try Digits.all()
        let levels = Set(all.images.doubles)
        #expect(levels == Set((0...16).map { Double($0) / 16 }))
        let labels = all.labels.doubles
        // As the set's description counts them.
        let counts = (0..<10).map { digit in labels.count { $0 == Double(digit) } }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        // The first image is a zero; this is its first row.
        #expect(labels[0] == 0)
        let row = all.images.doubles.prefix(8).map { $0 * 16 }
        #expect(row == [0, 0, 5, 13, 9, 1, 0, 0])
    }
}
