// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// The typed `scan` with several sequences, carried values and outputs.
@Suite struct ScanPackTests {
    private let x = Tensor<Float>([1, 2, 3])
    private let n = Tensor<Int32>([10, 20, 30])

    @Test("two sequences, two carried values, one output", arguments: TestedEngine.allCases)
    func oneOutput(_ engine: TestedEngine) throws {
        let ((sum, last), products) = scan(
            over: x, n, initial: Tensor<Float>(0), Tensor<Int32>(0)
        ) { sum, _, x, n in
            return ((sum + x, n), x * n.cast(to: Float.self))
        }
        let values = try engine.session().run([sum, last, products])
        #expect(values.map(\.doubles) == [[6], [30], [10, 40, 90]])
    }

    @Test("one sequence and several outputs of different types", arguments: TestedEngine.allCases)
    func severalOutputs(_ engine: TestedEngine) throws {
        let (sum, (sums, isLarge)) = scan(over: x, initial: 0, isReversed: true) { sum, x in
            let next = sum + x
            return (next, (next, next .> 4))
        }
        let values = try engine.session().run([sum, sums, isLarge])
        #expect(values.map(\.doubles) == [[6], [6, 5, 3], [1, 1, 0]])
    }

    @Test("a long short-term memory with two carried values has gradients")
    func longShortTermMemory() throws {
        let zero = Tensor<Float>(0)
        let ((_, cell), outputs) = scan(over: x, initial: zero, zero) { hidden, cell, x in
            let next = sigmoid(x) * cell + sigmoid(hidden) * tanh(x)
            return ((sigmoid(x) * tanh(next), next), next)
        }
        let slope = try #require(try gradient(of: cell, withRespectTo: x))
        let values = try TestedEngine.cpu.session().run([cell, outputs, slope])
        #expect(values[0].number == values[1].doubles[2])
        #expect(values[2].shape == [3])
        #expect(values[2].doubles.allSatisfy { $0.isFinite && $0 != 0 })
    }

    private let mask = Tensor<Bool>([true, false, true])

    @Test("three carried values of several types beside a mask", arguments: TestedEngine.allCases)
    func threeCarries(_ engine: TestedEngine) throws {
        let zero = Tensor<Float>(0)
        let ((sum, last, count), sums) = scan(over: x, mask, initial: zero, zero, Tensor<Int32>(0))
        {
            sum, _, count, x, isPresent in
            let next = select(isPresent, sum + x, sum)
            return ((next, x, count + isPresent.cast(to: Int32.self)), next)
        }
        let slope = try #require(try gradient(of: sum, withRespectTo: x))
        let values = try engine.session().run([sum, last, count, sums, slope])
        #expect(values.map(\.doubles) == [[4], [3], [2], [1, 1, 4], [1, 0, 1]])
        #expect(values[2].dtype == .int32)
    }

    @Test("three carried values and several outputs", arguments: TestedEngine.allCases)
    func threeCarriesSeveralOutputs(_ engine: TestedEngine) throws {
        let (zero, one) = (Tensor<Float>(0), Tensor<Float>(1))
        let ((sum, product, _), (sums, isLarge)) = scan(over: x, initial: zero, one, mask) {
            sum, product, mask, x in
            ((sum + x, product * x, mask), (sum + x, product .> one))
        }
        let values = try engine.session().run([sum, product, sums, isLarge])
        #expect(values.map(\.doubles) == [[6], [6], [1, 3, 6], [0, 0, 1]])
    }

    @Test("four carried values, from the end", arguments: TestedEngine.allCases)
    func fourCarries(_ engine: TestedEngine) throws {
        let (zero, one) = (Tensor<Float>(0), Tensor<Float>(1))
        let (no, none) = (Tensor<Bool>(false), Tensor<Int64>(0))
        let ((sum, product, flag, count), (sums, flags)) = scan(
            over: x, mask, initial: zero, one, no, none, isReversed: true
        ) { sum, product, flag, count, x, isPresent in
            ((sum + x, product * x, isPresent, count + 1), (sum, flag))
        }
        let ((_, _, _, last), counts) = scan(
            over: x, mask, initial: zero, one, no, none, isReversed: true
        ) { sum, product, flag, count, x, isPresent in
            ((sum, product, flag, count + 1), count)
        }
        let values = try engine.session().run(
            [sum, product, flag, count, sums, flags, last, counts])
        #expect(
            values.map(\.doubles) == [
                [6], [6], [1], [3], [5, 3, 0], [0, 1, 0], [3], [2, 1, 0],
            ])
    }

    @Test("a body that fails gives errors, not the end of the process")
    func failures() throws {
        let ((a, b), (c, d)) = scan(over: x, n, initial: Tensor<Float>(0), x) { a, b, x, n in
            ((a, b + Tensor<Float>([1, 2])), (x, n))
        }
        #expect(a.error != nil && b.error != nil && c.error != nil && d.error != nil)
    }
}
