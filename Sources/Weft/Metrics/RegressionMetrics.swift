// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The mean of (predicted − expected)² over all elements.
public struct MeanSquaredError: PredictionMetric {
    private let score: AverageScore

    /// The mean of no errors yet.
    public init(name: String = "mean_squared_error") {
        score = AverageScore("MeanSquaredError", name) {
            meanSquaredError($0.exact, $1.exact, reduction: .none)
        }
    }

    /// What it is called.
    public var name: String { score.name }
    /// The updates that count a batch: predicted, expected [...].
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try score.updates(predicted: predicted, expected: expected, weights: weights)
    }
    /// The mean; NaN of no elements.
    public var result: Tensor<Double> { score.result }
    /// The weighted sum, and the sum of weights.
    public var variables: [VariableHandle] { score.variables }
}

/// The square root of the mean of (predicted − expected)² over all elements.
public struct RootMeanSquaredError: PredictionMetric {
    private let score: AverageScore

    /// The mean of no errors yet.
    public init(name: String = "root_mean_squared_error") {
        score = AverageScore("RootMeanSquaredError", name) {
            meanSquaredError($0.exact, $1.exact, reduction: .none)
        }
    }

    /// What it is called.
    public var name: String { score.name }
    /// The updates that count a batch: predicted, expected [...].
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try score.updates(predicted: predicted, expected: expected, weights: weights)
    }
    /// The root of the mean; NaN of no elements.
    public var result: Tensor<Double> { sqrt(score.result) }
    /// The weighted sum of squares, and the sum of weights.
    public var variables: [VariableHandle] { score.variables }
}

/// The mean of |predicted − expected| over all elements.
public struct MeanAbsoluteError: PredictionMetric {
    private let score: AverageScore

    /// The mean of no errors yet.
    public init(name: String = "mean_absolute_error") {
        score = AverageScore("MeanAbsoluteError", name) {
            meanAbsoluteError($0.exact, $1.exact, reduction: .none)
        }
    }

    /// What it is called.
    public var name: String { score.name }
    /// The updates that count a batch: predicted, expected [...].
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try score.updates(predicted: predicted, expected: expected, weights: weights)
    }
    /// The mean; NaN of no elements.
    public var result: Tensor<Double> { score.result }
    /// The weighted sum, and the sum of weights.
    public var variables: [VariableHandle] { score.variables }
}

/// R², the share of the variance of what is expected that is predicted: 1 − Σ w (y − x)² / Σ w (y − ȳ)². The
/// coefficient of determination; of several outputs it is the mean of those of each.
///
/// It is computed from sums of y and y² in `f64`: where the mean of y is n times its deviation, n² units of the last
/// place are lost.
public struct RSquared: PredictionMetric {
    /// What it is called.
    public let name: String
    private let outputs: Int
    private let residuals: VariableHandle
    private let squares: VariableHandle
    private let sums: VariableHandle
    private let count: VariableHandle

    /// The share of nothing yet.
    ///
    /// - Parameter outputs: How many outputs an example has. With 1, all elements of a batch are examples; else its last
    ///   axis is that of the outputs.
    public init(outputs: Int = 1, name: String = "r_squared") {
        self.name = name
        self.outputs = outputs
        let variables = MetricVariables(of: "RSquared", name)
        residuals = variables.variable("residuals", shape: [outputs])
        squares = variables.variable("squares", shape: [outputs])
        sums = variables.variable("sums", shape: [outputs])
        count = variables.variable("count", shape: [outputs])
    }

    /// The updates that count a batch: predicted, expected [..., outputs].
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let (x, y) = try sameShapes(predicted, expected)
        guard outputs > 0 else {
            throw RuleViolation(
                .invalidArgument("the outputs", value: "\(outputs)", wanted: "1 or more"))
        }
        if outputs > 1 {
            guard try x.knownRank() > 0, x.shape[-1] ?? outputs == outputs else {
                throw RuleViolation(
                    "the last axis must be that of \(outputs) outputs, not that of \(x.type)")
            }
        }
        let w = try weights.map { try x.fittedWeights($0) } ?? .ones(like: x)
        let rows = outputs == 1 ? [-1, 1] : [-1, outputs]
        func sum(_ x: AnyTensor) -> AnyTensor {
            AnyTensor.multiplyNoNaN(x, w).reshaped(to: rows).sum(axes: [0])
        }
        return [
            residuals.increased(by: sum(squaredDifference(x, y))),
            squares.increased(by: sum(y * y)), sums.increased(by: sum(y)),
            count.increased(by: sum(.ones(like: w))),
        ]
    }

    /// The share; 1 where nothing varies and all is right, −∞ where nothing varies and something is not, NaN of
    /// no examples.
    public var result: Tensor<Double> {
        let (residuals, count) = (residuals.value, count.value)
        let mean = sums.value / count
        let variation = maximum(squares.value - mean * sums.value, .scalar(0, .float64))
        let isRight = (residuals .== 0) .& (count .> 0)
        let share = select(isRight, .zeros(like: residuals), residuals / variation)
        return Tensor((1 - share).mean())
    }

    /// Σ w (y − x)², Σ w y², Σ w y and Σ w of each output.
    public var variables: [VariableHandle] { [residuals, squares, sums, count] }
}

/// e to the mean cross-entropy: among how many words, equally likely, a language model is undecided.
public struct Perplexity: PredictionMetric {
    /// What it is called.
    public let name: String
    private let ignored: Int?
    private let numbers: RunningMean

    /// The perplexity of no words yet.
    ///
    /// - Parameter ignored: A label that counts nothing, such as that of padding.
    public init(ignoring ignored: Int? = nil, name: String = "perplexity") {
        self.name = name
        self.ignored = ignored
        numbers = RunningMean(MetricVariables(of: "Perplexity", name))
    }

    /// The updates that count a batch: logits [..., classes] as what is predicted, numbers of classes [...] as what is
    /// expected.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let losses = softmaxCrossEntropy(
            logits: predicted, labels: expected, ignoring: ignored, reduction: .none)
        try losses.validated()
        return try numbers.updates(losses, expected.weights(weights, ignoring: ignored))
    }

    /// The perplexity; NaN of no words.
    public var result: Tensor<Double> { exp(numbers.mean) }
    /// The sum of cross-entropies, and the sum of weights.
    public var variables: [VariableHandle] { numbers.variables }
}

extension AnyTensor {
    /// The numbers in the type that metrics compute in.
    var exact: AnyTensor { cast(to: .float64) }

    /// Weights of labels that are 0 where a label is to be ignored; nil for none.
    func weights(_ weights: AnyTensor?, ignoring ignored: Int?) throws -> AnyTensor? {
        guard let ignored else { return weights }
        let isKept = cast(to: .int64) .!= .constant(NDArray(Int64(ignored)))
        let kept = isKept.cast(to: .float64)
        return try weights.map { kept * (try kept.fittedWeights($0)) } ?? kept
    }
}

/// Both as numbers that metrics compute with.
///
/// - Throws: `RuleViolation` when their shapes differ.
func sameShapes(_ predicted: AnyTensor, _ expected: AnyTensor) throws -> (AnyTensor, AnyTensor) {
    guard predicted.shape.merged(with: expected.shape) != nil else {
        throw RuleViolation(
            .shapesDiffer("predicted and expected", predicted.shape, expected.shape))
    }
    return (predicted.exact, expected.exact)
}
