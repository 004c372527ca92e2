// SPDX-License-Identifier: Apache-2.0
// Transforms with cosines. The axis may be of any size, known or not, but for 0.

/// The discrete cosine transform of the second type along an axis,
/// yₖ = 2 Σⱼ xⱼ · cos(πk(2j + 1) / 2n).
///
/// - Parameter isOrthonormal: Whether y₀ is multiplied with 1 / 2√n and the others with 1 / √2n: the transform
///   keeps the sum of squares then, and `idct` of the same kind is its inverse.
/// - Shape: [..., n, ...] → the same.
public func dct<T: FloatingTensor>(_ x: T, axis: Int = -1, isOrthonormal: Bool = false) -> T {
    x.composed("dct") { x in
        let axis = try x.resolvedAxis(axis)
        let twice = AnyTensor.concatenated([x, .zeros(like: x)], axis: axis)
        let factors = try CosineFactors(along: axis, of: x)
        // The n elements before the one in the middle.
        let (real, imaginary) = rfft(twice, axes: [axis]).lengthened(axis, by: -1).parts
        let y = (real * factors.cosines + imaginary * factors.sines) * 2
        return isOrthonormal ? y * factors.weights(first: 0.5, others: 0.5.squareRoot()) : y
    }
}

/// The discrete cosine transform of the third type along an axis,
/// yⱼ = x₀ + 2 Σₖ xₖ · cos(πk(2j + 1) / 2n) over k ≥ 1. Divided by 2n it is the inverse of `dct`.
///
/// - Parameter isOrthonormal: Whether it is the inverse of the orthonormal `dct`.
/// - Shape: [..., n, ...] → the same.
public func idct<T: FloatingTensor>(_ x: T, axis: Int = -1, isOrthonormal: Bool = false) -> T {
    x.composed("idct") { x in
        let axis = try x.resolvedAxis(axis)
        let factors = try CosineFactors(along: axis, of: x)
        let scaled =
            isOrthonormal ? x * factors.weights(first: 1, others: 0.5.squareRoot()) : x
        let z = AnyTensor.complex(scaled * factors.cosines, scaled * factors.sines)
        let y = irfft(z.lengthened(axis, by: 1), axes: [axis], norm: .forward)
        return y.sliced(axis: axis, from: .numbers([0]), like: x)
    }
}

extension AnyTensor {
    /// With so many zeros more at the end of an axis, or so many elements fewer.
    fileprivate func lengthened(_ axis: Int, by count: Int) -> AnyTensor {
        // What has no rank carries an error.
        guard let rank = shape.rank, axis < rank else { return self }
        let none = Array(repeating: 0, count: rank)
        var high = none
        high[axis] = count
        return padded(low: none, high: high)
    }

    /// Hann's window of a period of `count` elements, ½ − ½ cos(2πj / count).
    ///
    /// - Shape: [count].
    public static func hannWindow(_ dtype: DType, count: Int) -> AnyTensor {
        composed("hannWindow", []) {
            try requireRow(dtype, count: count)
            // The square of a sine, from which no digits cancel.
            let root = sin(iota(.float64, shape: [count]) * (.pi / Double(count)))
            return (root * root).cast(to: dtype)
        }
    }
}

extension Tensor where Scalar: ComplexPart {
    /// Hann's window of a period of `count` elements, ½ − ½ cos(2πj / count).
    ///
    /// - Shape: [count].
    public static func hannWindow(count: Int) -> Tensor {
        Tensor(AnyTensor.hannWindow(Scalar.dtype, count: count))
    }
}

/// What a cosine transform multiplies the elements of an axis with, as numbers with axes of size 1 behind. They
/// are operations on indices, also since equal operations are one node and equal arrays are not.
private struct CosineFactors {
    /// i64[n].
    private let index: AnyTensor
    /// n.
    private let size: AnyTensor
    private let dtype: DType
    /// The axes of size 1.
    private let axes: [Int]
    /// Of πk / 2n.
    let sines: AnyTensor
    let cosines: AnyTensor

    init(along axis: Int, of x: AnyTensor) throws {
        dtype = x.dtype
        axes = Array(1..<(try x.knownRank()) - axis)
        size = x.elementCount(axes: [axis], as: .float64)
        index = size.cast(to: .int64).reshaped(to: [1]).indexed()
        let angles = index.cast(to: .float64) * (.pi / 2) / size
        sines = sin(angles).cast(to: dtype).expandingDimensions(at: axes)
        cosines = cos(angles).cast(to: dtype).expandingDimensions(at: axes)
    }

    /// One number for the first element, another one for the others, both divided by √n.
    func weights(first: Double, others: Double) -> AnyTensor {
        let isFirst = index .== .scalar(0, .int64)
        let numbers = select(isFirst, AnyTensor.scalar(first, dtype), .scalar(others, dtype))
        return (numbers / sqrt(size).cast(to: dtype)).expandingDimensions(at: axes)
    }
}
