// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData

/// Elements put together.
@Suite struct BatchTests {
    @Test("the last batch has what is left, or is left out")
    func sizes() throws {
        let rows = Dataset(rowsOf: try Numbered.first(10)).shuffled(seed: 2)
        let table: [(size: Int, kept: [Int], dropped: [Int])] = [
            (1, Array(repeating: 1, count: 10), Array(repeating: 1, count: 10)),
            (4, [4, 4, 2], [4, 4]), (5, [5, 5], [5, 5]), (9, [9, 1], [9]), (10, [10], [10]),
            (11, [10], []), (Int.max, [10], []),
        ]
        for (size, kept, dropped) in table {
            // As parts of the arrays, and element by element.
            for dataset in [rows, rows.map { $0 }] {
                let all = try dataset.batch(size).elements()
                #expect(all.map { $0.number.count } == kept)
                #expect(dataset.batch(size).count == kept.count)
                for batch in all {
                    #expect(batch.number.dtype == .float32 && batch.row.dtype == .int32)
                    #expect(batch.row.shape == [batch.number.count, 2])
                    #expect(
                        batch.row.doubles
                            == batch.number.doubles.flatMap { [2 * $0, 2 * $0 + 1] })
                }
                let whole = try dataset.batch(size, droppingRemainder: true).elements()
                #expect(whole.map { $0.number.count } == dropped)
                #expect(dataset.batch(size, droppingRemainder: true).count == dropped.count)
            }
        }
        let none = Dataset(rowsOf: try NDArray([Float](), shape: [0, 3]))
        #expect(try none.batch(4).elements().isEmpty && none.batch(4).count == 0)
    }

    @Test("numbers, strings, arrays, pairs and batches of batches")
    func types() throws {
        let integers = try Dataset([1, 2, 3]).batch(2).elements()
        #expect(integers.map(\.dtype) == [.int64, .int64])
        #expect(integers.map(\.doubles) == [[1, 2], [3]])
        let texts: NDArray = ["a", "déjà"]
        #expect(try Dataset(["a", "déjà"]).batch(2).elements() == [texts])
        let floats: NDArray = [1.5, 2]
        #expect(try Dataset([1.5, 2] as [Float]).batch(2).elements() == [floats])
        let flags: NDArray = [true, false]
        #expect(try Dataset([true, false]).batch(2).elements() == [flags])
        let pairs = try Dataset([("a", 1.0), ("b", 2)]).batch(2).elements()
        #expect(pairs.count == 1 && pairs[0].0 == ["a", "b"] && pairs[0].1.dtype == .float64)
        let words: NDArray = ["a", "", "déjà"]
        let picked = try Dataset(rowsOf: words, [1, 2, 3]).shuffled(seed: 1).batch(3).elements()[0]
        #expect(
            try Set(zip(picked.0.scalars(as: String.self), picked.1.doubles).map { "\($0)\($1)" })
                == ["a1.0", "2.0", "déjà3.0"])
        let nested = try Dataset(rowsOf: NDArray((0..<8).map(Float.init)))
            .batch(2).batch(2).elements()
        #expect(nested.map(\.shape) == [[2, 2], [2, 2]] && nested[1].doubles == [4, 5, 6, 7])
    }

    @Test("arrays without elements, however many")
    func empty() throws {
        let array = try NDArray([] as [Float], shape: [1 << 40, 0])
        let batches = Dataset(rowsOf: array).batch(1 << 39)
        #expect(try batches.elements().map(\.shape) == [[1 << 39, 0], [1 << 39, 0]])
        #expect(Dataset(rowsOf: array).batch(.max).count == 1)
        let text = errorText { _ = try Dataset(rowsOf: array).shuffled(seed: 1).elements() }
        #expect(text?.contains("too many to shuffle") == true, "\(text ?? "")")
    }

    @Test("different lengths are filled up along every axis")
    func padding() throws {
        let arrays: [NDArray] = [[[1, 2]], [[3], [4]], try NDArray([Int32](), shape: [0, 3])]
        let batch = try Dataset(arrays).paddedBatch(3, padding: .init(value: -1)).elements()[0]
        #expect(
            batch
                == (try NDArray(
                    [1, 2, -1, -1, -1, -1, 3, -1, -1, 4, -1, -1, -1, -1, -1, -1, -1, -1] as [Int32],
                    shape: [3, 2, 3])))
        let words: [NDArray] = [["a", "b", "c"], ["d"]]
        let strings = try Dataset(words).paddedBatch(2, padding: .init(multiple: 4)).elements()[0]
        #expect(strings.shape == [2, 4])
        #expect(try strings.scalars() == ["a", "b", "c", "", "d", "", "", ""])
        let scalars = try Dataset([NDArray(1.0), NDArray(2.0)]).paddedBatch(2).elements()
        #expect(scalars[0].doubles == [1, 2])
    }

    @Test("buckets hold elements of similar lengths")
    func buckets() throws {
        let lengths = [1, 5, 9, 2, 6, 3, 20, 4, 1]
        let lines = Dataset(lengths).map { NDArray([Float](repeating: Float($0), count: $0)) }
        let bucketed = lines.bucketed(boundaries: [4, 8], batchSizes: [3, 2, 1]) { $0.count }
        #expect(
            try bucketed.elements().map(\.shape) == [
                [1, 9], [2, 6], [3, 3], [1, 20], [1, 1], [1, 4],
            ])
        let whole = lines.bucketed(
            boundaries: [4, 8], batchSizes: [3, 2, 1], droppingRemainder: true
        ) { $0.count }
        #expect(try whole.elements().map(\.shape) == [[1, 9], [2, 6], [3, 3], [1, 20]])
        let pairs = zip(lines, Dataset(lengths)).bucketed(
            boundaries: [], batchSizes: [4], padding: .init(multiple: 8)
        ) { $0.0.count }
        #expect(try pairs.elements().map(\.0.shape) == [[4, 16], [4, 24], [1, 8]])
    }
}
