// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftArrays
import WeftData

/// What makes no dataset, or no element, is an error that says where.
@Suite struct DataErrorTests {
    private let numbers = Dataset(Array(0..<10))

    @Test("what makes no sense is told when the stream begins")
    func faults() throws {
        let table: [(Dataset<Int>, String)] = [
            (numbers.batch(0).map { $0.count }, "batch(0): a batch of 0 elements is none"),
            (numbers.batch(.min).map { $0.count }, "a size of 1 or more"),
            (
                numbers.paddedBatch(2, padding: .init(multiple: 0)).map { $0.count },
                "multiples of 0"
            ),
            (numbers.prefix(-1), "prefix(-1): -1 elements"), (numbers.dropFirst(.min), "0 or more"),
            (numbers.shard(3, of: 3), "there is no part 3 of 3"),
            (numbers.shard(0, of: 0), "no part"),
            (numbers.repeated(-1), "-1 times"), (numbers.prefetch(0), "give from 1"),
            (numbers.map(threads: 0) { $0 }, "0 threads"),
            (numbers.map(threads: .max) { $0 }, "threads"),
            (numbers.filter { _ in true }.shuffled(seed: 1, bufferSize: 0), "a buffer of 0"),
            (numbers.interleaved(0) { Dataset([$0]) }, "0 datasets"),
            (numbers.interleaved(1, block: 0) { Dataset([$0]) }, "0 elements in a turn"),
            (Dataset(count: -5) { $0 }, "there are no -5 elements"),
            (
                numbers.bucketed(boundaries: [3, 3], batchSizes: [1, 1, 1]) { $0 }.map { $0.count },
                "larger than the one before"
            ),
            (
                numbers.bucketed(boundaries: [3], batchSizes: [1]) { $0 }.map { $0.count },
                "2 buckets"
            ),
            (numbers.prefix(0).repeated(), "no elements to repeat"),
            (zip(numbers, numbers.prefix(-1)).map { $0.0 }, "prefix(-1)"),
            (numbers.prefix(-1).batch(2).prefetch(2).map { $0.count }, "prefix(-1)"),
        ]
        for (dataset, text) in table {
            let error = errorText { _ = try dataset.stream().next() }
            #expect(error?.contains(text) == true, "\(error ?? "no error") lacks '\(text)'")
            #expect(throws: DataError.self) { try dataset.stream().next() }
        }
    }

    @Test("arrays that do not go together")
    func arrays() throws {
        let scalar = errorText { _ = try Dataset(rowsOf: NDArray(Float(1))).elements() }
        #expect(scalar == "rows: examples need at least one array with a first axis")
        for other in [NDArray(Float(1)), NDArray([Float(1), 2])] {
            let text = errorText { _ = try Dataset(rowsOf: NDArray([Float(1)]), other).elements() }
            #expect(text == "rows: the arrays' first dimensions differ: [1] and \(other.shape)")
            let example = Numbered(number: NDArray([Float(1)]), row: other)
            let texts = errorText { _ = try Dataset(rowsOf: example).elements() }
            #expect(text == texts)
        }
        let shapes = errorText {
            _ = try Dataset([[1.0], [1.0, 2]] as [NDArray]).batch(2).elements()
        }
        #expect(shapes?.contains("element 1 of the batch has the shape [2]") == true)
        let types = errorText { _ = try Dataset([[1.0], [1]] as [NDArray]).batch(2).elements() }
        #expect(types?.contains("element 1 of the batch is i32, element 0 is f32") == true)
        let ranks = errorText {
            _ = try Dataset([[1.0], NDArray(Float(1))] as [NDArray]).paddedBatch(2).elements()
        }
        #expect(ranks?.contains("only lengths may differ") == true)
        let longest = errorText {
            _ = try Dataset([[1.0]] as [NDArray])
                .paddedBatch(1, padding: .init(multiple: .max)).elements()
        }
        #expect(longest?.contains("memory") == true, "\(longest ?? "")")
    }

    @Test("functions that throw are named with the record")
    func functions() throws {
        @Sendable func refuse(_ number: Int) throws -> Int {
            if number == 3 { throw Refusal() }
            return number
        }
        let table: [(Dataset<Int>, String)] = [
            (Dataset(count: 5, refuse), "generated, record 3: refused"),
            (numbers.map(refuse), "map, record 3: refused"),
            (
                numbers.map(seed: 4) { number, _ in try refuse(number) },
                "map(seed: 4), record 3: refused"
            ),
            (numbers.map(refuse).map { $0 }.prefetch(2), "map, record 3: refused"),
            (numbers.filter { try refuse($0) == $0 }, "filter, record 3: refused"),
            (
                numbers.dropFirst(2).interleaved(1) { Dataset([try refuse($0)]) },
                "interleaved, record 3: refused"
            ),
            (
                numbers.bucketed(boundaries: [], batchSizes: [5], by: refuse).map { $0.count },
                "bucketed, record 3: refused"
            ),
            (numbers.map(refuse).batch(2).map { $0.count }, "map, record 3: refused"),
            (Dataset { _ in try [refuse(3)] }, "sequence: refused"),
        ]
        for (dataset, text) in table {
            #expect(errorText { _ = try dataset.elements() } == text)
        }
    }

    @Test("a batch that an error interrupts has its other elements")
    func interruptedBatch() throws {
        let stream = numbers.map { number in
            if number == 3 { throw Refusal() }
            return number
        }.batch(4).stream()
        #expect(throws: DataError.self) { try stream.next() }
        let again = numbers.map { $0 }.batch(4).stream()
        try again.importState(stream.exportState())
        #expect(try again.next()?.doubles == [0, 1, 2, 3])
        #expect(try stream.next()?.doubles == [0, 1, 2, 4])
        #expect(try stream.next()?.doubles == [5, 6, 7, 8])
    }

    @Test("memory that is not there is an error")
    func memory() throws {
        let many = MachineMemory.limit >> 22
        let text = errorText {
            _ = try Dataset(count: many + 1) { _ in try NDArray(repeating: Float(0), shape: [1]) }
                .paddedBatch(many + 1, padding: .init(multiple: 1 << 20)).elements()
        }
        #expect(text?.contains("memory") == true, "\(text ?? "no error")")
    }
}
