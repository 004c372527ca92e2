// SPDX-License-Identifier: Apache-2.0
public import ComplexModule
public import RealModule

/// A complex scalar: `Complex<Float>`, `Complex<Double>`, which are those of swift-numerics; `import
/// WeftComplex` has them.
///
/// Tensors of complex numbers take all functions that have a meaning for them; what asks for an order,
/// such as `max`, makes a tensor that carries an error.
public protocol ComplexScalar: FloatingScalar {
    /// The type of the real and the imaginary part.
    associatedtype Part: ComplexPart
}

/// A real scalar that is a part of complex ones: `Float`, `Double`.
public protocol ComplexPart: FloatingScalar, Real {}

extension Float: ComplexPart {}
extension Double: ComplexPart {}

extension Complex: ComplexScalar, FloatingScalar, NumericScalar, OrderedScalar, TensorScalar,
    NDArrayElement
where RealType: ComplexPart {
    /// The type of the real and the imaginary part.
    public typealias Part = RealType
    /// The element type `complex64` or `complex128`.
    public static var dtype: DType { RealType.dtype.withImaginaryPart }
    /// The number with an imaginary part of 0.
    public init(converting number: Double) { self.init(RealType(converting: number), 0) }
    /// The real part as a `Double`.
    public var doubleValue: Double { withParts { real, _ in real.doubleValue } }

    /// Both parts as they are in memory: `real` and `imaginary` of a number that is not finite are NaN.
    private func withParts<R>(_ body: (RealType, RealType) -> R) -> R {
        Swift.withUnsafeBytes(of: self) {
            let parts = $0.assumingMemoryBound(to: RealType.self)
            return body(parts[0], parts[1])
        }
    }
}
