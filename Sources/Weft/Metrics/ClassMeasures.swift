// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Measures of the numbers of examples that are rightly and wrongly predicted. Each has two forms: of elements that are
// positive or not, by a threshold (0.5 for probabilities, 0 for logits); and of several classes, by their scores
// or numbers, with an average. A class outside `0..<classes` fails the run. A quotient of 0 and 0 counts as 0.

/// The share of what is predicted as positive, or as of a class, that is so.
public struct Precision: PredictionMetric {
    /// What it is called.
    public let name: String
    private let average: ClassAverage
    private let counts: ConfusionCounts

    /// The precision of what is above a threshold.
    public init(threshold: Double = 0.5, name: String = "precision") {
        self.init(.threshold(threshold), .micro, name)
    }

    /// The precision of classes.
    public init(classes: Int, average: ClassAverage = .macro, name: String = "precision") {
        self.init(.classes(classes), average, name)
    }

    private init(_ kind: ConfusionCounts.Kind, _ average: ClassAverage, _ name: String) {
        self.name = name
        self.average = average
        counts = ConfusionCounts(kind, MetricVariables(of: "Precision", name))
    }

    /// The updates that count a batch: predicted, expected [...], or as those of a `ConfusionMatrix`.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try counts.updates(predicted, expected, weights)
    }

    /// The precision, from 0 to 1; [classes] for the average `.none`.
    public var result: Tensor<Double> {
        counts.measure(average) { right, predicted, _ in divideNoNaN(right, predicted) }
    }
    /// The numbers of examples by expected and predicted class.
    public var variables: [VariableHandle] { [counts.matrix] }
}

/// The share of what is positive, or of a class, that is predicted as such.
public struct Recall: PredictionMetric {
    /// What it is called.
    public let name: String
    private let average: ClassAverage
    private let counts: ConfusionCounts

    /// The recall of what is above a threshold.
    public init(threshold: Double = 0.5, name: String = "recall") {
        self.init(.threshold(threshold), .micro, name)
    }

    /// The recall of classes.
    public init(classes: Int, average: ClassAverage = .macro, name: String = "recall") {
        self.init(.classes(classes), average, name)
    }

    private init(_ kind: ConfusionCounts.Kind, _ average: ClassAverage, _ name: String) {
        self.name = name
        self.average = average
        counts = ConfusionCounts(kind, MetricVariables(of: "Recall", name))
    }

    /// The updates that count a batch: predicted, expected [...], or as those of a `ConfusionMatrix`.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try counts.updates(predicted, expected, weights)
    }

    /// The recall, from 0 to 1; [classes] for the average `.none`.
    public var result: Tensor<Double> {
        counts.measure(average) { right, _, expected in divideNoNaN(right, expected) }
    }
    /// The numbers of examples by expected and predicted class.
    public var variables: [VariableHandle] { [counts.matrix] }
}

/// (1 + β²) · precision · recall / (β² · precision + recall): for β = 1 the F1 score, their harmonic mean.
public struct FScore: PredictionMetric {
    /// What it is called.
    public let name: String
    /// How many times as much recall counts as precision does.
    public let beta: Double
    private let average: ClassAverage
    private let counts: ConfusionCounts

    /// The score of what is above a threshold.
    public init(beta: Double = 1, threshold: Double = 0.5, name: String = "f_score") {
        self.init(beta, .threshold(threshold), .micro, name)
    }

    /// The score of classes.
    public init(
        beta: Double = 1, classes: Int, average: ClassAverage = .macro, name: String = "f_score"
    ) {
        self.init(beta, .classes(classes), average, name)
    }

    private init(
        _ beta: Double, _ kind: ConfusionCounts.Kind, _ average: ClassAverage, _ name: String
    ) {
        self.name = name
        self.beta = beta
        self.average = average
        counts = ConfusionCounts(kind, MetricVariables(of: "FScore", name))
    }

    /// The updates that count a batch: predicted, expected [...], or as those of a `ConfusionMatrix`.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        guard beta > 0, beta.isFinite else {
            throw RuleViolation(
                .invalidArgument("beta", value: "\(beta)", wanted: "finite and positive"))
        }
        return try counts.updates(predicted, expected, weights)
    }

    /// The score, from 0 to 1; [classes] for the average `.none`.
    public var result: Tensor<Double> {
        let square = beta * beta
        return counts.measure(average) { right, predicted, expected in
            divideNoNaN(right * (1 + square), expected * square + predicted)
        }
    }
    /// The numbers of examples by expected and predicted class.
    public var variables: [VariableHandle] { [counts.matrix] }
}

/// The intersection over the union of the examples (pixels, above all) that are expected and that are predicted to be
/// of a class; the mean over the classes that there are. Keras's `MeanIoU`; the Jaccard index.
public struct IntersectionOverUnion: PredictionMetric {
    /// What it is called.
    public let name: String
    private let isEach: Bool
    private let counts: ConfusionCounts

    /// The measure of no examples yet.
    ///
    /// - Parameter isEach: Whether the result is a vector of one for each class, 0 for one that there is not, instead of their
    ///   mean.
    public init(
        classes: Int, ofEach isEach: Bool = false, name: String = "intersection_over_union"
    ) {
        self.name = name
        self.isEach = isEach
        counts = ConfusionCounts(
            .classes(classes), MetricVariables(of: "IntersectionOverUnion", name))
    }

    /// The updates that count a batch, as those of a `ConfusionMatrix`.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try counts.updates(predicted, expected, weights)
    }

    /// The mean, from 0 to 1, NaN of no examples; or [classes].
    public var result: Tensor<Double> {
        counts.measure(.none) { right, predicted, expected in
            let union = predicted + expected - right
            let each = divideNoNaN(right, union)
            return isEach ? each : each.sum() / union.countNonZero().cast(to: .float64)
        }
    }
    /// The numbers of examples by expected and predicted class.
    public var variables: [VariableHandle] { [counts.matrix] }
}
