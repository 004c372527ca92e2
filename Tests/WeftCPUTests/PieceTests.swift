// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Arrays cut in pieces, and pieces put together, without steps that only move them.
@Suite struct PieceTests {
    private static func slice(_ w: ProgramBuilder, _ x: Int, _ starts: [Int], _ shape: [Int]) -> Int
    {
        w.add(
            .slice(
                SliceAttributes(
                    starts: starts, limits: zip(starts, shape).map { $0 + $1 },
                    strides: shape.map { _ in 1 })), [x], w.values[x].dtype, shape)
    }

    private static func agrees(
        _ w: ProgramBuilder, _ outputs: [Int], _ inputs: [NDArray]
    ) throws
        -> Bool
    {
        let expected = try ReferenceEngine().compile(w.program(outputs)).run(inputs, control: nil)
        let actual = try w.run(outputs, inputs)
        return zip(actual, expected).allSatisfy { a, b in
            zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) <= 1e-5 }
        }
    }

    @Test func readsSlicesWhereTheyAre() throws {
        var random = TestRandom("slices")
        for (rows, columns) in [(32, 128), (1, 40), (7, 33), (600, 32)] {
            let w = ProgramBuilder()
            let x = w.input(.float32, [rows, 4 * columns])
            let pieces = (0..<4).map { Self.slice(w, x, [0, $0 * columns], [rows, columns]) }
            let a = w.binary(.multiply, w.unary(.sigmoid, pieces[0]), w.unary(.tanh, pieces[1]))
            let b = w.binary(.subtract, w.unary(.sigmoid, pieces[2]), pieces[3])
            let y = w.binary(.add, a, b)
            #expect(try w.executable([y]).stepCount == 1)
            let input = random.array(.float32, [rows, 4 * columns], in: -3...3)
            #expect(try Self.agrees(w, [y], [input]), "\(rows) x \(columns)")
            // One that others need too.
            #expect(try Self.agrees(w, [y, pieces[2]], [input]))
        }
    }

    @Test func readsSlicesOfSeveralAxesAndReductionsOfThem() throws {
        var random = TestRandom("slices of several axes")
        let w = ProgramBuilder()
        let x = w.input(.float32, [20, 5, 70])
        let piece = Self.slice(w, x, [2, 1, 3], [17, 3, 64])
        let y = w.unary(.exp, piece)
        let sum = w.add(.reduce(.sum, axes: [2]), [y], .float32, [17, 3])
        let wide = w.add(
            .broadcast(shape: [17, 3, 64], axes: [0, 1]), [sum], .float32, [17, 3, 64])
        let result = w.binary(.divide, y, wide)
        let input = random.array(.float32, [20, 5, 70], in: -1...1)
        #expect(try Self.agrees(w, [result, piece], [input]))
    }

    /// The pieces padded to `[rows, total]` and added.
    private static func paddedSum(
        _ rows: Int, _ places: [(start: Int, extent: Int)], total: Int, filler: Float = 0
    ) -> (ProgramBuilder, [Int]) {
        let w = ProgramBuilder()
        let zero = w.constant(NDArray(filler))
        let padded = places.map { start, extent in
            let x = w.unary(.negate, w.input(.float32, [rows, extent]))
            return w.add(
                .pad(
                    PadAttributes(
                        low: [0, start], high: [0, total - start - extent], interior: [0, 0])),
                [x, zero], .float32, [rows, total])
        }
        var sum = padded[0]
        for next in padded.dropFirst() { sum = w.binary(.add, sum, next) }
        return (w, [sum] + padded)
    }

    @Test func putsPaddedPiecesTogether() throws {
        var random = TestRandom("pieces")
        func inputs(_ extents: [Int]) -> [NDArray] {
            extents.map { random.array(.float32, [6, $0], in: -1...1) }
        }
        let (w, values) = Self.paddedSum(6, [(5, 3), (0, 5), (8, 9)], total: 17)
        #expect(try w.executable([values[0]]).explain().contains("concatenate"))
        #expect(try Self.agrees(w, [values[0]], inputs([3, 5, 9])))
        // What others need stays; gaps, overlaps and other fillers are added as they are.
        #expect(try Self.agrees(w, [values[0], values[2]], inputs([3, 5, 9])))
        for (places, filler) in [
            ([(0, 5), (6, 4)], Float(0)), ([(0, 6), (5, 5)], 0), ([(0, 5), (5, 5)], 1),
        ] {
            let (w, values) = Self.paddedSum(6, places, total: 10, filler: filler)
            #expect(try !w.executable([values[0]]).explain().contains("concatenate"))
            #expect(try Self.agrees(w, [values[0]], inputs(places.map(\.1))))
        }
    }
}
