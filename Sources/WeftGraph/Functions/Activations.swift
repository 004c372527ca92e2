// SPDX-License-Identifier: Apache-2.0

// Activations, element by element: the shape of the result is that of the operand. Values and
// gradients at the kinks are TensorFlow's. Of 16-bit floats they are computed in 32 bits and rounded
// once.

/// max(x, 0); NaN stays. The gradient at 0 is 0.
public func relu<T: NumericScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.relu())
}

/// min(max(x, 0), 6); NaN stays. The gradient at 0 and at 6 is 0.
public func relu6<T: NumericScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.relu6())
}

/// 1 / (1 + exp(−x)).
public func sigmoid<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.sigmoid())
}

/// The hyperbolic tangent.
public func tanh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.tanh())
}

/// 1.0507 · (x where it is positive, else 1.6733 · (e^x − 1)).
///
/// Klambauer et al. 2017. The gradient at 0 is that from above.
public func selu<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.selu())
}

/// log(1 + e^x), without overflow.
public func softplus<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.softplus())
}

/// x / (1 + |x|).
public func softsign<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.softsign())
}

/// x · sigmoid(x), also called swish.
///
/// Elfwing et al. 2017; Ramachandran et al. 2017.
public func silu<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.silu())
}

/// relu6(x + 3) / 6.
public func hardSigmoid<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.hardSigmoid())
}

/// x · relu6(x + 3) / 6.
///
/// Howard et al. 2019.
public func hardSwish<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.hardSwish())
}

/// log(sigmoid(x)), without underflow.
public func logSigmoid<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.logSigmoid())
}

/// x · tanh(softplus(x)).
///
/// Misra 2019.
public func mish<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.mish())
}

/// x where it is positive, else alpha · x.
///
/// The gradient at 0 is alpha. Maas et al. 2013.
public func leakyRelu<T: FloatingScalar>(_ x: Tensor<T>, alpha: Double = 0.2) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.leakyRelu(alpha: alpha))
}

/// x where it is positive, else alpha · (e^x − 1).
///
/// The gradient at 0 is alpha. Clevert et al. 2015.
public func elu<T: FloatingScalar>(_ x: Tensor<T>, alpha: Double = 1) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.elu(alpha: alpha))
}

/// x · Φ(x), where Φ is the distribution function of the standard normal distribution.
///
/// It is x/2 · (1 + erf(x/√2)), as in TensorFlow and PyTorch. The sum is a multiple of the last place of
/// 1, so that results for x below −3 have few digits; where these matter, write
/// `x * 0.5 * erfc(x * -0.7071067811865476)`, as is done for 16-bit floats.
/// The approximation is x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). Hendrycks and Gimpel 2016.
public func gelu<T: FloatingScalar>(_ x: Tensor<T>, isApproximate: Bool = false) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.gelu(isApproximate: isApproximate))
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, without overflow.
///
/// - Shape: that of the operand.
public func softmax<T: FloatingScalar>(_ x: Tensor<T>, axis: Int = -1) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.softmax(axes: [axis]))
}

/// log(softmax(x)), exact also where softmax is nearly 0.
///
/// - Shape: that of the operand.
public func logSoftmax<T: FloatingScalar>(_ x: Tensor<T>, axis: Int = -1) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.logSoftmax(axes: [axis]))
}
