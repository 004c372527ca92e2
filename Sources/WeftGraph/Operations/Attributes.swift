// SPDX-License-Identifier: Apache-2.0

/// The array of a constant; equal by bits when small, by identity of its memory when large.
package final class ConstantValue: Hashable, Sendable {
    package let array: NDArray
    private static let comparedBytes = 256

    package init(_ array: NDArray) { self.array = array }

    package static func == (a: ConstantValue, b: ConstantValue) -> Bool {
        if a.array.storage === b.array.storage {
            return a.array.dtype == b.array.dtype && a.array.shape == b.array.shape
        }
        guard a.array.byteCount <= comparedBytes else { return false }
        return a.array.hasSameBits(as: b.array)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(array.dtype)
        hasher.combine(array.shape)
        if array.byteCount <= Self.comparedBytes {
            array.withUnsafeBytes { hasher.combine(bytes: $0) }
        } else {
            hasher.combine(ObjectIdentifier(array.storage))
        }
    }
}

/// The identity of a placeholder: each one is itself.
package struct Placeholder: Hashable, Sendable {
    package let id: UInt64
    package let name: String?
}

/// A draw of random bits. Its numbers depend on stream, shape's count, step and loop iteration.
package struct RandomAttributes: Hashable, Sendable {
    /// The stream's name.
    package var stream: String
    /// The dimensions; nil when they are those of the input.
    package var shape: [Int]?
    /// The level of the region it was drawn in; 0 outside all.
    package var level: Int
}

package enum ReductionKind: String, CaseIterable, Hashable, Sendable {
    case sum, product, maximum = "max", minimum = "min", all, any

    /// The element types that it takes.
    var operands: [DType] {
        switch self {
        case .sum, .product: DTypeClass.numeric.dtypes
        case .maximum, .minimum: DTypeClass.numeric.dtypes + [.bool]
        case .all, .any: [.bool]
        }
    }
}

package enum ArgReductionKind: String, CaseIterable, Hashable, Sendable {
    case argMax, argMin
}

package struct CumulativeAttributes: Hashable, Sendable {
    package var kind: ReductionKind
    package var axis: Int
    package var isExclusive: Bool
    package var isReversed: Bool

    package init(kind: ReductionKind, axis: Int, isExclusive: Bool, isReversed: Bool) {
        self.kind = kind
        self.axis = axis
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }
}

/// Which axes of the operands of a product are summed over (`contracting`), which go together (`batch`).
///
/// The result's axes: batch, the remaining ones of the left operand, those of the right one.
package struct DotDimensions: Hashable, Sendable {
    package var lhsContracting: [Int]
    package var rhsContracting: [Int]
    package var lhsBatch: [Int]
    package var rhsBatch: [Int]

    package init(lhsContracting: [Int], rhsContracting: [Int], lhsBatch: [Int], rhsBatch: [Int]) {
        self.lhsContracting = lhsContracting
        self.rhsContracting = rhsContracting
        self.lhsBatch = lhsBatch
        self.rhsBatch = rhsBatch
    }
}

/// A convolution over 1 to 3 spatial axes. Input `[n, spatial..., channels]`, filter
/// `[spatial..., channels / groups, outputChannels]`; cross-correlation, as everywhere in the field.
package struct ConvolutionAttributes: Hashable, Sendable {
    package var strides: [Int]
    package var padding: [Padding]
    package var inputDilation: [Int]
    package var filterDilation: [Int]
    package var groups: Int

    package init(
        strides: [Int], padding: [Padding], inputDilation: [Int], filterDilation: [Int], groups: Int
    ) {
        self.strides = strides
        self.padding = padding
        self.inputDilation = inputDilation
        self.filterDilation = filterDilation
        self.groups = groups
    }

    package var spatialRank: Int { strides.count }

    package struct Padding: Hashable, Sendable {
        package var low: Int
        package var high: Int
        package init(_ low: Int, _ high: Int) {
            self.low = low
            self.high = high
        }
        /// High padding that makes the output `ceil(size / stride)` long is not known before the
        /// size is; this mark stands for it.
        package static let same = Padding(Int.min, Int.min)
        package var isSame: Bool { low == Int.min }
    }
}

package enum WindowKind: String, CaseIterable, Hashable, Sendable {
    case sum, maximum = "max", minimum = "min"
}

/// A window that slides over every axis; padding acts as the identity of the reduction.
package struct WindowAttributes: Hashable, Sendable {
    package var sizes: [Int]
    package var strides: [Int]
    package var padding: [ConvolutionAttributes.Padding]
    package var dilations: [Int]

    package init(
        sizes: [Int], strides: [Int], padding: [ConvolutionAttributes.Padding], dilations: [Int]
    ) {
        self.sizes = sizes
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
    }
}

/// One axis of a tensor whose axes are merged, split, added or dropped, in row-major order. Unlike
/// the dimensions of a reshape it says where an unknown size comes from.
package enum GroupedAxis: Hashable, Sendable {
    /// As long as the product of these axes of the operand; of size 1 for none.
    case product(Range<Int>)
    /// Of this size.
    case size(Int)

    /// The size for an operand of these dimensions, which has the axes: −1 when it is unknown, nil
    /// when it is too large.
    func size(of dims: [Int]) -> Int? {
        switch self {
        case .size(let size): return size
        case .product(let axes):
            let sizes = dims[axes]
            if sizes.contains(0) { return 0 }
            return sizes.contains { $0 < 0 } ? -1 : CheckedSize(product: sizes).value
        }
    }

    /// Whether all of the size is the operand's.
    var givesNoSize: Bool {
        if case .size(let size) = self { return size == 1 }
        return true
    }
}

package struct SliceAttributes: Hashable, Sendable {
    package var starts: [Int]
    /// One past the last; `Int.max` for the end of the axis.
    package var limits: [Int]
    package var strides: [Int]

    package init(starts: [Int], limits: [Int], strides: [Int]) {
        self.starts = starts
        self.limits = limits
        self.strides = strides
    }
}

package struct PadAttributes: Hashable, Sendable {
    /// Elements before, after (negative ones crop), and between the elements of each axis.
    package var low: [Int]
    package var high: [Int]
    package var interior: [Int]

    package init(low: [Int], high: [Int], interior: [Int]) {
        self.low = low
        self.high = high
        self.interior = interior
    }
}

/// What an index outside the operand does.
public enum IndexMode: Hashable, Sendable, CaseIterable {
    /// The run throws.
    case checked
    /// The nearest valid index is taken.
    case clamped
    /// Gather gives zero, scatter leaves it out.
    case ignored
}

/// The general gather of StableHLO.
package struct GatherAttributes: Hashable, Sendable {
    package var offsetAxes: [Int]
    package var collapsedAxes: [Int]
    package var startIndexMap: [Int]
    package var indexVectorAxis: Int
    /// The slice's sizes; −1 takes the whole axis.
    package var sliceSizes: [Int]
    package var mode: IndexMode

    package init(
        offsetAxes: [Int], collapsedAxes: [Int], startIndexMap: [Int], indexVectorAxis: Int,
        sliceSizes: [Int], mode: IndexMode
    ) {
        self.offsetAxes = offsetAxes
        self.collapsedAxes = collapsedAxes
        self.startIndexMap = startIndexMap
        self.indexVectorAxis = indexVectorAxis
        self.sliceSizes = sliceSizes
        self.mode = mode
    }
}

/// How an update that is scattered is combined with the element already there.
public enum ScatterKind: String, CaseIterable, Hashable, Sendable {
    /// It replaces it; of several updates of one element an unspecified one stays.
    case set
    /// It is added.
    case add
    /// It is multiplied with it.
    case multiply
    /// The greater of both stays.
    case maximum
    /// The lesser of both stays.
    case minimum

    /// The element types that it takes.
    var operands: [DType] {
        switch self {
        case .add, .multiply: DTypeClass.numeric.dtypes
        case .set, .maximum, .minimum: DTypeClass.any.dtypes
        }
    }
}

/// The general scatter of StableHLO.
package struct ScatterAttributes: Hashable, Sendable {
    package var updateWindowAxes: [Int]
    package var insertedWindowAxes: [Int]
    package var scatterAxesToOperandAxes: [Int]
    package var indexVectorAxis: Int
    package var mode: IndexMode

    package init(
        updateWindowAxes: [Int], insertedWindowAxes: [Int], scatterAxesToOperandAxes: [Int],
        indexVectorAxis: Int, mode: IndexMode
    ) {
        self.updateWindowAxes = updateWindowAxes
        self.insertedWindowAxes = insertedWindowAxes
        self.scatterAxesToOperandAxes = scatterAxesToOperandAxes
        self.indexVectorAxis = indexVectorAxis
        self.mode = mode
    }
}

package struct SortAttributes: Hashable, Sendable {
    package var axis: Int
    package var isDescending: Bool

    package init(axis: Int, isDescending: Bool) {
        self.axis = axis
        self.isDescending = isDescending
    }
}

package struct WhileAttributes: Hashable, Sendable {
    package var condition: Region
    package var body: Region
    package var maximumIterations: Int?
}

/// A loop over the first axis of its sequences.
///
/// Inputs: `carries` initial values, then the sequences. The body gets the carries and one slice of
/// each sequence, and returns the next carries and one slice of each output.
package struct ScanAttributes: Hashable, Sendable {
    package var body: Region
    package var carries: Int
    package var isReversed: Bool
}

/// Whether a rematerialised body runs forward or once more for the backward pass.
package enum RematerializationRole: Hashable, Sendable { case forward, recomputation }

package enum CheckKind: Hashable, Sendable {
    /// The run throws when a value is NaN or infinite.
    case finite(String)
    /// The run throws when the second input, a scalar bool, is false.
    case condition(String)
    /// The run throws when one of the first input's 64-bit integers is negative or not less than the
    /// second input, a scalar.
    case inRange(String)
}

package struct UpdateAttributes: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The input becomes the value.
        case assign
        /// The region's result on the value before becomes the value.
        case modify(Region)
    }
    package var variable: VariableHandle
    package var kind: Kind
    /// The level of the region that the update was made in.
    package var level: Int
    package var order: UInt64
}

package struct GroupAttributes: Hashable, Sendable {
    /// Whether the updates that ride with values (`withUpdates`) below this node run with it.
    package var runsUpdates: Bool
}

/// A gradient that the program gives.
///
/// Two are equal when they are the same object; a closure cannot be compared nor saved.
package final class CustomGradient: Hashable, Sendable {
    package typealias Closure =
        @Sendable (_ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]) ->
        [AnyTensor?]

    /// Written once more, by `deinit`, which has no company.
    nonisolated(unsafe) package private(set) var gradient: Closure

    package init(_ gradient: @escaping Closure) { self.gradient = gradient }

    deinit {
        // Closures that capture what other custom gradients gave would recurse otherwise.
        NodeReclaimer.release(&gradient)
    }

    package static func == (a: CustomGradient, b: CustomGradient) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
