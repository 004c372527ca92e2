// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// What trained models end in or are stored as, against the numbers that TensorFlow gave
/// (Tests/Goldens/tf_operations.json).
@Suite("Quantised, sequence, box and sparse functions, beside TensorFlow") struct ModelGoldenTests {
    private typealias F = Tensor<Float>
    private typealias I = Tensor<Int32>

    private let golden: Golden
    init() throws { golden = try Golden("tf_operations.json") }

    private func expect(
        _ found: NDArray, _ recorded: Any?, _ what: String, tolerance: Double = 1e-5
    ) throws {
        try expect(found, Golden.requiredArray(recorded), what, tolerance: tolerance)
    }

    /// Expects a value and the gradients of its sum with the recorded weights.
    private func expect(
        _ recorded: [String: Any], _ what: String, _ y: F, by sources: [(String, F)],
        _ engine: TestedEngine, feeding feeds: Feeds
    ) throws {
        let value = try Golden.requiredArray(recorded["value"])
        let weights = F(value.doubles.indices.map { Float($0 % 7 + 1) / 4 }, shape: value.shape)
        let slopes = try gradients(of: (y * weights).sum(), withRespectTo: sources.map(\.1))
        let found = try engine.session().run([y] + slopes.map { try #require($0) }, feeding: feeds)
        try expect(found[0], value, what, tolerance: 1e-5)
        for ((name, _), slope) in zip(sources, found.dropFirst()) {
            try expect(slope, recorded[name], "\(what), by \(name)")
        }
    }

    private func expect(
        _ found: NDArray, _ wanted: NDArray, _ what: String, tolerance: Double
    ) throws {
        #expect(found.shape == wanted.shape, "\(what)")
        for (index, (a, b)) in zip(found.doubles, wanted.doubles).enumerated() {
            #expect(
                abs(a - b) <= tolerance * max(1, abs(b)),
                "\(what) [\(index)]: \(a), TensorFlow has \(b)")
        }
    }

    @Test("numbers of few bits, and what flows through them", arguments: TestedEngine.allCases)
    func fakeQuantized(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("quantised")
        let array = try Golden.requiredArray(recorded["given"])
        let x = F.placeholder(shape: [nil, nil])
        let (low, high) = (F.placeholder(shape: []), F.placeholder(shape: []))
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let range = try #require(example["range"] as? [Double])
            let bits = try #require(example["bits"] as? Int)
            let isNarrow = try #require(example["isNarrow"] as? Bool)
            try expect(
                example, "\(range), \(bits) bits",
                x.fakeQuantized(from: low, to: high, bits: bits, isNarrow: isNarrow),
                by: [("x", x), ("low", low), ("high", high)], engine,
                feeding: [
                    x: array, low: NDArray(Float(range[0])), high: NDArray(Float(range[1])),
                ])
        }
        let channels = try #require(recorded["channels"] as? [String: Any])
        let ends = try #require(channels["range"] as? [Any]).map { try Golden.requiredArray($0) }
        let (lows, highs) = (F.placeholder(shape: [nil]), F.placeholder(shape: [nil]))
        try expect(
            channels, "for each channel", x.fakeQuantized(from: lows, to: highs),
            by: [("x", x), ("low", lows), ("high", highs)], engine,
            feeding: [x: array, lows: ends[0], highs: ends[1]])
    }

    @Test("integers that stand for numbers", arguments: TestedEngine.allCases)
    func quantized(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = F([[-1, -0.25, 0.25, 0.75], [1000, -1000, .nan, 3]])
        let bytes = x.quantized(scale: 0.5, zeroPoint: Tensor<UInt8>(3))
        #expect(bytes.dtype == .uint8)
        #expect(try session.run(bytes).doubles == [1, 3, 3, 5, 255, 0, 3, 9])
        let scales = F([0.5, 2])
        let zeros = Tensor<Int8>([-1, 4])
        let rows = x.quantized(scale: scales, zeroPoint: zeros, axis: 0)
        #expect(try session.run(rows).doubles == [-3, -1, -1, 1, 127, -128, 4, 6])
        let back = rows.dequantized(scale: scales, zeroPoint: zeros, axis: 0)
        #expect(try session.run(back).doubles == [-1, 0, 0, 1, 246, -264, 0, 4])
        let slope = try #require(try gradient(of: back.sum(), withRespectTo: scales))
        #expect(try session.run(slope).doubles == [0, 123 - 132 + 0 + 2])
        let large = try session.run(
            F([3e9, -3e9, 5]).quantized(scale: 1, zeroPoint: Tensor<Int32>(0)))
        #expect(large.doubles == [2_147_483_647, -2_147_483_648, 5])
    }

    @Test("losses of label sequences", arguments: TestedEngine.allCases)
    func sequences(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("sequences")
        let array = try Golden.requiredArray(recorded["given"])
        let logits = F.placeholder(shape: [nil, nil, nil])
        let labels = I.placeholder(shape: [nil, nil])
        let (steps, lengths) = (I.placeholder(shape: [nil]), I.placeholder(shape: [nil]))
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let blank = try #require(example["blank"] as? Int)
            let feeds: Feeds = [
                logits: array, labels: try Golden.requiredArray(example["labels"]),
                steps: try Golden.requiredArray(example["steps"]),
                lengths: try Golden.requiredArray(example["lengths"]),
            ]
            let y = ctcLoss(
                logits: logits, labels: labels, logitLengths: steps, labelLengths: lengths,
                blank: blank == 4 ? -1 : blank, reduction: .none)
            try expect(
                example, "blank \(blank)", y, by: [("logits", logits)], engine, feeding: feeds)
        }
        // More labels than the steps can give, and labels that are none.
        let one = ctcLoss(
            logits: logits, labels: labels, logitLengths: steps, labelLengths: lengths,
            reduction: .sum)
        let slope = try #require(try gradient(of: one, withRespectTo: logits))
        func run(_ numbers: [Int32], steps count: Int32) throws -> [NDArray] {
            try engine.session().run(
                [one, slope],
                feeding: [
                    logits: NDArray(repeating: 0.5 as Float, shape: [1, 3, 4]),
                    labels: NDArray(numbers, shape: [1, 2]), steps: NDArray([count]),
                    lengths: NDArray([Int32(2)]),
                ])
        }
        let impossible = try run([2, 2], steps: 2)
        #expect(impossible[0].number == .infinity)
        #expect(impossible[1].doubles.allSatisfy { $0 == 0 })
        // Of 4 equal classes each path of 3 steps has the probability 4⁻³; of 1, 2 there are five.
        #expect(
            abs(try run([1, 2], steps: 3)[0].number - (3 * 1.3862943611 - 1.6094379124)) < 1e-5)
        for (numbers, count, words) in [
            ([1, 4], 3, "a label is not the number of a class"),
            ([1, 2], 4, "an example has more steps than the logits"),
        ] as [([Int32], Int32, String)] {
            let text = errorText { _ = try run(numbers, steps: count) }
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test("boxes that hardly overlap", arguments: TestedEngine.allCases)
    func boxes(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("boxes")
        let (boxes, scores) = (F.placeholder(shape: [nil, 4]), F.placeholder(shape: [nil]))
        let count = Tensor<Int64>.placeholder(shape: [])
        let session = engine.session()
        let array = try Golden.requiredArray(recorded["boxes"])
        let numbers = try Golden.requiredArray(recorded["scores"])
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let most = try #require(example["most"] as? Int)
            let overlap = try #require(example["overlap"] as? Double)
            let least = example["leastScore"] as? Double ?? -.infinity
            let (padded, found) = paddedNonMaxSuppression(
                boxes: boxes, scores: scores, most: most, overlap: overlap, leastScore: least)
            let (computed, same) = paddedNonMaxSuppression(
                boxes: boxes, scores: scores, most: count, overlap: overlap, leastScore: least)
            let results = try session.run(
                [
                    nonMaxSuppression(
                        boxes: boxes, scores: scores, most: most, overlap: overlap,
                        leastScore: least), padded, found, computed, same,
                ],
                feeding: [boxes: array, scores: numbers, count: NDArray(Int64(most))])
            try expect(results[0], example["value"], "\(most), \(overlap)", tolerance: 0)
            let taken = results[0].doubles
            #expect(results[2].number == Double(taken.count))
            #expect(
                results[1].doubles
                    == taken + Array(repeating: 0, count: most - taken.count))
            #expect(results[3] == results[1] && results[4] == results[2])
        }
        let none = try session.run(
            nonMaxSuppression(boxes: boxes, scores: scores, most: 3),
            feeding: [boxes: NDArray([Float](), shape: [0, 4]), scores: NDArray([Float]())])
        #expect(none.shape == [0])
        let odd = try session.run(
            nonMaxSuppression(boxes: boxes, scores: scores, most: 3),
            feeding: [
                boxes: NDArray(repeating: 1 as Float, shape: [3, 4]),
                scores: NDArray([.nan, -.infinity, 1] as [Float]),
            ])
        #expect(odd.doubles == [2])
    }

    @Test("sparse matrices", arguments: TestedEngine.allCases)
    func sparse(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("sparse")
        let indices = Tensor<Int64>.placeholder(shape: [nil, 2])
        let values = F.placeholder(shape: [nil])
        let (wide, tall) = (F.placeholder(shape: [nil, nil]), F.placeholder(shape: [nil, nil]))
        let sizes = Tensor<Int64>.placeholder(shape: [2])
        let feeds: Feeds = [
            indices: try Golden.requiredArray(recorded["indices"]),
            values: try Golden.requiredArray(recorded["values"]),
            wide: try Golden.requiredArray(recorded["wide"]),
            tall: try Golden.requiredArray(recorded["tall"]), sizes: NDArray([Int64(5), 4]),
        ]
        let session = engine.session()
        for matrix in [
            SparseTensor(indices: indices, values: values, shape: [5, 4]),
            SparseTensor(indices: indices, values: values, sizes: sizes),
        ] {
            try expect(
                try #require(recorded["product"] as? [String: Any]), "product",
                matmul(matrix, wide), by: [("by values", values), ("by dense", wide)], engine,
                feeding: feeds)
            try expect(
                try #require(recorded["transposed"] as? [String: Any]), "transposed",
                matmul(matrix, tall, transposingFirst: true),
                by: [("by values", values), ("by dense", tall)], engine, feeding: feeds)
            let dense = matrix.dense()
            let found = try session.run(
                [
                    dense, matrix.dense(else: -1), SparseTensor(dense).values,
                    matmul(SparseTensor(dense), wide), matmul(dense, wide),
                    matmul(matrix, F([1, 2, 3, 4])), matmul(dense, F([1, 2, 3, 4])),
                ], feeding: feeds)
            try expect(found[0], recorded["dense"], "dense", tolerance: 0)
            try expect(found[1], recorded["else"], "else", tolerance: 0)
            #expect(found[2] == (try Golden.requiredArray(recorded["values"])))
            try expect(found[3], found[4], "found elements", tolerance: 1e-6)
            try expect(found[5], found[6], "a vector", tolerance: 1e-6)
        }
        // What is given twice is added; what is outside fails the run.
        let twice = SparseTensor(indices: I([[1], [1]]), values: F([2, 3]), shape: [3])
        #expect(try session.run(twice.dense()).doubles == [0, 5, 0])
        for place in [[5, 0], [0, 4], [-1, 0]] as [[Int64]] {
            let matrix = SparseTensor(indices: indices, values: values, shape: [5, 4])
            for y in [matrix.dense(), matmul(matrix, wide)] {
                #expect(
                    errorCode {
                        _ = try session.run(
                            y,
                            feeding: [
                                indices: NDArray(place, shape: [1, 2]),
                                values: NDArray([1 as Float]),
                                wide: NDArray(repeating: 1 as Float, shape: [4, 1]),
                            ])
                    } != nil, "\(place)")
            }
        }
        let text = errorText {
            _ = try session.run(
                matmul(SparseTensor(indices: indices, values: values, sizes: sizes), tall),
                feeding: feeds)
        }
        #expect(text.contains("the sparse factor's inner dimension"), "\(text)")
    }
}
