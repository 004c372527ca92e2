// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What metrics count beside the references' numbers: masks, corners, steps that fail, states, metrics of one's own.
@Suite struct MetricTests {
    private typealias F = Tensor<Float>

    private func result(
        _ engine: TestedEngine, _ metric: some Metric, after updates: [Update]
    ) throws -> [Double] {
        let session = engine.session()
        for update in updates { _ = try session.run(update) }
        return try session.run(metric.result).doubles
    }

    @Test(
        "a metric counts in the training step, and the result before a reset comes with it",
        arguments: TestedEngine.allCases)
    func stepping(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [2, 2], initializer: .ones)
        let x = F.placeholder(shape: [nil, 2])
        let y = Tensor<Int32>.placeholder(shape: [nil])
        let logits = matmul(x, w.value)
        let (accuracy, mean) = (Accuracy(), Average("loss"))
        let loss = softmaxCrossEntropy(logits: logits, labels: y)
        let riding = loss.withUpdates([accuracy.update(logits, y)])
        let train = try GradientDescent(learningRate: 0.5).minimize(riding)
        let step = Update.group([train, mean.update(loss)])
        let session = engine.session()
        let feeds: Feeds = [
            x: try NDArray(rows: [[1, 0], [0, 1]] as [[Float]]), y: NDArray([0, 1] as [Int32]),
        ]
        for _ in 0..<2 { _ = try session.run(step, feeding: feeds) }
        // Without a training step nothing is counted.
        _ = try session.run(riding, feeding: feeds)
        let (result, reset) = (accuracy.result, accuracy.reset)
        // All logits are equal at first, so that class 0 is predicted; then both are right.
        #expect(try session.run([result, reset])[0].doubles == [0.75])
        #expect(try session.run(result).doubles[0].isNaN)
        let losses = try session.run(mean.result).number
        #expect(losses > 0.3 && losses < 0.7)
        let state = try session.exportState()
        #expect(state.variables["loss/count"]?.doubles == [2])
        #expect(state.variables["accuracy/total"]?.doubles == [0])
    }

    @Test("a run that fails counts nothing", arguments: TestedEngine.allCases)
    func failing(_ engine: TestedEngine) throws {
        let matrix = ConfusionMatrix(classes: 2)
        let x = Tensor<Int32>.placeholder(shape: [nil])
        let update = matrix.update(x, Tensor<Int32>([1, 0]))
        let session = engine.session()
        _ = try session.run(update, feeding: [x: NDArray([1, 1] as [Int32])])
        let text = errorText {
            _ = try session.run(update, feeding: [x: NDArray([1, 2] as [Int32])])
        }
        #expect(text.contains("a predicted class is none of the metric's"), "\(text)")
        #expect(try session.run(matrix.result).doubles == [0, 1, 0, 1])
    }

    @Test("masks and labels that are ignored", arguments: TestedEngine.allCases)
    func masks(_ engine: TestedEngine) throws {
        let scores = F([[[2, 1], [2, 1], [1, 2]], [[1, 2], [.nan, 1], [2, 1]]])
        let labels = Tensor<Int32>([[0, 1, -1], [1, -1, -1]])
        let mask = Tensor<Bool>([[true, true, false], [true, false, false]])
        let masked = Accuracy(name: "masked")
        #expect(
            try result(engine, masked, after: [masked.update(scores, labels, weights: mask)])
                == [2.0 / 3])
        let ignoring = Accuracy(ignoring: -1, name: "ignoring")
        #expect(
            try result(engine, ignoring, after: [ignoring.update(scores, labels)]) == [2.0 / 3])
        // Of the first axis: what belongs to examples.
        #expect(
            try result(
                engine, ignoring, after: [ignoring.update(scores, labels, weights: F([1, 2]))])
                == [0.75])
        let perplexity = Perplexity(ignoring: -1)
        let even = F([[1, 1], [5, 5]])
        let words = try result(
            engine, perplexity, after: [perplexity.update(even, Tensor<Int32>([0, -1]))])
        #expect(abs(words[0] - 2) < 1e-6)
        let mean = Average("mean")
        let numbers = F([1, .nan, 3])
        #expect(
            try result(engine, mean, after: [mean.update(numbers, weights: F([1, 0, 3]))]) == [2.5])
        #expect(try result(engine, mean, after: [mean.update(F([7]), weights: F([0]))])[0].isNaN)
    }

    @Test(
        "distributions say classes, too; a tie is the first class", arguments: TestedEngine.allCases
    )
    func distributions(_ engine: TestedEngine) throws {
        let scores = F([[0.5, 0.5, 0], [0, 1, 1]])
        let shares = F([[1, 0, 0], [0, 0, 1]])
        let (one, two) = (Accuracy(name: "one"), Accuracy(top: 2, name: "two"))
        #expect(try result(engine, one, after: [one.update(scores, shares)]) == [0.5])
        #expect(try result(engine, two, after: [two.update(scores, shares)]) == [1])
        // What is NaN, or has no score, is not among the greatest.
        let none = two.update(F([[.nan, 0, 0], [1, 1, 1]]), Tensor<Int32>([0, 3]))
        #expect(try result(engine, two, after: [none]) == [0])
    }

    @Test("areas of one class, and of what is no probability", arguments: TestedEngine.allCases)
    func areas(_ engine: TestedEngine) throws {
        let curve = AreaUnderCurve()
        let x = F.placeholder(shape: [nil])
        let update = curve.update(x, Tensor<Bool>([true, true, false]))
        let session = engine.session()
        let text = errorText {
            _ = try session.run(update, feeding: [x: NDArray([0.5, 2, 0] as [Float])])
        }
        #expect(text.contains("must be probabilities"), "\(text)")
        _ = try session.run(update, feeding: [x: NDArray([1, 0.75, 0] as [Float])])
        #expect(try session.run(curve.result).doubles == [1])
        let ones = curve.update(F([0.5]), Tensor<Bool>([true]))
        #expect(try result(engine, curve, after: [ones])[0].isNaN)
    }

    @Test("nothing varies: R² is 1 or infinitely bad", arguments: TestedEngine.allCases)
    func constant(_ engine: TestedEngine) throws {
        let share = RSquared()
        let y = F([2, 2])
        #expect(try result(engine, share, after: [share.update(y, y)]) == [1])
        #expect(try result(engine, share, after: [share.update(y + 1, y)]) == [-.infinity])
        #expect(try result(engine, share, after: [])[0].isNaN)
    }

    @Test("sums of more examples than f32 counts", arguments: [TestedEngine.cpu])
    func many(_ engine: TestedEngine) throws {
        let mean = Average("mean")
        let session = engine.session()
        _ = try session.run(mean.update(F.ones(shape: [1]), weights: F([16_777_216])))
        for _ in 0..<3 { _ = try session.run(mean.update(F.zeros(shape: [1]))) }
        #expect(try session.run(mean.result).number == 16_777_216.0 / 16_777_219)
    }

    /// The example of `PredictionMetric`.
    private struct GreatestError: PredictionMetric {
        let name = "greatest error"
        let greatest = Variable<Double>("greatest_error", shape: [], isTrainable: false)

        var variables: [VariableHandle] { [greatest.handle] }
        var result: Tensor<Double> { greatest.value }

        func updates(
            predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
        ) -> [Update] {
            let error = abs(predicted - expected).max().cast(to: Double.self)
            return [greatest.update { maximum($0, error) }]
        }
    }

    @Test("a metric of one's own", arguments: TestedEngine.allCases)
    func own(_ engine: TestedEngine) throws {
        let metric = GreatestError()
        let updates = [
            metric.update(F([1, 2]), F([1, 5])), metric.update(F([1]), F([2])), metric.reset,
            metric.update(F([0.5]), F([0.25])),
        ]
        #expect(try result(engine, metric, after: Array(updates.prefix(2))) == [3])
        #expect(try result(engine, metric, after: updates) == [0.25])
        let score = AverageScore("cosine") { cosineSimilarity($0, $1) }
        let update = score.update(F([[1, 0], [1, 1]]), F([[0, 1], [2, 2]]))
        #expect(abs(try result(engine, score, after: [update])[0] - 0.5) < 1e-6)
    }

    @Test("what does not fit is named, and so are two metrics of one name")
    func misfits() throws {
        let x = F.placeholder(shape: [4, 3])
        func reason(_ update: Update) -> String {
            update.anyTensor.error.map { "\($0)" } ?? "no error"
        }
        #expect(
            reason(Accuracy(name: "hits").update(x, F.ones(shape: [4])))
                .contains("expected must be numbers of classes [4] or distributions [4, 3]"))
        #expect(
            reason(BinaryAccuracy().update(x, F.ones(shape: [4])))
                .contains("predicted and expected must have one shape"))
        #expect(
            reason(Accuracy(top: 0).update(x, Tensor<Int32>([0, 0, 0, 0])))
                .contains("top must be 1 or more, not 0"))
        #expect(
            reason(ConfusionMatrix(classes: 5).update(x, Tensor<Int32>([0, 0, 0, 0])))
                .contains("3 scores were given for the 5 classes of the metric"))
        #expect(
            reason(ConfusionMatrix(classes: -1).update(x, Tensor<Int32>([0, 0, 0, 0])))
                .contains("the classes must be 1 to"))
        #expect(
            reason(AreaUnderCurve(thresholds: 1).update(x, x)).contains("thresholds must be 2 to"))
        for count in [-2, 0, Int.min] {
            for curve in [AreaUnderCurve.Curve.receiverOperating, .precisionRecall] {
                _ = AreaUnderCurve(curve, thresholds: count).result
            }
        }
        #expect(reason(FScore(beta: 0).update(x, x)).contains("beta must be finite and positive"))
        #expect(
            reason(MeanSquaredError().update(x, x, weights: F([1, 2]))).contains(
                "the weights must be"))
        #expect(
            reason(RSquared(outputs: 2).update(x, x)).contains(
                "the last axis must be that of 2 outputs"))
        let (one, two) = (Accuracy(), Accuracy())
        let session = Session()
        let text = errorText {
            for metric in [one, two] {
                _ = try session.run(metric.update(F([[1, 0]]), Tensor<Int32>([0])))
            }
            _ = try session.exportState()
        }
        #expect(text.contains("name one of the metrics with `Accuracy(name:)`"), "\(text)")
    }
}
