// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Reductions of rows of every length around those of vectors and of blocks of them.
@Suite struct RowReductionTests {
    private static let lengths = Array(1...150) + [4095, 4096, 4097, 4111, 4159, 4160, 8200]
    private static let rows = 3

    private static func reduce(_ kind: ReductionKind, _ array: NDArray) throws -> [Double] {
        let w = ProgramBuilder()
        let x = w.input(.float32, array.shape)
        return try w.run([w.add(.reduce(kind, axes: [1]), [x], .float32, [rows])], [array])[0]
            .doubles
    }

    @Test func takeEveryElementOnce() throws {
        var random = TestRandom("row reductions")
        for length in Self.lengths {
            let array = random.array(.float32, [Self.rows, length], in: -1...1)
            let values = array.doubles
            let rows = (0..<Self.rows).map { Array(values[$0 * length..<($0 + 1) * length]) }
            #expect(try Self.reduce(.maximum, array) == rows.map { $0.max() ?? 0 }, "\(length)")
            #expect(try Self.reduce(.minimum, array) == rows.map { $0.min() ?? 0 }, "\(length)")
            // At most 64 roundings of partial sums, each below 64 units, in 64 lanes; and the last.
            for (sum, row) in zip(try Self.reduce(.sum, array), rows) {
                let exact = row.reduce(0, +)
                #expect(abs(sum - exact) <= 1e-6 * Double(length).squareRoot(), "\(length)")
            }
            // Small whole numbers are summed exactly: one left out or taken twice shows.
            let whole = NDArray((0..<Self.rows * length).map { Float($0 % 97) })
                .reinterpreted(shape: array.shape)
            let sums = (0..<Self.rows).map { row in
                (row * length..<(row + 1) * length).reduce(0) { $0 + Double($1 % 97) }
            }
            #expect(try Self.reduce(.sum, whole) == sums, "\(length)")
        }
    }

    @Test func keepWhatIsNotANumber() throws {
        for length in [5, 16, 31, 33, 47, 64, 100] {
            for place in 0..<length {
                var values = [Float](repeating: 0.5, count: Self.rows * length)
                values[length + place] = .nan
                let array = NDArray(values).reinterpreted(shape: [Self.rows, length])
                for kind in [ReductionKind.maximum, .minimum, .sum] {
                    let results = try Self.reduce(kind, array)
                    #expect(results[1].isNaN && results[0].isFinite && results[2].isFinite)
                }
            }
        }
    }
}
