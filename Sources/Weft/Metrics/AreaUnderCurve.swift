// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The area under the curve that a classifier of two classes makes while its threshold moves.
///
/// The curve has a point for each of many thresholds from 0 to 1, and between them it is Keras's (`AUC`, with its
/// default interpolation): the area differs from that over all predictions by about what lies between two
/// thresholds.
public struct AreaUnderCurve: PredictionMetric {
    /// What is drawn.
    public enum Curve: Hashable, Sendable, CaseIterable {
        /// The share of the positive that is found over that of the negative that is taken for it (ROC).
        case receiverOperating
        /// Precision over recall, interpolated as Davis and Goadrich 2006 have it.
        case precisionRecall
    }

    /// What it is called.
    public let name: String
    /// What is drawn.
    public let curve: Curve
    /// How many thresholds there are.
    public let thresholds: Int
    private let positive: VariableHandle
    private let negative: VariableHandle

    /// The area of no predictions yet.
    ///
    /// - Parameter thresholds: How many thresholds there are, 2 to 2²⁰: 0 and 1, and the others at equal distances between.
    public init(
        _ curve: Curve = .receiverOperating, thresholds: Int = 200, name: String = "auc"
    ) {
        self.name = name
        self.curve = curve
        self.thresholds = thresholds
        let variables = MetricVariables(of: "AreaUnderCurve", name)
        let count = Self.allowed ~= thresholds ? thresholds : 2
        positive = variables.variable("positive", shape: [count])
        negative = variables.variable("negative", shape: [count])
    }

    private static let allowed = 2...1 << 20

    /// The updates that count a batch: probabilities [...], which a run checks to be from 0 to 1, and what is
    /// expected [...]: positive what is true, or above 0.5.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let (given, y) = try sameShapes(predicted, expected)
        guard Self.allowed ~= thresholds else {
            throw RuleViolation(
                .invalidArgument("thresholds", value: "\(thresholds)", wanted: "2 to \(1 << 20)"))
        }
        let x = check(
            given, that: ((given .>= 0) .& (given .<= 1)).all(),
            "\(name): what is predicted must be probabilities, from 0 to 1; take the sigmoid of logits"
        )
        // How many thresholds are below: the first one is a little below 0.
        let below = maximum(ceil(x * Double(thresholds - 1)), .scalar(1, like: x))
        let places = below.cast(to: .int64).flattened()
        let w = try weights.map { try x.fittedWeights($0) } ?? .ones(like: x)
        let isPositive = y .> 0.5
        let none = AnyTensor.scalar(0, like: w)
        // Nobody is below the first threshold, and the last one is above all.
        func counts(_ w: AnyTensor) -> AnyTensor {
            w.flattened().segmentSums(places - 1, count: thresholds)
        }
        return [
            positive.increased(by: counts(select(isPositive, w, none))),
            negative.increased(by: counts(select(isPositive, none, w))),
        ]
    }

    /// The area, from 0 to 1. Of the first curve it is NaN while one of both classes has no example, of the second 0
    /// without positive ones.
    public var result: Tensor<Double> {
        let (all, others) = (positive.value, negative.value)
        // What is above each threshold.
        let (found, wrong) = (
            all.cumulativeSum(axis: 0, isReversed: true),
            others.cumulativeSum(axis: 0, isReversed: true)
        )
        let (total, rest) = (all.sum(), others.sum())
        switch curve {
        case .receiverOperating:
            let (y, x) = (found / total, wrong / rest)
            let last = positive.shape[0] - 1
            let widths = x[0..<last] - x[1...]
            return Tensor((widths * (y[0..<last] + y[1...])).sum() * 0.5)
        case .precisionRecall:
            return Tensor(divideNoNaN(precisionArea(found, found + wrong), total))
        }
    }

    /// The area of precision over the number of those found, which is between two points as if the wrong ones came at equal
    /// distances.
    private func precisionArea(_ found: AnyTensor, _ taken: AnyTensor) -> AnyTensor {
        let last = positive.shape[0] - 1
        let (more, fewer) = (taken[0..<last], taken[1...])
        let gain = found[0..<last] - found[1...]
        let slope = divideNoNaN(gain, more - fewer)
        let start = found[1...] - slope * fewer
        let isBoth = (more .> 0) .& (fewer .> 0)
        let one = AnyTensor.scalar(1, like: more)
        let ratio = select(isBoth, more / select(isBoth, fewer, one), one)
        return (slope * (gain + start * log(ratio))).sum()
    }

    /// The weighted numbers of positive and of negative predictions between each two thresholds.
    public var variables: [VariableHandle] { [positive, negative] }
}
