// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What weights are moved to after each step, so that something holds of them.
public struct Constraint: Sendable {
    private let projection: @Sendable (_ weights: AnyTensor) -> AnyTensor

    /// A constraint of one's own: from the weights of a variable those that satisfy it, of the same shape.
    public init(_ projection: @escaping @Sendable (_ weights: AnyTensor) -> AnyTensor) {
        self.projection = projection
    }

    /// No weight is negative: those that are become 0.
    public static let nonNegative = Constraint { relu($0) }

    /// No vector is longer than `most`: those that are become as long.
    ///
    /// - Parameter axes: Along which axes the vectors lie; nil for all but the last: all weights of one unit.
    public static func maxNorm(_ most: Double, axes: [Int]? = nil) -> Constraint {
        lengths(from: 0, to: most, axes: axes)
    }

    /// All vectors have the length 1, but for those of zeros.
    ///
    /// - Parameter axes: Along which axes the vectors lie; nil for all but the last: all weights of one unit.
    public static func unitNorm(axes: [Int]? = nil) -> Constraint {
        lengths(from: 1, to: 1, axes: axes)
    }

    /// The lengths of all vectors are of a range: others become as long as the nearest of it. Vectors of zeros stay.
    ///
    /// - Parameter axes: Along which axes the vectors lie; nil for all but the last: all weights of one unit.
    public static func normRange(
        _ range: ClosedRange<Double>, axes: [Int]? = nil
    ) -> Constraint { lengths(from: range.lowerBound, to: range.upperBound, axes: axes) }

    private static func lengths(
        from least: Double, to most: Double, axes: [Int]?
    ) -> Constraint {
        Constraint { weights in
            .composed("constraint", [weights]) {
                guard least >= 0, least <= most else {
                    throw RuleViolation(
                        .invalidArgument(
                            "the range of lengths", value: "\(least) to \(most)",
                            wanted: "not negative and not empty"))
                }
                try weights.requireFloating()
                let rank = try weights.knownRank()
                let wide = weights.widened
                let axes = axes ?? Array(0..<max(rank - 1, 0))
                let length = sqrt((wide * wide).sum(axes: axes, keepingDimensions: true))
                let low = AnyTensor.scalar(least, like: wide)
                let high = AnyTensor.scalar(most, like: wide)
                let wanted = minimum(maximum(length, low), high)
                return (wide * divideNoNaN(wanted, length)).cast(to: weights.dtype)
            }
        }
    }

    /// The weights that satisfy the constraint.
    public func callAsFunction(_ weights: AnyTensor) -> AnyTensor { projection(weights) }
}

/// A layer whose weights are constrained; see ``Layer/constrained(by:where:)``.
public struct Constrained<Base: Layer>: Layer {
    /// The layer itself.
    public let base: Base
    fileprivate let constraint: Constraint
    fileprivate let applies: @Sendable (VariableHandle) -> Bool

    /// The layer's output: the constraint is for training steps.
    public func callAsFunction(_ input: Base.Input, mode: Mode) -> Base.Output {
        base(input, mode: mode)
    }
}

/// What finds the constraints in a model.
private protocol Constraining {
    func constraints() -> [(VariableHandle, Constraint)]
}

extension Constrained: Constraining {
    fileprivate func constraints() -> [(VariableHandle, Constraint)] {
        base.trainableVariables.filter(applies).map { ($0, constraint) }
    }
}

extension Layer {
    /// The layer with a constraint for its weights, which a ``ProjectedOptimizer`` holds them to.
    ///
    /// - Parameter applies: For which variables it is; by default for those of two axes or more.
    public func constrained(
        by constraint: Constraint,
        where applies: @escaping @Sendable (VariableHandle) -> Bool = { $0.shape.count > 1 }
    ) -> Constrained<Self> {
        Constrained(base: self, constraint: constraint, applies: applies)
    }
}

/// An optimizer after whose steps the weights satisfy the constraints of a model: projected gradient descent.
///
/// ```swift
/// let model = Sequential {
///     Dense<Float>("hidden", units: 128).constrained(by: .maxNorm(2))
///     Dense("logits", units: 10)
/// }
/// let optimizer = ProjectedOptimizer(Adam(), model)
/// ```
public final class ProjectedOptimizer: Optimizer {
    /// What messages call it.
    public let name: String
    /// What changes the variables.
    public let optimizer: any Optimizer
    private let model: any Layer

    /// An optimizer, and the model whose layers' constraints hold after its steps.
    public init(_ optimizer: any Optimizer, _ model: any Layer, name: String = "Projection") {
        self.optimizer = optimizer
        self.model = model
        self.name = name
    }

    /// The updates of one step: the optimizer's, and then the constraints'.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        var constraints: [VariableHandle: [Constraint]] = [:]
        visit(model) { layer in
            for (variable, constraint) in (layer as? any Constraining)?.constraints() ?? [] {
                constraints[variable, default: []].append(constraint)
            }
        }
        return optimizer.updates(for: pairs)
            + pairs.flatMap { pair in
                (constraints[pair.variable] ?? []).map { constraint in
                    pair.variable.update { constraint($0) }
                }
            }
    }

    /// The updates of one variable, and then its constraints'.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// Whether the optimizer takes complex variables.
    public var takesComplexVariables: Bool { optimizer.takesComplexVariables }

    /// The optimizer's variables.
    public var variables: [VariableHandle] { optimizer.variables }
}
