// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The share of examples whose class is predicted: is the one with the greatest score, or among the few greatest.
///
/// Expected are numbers of classes, or distributions, whose greatest share says the class. Of equal scores the first is the
/// greatest; among the `top` greatest is what fewer than `top` are greater than.
public struct Accuracy: PredictionMetric {
    /// What it is called.
    public let name: String
    /// Among how many of the greatest scores the class must be.
    public let top: Int
    private let ignored: Int?
    private let numbers: RunningMean

    /// The share of no examples yet.
    ///
    /// - Parameters:
    ///   - top: Among how many of the greatest scores the class must be: 5 for the 'top-5 accuracy'.
    ///   - ignored: A label that counts nothing, such as that of padding.
    public init(top: Int = 1, ignoring ignored: Int? = nil, name: String = "accuracy") {
        self.name = name
        self.top = top
        self.ignored = ignored
        numbers = RunningMean(MetricVariables(of: "Accuracy", name))
    }

    /// The updates that count a batch: scores, such as logits, [..., classes], and numbers of classes [...] or
    /// distributions [..., classes].
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let labels = try predicted.classes(expected: expected)
        guard top >= 1 else {
            throw RuleViolation(.invalidArgument("top", value: "\(top)", wanted: "1 or more"))
        }
        let isRight =
            top > 1
            ? try isAmongGreatest(predicted, labels)
            : predicted.argMax(axis: -1).cast(to: .int64) .== labels
        return try numbers.updates(isRight, labels.weights(weights, ignoring: ignored))
    }

    private func isAmongGreatest(_ scores: AnyTensor, _ labels: AnyTensor) throws -> AnyTensor {
        let axis = try scores.knownRank() - 1
        let isLabel =
            labels.expandingDimension(at: axis)
            .== .iota(like: scores, axis: axis, dtype: .int64)
        let own = select(isLabel, scores, .scalar(0, like: scores))
            .sum(axes: [axis], keepingDimensions: true)
        let greater = (scores .> own).countTrue(axes: [axis])
        // A label that is no class has no score, and what is NaN is not compared.
        return isLabel.any(axes: [axis]) .& (greater .< .scalar(Double(top), .int64))
            .& (own .== own).all(axes: [axis])
    }

    /// The share, from 0 to 1; NaN of no examples.
    public var result: Tensor<Double> { numbers.mean }
    /// The weighted number of examples that are right, and the sum of weights.
    public var variables: [VariableHandle] { numbers.variables }
}

/// The share of elements that are on the right side of a threshold.
public struct BinaryAccuracy: PredictionMetric {
    /// What it is called.
    public let name: String
    /// What is predicted above it is positive.
    public let threshold: Double
    private let numbers: RunningMean

    /// The share of no elements yet.
    ///
    /// - Parameter threshold: What is predicted above it is positive: 0.5 for probabilities, 0 for logits.
    public init(threshold: Double = 0.5, name: String = "binary_accuracy") {
        self.name = name
        self.threshold = threshold
        numbers = RunningMean(MetricVariables(of: "BinaryAccuracy", name))
    }

    /// The updates that count a batch: predicted, expected [...]. Expected is positive what is true, or above 0.5.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let (x, y) = try sameShapes(predicted, expected)
        return try numbers.updates((x .> threshold) .== (y .> 0.5), weights)
    }

    /// The share, from 0 to 1; NaN of no elements.
    public var result: Tensor<Double> { numbers.mean }
    /// The weighted number of elements that are right, and the sum of weights.
    public var variables: [VariableHandle] { numbers.variables }
}

extension AnyTensor {
    /// The numbers of the classes that are expected where these are the scores of classes.
    ///
    /// - Throws: `RuleViolation` when they are neither numbers nor distributions.
    func classes(expected: AnyTensor) throws -> AnyTensor {
        guard try knownRank() > 0 else {
            throw RuleViolation(.scalarHasNoAxis("scalar scores have no axis of classes"))
        }
        guard dtype.isFloatingPoint else {
            throw RuleViolation(
                .wrongElementType(
                    .argument("the scores of classes"), dtype, wanted: DTypeClass.floating.dtypes))
        }
        let examples = Shape(dims: shape.dims.map { Array($0.dropLast()) })
        if expected.dtype.isInteger, expected.shape.merged(with: examples) != nil {
            return expected.cast(to: .int64)
        }
        guard expected.dtype.isFloatingPoint || expected.dtype.isInteger,
            expected.shape.merged(with: shape) != nil
        else {
            throw RuleViolation(
                "expected must be numbers of classes \(examples) or distributions \(shape) for scores "
                    + "\(type), not \(expected.type)")
        }
        return expected.argMax(axis: -1).cast(to: .int64)
    }
}
