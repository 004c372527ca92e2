// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// How often each class is predicted for each that is expected: element [i, j] is the weighted number of examples of
/// class i for which class j is predicted.
public struct ConfusionMatrix: PredictionMetric {
    /// What it is called.
    public let name: String
    private let counts: ConfusionCounts

    /// The matrix of no examples yet: zeros.
    public init(classes: Int, name: String = "confusion_matrix") {
        self.name = name
        counts = ConfusionCounts(.classes(classes), MetricVariables(of: "ConfusionMatrix", name))
    }

    /// The updates that count a batch: scores [..., classes] or numbers of classes [...] as what is predicted, numbers
    /// of classes [...] or distributions [..., classes] as what is expected. A class outside `0..<classes` fails the
    /// run.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        try counts.updates(predicted, expected, weights)
    }

    /// The matrix, [classes, classes].
    public var result: Tensor<Double> { Tensor(counts.matrix.value) }
    /// The matrix.
    public var variables: [VariableHandle] { [counts.matrix] }
}

/// How the measures of classes become one.
public enum ClassAverage: Hashable, Sendable, CaseIterable {
    /// They stay: a vector of one for each class.
    case none
    /// Their mean, in which all classes count alike.
    case macro
    /// The measure of all classes' counts together, in which all examples count alike.
    case micro
    /// Their mean weighted by how many examples each class has.
    case weighted
}

/// The weighted numbers of examples by expected and predicted class.
struct ConfusionCounts {
    /// What is told apart.
    enum Kind {
        /// What is above a threshold is class 1, all else class 0.
        case threshold(Double)
        /// Classes by their scores or numbers.
        case classes(Int)
    }

    let kind: Kind
    /// Expected classes along the first axis, predicted ones along the second.
    let matrix: VariableHandle

    init(_ kind: Kind, _ variables: MetricVariables) {
        self.kind = kind
        let count =
            switch kind {
            case .threshold: 2
            case .classes(let count): count
            }
        matrix = variables.variable("counts", shape: [count, count])
    }

    func updates(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ weights: AnyTensor?
    ) throws -> [Update] {
        let count: Int
        var (x, y): (AnyTensor, AnyTensor)
        switch kind {
        case .threshold(let threshold):
            count = 2
            (x, y) = try sameShapes(predicted, expected)
            (x, y) = ((x .> threshold).cast(to: .int64), (y .> 0.5).cast(to: .int64))
        case .classes(let classes):
            guard 1...1 << 15 ~= classes else {
                throw RuleViolation(
                    .invalidArgument("the classes", value: "\(classes)", wanted: "1 to \(1 << 15)"))
            }
            count = classes
            (x, y) = try numbers(predicted, expected, classes)
        }
        let size = AnyTensor.scalar(Double(count), .int64)
        let places = y * size + x
        let all =
            try weights.map { try places.exact.fittedWeights($0) } ?? .ones(like: places.exact)
        let counts = all.flattened().segmentSums(places.flattened(), count: count * count)
        return [matrix.increased(by: counts.reshaped(to: [count, count]))]
    }

    private func numbers(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ classes: Int
    ) throws -> (AnyTensor, AnyTensor) {
        let (x, y): (AnyTensor, AnyTensor)
        if predicted.dtype.isInteger {
            guard expected.dtype.isInteger, predicted.shape.merged(with: expected.shape) != nil
            else {
                throw RuleViolation(
                    "for predicted numbers of classes, \(predicted.type), such numbers of that shape "
                        + "must be expected, not \(expected.type)")
            }
            (x, y) = (predicted.cast(to: .int64), expected.cast(to: .int64))
        } else {
            y = try predicted.classes(expected: expected)
            x = predicted.argMax(axis: -1).cast(to: .int64)
            if let own = predicted.shape[-1], own != classes {
                throw RuleViolation(
                    .countsDiffer("scores", own, for: "classes of the metric", classes))
            }
        }
        let count = AnyTensor.scalar(Double(classes), .int64)
        func checked(_ x: AnyTensor, _ what: String) -> AnyTensor {
            .make(.check(.inRange("\(what) class is none of the metric's")), [x, count])
        }
        return (checked(x, "a predicted"), checked(y, "an expected"))
    }

    /// The numbers of examples that a measure is made of: of each class, or of those whose average is wanted.
    private var parts: (right: AnyTensor, predicted: AnyTensor, expected: AnyTensor) {
        let all = matrix.value
        return (all.diagonalPart(), all.sum(axes: [0]), all.sum(axes: [1]))
    }

    /// A measure of the numbers of examples that are rightly predicted, that are predicted, and that are
    /// expected to be of a class.
    func measure(
        _ average: ClassAverage,
        _ body: (_ right: AnyTensor, _ predicted: AnyTensor, _ expected: AnyTensor) -> AnyTensor
    ) -> Tensor<Double> {
        let (right, predicted, expected) = parts
        if case .threshold = kind {
            return Tensor(body(right[1], predicted[1], expected[1]))
        }
        switch average {
        case .none: return Tensor(body(right, predicted, expected))
        case .macro: return Tensor(body(right, predicted, expected).mean())
        case .micro: return Tensor(body(right.sum(), predicted.sum(), expected.sum()))
        case .weighted:
            let each = body(right, predicted, expected)
            return Tensor(divideNoNaN((each * expected).sum(), expected.sum()))
        }
    }
}
