// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// What follows a product or a convolution in the same step keeps NaN and the infinities where the
/// reference has them.
@Suite struct EpilogueTests {
    private static let floats: [DType] = [.float32, .float64, .float16, .bfloat16]
    private static let specials: [Double] = [.nan, .infinity, -.infinity]

    /// Small integers, of which every type's products are exact, and a special number in its place.
    private static func array(
        _ dtype: DType, _ shape: [Int], _ seed: Int, special: Double? = nil
    ) -> NDArray {
        let count = shape.reduce(1, *)
        var numbers = (0..<count).map { Double(($0 * 7 + seed * 5) % 5 - 2) }
        if let special { numbers[count * 2 / 3] = special }
        return .from(numbers, dtype, shape)
    }

    /// Expects the same numbers; of zeros either.
    private static func expect(
        _ program: Program, _ arrays: [NDArray], _ what: @autoclosure () -> String
    ) throws {
        let expected = try ReferenceEngine().compile(program).run(arrays, control: nil)
        let actual = try CPUEngine().compilePlan(program).run(arrays, control: nil)
        for (a, b) in zip(actual, expected) {
            let isRight = zip(a.doubles, b.doubles).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
            #expect(isRight, "\(what())")
        }
    }

    /// With a vector on either side, by our own kernels; with 40 rows, by oneDNN's.
    @Test(arguments: [[1, 5, 7], [6, 5, 1], [1, 9, 1], [40, 33, 24], [3, 64, 17]])
    func ofProducts(_ size: [Int]) throws {
        let (m, k, n) = (size[0], size[1], size[2])
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        for dtype in Self.floats {
            let w = ProgramBuilder()
            let (a, b) = (w.input(dtype, [m, k]), w.input(dtype, [k, n]))
            let (bias, addend) = (w.input(dtype, [n]), w.input(dtype, [m, n]))
            var sums = [w.add(.dot(dimensions), [a, b], dtype, [m, n])]
            sums.append(w.binary(.add, w.add(.dot(dimensions), [a, b], dtype, [m, n]), bias))
            for left in [a, w.unary(.negate, a)] {
                let product = w.add(.dot(dimensions), [left, b], dtype, [m, n])
                sums.append(w.binary(.add, w.binary(.add, product, bias), addend))
            }
            let program = w.program(sums.map { w.unary(.relu, $0) })
            for special in Self.specials {
                for place in 0..<4 {
                    let shapes = [[m, k], [k, n], [n], [m, n]]
                    let arrays = shapes.enumerated().map { i, shape in
                        Self.array(dtype, shape, i, special: i == place ? special : nil)
                    }
                    try Self.expect(program, arrays, "\(dtype) \(size), \(special) at \(place)")
                }
            }
        }
    }

    @Test func ofConvolutions() throws {
        let attributes = ConvolutionAttributes(
            strides: [1, 1], padding: [.init(1, 1), .init(1, 1)],
            inputDilation: [1, 1], filterDilation: [1, 1], groups: 1)
        for dtype in Self.floats {
            let w = ProgramBuilder()
            let (x, filter) = (w.input(dtype, [2, 6, 6, 3]), w.input(dtype, [3, 3, 3, 4]))
            let (bias, addend) = (w.input(dtype, [4]), w.input(dtype, [2, 6, 6, 4]))
            let y = w.add(.convolution(attributes), [x, filter], dtype, [2, 6, 6, 4])
            let sum = w.binary(.add, w.binary(.add, y, bias), addend)
            let program = w.program([w.unary(.relu, sum)])
            for special in Self.specials {
                for place in 0..<4 {
                    let shapes = [[2, 6, 6, 3], [3, 3, 3, 4], [4], [2, 6, 6, 4]]
                    let arrays = shapes.enumerated().map { i, shape in
                        Self.array(dtype, shape, i, special: i == place ? special : nil)
                    }
                    try Self.expect(program, arrays, "\(dtype), \(special) at \(place)")
                }
            }
        }
    }
}
