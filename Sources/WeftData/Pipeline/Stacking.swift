// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// Arrays put together along a new first axis, and rows taken from one.
enum Stacking {
    static func stack(_ arrays: [NDArray], _ padding: BatchPadding?) throws(ArrayError) -> NDArray {
        guard let first = arrays.first else {
            throw ArrayError("a batch of no elements has no shape")
        }
        if let other = arrays.firstIndex(where: { $0.dtype != first.dtype }) {
            throw ArrayError(
                "element \(other) of the batch is \(arrays[other].dtype), element 0 is \(first.dtype)"
            )
        }
        let inner = try shape(arrays, first, padding)
        let shape = [arrays.count] + inner
        guard ArraySize.fits(shape, first.dtype) else {
            throw ArrayError("\(shape) is not the shape of an array that fits the machine's memory")
        }
        do throws(MemoryShortage) {
            if first.dtype == .string { return try strings(arrays, inner, shape) }
            let isFilled = arrays.contains { $0.shape != inner }
            if isFilled {
                var batch = try NDArray(
                    repeating: padding?.value ?? 0, dtype: first.dtype, shape: shape)
                batch.withUnsafeMutableBytes { copy(arrays, inner, into: $0) }
                return batch
            }
            let stride = first.byteCount
            return try NDArray(dtype: first.dtype, shape: shape) { target in
                for (row, array) in arrays.enumerated() {
                    array.withUnsafeBytes {
                        if let base = $0.baseAddress, stride > 0 {
                            (target + row * stride).copyMemory(from: base, byteCount: stride)
                        }
                    }
                }
            }
        } catch {
            throw ArrayError(error, first.dtype, shape)
        }
    }

    /// The shape of an element of the batch.
    private static func shape(
        _ arrays: [NDArray], _ first: NDArray, _ padding: BatchPadding?
    ) throws(ArrayError) -> [Int] {
        guard let padding else {
            if let other = arrays.firstIndex(where: { $0.shape != first.shape }) {
                throw ArrayError(
                    "element \(other) of the batch has the shape \(arrays[other].shape), element 0 "
                        + "\(first.shape); `paddedBatch` fills up shorter ones")
            }
            return first.shape
        }
        var lengths = first.shape
        for (index, array) in arrays.enumerated() {
            guard array.rank == lengths.count else {
                throw ArrayError(
                    "element \(index) of the batch has the shape \(array.shape), element 0 "
                        + "\(first.shape); only lengths may differ, not the number of axes")
            }
            for (axis, length) in array.shape.enumerated() {
                lengths[axis] = max(lengths[axis], length)
            }
        }
        return try lengths.map { length throws(ArrayError) in
            let whole = CheckedSize(length).dividedUp(by: padding.multiple)
            guard let filled = (whole * CheckedSize(padding.multiple)).value else {
                throw ArrayError("a length of \(length) has no multiple of \(padding.multiple)")
            }
            return filled
        }
    }

    /// Copies each array to the beginning of its place along every axis.
    private static func copy(
        _ arrays: [NDArray], _ inner: [Int], into target: UnsafeMutableRawBufferPointer
    ) {
        guard let targetBase = target.baseAddress, let last = inner.last else { return }
        let size = arrays[0].dtype.size
        let places = inner.reduce(1, *)
        for (number, array) in arrays.enumerated() where array.count > 0 {
            let width = array.shape[array.rank - 1]
            array.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                for row in 0..<array.count / width {
                    let place = number * places + start(ofRow: row, array.shape, in: inner) * last
                    (targetBase + place * size).copyMemory(
                        from: base + row * width * size, byteCount: width * size)
                }
            }
        }
    }

    /// The row of the larger array at which a row of the smaller one stands; rows go along the last axis.
    private static func start(ofRow row: Int, _ shape: [Int], in larger: [Int]) -> Int {
        var (rest, result, step) = (row, 0, 1)
        for axis in shape.indices.dropLast().reversed() {
            let (next, index) = rest.quotientAndRemainder(dividingBy: shape[axis])
            result += index * step
            step *= larger[axis]
            rest = next
        }
        return result
    }

    private static func strings(
        _ arrays: [NDArray], _ inner: [Int], _ shape: [Int]
    ) throws(MemoryShortage) -> NDArray {
        var packer = StringPacker()
        let places = inner.reduce(1, *)
        for array in arrays {
            if array.shape == inner {
                for index in 0..<array.count { try array.append(index, to: &packer) }
                continue
            }
            // Where in the batch each string stands; the others are empty.
            var origins: [Int: Int] = [:]
            let width = array.shape.last ?? 1
            for index in 0..<array.count {
                let row = start(ofRow: index / width, array.shape, in: inner)
                origins[row * (inner.last ?? 1) + index % width] = index
            }
            for place in 0..<places {
                if let index = origins[place] {
                    try array.append(index, to: &packer)
                } else {
                    try packer.end()
                }
            }
        }
        return try packer.array(shape)
    }

    /// The rows of an array at a range of places in an order: parts along its first axis, which it must have.
    static func rows(
        of array: NDArray, _ indices: PassIndices, _ range: Range<Int>
    ) throws(ArrayError) -> NDArray {
        let inner = Array(array.shape.dropFirst())
        let shape = [range.count] + inner
        guard ArraySize.fits(shape, array.dtype) else {
            throw ArrayError("\(shape) is not the shape of an array that fits the machine's memory")
        }
        let width = inner.reduce(1, *)
        do throws(MemoryShortage) {
            if array.dtype == .string {
                // Without strings there may be more rows than anyone could count.
                let rows = width == 0 ? range.prefix(0) : range
                return try array.strings(
                    at: rows.lazy.flatMap { indices[$0] * width..<(indices[$0] + 1) * width },
                    shape: shape)
            }
            let stride = width * array.dtype.size
            return try NDArray(dtype: array.dtype, shape: shape) { target in
                array.withUnsafeBytes { source in
                    guard stride > 0, let base = source.baseAddress, !range.isEmpty else { return }
                    if case .even(_, 1, _) = indices {
                        target.copyMemory(
                            from: base + indices[range.lowerBound] * stride,
                            byteCount: range.count * stride)
                        return
                    }
                    for (row, place) in range.enumerated() {
                        (target + row * stride).copyMemory(
                            from: base + indices[place] * stride, byteCount: stride)
                    }
                }
            }
        } catch {
            throw ArrayError(error, array.dtype, shape)
        }
    }

    /// One part along the first axis, which is then gone.
    static func row(of array: NDArray, _ index: Int) throws(ArrayError) -> NDArray {
        let rows = try rows(of: array, .even(start: index, stride: 1, count: 1), 0..<1)
        return rows.reinterpreted(shape: Array(array.shape.dropFirst()))
    }
}
