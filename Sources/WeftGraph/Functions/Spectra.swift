// SPDX-License-Identifier: Apache-2.0
public import ComplexModule
import RealModule

/// The discrete cosine transform of the second type along an axis,
/// yₖ = 2 Σⱼ xⱼ · cos(πk(2j + 1) / 2n).
///
/// - Parameter isOrthonormal: Whether y₀ is multiplied with 1 / 2√n and the others with 1 / √2n: the transform
///   keeps the sum of squares then, and `idct` of the same kind is its inverse.
/// - Shape: [..., n, ...] → the same; n must be known.
public func dct<T: FloatingTensor>(_ x: T, axis: Int = -1, isOrthonormal: Bool = false) -> T {
    x.composed("dct") { x in
        let axis = try x.resolvedAxis(axis)
        let n = try x.knownSize(axis)
        let half = rfft(x, axes: [axis], lengths: [2 * n]).sliced(axis: axis, 0, n)
        let angle = try AnyTensor.halfAngles(of: x, axis)
        let (real, imaginary) = half.parts
        let y = (real * cos(angle) + imaginary * sin(angle)) * 2
        let root = 0.5 / Double(n).squareRoot()
        return isOrthonormal ? try y.weighted(axis, root, root * 2.0.squareRoot()) : y
    }
}

/// The discrete cosine transform of the third type along an axis,
/// yⱼ = x₀ + 2 Σₖ xₖ · cos(πk(2j + 1) / 2n) over k ≥ 1. Divided by 2n it is the inverse of `dct`.
///
/// - Parameter isOrthonormal: Whether it is the inverse of the orthonormal `dct`.
/// - Shape: [..., n, ...] → the same; n must be known.
public func idct<T: FloatingTensor>(_ x: T, axis: Int = -1, isOrthonormal: Bool = false) -> T {
    x.composed("idct") { x in
        let axis = try x.resolvedAxis(axis)
        let n = try x.knownSize(axis)
        let root = 1 / Double(n).squareRoot()
        let scaled = isOrthonormal ? try x.weighted(axis, root, root * 0.5.squareRoot()) : x
        let angle = try AnyTensor.halfAngles(of: x, axis)
        let z = AnyTensor.complex(scaled * cos(angle), scaled * sin(angle))
        return irfft(z, axes: [axis], lengths: [2 * n], norm: .forward).sliced(axis: axis, 0, n)
    }
}

extension AnyTensor {
    /// πk / 2n along an axis of n elements, with axes of size 1 for the others.
    fileprivate static func halfAngles(of x: AnyTensor, _ axis: Int) throws -> AnyTensor {
        let n = try x.knownSize(axis)
        guard n > 0, n < 1 << 28 else {
            throw RuleViolation("axis \(axis) of \(x.type) has no elements that can be transformed")
        }
        return try along(axis, of: x, (0..<n).map { Double.pi * Double($0) / Double(2 * n) })
    }

    /// Numbers along an axis, with axes of size 1 for the others.
    private static func along(_ axis: Int, of x: AnyTensor, _ numbers: [Double]) throws -> AnyTensor
    {
        var shape = Array(repeating: 1, count: try x.knownRank())
        shape[axis] = numbers.count
        return .constant(try NDArray(numbers, shape: shape).cast(to: x.dtype))
    }

    /// The first element along an axis times one number, the others times another one.
    fileprivate func weighted(_ axis: Int, _ first: Double, _ others: Double) throws -> AnyTensor {
        let n = try knownSize(axis)
        return try self * .along(axis, of: self, (0..<n).map { $0 == 0 ? first : others })
    }

    // MARK: Short times

    /// Hann's window of a period of `count` elements, ½ − ½ cos(2πj / count).
    ///
    /// - Shape: [count].
    public static func hannWindow(_ dtype: DType, count: Int) -> AnyTensor {
        composed("hannWindow", []) {
            guard dtype.isFloatingPoint else {
                throw RuleViolation(
                    .wrongElementType(.result, dtype, wanted: DTypeClass.floating.dtypes))
            }
            guard count > 0, count < 1 << 28 else {
                throw RuleViolation(
                    .invalidArgument("the count", value: "\(count)", wanted: "positive"))
            }
            let numbers = (0..<count).map {
                0.5 - 0.5 * Double.cos(2 * Double.pi * Double($0) / Double(count))
            }
            return constant(try NDArray(numbers).cast(to: dtype))
        }
    }

    /// The window of short times: the given one, Hann's for nil.
    fileprivate static func window(
        _ window: AnyTensor?, _ dtype: DType, _ length: Int, _ step: Int
    ) throws -> AnyTensor {
        guard length > 0, step > 0, length < 1 << 28, step < 1 << 28 else {
            throw RuleViolation(
                .invalidArgument(
                    "length and step", value: "\(length) and \(step)", wanted: "positive"))
        }
        guard let window else { return hannWindow(dtype, count: length) }
        guard window.dtype == dtype, window.shape.merged(with: Shape([length])) != nil else {
            throw RuleViolation("the window is \(window.type), not \(dtype)[\(length)]")
        }
        return window
    }

    /// Where the elements of frames stand in the signal: i64[frames, length].
    fileprivate static func places(_ frames: Int, _ length: Int, _ step: Int) -> AnyTensor {
        iota(.int64, shape: [frames, 1]) * Double(step) + iota(.int64, shape: [1, length], axis: 1)
    }
}

/// The transforms of short pieces of real signals: of frames of `length` elements that begin `step` elements
/// after one another, each times a window. What is left behind the last whole frame does not count.
///
/// - Parameter window: [length]; nil for Hann's.
/// - Shape: [..., n] → [..., frames, length / 2 + 1], with 1 + (n − length) / step frames; n must be known.
public func stft<Scalar: ComplexPart>(
    _ x: Tensor<Scalar>, length: Int, step: Int, window: Tensor<Scalar>? = nil
) -> Tensor<Complex<Scalar>> {
    Tensor(stft(x.anyTensor, length: length, step: step, window: window?.anyTensor))
}

/// The same of an untyped tensor, `f32` or `f64`.
///
/// - Shape: [..., n] → [..., frames, length / 2 + 1]; n must be known.
public func stft(
    _ x: AnyTensor, length: Int, step: Int, window: AnyTensor? = nil
) -> AnyTensor {
    .composed("stft", [x] + (window.map { [$0] } ?? [])) {
        try x.requireFloating()
        let window = try AnyTensor.window(window, x.dtype, length, step)
        let n = try x.knownSize(try x.resolvedAxis(-1))
        guard n >= length else {
            throw RuleViolation("a signal of \(n) elements has no frame of \(length)")
        }
        let places = AnyTensor.places((n - length) / step + 1, length, step)
        return rfft(x.gathered(at: places, axis: -1) * window)
    }
}

/// Real signals from the transforms of their frames: the inverse of `stft` with the same length, step and
/// window wherever a window that is not 0 has been.
///
/// Frames that overlap are added, each times the window, and divided by the sum of the windows' squares.
/// - Parameter window: [length]; nil for Hann's.
/// - Shape: [..., frames, length / 2 + 1] → [..., (frames − 1) · step + length]; the sizes must be known.
public func istft<Scalar: ComplexScalar>(
    _ z: Tensor<Scalar>, length: Int, step: Int, window: Tensor<Scalar.Part>? = nil
) -> Tensor<Scalar.Part> {
    Tensor<Scalar.Part>(istft(z.anyTensor, length: length, step: step, window: window?.anyTensor))
}

/// The same of an untyped tensor of complex numbers.
///
/// - Shape: [..., frames, length / 2 + 1] → [..., (frames − 1) · step + length]; the sizes must be known.
public func istft(
    _ z: AnyTensor, length: Int, step: Int, window: AnyTensor? = nil
) -> AnyTensor {
    .composed("istft", [z] + (window.map { [$0] } ?? [])) {
        let window = try AnyTensor.window(window, z.dtype.realPart, length, step)
        let rank = try z.knownRank()
        guard rank >= 2 else {
            throw RuleViolation(.wrongRank("the transforms", z.type, wanted: 2...Int.max))
        }
        let sizes = try (0..<rank).map { try z.knownSize($0) }
        let frames = sizes[rank - 2]
        guard sizes[rank - 1] == length / 2 + 1 else {
            throw RuleViolation(
                "\(sizes[rank - 1]) numbers do not come from a frame of \(length) elements, whose "
                    + "transform has \(length / 2 + 1)")
        }
        guard frames > 0, let n = (CheckedSize(frames - 1) * CheckedSize(step)).value,
            n < 1 << 40
        else { throw RuleViolation("\(frames) frames make no signal") }
        let parts = irfft(z, lengths: [length]) * window
        let places = AnyTensor.places(frames, length, step).reshaped(to: [-1])
        func added(_ rows: AnyTensor) -> AnyTensor {
            rows.segmentSums(places, count: n + length)
        }
        let batch = Array(sizes.dropLast(2))
        let count = batch.reduce(1, *)
        let rows = parts.reshaped(to: [count, frames * length]).transposed(permutation: [1, 0])
        let signals = added(rows).transposed(permutation: [1, 0])
        let squares = (window * window).broadcasted(to: [frames, length]).reshaped(to: [-1])
        let weights = added(squares)
        let divisor = select(weights .== 0, .scalar(1, weights.dtype), weights)
        return (signals / divisor).reshaped(to: batch + [n + length])
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
