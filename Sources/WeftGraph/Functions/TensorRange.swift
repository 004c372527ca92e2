// SPDX-License-Identifier: Apache-2.0

/// What a subscript takes of one axis, or that it adds an axis.
///
/// Negative positions count from the end of the axis.
public struct TensorRange: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case index(Int)
        case range(start: Int?, end: Int?, stride: Int)
        case newAxis
        case ellipsis
    }

    let kind: Kind

    /// The whole axis.
    public static let all = TensorRange(kind: .range(start: nil, end: nil, stride: 1))
    /// A new axis of size 1.
    public static let newAxis = TensorRange(kind: .newAxis)
    /// As many whole axes as the other ranges leave.
    public static let ellipsis = TensorRange(kind: .ellipsis)

    /// One element of the axis, which goes away.
    public static func index(_ position: Int) -> TensorRange { TensorRange(kind: .index(position)) }

    /// From `start` (or the axis's start) up to but without `end` (or to the axis's end), every
    /// `stride`-th element.
    ///
    /// A negative stride goes from the end of that range to its start.
    public static func range(
        from start: Int? = nil, to end: Int? = nil, by stride: Int = 1
    ) -> TensorRange {
        TensorRange(kind: .range(start: start, end: end, stride: stride))
    }
}

/// What can stand in a tensor's subscript: an index, a range, or a `TensorRange`.
public protocol TensorRangeExpression {
    /// The part of an axis that is meant.
    var tensorRange: TensorRange { get }
}

extension TensorRange: TensorRangeExpression {
    /// The range itself.
    public var tensorRange: TensorRange { self }
}

extension Int: TensorRangeExpression {
    /// The element at this position.
    public var tensorRange: TensorRange { .index(self) }
}

extension Range<Int>: TensorRangeExpression {
    /// The elements of the range.
    public var tensorRange: TensorRange { .range(from: lowerBound, to: upperBound) }
}

extension ClosedRange<Int>: TensorRangeExpression {
    /// The elements of the range.
    public var tensorRange: TensorRange {
        // The end of `-3 ... -1` is the axis's end, which no number stands for.
        .range(from: lowerBound, to: upperBound == -1 ? nil : upperBound &+ 1)
    }
}

extension PartialRangeFrom<Int>: TensorRangeExpression {
    /// The elements from the lower bound on.
    public var tensorRange: TensorRange { .range(from: lowerBound) }
}

extension PartialRangeUpTo<Int>: TensorRangeExpression {
    /// The elements before the upper bound.
    public var tensorRange: TensorRange { .range(to: upperBound) }
}

extension PartialRangeThrough<Int>: TensorRangeExpression {
    /// The elements up to the upper bound.
    public var tensorRange: TensorRange { .range(to: upperBound == -1 ? nil : upperBound &+ 1) }
}

extension TensorProtocol {
    /// A part of the tensor: an index or a range for each axis; axes not named are whole.
    ///
    /// ```swift
    /// x[0]                    // the first row
    /// x[..<2, -1]             // the last column of the first two rows
    /// x[TensorRange.newAxis]  // with a new first axis
    /// ```
    /// A range that leaves the axis makes a tensor that carries an error, or fails the run when the
    /// size is known only then.
    /// - Shape: an index removes its axis, a range makes it as long as itself.
    public subscript(ranges: any TensorRangeExpression...) -> Self {
        sliced(ranges.map(\.tensorRange))
    }

    /// A part of the tensor: ranges of its last axes.
    ///
    /// ```swift
    /// x[..., 0]  // the first channel
    /// ```
    public subscript(_: UnboundedRange, ranges: any TensorRangeExpression...) -> Self {
        sliced([.ellipsis] + ranges.map(\.tensorRange))
    }

    /// A part of the tensor: a range of the first axis, and of the last ones.
    ///
    /// ```swift
    /// x[0, ..., 1...]
    /// ```
    public subscript(
        first: any TensorRangeExpression, _: UnboundedRange, ranges: any TensorRangeExpression...
    ) -> Self {
        sliced([first.tensorRange, .ellipsis] + ranges.map(\.tensorRange))
    }
}
