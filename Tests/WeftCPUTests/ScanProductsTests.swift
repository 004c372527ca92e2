// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

/// Products that are moved out of scans.
@Suite struct ScanProductsTests {
    private static let (steps, batch, inputs, units) = (5, 3, 4, 6)

    /// A recurrent layer: the last state, and what it is made from.
    private static func layer(
        _ body: (_ x: Tensor<Double>, _ h: Tensor<Double>, _ w: [Tensor<Double>]) -> Tensor<Double>
    ) -> (last: Tensor<Double>, x: Tensor<Double>, w: [Tensor<Double>]) {
        let x = Tensor<Double>.placeholder(shape: [steps, batch, inputs])
        let w = [
            Tensor<Double>.placeholder(shape: [inputs, units]),
            Tensor<Double>.placeholder(shape: [units, units]),
            Tensor<Double>.placeholder(shape: [units]),
        ]
        let start = Tensor<Double>.zeros(shape: [batch, units])
        let outputs = scan(over: [x.anyTensor], initial: [start.anyTensor]) { carries, slices in
            ([body(Tensor(slices[0]), Tensor(carries[0]), w).anyTensor], [])
        }
        return (Tensor(outputs.carries[0]), x, w)
    }

    private static func lowered(
        _ layer: (last: Tensor<Double>, x: Tensor<Double>, w: [Tensor<Double>])
    ) throws -> Program {
        let all = [layer.x] + layer.w
        let slopes = try gradients(of: (layer.last * layer.last).sum(), withRespectTo: all)
        return try LoweredGraph(
            fetches: [layer.last.anyTensor] + slopes.compactMap { $0?.anyTensor },
            feeds: try all.map {
                ($0.anyTensor, ArrayType(.float64, try #require($0.shape.dimensions)))
            }
        ).program
    }

    /// How many products the scans of a program compute in each step, and how many the rest does.
    private static func products(_ program: Program) -> (inside: Int, outside: Int) {
        var result = (inside: 0, outside: 0)
        for instruction in program.instructions {
            switch instruction.primitive {
            case .dot: result.outside += 1
            case .scan(let body, _, _, _): result.inside += products(body).outside
            default: break
            }
        }
        return result
    }

    private static func arrays(_ program: Program) -> [NDArray] {
        program.inputTypes.enumerated().map { i, type in
            NDArray((0..<type.count).map { Double(($0 * 37 + i * 11) % 23 - 11) / 16 })
                .reinterpreted(shape: type.shape)
        }
    }

    private static func expectSameResults(_ program: Program) throws {
        let moved = ScanProducts.movedOut(of: program)
        let inputs = arrays(program)
        let reference = try ReferenceEngine().compile(program).run(inputs, control: nil)
        let other = try ReferenceEngine().compile(moved).run(inputs, control: nil)
        let native = try CPUEngine().compile(program).run(inputs, control: nil)
        for i in reference.indices {
            #expect(reference[i].shape == other[i].shape)
            #expect(reference[i].doubles.contains { abs($0) > 1e-3 })
            for (a, b) in zip(reference[i].doubles, other[i].doubles) {
                // Sums of up to 15 products in another order.
                #expect(abs(a - b) <= 1e-13 * max(1, abs(a)))
            }
            for (a, b) in zip(reference[i].doubles, native[i].doubles) {
                #expect(abs(a - b) <= 1e-12 * max(1, abs(a)))
            }
        }
    }

    @Test func aRecurrentLayerKeepsOneProductInEachDirection() throws {
        let program = try Self.lowered(
            Self.layer { x, h, w in tanh(matmul(x, w[0]) + matmul(h, w[1]) + w[2]) })
        // Forward x w0 and h w1; backward the slopes of h, w1, x and w0.
        #expect(Self.products(program) == (6, 0))
        let moved = ScanProducts.movedOut(of: program)
        #expect(Self.products(moved).inside <= 3)
        #expect(Self.products(moved).outside >= 3)
        try Self.expectSameResults(program)
    }

    @Test func weightsThatAreUsedTwice() throws {
        try Self.expectSameResults(
            Self.lowered(
                Self.layer { x, h, w in
                    tanh(matmul(x, w[0]) + matmul(matmul(h, w[1]), w[1]) * 0.125 + w[2] * w[2])
                }))
    }

    @Test func aCarryThatIsReadIsNotTakenOut() throws {
        // The state is a sum, but each step reads it.
        let program = try Self.lowered(
            Self.layer { x, h, w in h + matmul(x, w[0]) * tanh(h) + w[2] })
        try Self.expectSameResults(program)
    }

    @Test func aSumAlone() throws {
        // Nothing is carried any more: the sum of all products is one product.
        let program = try Self.lowered(Self.layer { x, h, w in h + matmul(x, w[0]) })
        try Self.expectSameResults(program)
    }

    @Test func noSteps() throws {
        let w = ProgramBuilder()
        let body = ProgramBuilder()
        let (sum, slice, weights) = (
            body.input(.float64, [2, 2]), body.input(.float64, [3, 2]),
            body.input(.float64, [3, 2])
        )
        let product = body.add(
            .dot(
                DotDimensions(
                    lhsContracting: [0], rhsContracting: [0], lhsBatch: [], rhsBatch: [])),
            [slice, weights], .float64, [2, 2])
        let next = body.binary(.add, sum, product)
        let inputs = [
            w.input(.float64, [2, 2]), w.input(.float64, [0, 3, 2]), w.input(.float64, [3, 2]),
        ]
        let results = w.add(
            .scan(body: body.program([next]), carries: 1, sequences: 1, isReversed: false), inputs,
            [ArrayType(.float64, [2, 2])])
        let start = NDArray([1, 2, 3, 4] as [Double]).reinterpreted(shape: [2, 2])
        let found = try w.run(
            results, [start, .zeros(.float64, [0, 3, 2]), .zeros(.float64, [3, 2])])
        #expect(found[0].doubles == [1, 2, 3, 4])
    }
}
