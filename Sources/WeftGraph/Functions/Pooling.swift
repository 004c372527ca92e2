// SPDX-License-Identifier: Apache-2.0

// Pooling. Channels are the last axis. Sizes, strides and dilations are one number for each spatial
// axis, or one for all; the strides are the sizes when none are given. Shapes that do not fit make a
// tensor that carries an error.

/// The greatest element in each window over one spatial axis; padding never is.
///
/// - Shape: x [n, w, channels] → [n, w', channels].
public func maxPool1D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "maxPool1D", .maximum, spatialRank: 1, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The least element in each window over one spatial axis; padding never is.
///
/// - Shape: x [n, w, channels] → [n, w', channels].
public func minPool1D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "minPool1D", .minimum, spatialRank: 1, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The mean of the elements in each window over one spatial axis.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, w, channels] → [n, w', channels].
public func averagePool1D<T: FloatingTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> T {
    x.averagePooled(
        "averagePool1D", spatialRank: 1, size: size, strides: strides, padding: padding,
        dilations: dilations, countsPadding: countsPadding)
}

/// The greatest element in each window over two spatial axes; padding never is.
///
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func maxPool2D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "maxPool2D", .maximum, spatialRank: 2, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The least element in each window over two spatial axes; padding never is.
///
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func minPool2D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "minPool2D", .minimum, spatialRank: 2, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The mean of the elements in each window over two spatial axes.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func averagePool2D<T: FloatingTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> T {
    x.averagePooled(
        "averagePool2D", spatialRank: 2, size: size, strides: strides, padding: padding,
        dilations: dilations, countsPadding: countsPadding)
}

/// The greatest element in each window over three spatial axes; padding never is.
///
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func maxPool3D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "maxPool3D", .maximum, spatialRank: 3, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The least element in each window over three spatial axes; padding never is.
///
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func minPool3D<T: NumericTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    x.pooled(
        "minPool3D", .minimum, spatialRank: 3, size: size, strides: strides, padding: padding,
        dilations: dilations)
}

/// The mean of the elements in each window over three spatial axes.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func averagePool3D<T: FloatingTensor>(
    _ x: T, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> T {
    x.averagePooled(
        "averagePool3D", spatialRank: 3, size: size, strides: strides, padding: padding,
        dilations: dilations, countsPadding: countsPadding)
}

/// The mean over all spatial axes.
///
/// - Shape: x [n, ..., channels] → [n, channels], or [n, 1, ..., channels] with `keepingDimensions`.
public func globalAveragePool<T: FloatingTensor>(
    _ x: T, keepingDimensions: Bool = false
) -> T {
    x.globallyPooled("globalAveragePool") { x, axes in
        x.mean(axes: axes, keepingDimensions: keepingDimensions)
    }
}

/// The greatest element over all spatial axes.
///
/// - Shape: x [n, ..., channels] → [n, channels], or [n, 1, ..., channels] with `keepingDimensions`.
public func globalMaxPool<T: NumericTensor>(
    _ x: T, keepingDimensions: Bool = false
) -> T {
    x.globallyPooled("globalMaxPool") { x, axes in
        x.max(axes: axes, keepingDimensions: keepingDimensions)
    }
}

extension TensorProtocol {
    /// The greatest or least element in each window.
    fileprivate func pooled(
        _ function: String, _ kind: WindowKind, spatialRank: Int, size: [Int], strides: [Int]?,
        padding: Padding, dilations: [Int]
    ) -> Self {
        composed(function) { x in
            try x.requireImages(spatialRank)
            let window = try AnyTensor.window(size, strides, padding, dilations, rank: spatialRank)
            return .make(.window(kind, window), [x])
        }
    }

    /// The mean of the elements in each window; padding counts only when asked for.
    fileprivate func averagePooled(
        _ function: String, spatialRank: Int, size: [Int], strides: [Int]?, padding: Padding,
        dilations: [Int], countsPadding: Bool
    ) -> Self {
        composed(function) { x in
            try x.requireImages(spatialRank)
            try x.requireFloating()
            let window = try AnyTensor.window(size, strides, padding, dilations, rank: spatialRank)
            let wide = x.widened
            let sum = AnyTensor.make(.window(.sum, window), [wide])
            if countsPadding || padding == .valid {
                return (sum / window.sizes.reduce(1) { $0 * Double($1) }).cast(to: x.dtype)
            }
            // One image of ones is enough where the size is known; else the ones take its shape.
            let spatial = (1...spatialRank).compactMap { x.shape[$0] }
            let ones =
                spatial.count == spatialRank
                ? AnyTensor.filled(wide.dtype, 1, shape: [1] + spatial + [1])
                : .filled(1, like: wide)
            return (sum / .make(.window(.sum, window), [ones])).cast(to: x.dtype)
        }
    }

    /// The mean or the maximum over all spatial axes.
    fileprivate func globallyPooled(
        _ function: String, _ reduce: (AnyTensor, [Int]) -> AnyTensor
    ) -> Self {
        composed(function) { x in
            let rank = try x.knownRank()
            guard rank >= 3 else {
                throw RuleViolation("\(x.type) has no spatial axes between the first and the last")
            }
            return reduce(x, Array(1..<rank - 1))
        }
    }
}

extension AnyTensor {
    fileprivate static func window(
        _ size: [Int], _ strides: [Int]?, _ padding: Padding, _ dilations: [Int], rank: Int
    ) throws -> WindowAttributes {
        let sizes = try WindowSteps.expanded(size, rank: rank, "window sizes")
        if case .explicit(let low, let high) = padding, (low + high).contains(where: { $0 < 0 }) {
            throw RuleViolation(
                .negative("the padding", value: "\(low) before, \(high) after"))
        }
        let none = ConvolutionAttributes.AxisPadding(0, 0)
        return WindowAttributes(
            sizes: [1] + sizes + [1],
            strides: [1] + (try WindowSteps.expanded(strides ?? sizes, rank: rank, "strides")) + [
                1
            ],
            padding: [none] + (try padding.resolved(rank: rank)) + [none],
            dilations: [1] + (try WindowSteps.expanded(dilations, rank: rank, "dilations")) + [1])
    }

    fileprivate func requireImages(_ spatialRank: Int) throws {
        guard try knownRank() == spatialRank + 2 else {
            throw RuleViolation(
                .invalidArgument(
                    "the input", value: "\(type)",
                    wanted: "of rank \(spatialRank + 2) with channels last"))
        }
    }
}
