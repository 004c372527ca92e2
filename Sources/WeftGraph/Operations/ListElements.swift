// SPDX-License-Identifier: Apache-2.0

/// What a list counts as beyond its end.
package enum ListBounds: Hashable, Sendable {
    /// An index there is an error.
    case checked
    /// An array can be put at the index of the count.
    case growing
    /// As zeros: a list's gradient may be shorter than the list, and have holes.
    case open
}

/// What cannot be done with a list, which only the run finds.
package enum ListFault: Error {
    case index(Int64, count: Int, reach: Int)
    case otherType(at: Int, ArrayType, wanted: ArrayType)
    case count(Int, wanted: Int)
    case negativeCount(Int64)

    package var kind: RunError.Kind {
        switch self {
        case .index(let index, let count, let reach):
            .other(
                .kernelFailure,
                "index \(index) is not in 0..<\(reach): the list has \(count) arrays"
                    + (reach > count ? ", and one can be added behind them" : ""))
        case .otherType(let place, let type, let wanted):
            .other(
                .kernelFailure,
                "array \(place) of the list is \(type), not \(wanted); a list that is read holds "
                    + "arrays of one type")
        case .count(let count, let wanted):
            .other(
                .kernelFailure,
                "the list has \(count) arrays, not the \(wanted) that are to be stacked")
        case .negativeCount(let count):
            .other(.kernelFailure, "a list cannot have \(count) arrays")
        }
    }
}

/// The arrays of a list. A hole, nil, stands for zeros of the type with which it is read.
extension Array where Element == NDArray? {
    /// The array at an index; nil for zeros.
    ///
    /// - Throws: `ListFault` for an index outside of checked bounds, or an array of another type.
    package func element(
        at index: Int64, _ bounds: ListBounds, of type: ArrayType
    ) throws -> NDArray? {
        guard index >= 0, index < count else {
            if bounds == .open { return nil }
            throw ListFault.index(index, count: count, reach: count)
        }
        return try element(Int(index), of: type)
    }

    /// Puts an array at an index. With open bounds there are holes before it where the list was shorter.
    ///
    /// - Throws: `ListFault`, or `MemoryShortage`.
    package mutating func set(_ array: NDArray, at index: Int64, _ bounds: ListBounds) throws {
        let reach = bounds == .growing ? count + 1 : count
        guard index >= 0, bounds == .open || index < reach else {
            throw ListFault.index(index, count: count, reach: reach)
        }
        if index >= count { try resize(to: index + 1) }
        self[Int(index)] = array
    }

    /// Cuts arrays off the end, or puts holes there.
    ///
    /// - Throws: `ListFault`, or `MemoryShortage`.
    package mutating func resize(to newCount: Int64) throws {
        guard newCount >= 0 else { throw ListFault.negativeCount(newCount) }
        if newCount < count { return removeLast(count - Int(newCount)) }
        let more = Int(newCount) - count
        let (bytes, overflow) = more.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        try MachineMemory.require(overflow ? Int.max : bytes)
        append(contentsOf: repeatElement(nil, count: more))
    }

    /// The arrays that are stacked to a whole of `type`; nil for zeros.
    ///
    /// - Throws: `ListFault` when checked bounds want another number, or an array is of another type.
    package func rows(of type: ArrayType, _ bounds: ListBounds) throws -> [NDArray?] {
        let wanted = type.shape.first ?? 0
        if bounds != .open, count != wanted { throw ListFault.count(count, wanted: wanted) }
        let row = ArrayType(type.dtype, [Int](type.shape.dropFirst()))
        return try (0..<wanted).map { $0 < count ? try element($0, of: row) : nil }
    }

    private func element(_ index: Int, of type: ArrayType) throws -> NDArray? {
        guard let array = self[index] else { return nil }
        let own = ArrayType(array.dtype, array.shape)
        if own != type { throw ListFault.otherType(at: index, own, wanted: type) }
        return array
    }
}
