// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// A block of an array: a part of a variable that is kept in parts.
struct ArrayPart {
    /// The shape of the whole.
    let shape: [Int]
    /// What the part has of each axis; they must be the shape's own axes.
    let ranges: [Range<Int>]

    init(shape: [Int], ranges: [Range<Int>]) {
        (self.shape, self.ranges) = (shape, ranges)
    }

    /// A part as TensorFlow's operations name it: `4 6 0,2:-` is the first two of four rows, all of their six
    /// elements.
    ///
    /// - Returns: nil for words that name no part.
    init?(_ text: String) {
        var words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let slice = words.popLast(), !words.isEmpty else { return nil }
        let sizes = words.compactMap { Int($0) }
        let extents = slice.split(separator: ":", omittingEmptySubsequences: false)
        guard sizes.count == words.count, sizes.allSatisfy({ $0 >= 0 }),
            extents.count == sizes.count, ArraySize.count(sizes) != nil
        else { return nil }
        var ranges: [Range<Int>] = []
        for (extent, size) in zip(extents, sizes) {
            if extent == "-" {
                ranges.append(0..<size)
                continue
            }
            let numbers = extent.split(separator: ",").compactMap { Int($0) }
            guard numbers.count == 2, numbers[0] >= 0, numbers[0] <= size, numbers[1] >= 0,
                numbers[1] <= size - numbers[0]
            else { return nil }
            ranges.append(numbers[0]..<numbers[0] + numbers[1])
        }
        (shape, self.ranges) = (sizes, ranges)
    }

    /// The shape of the part.
    var partShape: [Int] { ranges.map(\.count) }

    /// The part's ranges as keys of checkpoints have them: nil is all of an axis.
    var extents: [Range<Int>?] {
        zip(shape, ranges).map { $1 == 0..<$0 ? nil : $1 }
    }

    /// The part of an array, which must be of the shape of the whole.
    func of(_ array: NDArray) throws -> NDArray {
        var places: [Range<Int>] = []
        _ = rows { target, _, length in
            places.append(target..<target + length)
            return true
        }
        if array.dtype == .string {
            let strings = try array.byteStrings()
            return try NDArray(byteStrings: places.flatMap { strings[$0] }, shape: partShape)
        }
        let size = array.dtype.size
        let bytes = array.withUnsafeBytes { source in
            places.reduce(into: [UInt8]()) {
                $0 += source[$1.lowerBound * size..<$1.upperBound * size]
            }
        }
        return try NDArray(dtype: array.dtype, shape: partShape, bytes: bytes)
    }

    /// Gives the rows of the part: where each begins in the whole, where in the part, and how long it is.
    ///
    /// - Returns: false as soon as `body` does.
    func rows(_ body: (_ target: Int, _ offset: Int, _ length: Int) -> Bool) -> Bool {
        guard let last = ranges.last else { return body(0, 0, 1) }
        if ranges.contains(where: \.isEmpty) { return true }
        let outer = ranges.dropLast()
        var place = outer.map(\.lowerBound)
        var offset = 0
        while true {
            var target = 0
            for (size, position) in zip(shape, place + [last.lowerBound]) {
                target = target * size + position
            }
            guard body(target, offset, last.count) else { return false }
            offset += last.count
            var axis = outer.count - 1
            while axis >= 0 {
                place[axis] += 1
                if place[axis] < outer[axis].upperBound { break }
                place[axis] = outer[axis].lowerBound
                axis -= 1
            }
            if axis < 0 { return true }
        }
    }
}

extension TFTensorSliceProto {
    /// A part as the files of checkpoints hold it: an axis that is whole has neither start nor length.
    init(_ part: ArrayPart) {
        self.init()
        extent = part.extents.map { range in
            var extent = Extent()
            if let range {
                extent.start = Int64(range.lowerBound)
                extent.length = Int64(range.count)
            }
            return extent
        }
    }
}
