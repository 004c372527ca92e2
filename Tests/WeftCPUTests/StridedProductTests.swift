// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Products of matrices that lie in larger arrays, as the heads of an attention do.
@Suite struct StridedProductTests {
    /// Of [batch, rows, heads, columns] arrays, one product for each of a batch and head.
    private func check(
        _ lhs: [Int], _ rhs: [Int], _ dimensions: DotDimensions, _ result: [Int]
    ) throws {
        let w = ProgramWriter()
        let (a, b) = (w.input(.float32, lhs), w.input(.float32, rhs))
        let product = w.add(.dot(dimensions), [a, b], .float32, result)
        var random = TestRandom("strided products")
        let inputs = [
            random.array(.float32, lhs, in: -1...1), random.array(.float32, rhs, in: -1...1),
        ]
        let expected = try ReferenceEngine().compile(w.program([product]))
            .run(inputs, control: nil)[0]
        let actual = try w.run([product], inputs)[0]
        #expect(actual.shape == expected.shape)
        #expect(
            zip(actual.doubles, expected.doubles).allSatisfy { abs($0 - $1) <= 1e-4 },
            "\(lhs) \(rhs)")
    }

    @Test func agreesWithTheReference() throws {
        for (b, t, h, d) in [
            (4, 128, 8, 32), (2, 17, 3, 5), (3, 33, 2, 1), (2, 1, 4, 16), (1, 20, 3, 8),
            (5, 7, 1, 9),
        ] {
            let (array, scores) = ([b, t, h, d], [b, h, t, t])
            // Queries with keys.
            try check(
                array, array,
                DotDimensions(
                    lhsContracting: [3], rhsContracting: [3], lhsBatch: [0, 2], rhsBatch: [0, 2]),
                scores)
            // Weights with values, and turned round as in gradients.
            try check(
                scores, array,
                DotDimensions(
                    lhsContracting: [3], rhsContracting: [1], lhsBatch: [0, 1], rhsBatch: [0, 2]),
                [b, h, t, d])
            try check(
                scores, array,
                DotDimensions(
                    lhsContracting: [2], rhsContracting: [1], lhsBatch: [0, 1], rhsBatch: [0, 2]),
                [b, h, t, d])
            try check(
                array, scores,
                DotDimensions(
                    lhsContracting: [1], rhsContracting: [3], lhsBatch: [0, 2], rhsBatch: [0, 1]),
                [b, h, d, t])
        }
    }
}
