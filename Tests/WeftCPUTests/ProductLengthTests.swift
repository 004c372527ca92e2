// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Products of every length of sum: kernels treat what is left of a vector or a tile by itself.
@Suite struct ProductLengthTests {
    private static let dimensions = DotDimensions(
        lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])

    private static func product(_ a: NDArray, _ b: NDArray) throws -> [Double] {
        let w = ProgramBuilder()
        let y = w.add(
            .dot(dimensions), [w.input(a.dtype, a.shape), w.input(b.dtype, b.shape)], a.dtype,
            [a.shape[0], b.shape[1]])
        return try w.run([y], [a, b])[0].doubles
    }

    /// Of integers up to 2 and with sums below 256 every type's products are exact, in whatever order
    /// they are added up: the sums are those of integers.
    @Test(arguments: [DType.bfloat16, .float16, .float32])
    func areExactOfSmallIntegers(_ dtype: DType) throws {
        for (m, n) in [(9, 5), (17, 16)] {
            for k in 1...300 {
                let a = (0..<m * k).map { ($0 * 7 + $0 / k) % 3 - 1 }
                let b = (0..<k * n).map { ($0 * 5 + $0 / n * 2) % 3 - 1 }
                var expected = [Int](repeating: 0, count: m * n)
                for i in 0..<m {
                    for l in 0..<k {
                        for j in 0..<n { expected[i * n + j] += a[i * k + l] * b[l * n + j] }
                    }
                }
                let actual = try Self.product(
                    .from(a.map(Double.init), dtype, [m, k]),
                    .from(b.map(Double.init), dtype, [k, n]))
                // Beyond 256 not every integer is a number of bf16.
                let isRight = zip(actual, expected).allSatisfy {
                    $0 == NDArray.from([Double($1)], dtype).doubles[0]
                }
                #expect(isRight, "\(dtype) [\(m), \(k)] by [\(k), \(n)]")
            }
        }
    }

    /// Stretches of 8,192 elements are summed by themselves, along rows in 32 sums of 256 each. With
    /// roundings of either sign the error is about √(256 + 5 + 122) · 2⁻²⁴ ≈ 1.2e-6 of the root of the
    /// sum of squares; adding one after the other gives √10⁶ · 2⁻²⁴ = 6e-5, and of terms of one
    /// sign as here more.
    @Test(arguments: [1, 2, 17])
    func addUpLongSumsInParts(_ n: Int) throws {
        let k = 1_000_000
        var random = TestRandom("long sums")
        let a = random.array(.float32, [1, k], in: 0...1)
        let b = random.array(.float32, [k, n], in: 0...1)
        let (x, y) = (a.doubles, b.doubles)
        var expected = [Double](repeating: 0, count: n)
        for l in 0..<k { for j in 0..<n { expected[j] += x[l] * y[l * n + j] } }
        for (actual, right) in zip(try Self.product(a, b), expected) {
            #expect(abs(actual - right) <= 5e-6 * right, "\(actual), not \(right)")
        }
    }
}
