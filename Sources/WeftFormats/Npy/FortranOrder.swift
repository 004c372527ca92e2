// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// Elements of which the first axis goes fastest, to be brought into the order in which the last one does.
struct FortranOrder {
    private let whole: [Int]
    /// Without axes of length 1, of which a file may have thousands.
    private let shape: [Int]
    /// How far it is along each axis to the next element.
    private let strides: [Int]

    /// The shape must be one of an array.
    init(_ shape: [Int]) {
        whole = shape
        self.shape = shape.filter { $0 != 1 }
        var strides: [Int] = []
        var step = 1
        for dimension in self.shape {
            strides.append(step)
            step *= dimension
        }
        self.strides = strides
    }

    /// The array with its elements in order.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    func undone(_ array: NDArray) throws(MemoryShortage) -> NDArray {
        if shape.count < 2 { return array }
        return try NDArray(dtype: array.dtype, shape: whole) { target in
            array.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                switch array.dtype.size {
                case 1: copy(UInt8.self, base, target)
                case 2: copy(UInt16.self, base, target)
                case 4: copy(UInt32.self, base, target)
                case 8: copy(UInt64.self, base, target)
                default: copy(SIMD2<UInt64>.self, base, target)
                }
            }
        }
    }

    /// The place in memory of each element, in the order of the last axis.
    func places() -> [Int] {
        var result: [Int] = []
        forEachRow { start, count, step in
            for index in 0..<count { result.append(start + index * step) }
        }
        return result
    }

    private func copy<T>(
        _: T.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer
    ) {
        let source = source.assumingMemoryBound(to: T.self)
        var target = target.assumingMemoryBound(to: T.self)
        forEachRow { start, count, step in
            for index in 0..<count { target[index] = source[start + index * step] }
            target += count
        }
    }

    /// Calls `body` for each line along the last axis: where it begins, how many elements it has, and how far
    /// they are from each other.
    private func forEachRow(_ body: (Int, Int, Int) -> Void) {
        guard !shape.contains(0) else { return }
        guard let count = shape.last, let step = strides.last else {
            body(0, 1, 1)
            return
        }
        var index = [Int](repeating: 0, count: shape.count - 1)
        var start = 0
        while true {
            body(start, count, step)
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                start += strides[axis]
                if index[axis] < shape[axis] { break }
                start -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

/// What the bytes of elements are made into on the way from a file.
package enum ByteOrder {
    /// Turns the bytes of each number around, which are 2, 4 or 8.
    static func turnAround(_ bytes: UnsafeMutableRawBufferPointer, unit: Int) {
        func swap<I: FixedWidthInteger>(_: I.Type) {
            for place in stride(from: 0, to: bytes.count - unit + 1, by: unit) {
                let number = bytes.loadUnaligned(fromByteOffset: place, as: I.self)
                bytes.storeBytes(of: number.byteSwapped, toByteOffset: place, as: I.self)
            }
        }
        switch unit {
        case 2: swap(UInt16.self)
        case 4: swap(UInt32.self)
        default: swap(UInt64.self)
        }
    }

    /// Makes 1 of all but 0: kernels rely on the two values that `Bool` has.
    package static func normalizeBooleans(_ bytes: UnsafeMutableRawBufferPointer) {
        for place in bytes.indices where bytes[place] > 1 { bytes[place] = 1 }
    }
}
