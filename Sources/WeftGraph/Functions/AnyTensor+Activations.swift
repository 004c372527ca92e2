// SPDX-License-Identifier: Apache-2.0

/// Activations. Values and gradients at kinks are TensorFlow's: which side of a `select` a kink is
/// on, and what a branch computes where it is not taken, are chosen for that.
extension AnyTensor {
    /// max(x, 0), element by element; NaN stays.
    public func relu() -> AnyTensor { .unary(.relu, self) }
    /// 1 / (1 + exp(−x)), element by element.
    public func sigmoid() -> AnyTensor { .unary(.sigmoid, self) }
    /// The hyperbolic tangent, element by element.
    public func tanh() -> AnyTensor { .unary(.tanh, self) }
    /// The exponential function, element by element.
    public func exp() -> AnyTensor { .unary(.exp, self) }
    /// The natural logarithm, element by element.
    public func log() -> AnyTensor { .unary(.log, self) }
    /// The square root, element by element.
    public func sqrt() -> AnyTensor { .unary(.sqrt, self) }
    /// One over the square root, element by element.
    public func rsqrt() -> AnyTensor { .unary(.rsqrt, self) }

    private func isAbove(_ bound: Double) -> AnyTensor {
        .compare(.greater, self, .scalar(bound, dtype))
    }

    private func isBelow(_ bound: Double) -> AnyTensor {
        .compare(.less, self, .scalar(bound, dtype))
    }

    private func isAtMost(_ bound: Double) -> AnyTensor {
        .compare(.lessOrEqual, self, .scalar(bound, dtype))
    }

    private func isAtLeast(_ bound: Double) -> AnyTensor {
        .compare(.greaterOrEqual, self, .scalar(bound, dtype))
    }

    /// An activation of several operations, in the type that composed functions compute in.
    private func activation(_ name: String, _ body: (AnyTensor) -> AnyTensor) -> AnyTensor {
        .composed(name, [self]) {
            try requireFloating()
            return body(widened).cast(to: dtype)
        }
    }

    /// The gradient is 0 at 0 and at 6.
    package func relu6() -> AnyTensor {
        .composed("relu6", [self]) {
            let positive = relu()
            return .select(isAtLeast(6), .scalar(6, dtype), positive)
        }
    }

    /// The gradient at 0 is `alpha`.
    package func leakyRelu(alpha: Double) -> AnyTensor {
        activation("leakyRelu") { .select($0.isAbove(0), $0, $0 * alpha) }
    }

    /// The exponential of large numbers must not overflow where it is not chosen: 0 · ∞ is NaN.
    private func expMinusOneBelowZero() -> AnyTensor {
        .unary(.expMinusOne, .minimum(self, .scalar(0, dtype)))
    }

    package func elu(alpha: Double) -> AnyTensor {
        activation("elu") { x in
            let below = x.expMinusOneBelowZero()
            return .select(x.isAtMost(0), alpha == 1 ? below : below * alpha, x)
        }
    }

    /// The gradient at 0 is that from above.
    package func selu() -> AnyTensor {
        activation("selu") { x in
            let scale = 1.0507009873554804934193349852946
            let alpha = 1.6732632423543772848170429916717
            return .select(x.isBelow(0), x.expMinusOneBelowZero() * (scale * alpha), x * scale)
        }
    }

    /// Of 16-bit floats by erfc and the logistic function: 1 + erf(x) and 1 + tanh(x) round away in f32
    /// what these types still show far below 0.
    package func gelu(isApproximate: Bool) -> AnyTensor {
        activation("gelu") { x in
            let isNarrow = x.dtype != dtype
            if !isApproximate {
                if isNarrow { return x * 0.5 * .unary(.erfc, x * -0.7071067811865476) }
                // The backward pass computes erf again: that takes no longer than reading it.
                return Self.hinted(.geluByErf, "gelu", [x], policy: .recomputing) { p in
                    [p[0] * 0.5 * (.unary(.erf, p[0] * 0.7071067811865476) + 1)]
                }[0]
            }
            if isNarrow {
                let y = x * (x.approximateGeluArgument() * 2).sigmoid()
                return .make(.customGradient(AnyTensor.narrowGelu, outputs: 1), [y, x])
            }
            let y = Self.hinted(.geluByTanh, "gelu", [x]) { p in
                [p[0] * 0.5 * (p[0].approximateGeluArgument().tanh() + 1)]
            }
            return .make(.customGradient(AnyTensor.approximateGelu, outputs: 1), y + [x])
        }
    }

    /// √(2/π) · (x + 0.044715 x³).
    private func approximateGeluArgument() -> AnyTensor {
        let cubed = self * self * self
        return (self + cubed * 0.044715) * 0.7978845608028654
    }

    /// Half of the argument's derivative by x. Where x² is large it is multiplied by 0, which an
    /// infinite one would make NaN of.
    private func approximateGeluSlope() -> AnyTensor {
        let square = AnyTensor.minimum(self * self, .scalar(1e4, dtype))
        return square * 0.05351611220445019 + 0.3989422804014327
    }

    /// ½ (1 + t) + x (1 − t²) · √(2/π) / 2 · (1 + 3 · 0.044715 x²) for the hyperbolic tangent t.
    private static let approximateGelu = CustomGradient { inputs, _, gradients in
        let x = inputs[0]
        let t = x.approximateGeluArgument().tanh()
        let change = x * (1 - t * t) * x.approximateGeluSlope()
        return [gradients[0] * ((t + 1) * 0.5 + change)]
    }

    /// The same with s = ½ (1 + t), and 1 − t² = 4 s (1 − s).
    private static let narrowGelu = CustomGradient { inputs, _, gradients in
        let x = inputs[0]
        let twice = x.approximateGeluArgument() * 2
        let (s, rest) = (twice.sigmoid(), (-twice).sigmoid())
        return [gradients[0] * (s + x * (s * rest) * (4 * x.approximateGeluSlope()))]
    }

    /// max(x, 0) + log(1 + exp(−|x|)), with one-sided parts so that the gradient at 0 is 1/2.
    package func softplus() -> AnyTensor {
        activation("softplus") { x in
            let isPositive = x.isAtLeast(0)
            let linear = AnyTensor.select(isPositive, x, .scalar(0, x.dtype))
            let negative = AnyTensor.select(isPositive, -x, x)
            return linear + .unary(.logOnePlus, negative.exp())
        }
    }

    package func softsign() -> AnyTensor {
        activation("softsign") { x in
            let value = x / (.unary(.abs, x) + 1)
            return .make(.customGradient(AnyTensor.softsignGradient, outputs: 1), [value, x])
        }
    }

    /// 1 / (1 + |x|)²; the derivative of the quotient is a difference of nearly equal numbers.
    private static let softsignGradient = CustomGradient { inputs, _, gradients in
        let root = AnyTensor.unary(.reciprocal, AnyTensor.unary(.abs, inputs[0]) + 1)
        return [gradients[0] * (root * root)]
    }

    package func silu() -> AnyTensor { activation("silu") { $0 * $0.sigmoid() } }

    package func hardSigmoid() -> AnyTensor {
        activation("hardSigmoid") { ($0 + 3).relu6() * (1.0 / 6) }
    }

    package func hardSwish() -> AnyTensor { activation("hardSwish") { $0 * $0.hardSigmoid() } }

    package func logSigmoid() -> AnyTensor { activation("logSigmoid") { -(-$0).softplus() } }

    package func mish() -> AnyTensor { activation("mish") { $0 * $0.softplus().tanh() } }
}
