// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// A reduction seen as one over [rows, columns].
enum RowReduction: Equatable {
    /// Each row to one element.
    case eachRow(columns: Int)
    /// All rows to one row.
    case overRows(columns: Int)
    /// Everything to one element.
    case all

    /// The columns that it asks for; 0 for any.
    var columns: Int {
        switch self {
        case .eachRow(let columns), .overRows(let columns): columns
        case .all: 0
        }
    }
}

extension Draft {
    /// Longer rows would not stay in the cache.
    static let maximumColumns = 1 << 15

    /// How a reduction goes over rows and columns; nil for what is not a reduction, has no
    /// elements, or goes over axes in the midst of others.
    func rowReduction(of instruction: Program.Instruction) -> RowReduction? {
        guard case .reduce(let kind, let axes) = instruction.primitive else { return nil }
        let type = program.values[instruction.inputs[0]]
        let real = type.shape.indices.filter { type.shape[$0] != 1 }
        guard type.count > 1, let firstReal = real.first, let lastReal = real.last,
            weft_row_reduces(kind.kernelKind, type.dtype.kernelType) != 0
        else { return nil }
        let reduced = real.filter { axes.contains($0) }
        guard let first = reduced.first, let last = reduced.last else { return nil }
        if reduced.count == real.count { return .all }
        guard reduced.count == real.filter({ $0 >= first && $0 <= last }).count else { return nil }
        let volume = reduced.map { type.shape[$0] }.volume
        if last == lastReal {
            return Self.isWorthRows(type.count / volume, volume) ? .eachRow(columns: volume) : nil
        }
        guard first == firstReal else { return nil }
        let columns = type.count / volume
        return columns <= Self.maximumColumns ? .overRows(columns: columns) : nil
    }

    /// Whether there are rows enough to share out, and short enough to keep.
    static func isWorthRows(_ rows: Int, _ columns: Int) -> Bool {
        columns > 1 && columns <= maximumColumns && rows > 1
            && (rows >= 16 || rows * columns <= 1 << 14)
    }

    /// Whether an array read with these strides over `shape` gives one element to each row of
    /// `columns`, in order.
    static func readsRows(_ strides: [Int64], _ shape: [Int], _ columns: Int) -> Bool {
        var volume = 1
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            let expected = volume < columns ? 0 : volume / columns
            if strides[axis] != Int64(expected) { return false }
            volume *= shape[axis]
            if volume > columns, volume % columns != 0 { return false }
        }
        return true
    }

    /// The elements that an instruction goes over: those of its result, or what it reduces.
    func spaceCount(_ instruction: Int32) -> Int {
        let item = program.instructions[Int(instruction)]
        let value = role[Int(instruction)] == .reduction ? item.inputs[0] : item.outputs[0]
        return program.values[value].count
    }
}

extension ReductionKind {
    /// The kernels' name of the kind.
    var kernelKind: weft_reduction {
        switch self {
        case .sum: WEFT_REDUCE_SUM
        case .product: WEFT_REDUCE_PROD
        case .maximum: WEFT_REDUCE_MAX
        case .minimum: WEFT_REDUCE_MIN
        case .all: WEFT_REDUCE_AND
        case .any: WEFT_REDUCE_OR
        }
    }
}
