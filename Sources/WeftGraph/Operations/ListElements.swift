// SPDX-License-Identifier: Apache-2.0

/// Which places of a list an index may name.
package enum ListBounds: Hashable, Sendable {
    /// Those that the list has.
    case checked
    /// The one behind them, too.
    case growing

    fileprivate func admit(_ index: Int64, count: Int64) -> Bool {
        index >= 0 && (self == .growing ? index <= count : index < count)
    }
}

/// What cannot be done with a list, which only the run finds.
package enum ListFault: Error {
    case index(Int64, count: Int64, ListBounds)
    case otherType(at: Int, ArrayType, wanted: ArrayType)
    case count(Int, wanted: Int)
    case negativeCount(Int64)

    package var kind: RunError.Kind {
        switch self {
        case .index(let index, let count, let bounds):
            .other(
                .kernelFailure,
                bounds == .growing
                    ? "index \(index) is not in 0...\(count): the list has \(count) arrays, and one "
                        + "can be added behind them"
                    : "index \(index) is not in 0..<\(count): the list has \(count) arrays")
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
///
/// What is done at an index is told how many arrays the list counts as having. The gradient of a list may
/// have fewer: what is missing at its end are holes.
extension Array where Element == NDArray? {
    /// The array at an index; nil for zeros.
    ///
    /// - Throws: `ListFault` for an index out of bounds, or an array of another type.
    package func element(
        at index: Int64, ofCount count: Int64, _ bounds: ListBounds, of type: ArrayType
    ) throws -> NDArray? {
        try Self.require(index, ofCount: count, bounds)
        return index < self.count ? try element(Int(index), of: type) : nil
    }

    /// Puts an array at an index, with holes before it where the list was shorter.
    ///
    /// - Throws: `ListFault` for an index out of bounds, or `MemoryShortage`.
    package mutating func set(
        _ array: NDArray, at index: Int64, ofCount count: Int64, _ bounds: ListBounds
    ) throws {
        try Self.require(index, ofCount: count, bounds)
        if index >= self.count { try resize(to: index < .max ? index + 1 : index) }
        self[Int(index)] = array
    }

    /// Makes a hole at an index, or takes off the place that is behind the others.
    ///
    /// - Throws: `ListFault` for an index out of bounds.
    package mutating func clear(
        at index: Int64, ofCount count: Int64, _ bounds: ListBounds
    ) throws {
        try Self.require(index, ofCount: count, bounds)
        guard index < self.count else { return }
        if index < count { self[Int(index)] = nil } else { removeLast(self.count - Int(index)) }
    }

    private static func require(
        _ index: Int64, ofCount count: Int64, _ bounds: ListBounds
    ) throws {
        guard bounds.admit(index, count: count) else {
            throw ListFault.index(index, count: count, bounds)
        }
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
    /// - Parameter filling: Whether there may be fewer.
    /// - Throws: `ListFault` when there are not as many, or an array is of another type.
    package func rows(of type: ArrayType, filling: Bool) throws -> [NDArray?] {
        let wanted = type.shape.first ?? 0
        guard filling ? count <= wanted : count == wanted else {
            throw ListFault.count(count, wanted: wanted)
        }
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
