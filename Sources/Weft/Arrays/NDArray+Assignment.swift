// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

extension NDArray {
    /// Puts values into a part of the array: an index or a range for each axis; axes not named are whole.
    ///
    /// ```swift
    /// try a.assign([0, 0], at: 1..<3, -1)  // the last column of the second and third row
    /// ```
    /// Only the part is written, where nobody else holds the array.
    ///
    /// - Parameters:
    ///   - value: What is put there, broadcast to the part's shape. It is of the array's type, or a scalar
    ///     or an array of integers or bool whose numbers are converted to it.
    ///   - ranges: The part, as in a tensor's subscript; new axes are not for parts that are assigned.
    /// - Throws: `GraphError` when a range leaves its axis; `ArrayError` when the value does not fit,
    ///   or when another array shares the memory and there is none for a copy; `RunError` when there is no
    ///   memory to convert the value.
    public mutating func assign(
        _ value: NDArray, at ranges: any TensorRangeExpression...
    ) throws {
        let part = try SlicePart(ranges.map(\.tensorRange), of: self)
        if dtype == .string || value.dtype == .string {
            self = try assigning(value, to: part)
            return
        }
        let isConverted = value.dtype != dtype
        let losesParts = value.dtype.isComplex && !dtype.isComplex
        guard
            !isConverted
                || !losesParts && (value.rank == 0 || value.dtype.isInteger || value.dtype == .bool)
        else {
            throw ArrayError(
                "an array of \(value.dtype) cannot be assigned to a part of one of \(dtype); convert it "
                    + "with `cast(to:)`")
        }
        let value = isConverted ? try value.converted(to: dtype, for: "the assigned value") : value
        let (strides, size) = (try part.strides(of: value), dtype.size)
        try makeUnshared()
        withUnsafeMutableBytes { target in
            value.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                part.copy(from, strides, to, elementSize: size)
            }
        }
    }
}

extension NDArray {
    /// The array of strings with others in a part of it, which are of other lengths: made anew.
    private func assigning(_ value: NDArray, to part: SlicePart) throws -> NDArray {
        guard dtype == value.dtype else {
            throw ArrayError(
                "an array of \(value.dtype) cannot be assigned to a part of one of \(dtype)")
        }
        let count = count
        var sources = Array(0..<count)
        let others = Array(count..<count + value.count)
        let strides = try part.strides(of: value)
        sources.withUnsafeMutableBytes { target in
            others.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                part.copy(from, strides, to, elementSize: MemoryLayout<Int>.size)
            }
        }
        do {
            var packer = StringPacker()
            for source in sources {
                if source < count {
                    try append(source, to: &packer)
                } else {
                    try value.append(source - count, to: &packer)
                }
            }
            return try packer.array(shape)
        } catch {
            throw error.runError("the strings with those that are assigned")
        }
    }
}

/// The part of an array that ranges mean.
private struct SlicePart {
    private struct Axis {
        /// Elements from one position of the part to the next.
        var stride: Int
        var count: Int
    }

    private var offset = 0
    /// The axes that the part has.
    private var axes: [Axis] = []
    private var shape: [Int] { axes.map(\.count) }

    init(_ ranges: [TensorRange], of array: NDArray) throws {
        // Positions are those of the elements that the slice of a tensor takes: one rule for both.
        let tensor = AnyTensor.placeholder(array.dtype, shape: Shape(array.shape))
        let bounds = try tensor.sliceBounds(ranges)
        var stride = array.count
        for (axis, bound) in bounds.enumerated() {
            stride = array.shape[axis] == 0 ? 0 : stride / array.shape[axis]
            offset += bound.start * stride
            if !bound.isIndex {
                axes.append(Axis(stride: bound.stride * stride, count: bound.count))
            }
        }
    }

    /// The strides of a value that is broadcast to the part.
    func strides(of value: NDArray) throws -> [Int] {
        let missing = axes.count - value.rank
        guard missing >= 0,
            value.shape.enumerated().allSatisfy({ $1 == 1 || $1 == axes[$0 + missing].count })
        else {
            throw ArrayError(
                "an array of shape \(value.shape) cannot be broadcast to the part of shape \(shape)"
            )
        }
        var strides = Array(repeating: 0, count: axes.count)
        var stride = 1
        for axis in value.shape.indices.reversed() {
            if value.shape[axis] != 1 { strides[axis + missing] = stride }
            stride *= value.shape[axis]
        }
        return strides
    }

    func copy(
        _ source: UnsafeRawPointer, _ strides: [Int], _ target: UnsafeMutableRawPointer,
        elementSize size: Int
    ) {
        if shape.contains(0) { return }
        var position = Array(repeating: 0, count: axes.count)
        var (from, to) = (source, target + offset * size)
        // The last axis is one run where both are without gaps.
        let last = axes.count - 1
        let isRun = last >= 0 && axes[last].stride == 1 && strides[last] == 1
        let outer = isRun ? last : axes.count
        let length = isRun ? axes[last].count * size : size
        while true {
            to.copyMemory(from: from, byteCount: length)
            var axis = outer - 1
            while axis >= 0 {
                position[axis] += 1
                from += strides[axis] * size
                to += axes[axis].stride * size
                if position[axis] < axes[axis].count { break }
                from -= position[axis] * strides[axis] * size
                to -= position[axis] * axes[axis].stride * size
                position[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
