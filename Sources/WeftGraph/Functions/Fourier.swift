// SPDX-License-Identifier: Apache-2.0
public import ComplexModule

/// Which way of a transform is divided by the number n of elements that it is over.
public enum FourierNorm: Hashable, Sendable, CaseIterable {
    /// The backward one by n, as in TensorFlow and by NumPy's default.
    case backward
    /// Both by √n, so that they keep the sum of squares.
    case ortho
    /// The forward one by n.
    case forward
}

// Discrete Fourier transforms. `axes` are the axes that are transformed, the last one by default; `lengths`
// are the numbers of elements that the transform is over, one for each axis: what an axis has beyond is left
// out, and what it lacks is 0. An axis without elements, or lengths that do not fit, make a tensor that carries
// an error. On the CPU they are FFTW's; see the errors of runs where it is missing.

/// The discrete Fourier transform of complex numbers, yⱼ = Σₖ xₖ · exp(−2πi·jk / n) along each axis. An untyped
/// real tensor counts as complex.
///
/// - Shape: [..., n, ...] → the same, with the given lengths.
public func fft<T: FloatingTensor>(
    _ x: T, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> T {
    x.composed("fft") { x in try x.transformed(.forward, axes, lengths, norm.forwardScaling) }
}

/// The inverse of the discrete Fourier transform, yⱼ = Σₖ xₖ · exp(+2πi·jk / n) / n along each axis. An untyped
/// real tensor counts as complex.
///
/// - Shape: [..., n, ...] → the same, with the given lengths.
public func ifft<T: FloatingTensor>(
    _ x: T, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> T {
    x.composed("ifft") { x in try x.transformed(.backward, axes, lengths, norm.backwardScaling) }
}

/// The first half of the discrete Fourier transform of real numbers along the last of `axes`, the whole one
/// along the others. The other half are conjugates.
///
/// - Shape: [..., n, ...] → [..., n / 2 + 1, ...] for the last of the axes.
public func rfft<Scalar: ComplexPart>(
    _ x: Tensor<Scalar>, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> Tensor<Complex<Scalar>> {
    Tensor(rfft(x.anyTensor, axes: axes, lengths: lengths, norm: norm))
}

/// The same of an untyped tensor, `f32` or `f64`.
///
/// - Shape: [..., n, ...] → [..., n / 2 + 1, ...] for the last of the axes.
public func rfft(
    _ x: AnyTensor, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> AnyTensor {
    x.composed("rfft") { x in
        let (axes, lengths) = try x.resolvedTransform(axes, lengths)
        guard let last = axes.last else { return x.cast(to: x.dtype.withImaginaryPart) }
        let resized = try zip(axes, lengths).reduce(x) { try $0.resized($1.0, to: $1.1) }
        let half = AnyTensor.make(
            .fourier(FourierAttributes(.real, axis: last, scaling: norm.forwardScaling)), [resized])
        return try half.transformed(
            .forward, Array(axes.dropLast()), nil, norm.forwardScaling)
    }
}

/// The inverse of `rfft`: real numbers from the first half of their transform.
///
/// Imaginary parts that real numbers could not give, those of the first and the middle element, are left out.
/// - Parameter lengths: The numbers of real elements along the axes. Left out, the last one is 2 · (n − 1).
/// - Shape: [..., n / 2 + 1, ...] → [..., n, ...] for the last of the axes.
public func irfft<Scalar: ComplexScalar>(
    _ x: Tensor<Scalar>, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> Tensor<Scalar.Part> {
    Tensor<Scalar.Part>(irfft(x.anyTensor, axes: axes, lengths: lengths, norm: norm))
}

/// The same of an untyped tensor; a real one counts as complex.
///
/// - Shape: [..., n / 2 + 1, ...] → [..., n, ...] for the last of the axes.
public func irfft(
    _ x: AnyTensor, axes: [Int] = [-1], lengths: [Int]? = nil, norm: FourierNorm = .backward
) -> AnyTensor {
    x.composed("irfft") { x in
        let (axes, lengths) = try x.resolvedTransform(axes, lengths)
        guard let last = axes.last else { return x.realPart }
        let length = lengths[lengths.count - 1]
        let scaling = norm.backwardScaling
        var y = try x.transformed(
            .backward, Array(axes.dropLast()), lengths.dropLast().map { $0 }, scaling)
        y = try y.resized(last, to: length.map { $0 / 2 + 1 })
        return .make(
            .fourier(
                FourierAttributes(.inverseReal(length: length), axis: last, scaling: scaling)),
            [y])
    }
}

extension AnyTensor {
    fileprivate func transformed(
        _ kind: FourierAttributes.Kind, _ axes: [Int], _ lengths: [Int?]?,
        _ scaling: FourierAttributes.Scaling
    ) throws -> AnyTensor {
        let z = dtype.isComplex ? self : cast(to: dtype.withImaginaryPart)
        let (axes, lengths) = try z.resolvedTransform(axes, lengths)
        return try zip(axes, lengths).reversed().reduce(z) { z, part in
            .make(
                .fourier(FourierAttributes(kind, axis: part.0, scaling: scaling)),
                [try z.resized(part.0, to: part.1)])
        }
    }

    /// The axes as they are counted from the front, in the order given, and a length or none for each.
    fileprivate func resolvedTransform(
        _ axes: [Int], _ lengths: [Int?]?
    ) throws -> (axes: [Int], lengths: [Int?]) {
        guard dtype.isFloatingPoint || dtype.isComplex else {
            throw RuleViolation(
                .wrongElementType(
                    .operand, dtype, wanted: [.float32, .float64, .complex64, .complex128]))
        }
        let resolved = try axes.map { try resolvedAxis($0) }
        guard Set(resolved).count == resolved.count else {
            throw RuleViolation(.axisRepeated(axes, rank: try knownRank()))
        }
        let lengths = lengths ?? axes.map { _ in nil }
        guard lengths.count == axes.count else {
            throw RuleViolation(.countsDiffer("lengths", lengths.count, for: "axes", axes.count))
        }
        for case let length? in lengths where length < 1 || length >= 1 << 40 {
            throw RuleViolation(
                .invalidArgument("a length", value: "\(length)", wanted: "positive"))
        }
        return (resolved, lengths)
    }

    /// With as many elements along an axis: the first ones, or zeros behind its own.
    fileprivate func resized(_ axis: Int, to length: Int?) throws -> AnyTensor {
        guard let length, shape[axis] != length else { return self }
        if let size = shape[axis], size > length { return sliced(axis: axis, 0, length) }
        let none = Array(repeating: 0, count: try knownRank())
        var high = none
        high[axis] = length - (shape[axis] ?? 0)
        let longer = padded(low: none, high: high)
        return shape[axis] == nil ? longer.sliced(axis: axis, 0, length) : longer
    }
}

extension FourierNorm {
    fileprivate var forwardScaling: FourierAttributes.Scaling {
        switch self {
        case .backward: .none
        case .ortho: .root
        case .forward: .length
        }
    }

    fileprivate var backwardScaling: FourierAttributes.Scaling {
        switch self {
        case .backward: .length
        case .ortho: .root
        case .forward: .none
        }
    }
}

// MARK: Around transforms

extension TensorProtocol {
    /// With the first element, that of frequency 0, in the middle of each of the axes, of all for nil.
    ///
    /// - Shape: [...] → the same.
    public func fftShifted(axes: [Int]? = nil) -> Self {
        composed("fftShifted") { x in try x.turned(axes) { $0 / 2 } }
    }

    /// What `fftShifted` has moved moved back.
    ///
    /// - Shape: [...] → the same.
    public func ifftShifted(axes: [Int]? = nil) -> Self {
        composed("ifftShifted") { x in try x.turned(axes) { ($0 + 1) / 2 } }
    }
}

extension AnyTensor {
    /// Rolled along axes, by shifts that follow from their sizes.
    fileprivate func turned(_ axes: [Int]?, _ shift: (Int) -> Int) throws -> AnyTensor {
        let axes = try resolvedAxes(axes)
        return rolled(by: try axes.map { shift(try knownSize($0)) }, axes: axes)
    }

    /// The frequencies that the elements of `fft` over `count` elements stand for, in cycles for each unit of
    /// `spacing`, which is the distance between two elements: 0, 1, …, −2, −1 over count · spacing.
    ///
    /// - Shape: [count].
    public static func fftFrequencies(
        _ dtype: DType, count: Int, spacing: Double = 1
    ) -> AnyTensor {
        frequencies("fftFrequencies", dtype, count, spacing, size: count) { index in
            let isNegative = index .>= .scalar(Double(count - count / 2), .float64)
            return index - isNegative.cast(to: .float64) * Double(count)
        }
    }

    /// The frequencies that the elements of `rfft` over `count` elements stand for: 0, 1, …, count / 2 over
    /// count · spacing.
    ///
    /// - Shape: [count / 2 + 1].
    public static func rfftFrequencies(
        _ dtype: DType, count: Int, spacing: Double = 1
    ) -> AnyTensor {
        frequencies("rfftFrequencies", dtype, count, spacing, size: Swift.max(count, 0) / 2 + 1) {
            $0
        }
    }

    /// - Parameter numbers: The multiples of the lowest frequency for the indices, all in 64 bits.
    private static func frequencies(
        _ name: String, _ dtype: DType, _ count: Int, _ spacing: Double, size: Int,
        _ numbers: (AnyTensor) -> AnyTensor
    ) -> AnyTensor {
        composed(name, []) {
            try requireRow(dtype, count: count)
            let unit = 1 / (Double(count) * spacing)
            return (numbers(iota(.float64, shape: [size])) * unit).cast(to: dtype)
        }
    }
}

extension Tensor where Scalar: ComplexPart {
    /// The frequencies that the elements of `fft` over `count` elements stand for; see the form for untyped
    /// tensors.
    ///
    /// - Shape: [count].
    public static func fftFrequencies(count: Int, spacing: Double = 1) -> Tensor {
        Tensor(AnyTensor.fftFrequencies(Scalar.dtype, count: count, spacing: spacing))
    }

    /// The frequencies that the elements of `rfft` over `count` elements stand for; see the form for untyped
    /// tensors.
    ///
    /// - Shape: [count / 2 + 1].
    public static func rfftFrequencies(count: Int, spacing: Double = 1) -> Tensor {
        Tensor(AnyTensor.rfftFrequencies(Scalar.dtype, count: count, spacing: spacing))
    }
}
