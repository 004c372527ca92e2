// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftFormats
import WeftProtos

/// A variable that was written in parts, each a block of it under a key of its own.
struct CheckpointParts {
    private struct Part {
        let block: ArrayPart
        let entry: CheckpointIndex.Entry
    }

    private let reading: CheckpointReading
    private let index: CheckpointIndex
    private let name: String
    private let place: Int
    private let shape: [Int]
    private let parts: [Part]

    init(
        _ reading: CheckpointReading, _ index: CheckpointIndex, _ name: String,
        _ entry: CheckpointIndex.Entry, _ shape: [Int]
    ) throws {
        (self.reading, self.index, self.name, self.shape) = (reading, index, name, shape)
        place = entry.place
        func failure(_ reason: String) -> FileError {
            index.file.error(entry: name, at: entry.place, reason)
        }
        parts = try entry.message.slices.map { slice in
            guard slice.extent.count == shape.count else {
                throw failure(
                    "a part of it has \(slice.extent.count) axes instead of \(shape.count)")
            }
            var ranges: [Range<Int>] = []
            var extents: [Range<Int>?] = []
            for (extent, size) in zip(slice.extent, shape) {
                guard extent.hasLength_p != nil else {
                    ranges.append(0..<size)
                    extents.append(nil)
                    continue
                }
                guard let start = Int(exactly: extent.start), start >= 0, start <= size,
                    let length = Int(exactly: extent.length), length >= 0, length <= size - start
                else {
                    throw failure(
                        "a part of it has \(extent.length) from \(extent.start) on, along an axis of \(size)"
                    )
                }
                ranges.append(start..<start + length)
                extents.append(start..<start + length)
            }
            let key = OrderedCode.key(of: Array(name.utf8), extents)
            guard let part = index.parts[key] else {
                throw failure("the part \(ranges) of it is missing")
            }
            guard part.message.slices.isEmpty, part.message.dtype == entry.message.dtype,
                try reading.shape(name, part) == ranges.map(\.count)
            else { throw failure("the part \(ranges) of it is of another type or shape") }
            return Part(block: ArrayPart(shape: shape, ranges: ranges), entry: part)
        }
    }

    /// The variable. Its parts must cover it, and none twice.
    func array(_ dtype: DType) throws -> NDArray {
        var rest = ArraySize.count(shape) ?? 0
        for part in parts {
            let (left, overflow) = rest.subtractingReportingOverflow(
                ArraySize.count(part.block.partShape) ?? .max)
            guard !overflow, left >= 0 else { throw failure("its parts overlap") }
            rest = left
        }
        guard rest == 0 else { throw failure("its parts leave \(rest) elements out") }
        return dtype == .string ? try strings() : try numbers(dtype)
    }

    private func failure(_ reason: String) -> FileError {
        index.file.error(entry: name, at: place, reason)
    }

    private func numbers(_ dtype: DType) throws -> NDArray {
        // Parts are read before there is memory for the whole, which then is no more than theirs.
        let arrays = try parts.map { try reading.array(name, $0.entry) }
        let count = ArraySize.count(shape) ?? 0
        let storage: Storage
        do {
            storage = try Storage(allocating: count * dtype.size)
        } catch {
            throw index.file.error(
                .memory, entry: name, at: place, "an array of \(dtype)\(shape): \(error)")
        }
        var isFilled = Array(repeating: false, count: count)
        for (part, array) in zip(parts, arrays) {
            let isNew = array.withUnsafeBytes { source in
                part.block.rows { target, offset, length in
                    guard let base = source.baseAddress else { return true }
                    for place in target..<target + length {
                        if isFilled[place] { return false }
                        isFilled[place] = true
                    }
                    (storage.address + target * dtype.size).copyMemory(
                        from: base + offset * dtype.size, byteCount: length * dtype.size)
                    return true
                }
            }
            guard isNew else { throw failure("its parts overlap") }
        }
        return NDArray(dtype: dtype, shape: shape, storage: storage)
    }

    private func strings() throws -> NDArray {
        let arrays = try parts.map { try reading.array(name, $0.entry).byteStrings() }
        var result = [[UInt8]?](repeating: nil, count: ArraySize.count(shape) ?? 0)
        for (part, strings) in zip(parts, arrays) {
            let isNew = part.block.rows { target, offset, length in
                for place in 0..<length {
                    if result[target + place] != nil { return false }
                    result[target + place] = strings[offset + place]
                }
                return true
            }
            guard isNew else { throw failure("its parts overlap") }
        }
        do {
            return try NDArray(byteStrings: result.map { $0 ?? [] }, shape: shape)
        } catch {
            throw index.file.error(.memory, entry: name, at: place, "\(error)")
        }
    }
}
