// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A penalty for weights, which is added to a loss so that they stay small.
public struct Regularizer: Sendable {
    private let penalty: @Sendable (_ weights: AnyTensor) -> AnyTensor

    /// A penalty of one's own: a scalar from the weights of a variable.
    public init(_ penalty: @escaping @Sendable (_ weights: AnyTensor) -> AnyTensor) {
        self.penalty = penalty
    }

    /// factor · Σ |w|.
    public static func l1(_ factor: Double) -> Regularizer { l1L2(l1: factor, l2: 0) }

    /// factor · Σ w², as in Keras; with plain gradient descent PyTorch's `weight_decay` of 2 · factor does the same.
    public static func l2(_ factor: Double) -> Regularizer { l1L2(l1: 0, l2: factor) }

    /// l1 · Σ |w| + l2 · Σ w².
    public static func l1L2(l1: Double, l2: Double) -> Regularizer {
        Regularizer { weights in
            .composed("regularizer", [weights]) {
                guard l1 >= 0, l2 >= 0, l1.isFinite, l2.isFinite else {
                    throw RuleViolation(
                        .negative("the factors", value: "\(l1) of |w|, \(l2) of w²"))
                }
                try weights.requireFloating()
                let wide = weights.widened
                var sum = AnyTensor.scalar(0, like: wide)
                if l1 != 0 { sum = sum + abs(wide).sum() * l1 }
                if l2 != 0 { sum = sum + (wide * wide).sum() * l2 }
                return sum
            }
        }
    }

    /// The penalty for a variable's value.
    public func callAsFunction(_ weights: AnyTensor) -> AnyTensor { penalty(weights) }
}

/// A layer whose weights have a penalty; see ``Layer/regularized(by:where:)``.
public struct Regularized<Base: Layer>: Layer {
    private final class Identity: Sendable {}

    /// The layer itself.
    public let base: Base
    private let regularizer: Regularizer
    private let applies: @Sendable (VariableHandle) -> Bool
    private let identity = Identity()

    init(
        base: Base, regularizer: Regularizer, applies: @escaping @Sendable (VariableHandle) -> Bool
    ) {
        self.base = base
        self.regularizer = regularizer
        self.applies = applies
    }

    /// The layer's output: the penalty changes nothing about it.
    public func callAsFunction(_ input: Base.Input, mode: Mode) -> Base.Output {
        base(input, mode: mode)
    }
}

/// What finds the penalties in a model.
private protocol Penalized {
    func penalties(_ seen: inout Set<[ObjectIdentifier]>) -> [AnyTensor]
}

extension Regularized: Penalized {
    fileprivate func penalties(_ seen: inout Set<[ObjectIdentifier]>) -> [AnyTensor] {
        base.trainableVariables.filter(applies).compactMap { variable in
            // A layer that is used twice has its penalty once.
            guard seen.insert([ObjectIdentifier(identity), ObjectIdentifier(variable)]).inserted
            else { return nil }
            return regularizer(variable.value)
        }
    }
}

extension Layer {
    /// The layer with a penalty for its weights, which ``penalty(as:)`` of the model counts.
    ///
    /// ```swift
    /// let model = Sequential {
    ///     Dense<Float>("hidden", units: 128).regularized(by: .l2(1e-4))
    ///     relu
    ///     Dense("logits", units: 10)
    /// }
    /// let loss = softmaxCrossEntropy(logits: model(x, mode: .training), labels: y) + model.penalty()
    /// ```
    ///
    /// - Parameter applies: For which variables it is; by default for those of two axes or more: not for offsets and
    ///   the scales of normalisations.
    public func regularized(
        by regularizer: Regularizer,
        where applies: @escaping @Sendable (VariableHandle) -> Bool = { $0.shape.count > 1 }
    ) -> Regularized<Self> {
        Regularized(base: self, regularizer: regularizer, applies: applies)
    }

    /// The sum of the penalties of all layers in this one, a scalar; 0 where there are none.
    ///
    /// Layers that have not been called, and do not know the sizes of their inputs, have no weights yet: call the model
    /// first.
    public func penalty<Scalar: FloatingScalar>(as type: Scalar.Type = Float.self) -> Tensor<Scalar>
    {
        var seen: Set<[ObjectIdentifier]> = []
        var sum = Tensor<Scalar>.zeros(shape: [])
        visit(self) { layer in
            guard let penalized = layer as? any Penalized else { return }
            for penalty in penalized.penalties(&seen) {
                sum = sum + Tensor(penalty.cast(to: Scalar.dtype))
            }
        }
        return sum
    }
}

/// Calls `body` with a layer and all layers in it.
func visit(_ layer: any Layer, _ body: (any Layer) -> Void) {
    body(layer)
    for sublayer in layer.sublayers { visit(sublayer.layer, body) }
}
