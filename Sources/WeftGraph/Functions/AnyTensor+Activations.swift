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

    /// The gradient is 0 at 0 and at 6.
    package func relu6() -> AnyTensor {
        .composed("relu6", [self]) {
            let positive = relu()
            return .select(isAtLeast(6), .scalar(6, dtype), positive)
        }
    }

    /// The gradient at 0 is `alpha`.
    package func leakyRelu(alpha: Double) -> AnyTensor {
        .composed("leakyRelu", [self]) {
            try requireFloating()
            return .select(isAbove(0), self, self * alpha)
        }
    }

    /// The exponential of large numbers must not overflow where it is not chosen: 0 · ∞ is NaN.
    private func expMinusOneBelowZero() -> AnyTensor {
        .unary(.expMinusOne, .minimum(self, .scalar(0, dtype)))
    }

    package func elu(alpha: Double) -> AnyTensor {
        .composed("elu", [self]) {
            try requireFloating()
            let below = expMinusOneBelowZero()
            return .select(isAtMost(0), alpha == 1 ? below : below * alpha, self)
        }
    }

    /// The gradient at 0 is that from above.
    package func selu() -> AnyTensor {
        .composed("selu", [self]) {
            try requireFloating()
            let scale = 1.0507009873554804934193349852946
            let alpha = 1.6732632423543772848170429916717
            return .select(isBelow(0), expMinusOneBelowZero() * (scale * alpha), self * scale)
        }
    }

    package func gelu(isApproximate: Bool) -> AnyTensor {
        .composed("gelu", [self]) {
            try requireFloating()
            if isApproximate {
                let cubed = self * self * self
                let argument = (self + cubed * 0.044715) * 0.7978845608028654
                return self * 0.5 * (argument.tanh() + 1)
            }
            // 1 + erf(x) of 16-bit floats would round away all that is left of it from −3.5 down.
            if dtype.size < DType.float32.size {
                return cast(to: .float32).gelu(isApproximate: false).cast(to: dtype)
            }
            return self * 0.5 * (.unary(.erf, self * 0.7071067811865476) + 1)
        }
    }

    /// max(x, 0) + log(1 + exp(−|x|)), with one-sided parts so that the gradient at 0 is 1/2.
    package func softplus() -> AnyTensor {
        .composed("softplus", [self]) {
            try requireFloating()
            let isPositive = isAtLeast(0)
            let linear = AnyTensor.select(isPositive, self, .scalar(0, dtype))
            let negative = AnyTensor.select(isPositive, -self, self)
            return linear + .unary(.logOnePlus, negative.exp())
        }
    }

    package func softsign() -> AnyTensor {
        .composed("softsign", [self]) {
            try requireFloating()
            return self / (.unary(.abs, self) + 1)
        }
    }

    package func silu() -> AnyTensor {
        .composed("silu", [self]) {
            try requireFloating()
            return self * sigmoid()
        }
    }

    package func hardSigmoid() -> AnyTensor {
        .composed("hardSigmoid", [self]) {
            try requireFloating()
            return (self + 3).relu6() * (1.0 / 6)
        }
    }

    package func hardSwish() -> AnyTensor {
        .composed("hardSwish", [self]) {
            try requireFloating()
            return self * hardSigmoid()
        }
    }

    package func logSigmoid() -> AnyTensor {
        .composed("logSigmoid", [self]) {
            try requireFloating()
            return -(-self).softplus()
        }
    }

    package func mish() -> AnyTensor {
        .composed("mish", [self]) {
            try requireFloating()
            return self * softplus().tanh()
        }
    }
}
