// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Metrics, counted in batches of uneven sizes of which one is empty, against scikit-learn over all examples and
/// Keras (Tests/Goldens/training_metrics.json).
@Suite struct MetricGoldenTests {
    /// A metric under the name of its recorded result.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let predicted: String
        let expected: String
        let tolerance: Double
        let metric: @Sendable () -> any PredictionMetric

        init(
            _ name: String, _ predicted: String, _ expected: String, tolerance: Double = 1e-9,
            _ metric: @escaping @Sendable () -> any PredictionMetric
        ) {
            testDescription = name
            self.predicted = predicted
            self.expected = expected
            self.tolerance = tolerance
            self.metric = metric
        }

        static func classes(
            _ name: String, tolerance: Double = 1e-9,
            _ metric: @escaping @Sendable () -> any PredictionMetric
        ) -> Case { Case(name, "scores", "labels", tolerance: tolerance, metric) }

        static func binary(
            _ name: String, tolerance: Double = 1e-9,
            _ metric: @escaping @Sendable () -> any PredictionMetric
        ) -> Case { Case(name, "probabilities", "bits", tolerance: tolerance, metric) }

        static func numbers(
            _ name: String, _ metric: @escaping @Sendable () -> any PredictionMetric
        ) -> Case { Case(name, "guesses", "numbers", metric) }
    }

    private static func averages(
        _ name: String, _ make: @escaping @Sendable (ClassAverage) -> any PredictionMetric
    ) -> [Case] {
        [
            ("none", ClassAverage.none), ("macro", .macro), ("micro", .micro),
            ("weighted", .weighted),
        ]
        .map { text, average in .classes("\(name), \(text)") { make(average) } }
    }

    // Keras computes in f32.
    static let cases: [Case] =
        [
            .classes("accuracy") { Accuracy() }, .classes("accuracy, top 2") { Accuracy(top: 2) },
            .binary("accuracy, binary") { BinaryAccuracy() }, .binary("precision") { Precision() },
            .binary("recall") { Recall() }, .binary("F2") { FScore(beta: 2) },
            .classes("confusion matrix") { ConfusionMatrix(classes: 4) },
            .numbers("mean squared error") { MeanSquaredError() },
            .numbers("root mean squared error") { RootMeanSquaredError() },
            .numbers("mean absolute error") { MeanAbsoluteError() },
            Case("R2", "guesses, first", "numbers, first") { RSquared() },
            .numbers("R2 of two") { RSquared(outputs: 2) },
            .classes("perplexity", tolerance: 1e-6) { Perplexity() },
            .binary("area", tolerance: 1e-6) { AreaUnderCurve(thresholds: 50) },
            .binary("area of precision", tolerance: 1e-6) {
                AreaUnderCurve(.precisionRecall, thresholds: 50)
            },
            .binary("area, exact", tolerance: 1e-9) { AreaUnderCurve(thresholds: 100_001) },
            .classes("mean intersection over union", tolerance: 1e-6) {
                IntersectionOverUnion(classes: 4)
            },
            .classes("intersection over union") {
                IntersectionOverUnion(classes: 4, ofEach: true)
            },
        ] + averages("precision") { Precision(classes: 4, average: $0) }
        + averages("recall") { Recall(classes: 4, average: $0) }
        + averages("F1") { FScore(classes: 4, average: $0) }

    /// The recorded inputs, the first columns of those of two among them.
    private func inputs(_ golden: Golden) throws -> [String: NDArray] {
        var arrays = try golden.dictionary("inputs").mapValues { try Golden.requiredArray($0) }
        for name in ["numbers", "guesses"] {
            let array = try #require(arrays[name])
            arrays["\(name), first"] = try NDArray(
                stride(from: 0, to: array.count, by: 2).map { Float(array.doubles[$0]) },
                shape: [array.count / 2])
        }
        return arrays
    }

    @Test("the references' results", arguments: TestedEngine.allCases, cases)
    func results(_ engine: TestedEngine, _ item: Case) throws {
        let golden = try Golden("training_metrics.json")
        let all = try inputs(golden)
        let batches = try #require(golden.root["batches"] as? [Int])
        let (x, y) = (try #require(all[item.predicted]), try #require(all[item.expected]))
        let weights = try #require(all["weights"])
        for (part, isWeighted) in [("plain", false), ("weighted", true)] {
            let metric = item.metric()
            let tensors = [x, y, weights].map { array in
                AnyTensor.placeholder(
                    array.dtype, shape: Shape([nil] + array.shape.dropFirst().map { $0 }))
            }
            let update = metric.update(
                tensors[0], tensors[1], weights: isWeighted ? tensors[2] : nil)
            let session = engine.session()
            let wanted = try Golden.requiredArray(
                golden.dictionary(part)[item.testDescription])
            // What was counted before a reset is forgotten.
            for _ in 0..<2 {
                _ = try session.run(metric.reset)
                var start = 0
                for size in batches {
                    var feeds: Feeds = [:]
                    for (tensor, array) in zip(tensors, [x, y, weights]) {
                        feeds.set(tensor, to: try rows(of: array, start..<start + size))
                    }
                    _ = try session.run(update, feeding: feeds)
                    start += size
                }
            }
            let found = try session.run(metric.result)
            #expect(found.dtype == .float64 && found.shape == wanted.shape)
            for (a, b) in zip(found.doubles, wanted.doubles) {
                #expect(abs(a - b) <= item.tolerance, "\(part): \(found), not \(wanted)")
            }
        }
    }

    private func rows(of array: NDArray, _ range: Range<Int>) throws -> NDArray {
        let width = array.shape.dropFirst().reduce(1, *)
        let numbers = array.doubles[range.lowerBound * width..<range.upperBound * width]
        return try NDArray(Array(numbers), shape: [range.count] + array.shape.dropFirst())
            .cast(to: array.dtype)
    }

    @Test("every recorded result is compared")
    func complete() throws {
        let recorded = try Golden("training_metrics.json").dictionary("plain")
        #expect(Set(recorded.keys) == Set(Self.cases.map(\.testDescription)))
    }
}
