// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// Running and segmented reductions, sequences turned round: what NumPy or the definition gives.
@Suite("Running and segmented reductions") struct AccumulationTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private func values(
        _ engine: TestedEngine, _ tensors: [any TensorConvertible]
    ) throws -> [[Double]] {
        try engine.session().run(tensors).map(\.doubles)
    }

    @Test("the log of added exponentials", arguments: TestedEngine.allCases)
    func logAddExponentials(_ engine: TestedEngine) throws {
        let a = D([0, 1000, -1000, .infinity, -.infinity, -.infinity, 3])
        let b = D([0, 999, -1001, 1, 2, -.infinity, -50])
        let slopes = try gradients(of: [logAddExp(a, b)], withRespectTo: [a, b])
        let found = try values(
            engine, [logAddExp(a, b), try #require(slopes[0]), try #require(slopes[1])])
        let (log2, tail) = (Foundation.log(2.0), Foundation.log1p(Foundation.exp(-1.0)))
        let wanted = [log2, 1000 + tail, -1000 + tail, .infinity, 2, -.infinity, 3]
        for (x, y) in zip(found[0], wanted) { #expect(x == y || abs(x - y) < 1e-9, "\(x), \(y)") }
        let share = 1 / (1 + Foundation.exp(-1.0))
        let first = [0.5, share, share, 1, 0, 1, 1]
        for (index, x) in found[1].enumerated() {
            #expect(abs(x - first[index]) < 1e-9, "\(index): \(x)")
            #expect(abs(x + found[2][index] - 1) < 1e-9, "\(index): \(found[2][index])")
        }
        let half = Tensor<Float16>([20_000])
        let same = logAddExp(half, half)
        #expect(try values(engine, [same]) == [[20_000]])
    }

    @Test("running extremes", arguments: TestedEngine.allCases)
    func extremes(_ engine: TestedEngine) throws {
        let x = D([3, 1, 4, .nan, 5])
        let n = Tensor<Int8>([3, -1, 7, 2])
        let found = try values(
            engine,
            [
                x.cumulativeMax(axis: 0), x.cumulativeMin(axis: 0, isReversed: true),
                n.cumulativeMax(axis: 0, isExclusive: true), n.cumulativeMin(axis: -1),
                n.cumulativeMin(axis: 0, isExclusive: true, isReversed: true),
            ])
        #expect(found[0].prefix(3) == [3, 3, 4] && found[0].suffix(2).allSatisfy(\.isNaN))
        #expect(found[1][4] == 5 && found[1].prefix(4).allSatisfy(\.isNaN))
        #expect(Array(found[2...]) == [[-128, 3, 3, 7], [3, -1, -1, -1], [-1, 2, 2, 127]])
    }

    @Test("running log-sum-exp of numbers far apart", arguments: TestedEngine.allCases)
    func logSums(_ engine: TestedEngine) throws {
        let x = D([[-1000, 0, 1000], [-.infinity, -.infinity, 2]])
        let found = try values(
            engine,
            [
                x.cumulativeLogSumExp(axis: 1), x.cumulativeLogSumExp(axis: 1, isExclusive: true),
                x.cumulativeLogSumExp(axis: 1, isReversed: true),
                x.cumulativeLogSumExp(axis: 0),
            ])
        let none = -Double.infinity
        #expect(found[0] == [-1000, 0, 1000, none, none, 2])
        #expect(found[1] == [none, -1000, 0, none, none, none])
        #expect(found[2] == [1000, 1000, 1000, 2, 2, 2])
        #expect(found[3] == [-1000, 0, 1000, -1000, 0, 1000])
    }

    @Test("segments", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let x = D([[1, 2], [5, -6], [3, 4], [9, 9]])
        let segments = Tensor<Int32>([2, 0, 2, -1])
        let (least, greatest) = (-Double.infinity, Double.infinity)
        let found = try values(
            engine,
            [
                x.segmentMeans(segments, count: 3), x.segmentMax(segments, count: 3),
                x.segmentMin(segments, count: 3),
                Tensor<UInt64>([7]).segmentMin(N([1]), count: 2).cast(to: Double.self),
                Tensor<Int16>([7]).segmentMax(N([1]), count: 2),
                Tensor<Float16>([30_016, 49_984]).segmentMeans(N([0, 0]), count: 1),
            ])
        #expect(found[0] == [5, -6, 0, 0, 2, 3])
        #expect(found[1] == [5, -6, least, least, 3, 4])
        #expect(found[2] == [5, -6, greatest, greatest, 1, 2])
        #expect(found[3] == [0x1p64, 7])
        #expect(found[4] == [-32_768, 7])
        #expect(found[5] == [40_000])
    }

    @Test("sequences turned round", arguments: TestedEngine.allCases)
    func sequences(_ engine: TestedEngine) throws {
        let x = N([[1, 2, 3], [4, 5, 6]])
        let found = try values(
            engine,
            [
                x.reversedSequences(lengths: N([2, 3])),
                x.reversedSequences(lengths: N([2, -1, 1]), axis: 0, batchAxis: 1),
            ])
        #expect(found == [[2, 1, 3, 6, 5, 4], [4, 2, 3, 1, 5, 6]])
        let text = errorText { _ = try values(engine, [x.reversedSequences(lengths: N([4, 0]))]) }
        #expect(text.contains("reversedSequences"), "\(text)")
        #expect(
            x.reversedSequences(lengths: N([1])).error?.description.contains("must be [2]") == true)
        #expect(x.reversedSequences(lengths: N([1, 1]), axis: 0).error != nil)
    }
}
