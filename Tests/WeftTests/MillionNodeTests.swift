// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTestSupport

/// A chain of a million nodes through all of Weft: built, differentiated, compiled, run, freed.
@Suite(.serialized) struct MillionNodeTests {
    private struct Outcome: Sendable {
        var seconds = 0.0
        var loss = 0.0
        var slopes: [Double] = []
    }

    private static func chain(_ length: Int) throws -> Outcome {
        let clock = ContinuousClock()
        var outcome = Outcome()
        let duration = try clock.measure {
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
            let results = try session.run(
                fetches, feeding: [x: [0.5, -0.25, 0.125, 1], w: [1.5, 0.75, 1, 1.25]])
            outcome.loss = results[0].doubles[0]
            outcome.slopes = results.dropFirst().flatMap(\.doubles)
        }
        outcome.seconds =
            Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        return outcome
    }

    @Test("a chain of a million nodes takes time linear in its length, on a small stack")
    func linear() throws {
        let short = try onSmallStack { try Self.chain(125_000) }
        var long = try onSmallStack { try Self.chain(1_000_000) }
        // Eight times the nodes. Other tests run beside this one; a quadratic one takes 64 times.
        let limit = 24 * short.seconds + 1
        // A system that is slow to find gigabytes of memory has found them the second time.
        if long.seconds >= limit { long = try onSmallStack { try Self.chain(1_000_000) } }
        // The chain is periodic and contracts, so that its end is the same at both lengths.
        #expect(abs(short.loss - long.loss) < 1e-5)
        #expect(long.slopes.count == 8 && long.slopes.allSatisfy { $0.isFinite && $0 != 0 })
        print("125,000 nodes: \(short.seconds) s, 1,000,000 nodes: \(long.seconds) s")
        #expect(long.seconds < limit)
    }
}
