// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Counts, searches and segments against the numbers that TensorFlow gave
/// (Tests/Goldens/tf_counting.json).
@Suite("Counts, searches and segments, beside TensorFlow") struct CountingGoldenTests {
    private typealias F = Tensor<Float>
    private typealias I = Tensor<Int32>

    private let golden: Golden
    init() throws { golden = try Golden("tf_counting.json") }

    private func expect(_ found: NDArray, _ recorded: Any?, _ what: String) throws {
        let wanted = try Golden.requiredArray(recorded)
        #expect(found.shape == wanted.shape, "\(what)")
        #expect(found.doubles == wanted.doubles, "\(what)")
    }

    @Test("how often each number occurs", arguments: TestedEngine.allCases)
    func counts(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("counts")
        let (x, rows) = (I.placeholder(shape: [nil]), I.placeholder(shape: [nil, nil]))
        let count = Tensor<Int64>.placeholder(shape: [])
        let session = engine.session()
        let feeds: Feeds = [
            x: try Golden.requiredArray(recorded["numbers"]),
            rows: try Golden.requiredArray(recorded["row numbers"]), count: NDArray(Int64(7)),
        ]
        let found = try session.run(
            [
                x.binCounts(), x.binCounts(count: 5), rows.binCounts(count: 7, batchRank: 1),
                rows.binCounts(count: count, batchRank: 1), x.binCounts(count: count),
            ], feeding: feeds)
        try expect(found[0], recorded["all"], "up to the greatest")
        try expect(found[1], recorded["five"], "up to five")
        try expect(found[2], recorded["rows"], "of each row")
        try expect(found[3], recorded["rows"], "of each row, a computed count")
        #expect(found[4].doubles == [2, 1, 0, 3, 0, 0, 0])
        // Negative numbers and those of no array.
        for (numbers, counts) in [
            ([-1, 2, -5, .min, 2], [0, 0, 2]), ([], []), ([-1], []), ([0], [1]),
        ] as [([Int32], [Double])] {
            let found = try session.run(x.binCounts(), feeding: [x: NDArray(numbers)])
            #expect(found.doubles == counts)
        }
        #expect(
            errorCode {
                _ = try session.run(
                    x.binCounts(count: count),
                    feeding: [x: NDArray([Int32(1)]), count: NDArray(Int64(-1))])
            } != nil)
        let large = Tensor<UInt64>([.max, 3, 0])
        #expect(try session.run(large.binCounts(count: 4)).doubles == [1, 0, 0, 1])
    }

    @Test("places in sorted numbers", arguments: TestedEngine.allCases)
    func places(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("places")
        let (sorted, values) = (
            F.placeholder(shape: [nil, nil]), F.placeholder(shape: [nil, nil])
        )
        let feeds: Feeds = [
            sorted: try Golden.requiredArray(recorded["sorted"]),
            values: try Golden.requiredArray(recorded["values"]),
        ]
        let session = engine.session()
        let found = try session.run(
            [
                searchSorted(sorted, values), searchSorted(sorted, values, side: .right),
                searchSorted(sorted[0], values, side: .right),
            ], feeding: feeds)
        try expect(found[0], recorded["left"], "left")
        try expect(found[1], recorded["right"], "right")
        #expect(found[2].shape == found[1].shape)
        #expect(Array(found[2].doubles.suffix(9)) == Array(found[1].doubles.prefix(9)))
        // As many as are less, for lengths around powers of two.
        let (x, y) = (Tensor<Int32>.placeholder(shape: [nil]), Tensor<Int32>.placeholder(shape: []))
        for length in [0, 1, 2, 3, 4, 7, 8, 9, 100] {
            let numbers = (0..<length).map { Int32($0 / 2) }
            for value: Int32 in [-1, 0, 1, 3, 49, 99] {
                let feeds: Feeds = [x: NDArray(numbers), y: NDArray(value)]
                let found = try session.run(
                    [searchSorted(x, y), searchSorted(x, y, side: .right)], feeding: feeds)
                #expect(found[0].number == Double(numbers.count { $0 < value }))
                #expect(found[1].number == Double(numbers.count { $0 <= value }))
            }
        }
    }

    @Test("histograms", arguments: TestedEngine.allCases)
    func histograms(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("histograms")
        let (x, bins) = (F.placeholder(shape: [nil]), Tensor<Int32>.placeholder(shape: []))
        let high = F.placeholder(shape: [])
        let array = try Golden.requiredArray(recorded["measured"])
        let numbers = I(try Golden.requiredArray(golden.dictionary("counts")["numbers"]))
        let session = engine.session()
        let feeds: Feeds = [x: array, bins: NDArray(Int32(3)), high: NDArray(1 as Float)]
        let found = try session.run(
            [
                x.histogram(from: 0, to: 5, bins: 5), x.histogram(from: 0, to: high, bins: bins),
                numbers.histogram(from: 0, to: 8, bins: 4),
                F([.nan, 1, .infinity, -.infinity]).histogram(from: 0, to: 2, bins: 2),
            ], feeding: feeds)
        try expect(found[0], recorded["floats"], "five bins")
        try expect(found[1], recorded["thirds"], "three bins")
        try expect(found[2], recorded["integers"], "of integers")
        #expect(found[3].doubles == [1, 2])
        let text = errorText {
            _ = try session.run(
                x.histogram(from: 1, to: high, bins: 3),
                feeding: [x: array, high: NDArray(1 as Float)])
        }
        #expect(text.contains("the start of a histogram must be less than its end"), "\(text)")
    }

    @Test("reductions of segments and their gradients", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("segments")
        let x = F.placeholder(shape: [nil, 2])
        let numbers = I(try Golden.requiredArray(recorded["segments"]))
        let array = try Golden.requiredArray(recorded["x"])
        let weights = F((0..<10).map { Float($0 % 7 + 1) / 4 }, shape: [5, 2])
        let reductions: [String: F] = [
            "sum": x.segmentSums(numbers, count: 5), "mean": x.segmentMeans(numbers, count: 5),
            "max": x.segmentMax(numbers, count: 5), "min": x.segmentMin(numbers, count: 5),
            "prod": x.segmentProducts(numbers, count: Tensor<Int64>(5)),
        ]
        for (name, y) in reductions {
            let example = try #require(recorded[name] as? [String: Any])
            let used = I([0, 2, 3, 4])
            let loss = (y.gathered(at: used) * weights.gathered(at: used)).sum()
            let slope = try #require(try gradient(of: loss, withRespectTo: x))
            let found = try engine.session().run([y, slope], feeding: [x: array])
            let wanted = try Golden.requiredArray(example["value"])
            #expect(found[0].shape == wanted.shape)
            for (index, (a, b)) in zip(found[0].doubles, wanted.doubles).enumerated()
            where index / 2 != 1 || (name != "max" && name != "min") {
                // Of no elements TensorFlow has the least finite number where here is an infinity.
                #expect(abs(a - b) <= 1e-5, "\(name) [\(index)]")
            }
            let slopes = try Golden.requiredArray(example["gradient"])
            for (a, b) in zip(found[1].doubles, slopes.doubles) {
                #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(name): \(a), TensorFlow has \(b)")
            }
        }
    }
}
