// SPDX-License-Identifier: Apache-2.0
public import ComplexModule
import RealModule

// Complex numbers from their parts, and what they are made of. Of tensors of real numbers these functions
// give what the real numbers have as complex ones, in their own type.

/// The complex numbers of these real and imaginary parts. Shapes are broadcast against each other as NumPy
/// does it.
///
/// - Shape: real [..., m], imaginary [..., m] → [..., m].
public func complex<Scalar: ComplexPart>(
    _ real: Tensor<Scalar>, _ imaginary: Tensor<Scalar>
) -> Tensor<Complex<Scalar>> {
    Tensor(complex(real.anyTensor, imaginary.anyTensor))
}

/// The same of untyped tensors, both `f32` or both `f64`.
///
/// - Shape: real [..., m], imaginary [..., m] → [..., m].
public func complex(_ real: AnyTensor, _ imaginary: AnyTensor) -> AnyTensor {
    .pairs(real, imaginary)
}

/// The complex numbers of these magnitudes and angles in radians, r · (cos φ + i · sin φ). Shapes are broadcast
/// against each other as NumPy does it.
///
/// - Shape: magnitude [..., m], angle [..., m] → [..., m].
public func complex<Scalar: ComplexPart>(
    magnitude: Tensor<Scalar>, angle: Tensor<Scalar>
) -> Tensor<Complex<Scalar>> {
    Tensor(complex(magnitude: magnitude.anyTensor, angle: angle.anyTensor))
}

/// The same of untyped tensors, both `f32` or both `f64`.
///
/// - Shape: magnitude [..., m], angle [..., m] → [..., m].
public func complex(magnitude: AnyTensor, angle: AnyTensor) -> AnyTensor {
    .pairs(magnitude * cos(angle), magnitude * sin(angle))
}

extension Tensor where Scalar: ComplexScalar {
    /// The real parts.
    public var realPart: Tensor<Scalar.Part> { Tensor<Scalar.Part>(anyTensor.realPart) }

    /// The imaginary parts.
    public var imaginaryPart: Tensor<Scalar.Part> { Tensor<Scalar.Part>(anyTensor.imaginaryPart) }

    /// The angles in radians, −π to π; 0 at 0.
    public var angle: Tensor<Scalar.Part> { Tensor<Scalar.Part>(anyTensor.angle) }

    /// The absolute values, √(a² + b²), computed without overflow; the gradient at 0 is 0.
    public var magnitude: Tensor<Scalar.Part> { Tensor<Scalar.Part>(anyTensor.magnitude) }

    /// The squares of the absolute values, a² + b².
    public var squaredMagnitude: Tensor<Scalar.Part> {
        Tensor<Scalar.Part>(anyTensor.squaredMagnitude)
    }
}

extension AnyTensor {
    /// The real parts.
    public var realPart: AnyTensor {
        ofNumbers("realPart") { $0.dtype.isComplex ? $0.parts.real : $0 }
    }

    /// The imaginary parts; 0 of real numbers.
    public var imaginaryPart: AnyTensor {
        ofNumbers("imaginaryPart") { $0.dtype.isComplex ? $0.parts.imaginary : .zeros(like: $0) }
    }

    /// The angles in radians, −π to π: 0 at 0, and 0 or π of real numbers.
    public var angle: AnyTensor {
        ofNumbers("angle") { x in
            guard x.dtype.isComplex else {
                try x.requireFloating()
                return select(x .< 0, .scalar(Double.pi, x.dtype), .scalar(0, x.dtype))
            }
            return .binary(.atan2, x.parts.imaginary, x.parts.real)
        }
    }

    /// The absolute values, √(a² + b²), computed without overflow; the gradient at 0 is 0.
    public var magnitude: AnyTensor { ofNumbers("magnitude") { .unary(.abs, $0) } }

    /// The squares of the absolute values, a² + b².
    public var squaredMagnitude: AnyTensor {
        ofNumbers("squaredMagnitude") { x in
            guard x.dtype.isComplex else { return x * x }
            let (real, imaginary) = x.parts
            return real * real + imaginary * imaginary
        }
    }

    private func ofNumbers(
        _ operation: String, _ body: (AnyTensor) throws -> AnyTensor
    ) -> AnyTensor {
        composed(operation) { x in
            guard x.dtype.isNumeric || x.dtype.isComplex else {
                throw RuleViolation(
                    .wrongElementType(.operand, x.dtype, wanted: DTypeClass.numeric.dtypes))
            }
            return try body(x)
        }
    }

    fileprivate static func pairs(
        _ real: AnyTensor, _ imaginary: AnyTensor
    ) -> AnyTensor {
        composed("complex", [real, imaginary]) {
            if real.shape.merged(with: imaginary.shape) != nil { return .complex(real, imaginary) }
            try requireSameDType([real, imaginary])
            return .complex(
                real + .zeros(like: imaginary), imaginary + .zeros(like: real))
        }
    }
}

extension NumericTensor {
    /// The numbers with the signs of their imaginary parts changed, a − bi; real numbers as they are.
    public func conjugate() -> Self {
        composed("conjugate") { x in
            guard x.dtype.isComplex else { return x }
            return .complex(x.parts.real, -x.parts.imaginary)
        }
    }
}
