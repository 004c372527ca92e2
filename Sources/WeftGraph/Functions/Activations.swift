// SPDX-License-Identifier: Apache-2.0

// Activations, element by element: the shape of the result is that of the operand. Values and
// gradients at the kinks are TensorFlow's: which side of a `select` a kink is on, and what a branch
// computes where it is not taken, are chosen for that. Of 16-bit floats they are computed in 32 bits and
// rounded once.

extension FloatingTensor {
    /// An activation of several operations, in the type that composed functions compute in.
    fileprivate func activation(_ name: String, _ body: (AnyTensor) -> AnyTensor) -> Self {
        composed(name) { x in
            try x.requireFloating()
            return body(x.widened).cast(to: x.dtype)
        }
    }
}

/// max(x, 0); NaN stays. The gradient at 0 is 0.
public func relu<T: NumericTensor>(_ x: T) -> T { .unary(.relu, x) }

/// min(max(x, 0), 6); NaN stays. The gradient at 0 and at 6 is 0.
public func relu6<T: NumericTensor>(_ x: T) -> T {
    x.composed("relu6") { x in select(x .>= 6, .scalar(6, like: x), relu(x)) }
}

/// 1 / (1 + exp(−x)).
public func sigmoid<T: FloatingTensor>(_ x: T) -> T { .unary(.sigmoid, x) }

/// The hyperbolic tangent.
///
/// In f32 the native engine is off by up to 5.3 units in the last place. The gradient, 1 − y², can then be off
/// by a factor of 2 where y is a few units below 1; where such gradients matter, compute in f64.
public func tanh<T: FloatingTensor>(_ x: T) -> T { .unary(.tanh, x) }

/// The exponential of large numbers must not overflow where it is not chosen: 0 · ∞ is NaN.
private func expMinusOneBelowZero(_ x: AnyTensor) -> AnyTensor {
    expMinusOne(minimum(x, .scalar(0, like: x)))
}

/// 1.0507 · (x where it is positive, else 1.6733 · (e^x − 1)).
///
/// Klambauer et al. 2017. The gradient at 0 is that from above.
public func selu<T: FloatingTensor>(_ x: T) -> T {
    x.activation("selu") { x in
        let scale = 1.0507009873554804934193349852946
        let alpha = 1.6732632423543772848170429916717
        return select(x .< 0, expMinusOneBelowZero(x) * (scale * alpha), x * scale)
    }
}

/// log(1 + e^x), without overflow.
///
/// It is max(x, 0) + log(1 + e^−|x|), with one-sided parts so that the gradient at 0 is 1/2.
public func softplus<T: FloatingTensor>(_ x: T) -> T {
    x.activation("softplus") { x in
        let isPositive = x .>= 0
        let linear = select(isPositive, x, .scalar(0, like: x))
        return linear + log(onePlus: exp(select(isPositive, -x, x)))
    }
}

/// x / (1 + |x|).
public func softsign<T: FloatingTensor>(_ x: T) -> T {
    x.activation("softsign") { x in
        .make(.customGradient(softsignGradient, outputs: 1), [x / (abs(x) + 1), x])
    }
}

/// 1 / (1 + |x|)²; the derivative of the quotient is a difference of nearly equal numbers.
private let softsignGradient = CustomGradient { inputs, _, gradients in
    let root = reciprocal(abs(inputs[0]) + 1)
    return [gradients[0] * (root * root)]
}

/// x · sigmoid(x), also called swish.
///
/// Elfwing et al. 2017; Ramachandran et al. 2017.
public func silu<T: FloatingTensor>(_ x: T) -> T { x.activation("silu") { $0 * sigmoid($0) } }

/// relu6(x + 3) / 6.
public func hardSigmoid<T: FloatingTensor>(_ x: T) -> T {
    x.activation("hardSigmoid") { relu6($0 + 3) * (1.0 / 6) }
}

/// x · relu6(x + 3) / 6.
///
/// Howard et al. 2019.
public func hardSwish<T: FloatingTensor>(_ x: T) -> T {
    x.activation("hardSwish") { $0 * hardSigmoid($0) }
}

/// log(sigmoid(x)), without underflow.
public func logSigmoid<T: FloatingTensor>(_ x: T) -> T {
    x.activation("logSigmoid") { -softplus(-$0) }
}

/// x · tanh(softplus(x)).
///
/// Misra 2019.
public func mish<T: FloatingTensor>(_ x: T) -> T {
    x.activation("mish") { $0 * tanh(softplus($0)) }
}

/// x where it is positive, else alpha · x.
///
/// The gradient at 0 is alpha. Maas et al. 2013.
public func leakyRelu<T: FloatingTensor>(_ x: T, alpha: Double = 0.2) -> T {
    x.activation("leakyRelu") { select($0 .> 0, $0, $0 * alpha) }
}

/// x where it is positive, else alpha · (e^x − 1).
///
/// The gradient at 0 is alpha. Clevert et al. 2015.
public func elu<T: FloatingTensor>(_ x: T, alpha: Double = 1) -> T {
    x.activation("elu") { x in
        let below = expMinusOneBelowZero(x)
        return select(x .<= 0, alpha == 1 ? below : below * alpha, x)
    }
}

/// x · Φ(x), where Φ is the distribution function of the standard normal distribution.
///
/// It is x/2 · (1 + erf(x/√2)), as in TensorFlow and PyTorch. The sum is a multiple of the last place of
/// 1, so that results for x below −3 have few digits; where these matter, write
/// `x * 0.5 * erfc(x * -0.7071067811865476)`, as is done for 16-bit floats.
/// The approximation is x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). Hendrycks and Gimpel 2016.
public func gelu<T: FloatingTensor>(_ x: T, isApproximate: Bool = false) -> T {
    let isNarrow = x.dtype.computing != x.dtype
    return x.activation("gelu") { x in
        switch (isApproximate, isNarrow) {
        case (false, true):
            return x * 0.5 * erfc(x * -0.7071067811865476)
        case (false, false):
            // The backward pass computes erf again: that takes no longer than reading it.
            return AnyTensor.hinted(.geluByErf, "gelu", [x], policy: .recomputing) { p in
                [p[0] * 0.5 * (erf(p[0] * 0.7071067811865476) + 1)]
            }[0]
        case (true, true):
            let y = x * sigmoid(ApproximateGelu.argument(x) * 2)
            return .make(.customGradient(ApproximateGelu.narrowGradient, outputs: 1), [y, x])
        case (true, false):
            let y = AnyTensor.hinted(.geluByTanh, "gelu", [x]) { p in
                [p[0] * 0.5 * (tanh(ApproximateGelu.argument(p[0])) + 1)]
            }
            return .make(.customGradient(ApproximateGelu.gradient, outputs: 1), y + [x])
        }
    }
}

/// The parts of the approximation of `gelu`. Of 16-bit floats it is computed by the logistic function, as
/// the exact one is by erfc: 1 + tanh(x) and 1 + erf(x) round away in f32 what these types still show far
/// below 0.
private enum ApproximateGelu {
    /// √(2/π) · (x + 0.044715 x³).
    static func argument(_ x: AnyTensor) -> AnyTensor {
        let cubed = x * x * x
        return (x + cubed * 0.044715) * 0.7978845608028654
    }

    /// Half of the argument's derivative by x. Where x² is large it is multiplied by 0, which an
    /// infinite one would make NaN of.
    private static func slope(_ x: AnyTensor) -> AnyTensor {
        let square = minimum(x * x, .scalar(1e4, like: x))
        return square * 0.05351611220445019 + 0.3989422804014327
    }

    /// ½ (1 + t) + x (1 − t²) · √(2/π) / 2 · (1 + 3 · 0.044715 x²) for the hyperbolic tangent t.
    static let gradient = CustomGradient { inputs, _, gradients in
        let x = inputs[0]
        let t = tanh(argument(x))
        let change = x * (1 - t * t) * slope(x)
        return [gradients[0] * ((t + 1) * 0.5 + change)]
    }

    /// The same with s = ½ (1 + t), and 1 − t² = 4 s (1 − s).
    static let narrowGradient = CustomGradient { inputs, _, gradients in
        let x = inputs[0]
        let twice = argument(x) * 2
        let (s, rest) = (sigmoid(twice), sigmoid(-twice))
        return [gradients[0] * (s + x * (s * rest) * (4 * slope(x)))]
    }
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, without overflow.
///
/// - Shape: that of the operand.
public func softmax<T: FloatingTensor>(_ x: T, axis: Int = -1) -> T { softmax(x, axes: [axis]) }

/// exp(xᵢ) / Σⱼ exp(xⱼ) over several axes, without overflow.
///
/// - Shape: that of the operand.
public func softmax<T: FloatingTensor>(_ x: T, axes: [Int]) -> T {
    x.composed("softmax") { x in
        try x.requireFloating()
        let axes = try x.resolvedAxes(axes)
        let powers = exp(x.widened - x.greatest(axes: axes).widened)
        return (powers / powers.sum(axes: axes, keepingDimensions: true)).cast(to: x.dtype)
    }
}

/// log(softmax(x)), exact also where softmax is nearly 0.
///
/// - Shape: that of the operand.
public func logSoftmax<T: FloatingTensor>(_ x: T, axis: Int = -1) -> T {
    logSoftmax(x, axes: [axis])
}

/// log(softmax(x)) over several axes, exact also where softmax is nearly 0.
///
/// - Shape: that of the operand.
public func logSoftmax<T: FloatingTensor>(_ x: T, axes: [Int]) -> T {
    x.composed("logSoftmax") { x in
        try x.requireFloating()
        let axes = try x.resolvedAxes(axes)
        let shifted = x.widened - x.greatest(axes: axes).widened
        return (shifted - log(exp(shifted).sum(axes: axes, keepingDimensions: true)))
            .cast(to: x.dtype)
    }
}
