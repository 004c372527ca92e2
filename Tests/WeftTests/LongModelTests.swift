// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTestSupport

/// A long chain of nodes through all of Weft: built, differentiated, compiled, run, freed.
@Suite(.serialized) struct LongModelTests {
    private static func results(_ length: Int) throws -> [[Double]] {
        let (x, w) = (
            Tensor<Float>.placeholder(shape: [4]), Tensor<Float>.placeholder(shape: [4])
        )
        var y = x
        for i in 0..<length {
            switch i & 3 {
            case 0: y = y * x
            case 1: y = y + x
            case 2: y = tanh(y)
            default: y = y * w
            }
        }
        let loss = y.sum()
        let slopes = try gradients(of: loss, withRespectTo: [x, w])
        let fetches = [loss] + slopes.compactMap(\.self)
        let session = Session()
        return try session.run(
            fetches, feeding: [x: [0.5, -0.25, 0.125, 1], w: [1.5, 0.75, 1, 1.25]]
        ).map(\.doubles)
    }

    @Test("a long chain takes time linear in its length, on a small stack")
    func linear() throws {
        var losses: Set<Double> = []
        try checkLinearTime { length in
            let results = try onSmallStack { try Self.results(length) }
            losses.insert((results[0][0] * 1e4).rounded())
            let slopes = results.dropFirst().flatMap(\.self)
            #expect(slopes.count == 8 && slopes.allSatisfy { $0.isFinite && $0 != 0 })
        }
        // The chain is periodic and contracts, so that its end is the same at both lengths.
        #expect(losses.count == 1)
    }
}
