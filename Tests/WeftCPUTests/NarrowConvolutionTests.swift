// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Convolutions of small elements that are cast to what they are summed in.
@Suite struct NarrowConvolutionTests {
    private struct Geometry: CustomStringConvertible {
        var input: [Int]
        var filter: [Int]
        var stride = 1
        var dilation = 1
        var padding = (1, 1)
        var gap = 1
        var groups = 1

        var attributes: ConvolutionAttributes {
            let n = input.count - 2
            func all(_ number: Int) -> [Int] { Array(repeating: number, count: n) }
            return ConvolutionAttributes(
                strides: all(stride), padding: (0..<n).map { _ in .init(padding.0, padding.1) },
                inputDilation: all(gap), filterDilation: all(dilation), groups: groups)
        }

        var output: [Int] {
            let n = input.count - 2
            let spatial = (0..<n).map { axis in
                let size = (input[axis + 1] - 1) * gap + 1 + padding.0 + padding.1
                return (size - (filter[axis] - 1) * dilation - 1) / stride + 1
            }
            return [input[0]] + spatial + [filter[n + 1]]
        }

        var description: String {
            "\(input) with \(filter), stride \(stride), dilation \(dilation), padding \(padding), "
                + "gap \(gap), groups \(groups)"
        }

        func program(_ types: (DType, DType), _ sum: DType) -> Program {
            let w = ProgramBuilder()
            let (x, y) = (w.input(types.0, input), w.input(types.1, filter))
            let left = w.add(.cast(sum), [x], sum, input)
            let right = w.add(.cast(sum), [y], sum, filter)
            return w.program([w.add(.convolution(attributes), [left, right], sum, output)])
        }
    }

    private static let geometries = [
        Geometry(input: [1, 14, 13, 32], filter: [3, 3, 32, 48]),
        Geometry(input: [2, 9, 10, 5], filter: [3, 3, 5, 7]),
        Geometry(input: [1, 15, 15, 16], filter: [3, 3, 16, 24], stride: 2, padding: (0, 1)),
        Geometry(input: [1, 13, 13, 8], filter: [3, 3, 8, 9], dilation: 2, padding: (2, 2)),
        Geometry(input: [3, 12, 12, 32], filter: [3, 3, 1, 32], groups: 32),
        Geometry(input: [1, 12, 12, 15], filter: [3, 3, 1, 15], stride: 2, groups: 15),
        Geometry(input: [1, 12, 12, 15], filter: [3, 3, 1, 30], groups: 15),
        Geometry(input: [2, 8, 8, 32], filter: [3, 3, 8, 32], groups: 4),
        Geometry(input: [1, 8, 8, 6], filter: [3, 3, 2, 9], groups: 3),
        Geometry(input: [5, 7, 7, 64], filter: [1, 1, 64, 40], padding: (0, 0)),
        Geometry(input: [1, 40, 40, 16], filter: [3, 3, 16, 16]),
        Geometry(input: [3, 20, 20, 16], filter: [3, 3, 16, 64]),
        Geometry(input: [2, 50, 7], filter: [5, 7, 12], padding: (3, 1)),
        Geometry(input: [1, 6, 7, 8, 4], filter: [3, 3, 3, 4, 5]),
        Geometry(input: [1, 6, 6, 3], filter: [3, 3, 3, 4], padding: (2, 2), gap: 2),
        Geometry(input: [0, 6, 6, 3], filter: [3, 3, 3, 4]),
        Geometry(input: [2, 7, 7, 130], filter: [3, 3, 130, 40]),
        Geometry(input: [2, 6, 6, 1100], filter: [1, 1, 1100, 9], padding: (0, 0)),
        Geometry(input: [1, 5, 5, 240], filter: [3, 3, 120, 18], groups: 2),
    ]

    /// Runs thrice: from the second run on, the filter may be packed.
    @Test("sums of integers are exact", arguments: geometries.indices)
    func areExact(_ index: Int) throws {
        let geometry = Self.geometries[index]
        for types: (DType, DType) in [
            (.int8, .int8), (.uint8, .int8), (.int8, .uint8), (.int16, .int8),
        ] {
            var random = TestRandom("narrow convolution \(index) \(types)")
            let program = geometry.program(types, .int32)
            // Sums beyond 2²⁴, which 32-bit floats do not count to, and small ones.
            let isLong = geometry.filter.dropLast().reduce(1, *) > 514
            for extremes in [[], isLong ? [127.0, 127] : [-128, -128], [255, 127]] {
                let inputs = zip([types.0, types.1], [geometry.input, geometry.filter]).enumerated()
                    .map { i, array in
                        !extremes.isEmpty
                            ? NDArray.from(
                                [Double](repeating: extremes[i], count: array.1.reduce(1, *)),
                                array.0, array.1)
                            : random.bits(array.0, array.1)
                    }
                let expected = try ReferenceEngine().compile(program).run(inputs, control: nil)[0]
                try expectSums(program, inputs, expected.integers, "\(geometry) of \(types)")
            }
        }
    }

    @Test("sums of 16-bit floats are those of 32 bits", arguments: geometries.indices)
    func sumFloats(_ index: Int) throws {
        let geometry = Self.geometries[index]
        for dtype in [DType.bfloat16, .float16] {
            var random = TestRandom("float convolution \(index) \(dtype)")
            let inputs = [
                random.array(dtype, geometry.input, in: -1...1),
                random.array(dtype, geometry.filter, in: -1...1),
            ]
            let exact = try ReferenceEngine().compile(geometry.program((dtype, dtype), .float64))
                .run(inputs, control: nil)[0].doubles
            let executable = try CPUEngine(verifiesPrograms: true)
                .compilePlan(geometry.program((dtype, dtype), .float32))
            let terms = Double(geometry.filter.dropLast().reduce(1, *))
            for run in 0..<3 {
                let sums = try executable.run(inputs, control: nil)[0].doubles
                let error = zip(sums, exact).map { abs($0 - $1) }.max() ?? 0
                #expect(error < 2e-7 * (10 + terms), "\(geometry), run \(run)")
            }
        }
    }
}
