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

    @Test("a body that fails gives errors, not the end of the process")
    func failures() throws {
        let ((a, b), (c, d)) = scan(over: x, n, initial: Tensor<Float>(0), x) { a, b, x, n in
            ((a, b + Tensor<Float>([1, 2])), (x, n))
        }
        #expect(a.error != nil && b.error != nil && c.error != nil && d.error != nil)
    }
}
