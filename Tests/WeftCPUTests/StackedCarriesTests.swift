// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

/// Variables of a scan that are stacked as well: they are written into the stack and read from there.
@Suite struct StackedCarriesTests {
    /// What an iteration gives out of the variables a and b, and of their next values.
    enum Stacked: CaseIterable {
        case next, last, both, twice, swapped, nothingComputed
    }

    private static func program(
        _ stacked: Stacked, _ length: Int, _ isReversed: Bool
    ) throws -> Program {
        let x = Tensor<Double>.placeholder(shape: [length, 3])
        let start = Tensor<Double>.placeholder(shape: [3])
        let outputs = scan(
            over: [x.anyTensor], initial: [start.anyTensor, start.anyTensor], isReversed: isReversed
        ) { carries, slices in
            let (a, b) = (Tensor<Double>(carries[0]), Tensor<Double>(carries[1]))
            let slice = Tensor<Double>(slices[0])
            // The next b needs the old a after the next a is computed.
            let nextA = a * 0.5 + slice
            let nextB = tanh(nextA) - a * b
            let next = [nextA.anyTensor, nextB.anyTensor]
            switch stacked {
            case .next: return (next, next)
            case .last: return (next, carries)
            case .both: return (next, next + carries + [slice.anyTensor])
            case .twice: return (next, carries + carries + next + next)
            case .swapped: return ([nextB.anyTensor, a.anyTensor], carries + next)
            case .nothingComputed: return ([carries[1], carries[0]], carries + [carries[0]])
            }
        }
        return try LoweredGraph(
            fetches: outputs.carries + outputs.outputs,
            feeds: [
                (x.anyTensor, ArrayType(.float64, [length, 3])),
                (start.anyTensor, ArrayType(.float64, [3])),
            ]
        ).program
    }

    @Test(
        "have the values that the reference interpreter computes",
        arguments: Stacked.allCases, [1, 2, 5])
    func agree(_ stacked: Stacked, _ length: Int) throws {
        for isReversed in [false, true] {
            let program = try Self.program(stacked, length, isReversed)
            let inputs = program.inputTypes.map { type in
                NDArray(
                    (0..<type.count).map { (i: Int) -> Double in Double((i * 37 + 5) % 23 - 11) / 16
                    }
                )
                .reinterpreted(shape: type.shape)
            }
            let reference = try ReferenceEngine().compile(program).run(inputs, control: nil)
            let native = try CPUEngine().compile(program)
            // The second run meets the memory of the first.
            for _ in 0..<2 {
                let results = try native.run(inputs, control: nil)
                #expect(results.count == reference.count)
                for (result, expected) in zip(results, reference) {
                    #expect(result.shape == expected.shape)
                    for (a, b) in zip(result.doubles, expected.doubles) {
                        // tanh rounds otherwise, and an error may grow over five iterations.
                        #expect(abs(a - b) <= 1e-13)
                    }
                }
            }
        }
    }
}
