// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Weft
import WeftFormats
import WeftProtos

/// Checkpoints of TensorFlow's first kind: a sorted table, or several, that hold the elements of arrays
/// themselves, whole ones as well as blocks of them.
///
/// The entry with the empty key says what arrays there are, and in which blocks; the others, under the same
/// keys as the parts of variables have in later checkpoints, have one block each.
enum SliceTable {
    /// Where the elements of a block are.
    struct Slice: Sendable {
        enum Content: Sendable {
            /// Bytes of the file, whose checksum was compared.
            case stored(start: Int, count: Int)
            /// Bytes that the file has compressed.
            case held(ArraySlice<UInt8>)
        }

        let file: ReadableFile
        let content: Content
        /// Where in the file it stands, nearly, for messages.
        let place: Int
    }

    /// The paths of the files that a prefix means: itself, or where it has `?????` in the place of the number
    /// of a file, or is what stands before such numbers, all of those. Nil when there are none.
    static func files(of prefix: String) -> [String]? {
        if Folder.has(prefix) {
            return Folder.isFolder(prefix, followingLinks: true) ? nil : [prefix]
        }
        let folder = Folder.parent(of: prefix)
        let name = prefix.split(separator: "/").last.map(String.init) ?? prefix
        guard let names = try? Folder.names(in: folder) else { return nil }
        if let mark = name.range(of: "-?????-of-") {
            let count = Int(name[mark.upperBound...])
            return shards(of: String(name[..<mark.lowerBound]), count, names, folder, prefix)
        }
        return shards(of: name, nil, names, folder, prefix)
    }

    /// Names have five digits for the number of a file.
    private static let mostFiles = 99_999

    /// Whether a prefix means files, and the first of them ends as tables do.
    static func exists(_ prefix: String) -> Bool {
        guard let path = files(of: prefix)?.first, let file = try? ReadableFile(path) else {
            return false
        }
        return TableFile.isTable(file)
    }

    /// The files `NAME-00000-of-00003` and those after it; `count` of them, or as many as they say.
    private static func shards(
        of name: String, _ count: Int?, _ names: [String], _ folder: String, _ prefix: String
    ) -> [String]? {
        let first = name + "-00000-of-"
        let found = names.filter { $0.hasPrefix(first) }
            .compactMap { Int($0.dropFirst(first.count)) }
        guard let count = count ?? (found.count == 1 ? found[0] : nil), found.contains(count),
            (1...mostFiles).contains(count)
        else { return nil }
        let start = prefix.hasPrefix(folder + "/") || folder != "." ? folder + "/" : ""
        return (0..<count).map { start + CheckpointReading.shardPath(name, $0, of: count) }
    }

    /// The elements of a block: an array of the type and shape that the checkpoint gives it.
    static func array(
        _ slice: Slice, _ dtype: DType, _ shape: [Int], name: String
    ) throws -> NDArray {
        let bytes: [UInt8]
        switch slice.content {
        case .stored(let start, let count): bytes = try slice.file.bytes(at: start, count: count)
        case .held(let held): bytes = Array(held)
        }
        func failure(_ reason: String) -> FileError {
            slice.file.error(entry: name, at: slice.place, reason)
        }
        var tensor: TFTensorProto
        do {
            tensor = try TFSavedTensorSlices(serializedBytes: bytes).data.data
        } catch {
            throw failure("its elements cannot be read: \(error)")
        }
        if let type = dtype.tensorFlowType { tensor.dtype = type }
        tensor.tensorShape = TFTensorShapeProto(Shape(shape))
        // Elsewhere one element may stand for many; here each is there.
        let count = ArraySize.count(shape) ?? 0
        let given = tensor.listedCount(dtype)
        guard given == count || tensor.tensorContent.count == count * max(dtype.size, 1) else {
            throw failure("it has \(given) elements for the shape \(shape)")
        }
        do {
            return try tensor.array()
        } catch let error as TensorFlowError {
            throw failure(error.reason)
        } catch {
            throw slice.file.error(.memory, entry: name, at: slice.place, "\(error)")
        }
    }
}

extension TFTensorProto {
    /// How many elements of a type stand in the message one by one.
    fileprivate func listedCount(_ type: DType) -> Int {
        switch type {
        case .float32: floatVal.count
        case .float64: doubleVal.count
        case .int32, .int16, .int8, .uint8, .uint16: intVal.count
        case .int64: int64Val.count
        case .uint32: uint32Val.count
        case .uint64: uint64Val.count
        case .bool: boolVal.count
        case .float16, .bfloat16: halfVal.count
        case .complex64: scomplexVal.count / 2
        case .complex128: dcomplexVal.count / 2
        case .string: stringVal.count
        case .list: 0
        }
    }
}

extension CheckpointIndex {
    /// Reads the tables of a checkpoint of the first kind.
    ///
    /// - Throws: `FileError` when one is missing, is none of a checkpoint, or is damaged.
    init(tables paths: [String]) throws {
        var names: [String] = []
        var entries: [String: Entry] = [:]
        var parts: [[UInt8]: Entry] = [:]
        let files = try paths.map { try ReadableFile($0) }
        guard let first = files.first else {
            throw FileError(.malformed, paths.first ?? "", "it has no files")
        }
        for file in files {
            var slices: [[UInt8]: SliceTable.Slice] = [:]
            var meta: (message: TFSavedTensorSliceMeta, place: Int)?
            try TableFile.read(file) { item in
                if item.key.isEmpty {
                    let header: TFSavedTensorSlices = try Self.message(item, file)
                    guard header.hasMeta else { return }
                    meta = (header.meta, item.place)
                    return
                }
                let content =
                    item.start.map {
                        SliceTable.Slice.Content.stored(start: $0, count: item.value.count)
                    } ?? .held(item.value)
                slices[item.key] = SliceTable.Slice(
                    file: file, content: content, place: item.place)
            }
            guard let (message, place) = meta else {
                throw file.error(at: 0, "it is the table of something else than a checkpoint")
            }
            guard message.versions.minConsumer <= Self.version else {
                throw file.error(
                    .unsupported, at: place,
                    "it is of version \(message.versions.minConsumer) of the format, and version "
                        + "\(Self.version) is the last that is known here")
            }
            for tensor in message.tensor {
                try Self.add(tensor, slices, file, place, &entries, &parts)
            }
        }
        names = entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.init(file: first, shards: files.count, names: names, entries: entries, parts: parts)
    }

    /// Adds what a table says of an array, and the blocks of it that the table has.
    private static func add(
        _ tensor: TFSavedSliceMeta, _ slices: [[UInt8]: SliceTable.Slice], _ file: ReadableFile,
        _ place: Int, _ entries: inout [String: Entry], _ parts: inout [[UInt8]: Entry]
    ) throws {
        func failure(_ reason: String) -> FileError {
            file.error(entry: tensor.name, at: place, reason)
        }
        var whole = TFBundleEntryProto()
        whole.dtype = tensor.type
        whole.shape = tensor.shape
        for slice in tensor.slice {
            guard let extents = ranges(of: slice, tensor.shape) else {
                throw failure("a part of it lies outside of its shape")
            }
            let key = OrderedCode.key(of: Array(tensor.name.utf8), extents)
            guard let content = slices[key] else {
                throw failure("its elements are missing")
            }
            if extents.allSatisfy({ $0 == nil }), tensor.slice.count == 1 {
                let entry = Entry(message: whole, place: place, slice: content)
                guard entries.updateValue(entry, forKey: tensor.name) == nil else {
                    throw failure("two tensors have this name")
                }
                return
            }
            var part = TFBundleEntryProto()
            part.dtype = tensor.type
            part.shape = tensor.shape
            for (axis, range) in extents.enumerated() {
                if let range { part.shape.dim[axis].size = Int64(range.count) }
            }
            let entry = Entry(message: part, place: place, slice: content)
            guard parts.updateValue(entry, forKey: key) == nil else {
                throw failure("a part of it is there twice")
            }
        }
        if let known = entries[tensor.name] {
            guard known.message.dtype == whole.dtype, known.message.shape == whole.shape,
                !known.message.slices.isEmpty
            else { throw failure("two files have arrays of this name that are not parts of one") }
            whole.slices = known.message.slices
        }
        whole.slices += tensor.slice
        guard !whole.slices.isEmpty else { throw failure("its elements are missing") }
        entries[tensor.name] = Entry(message: whole, place: place)
    }

    /// What a block has of each axis; nil is all of one. Nil for a block that does not lie in the shape.
    private static func ranges(
        of slice: TFTensorSliceProto, _ shape: TFTensorShapeProto
    ) -> [Range<Int>?]? {
        guard slice.extent.count == shape.dim.count else { return nil }
        var ranges: [Range<Int>?] = []
        for (extent, dim) in zip(slice.extent, shape.dim) {
            guard extent.hasLength_p != nil else {
                ranges.append(nil)
                continue
            }
            guard let start = Int(exactly: extent.start), let length = Int(exactly: extent.length),
                let size = Int(exactly: dim.size), start >= 0, length >= 0, start <= size,
                length <= size - start
            else { return nil }
            ranges.append(start..<start + length)
        }
        return ranges
    }
}
