// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Weft
import WeftFormats
import WeftProtos

/// Arrays on their way into a checkpoint of TensorFlow's first kind, which graphs of that time write.
struct SliceTableWriter {
    let path: String
    private var meta: [String: TFSavedSliceMeta] = [:]
    private var slices: [[UInt8]: (name: String, slice: TFTensorSliceProto, array: NDArray)] = [:]
    private static let version: Int32 = 1

    init(_ path: String) { self.path = path }

    /// Adds an array, or a part of one in TensorFlow's words.
    mutating func add(_ name: String, _ array: NDArray, part: String = "") throws {
        let block =
            part.isEmpty
            ? ArrayPart(shape: array.shape, ranges: array.shape.map { 0..<$0 }) : ArrayPart(part)
        guard let block, block.partShape == array.shape else {
            throw failure(name, "'\(part)' is no part of the shape \(array.shape)")
        }
        guard let type = array.dtype.tensorFlowType else {
            throw failure(name, "the format has no \(array.dtype)")
        }
        var entry = meta[name] ?? TFSavedSliceMeta()
        let shape = TFTensorShapeProto(Shape(block.shape.map { Optional($0) }))
        guard entry.slice.isEmpty || (entry.shape == shape && entry.type == type) else {
            throw failure(name, "its parts are of arrays of different types or shapes")
        }
        (entry.name, entry.type, entry.shape) = (name, type, shape)
        let slice = TFTensorSliceProto(block)
        entry.slice.append(slice)
        meta[name] = entry
        let key = OrderedCode.key(of: Array(name.utf8), block.extents)
        guard slices.updateValue((name, slice, array), forKey: key) == nil else {
            throw failure(name, "it is written twice")
        }
    }

    /// Writes the file, which is there as a whole or not at all.
    func write() throws {
        let file = try AtomicFile(path)
        var table = TableWriter(file)
        var header = TFSavedTensorSlices()
        header.meta.versions.producer = Self.version
        header.meta.tensor = meta.values.sorted { $0.name < $1.name }
        try table.add([], try header.serializedBytes())
        for (key, item) in slices.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var message = TFSavedTensorSlices()
            message.data.name = item.name
            message.data.slice = item.slice
            message.data.data = try TFTensorProto(listing: item.array)
            do {
                try table.add(key, try message.serializedBytes())
            } catch let error as BinaryEncodingError {
                throw failure(item.name, "it is too large for the format: \(error)")
            }
        }
        try table.finish()
        try file.commit()
    }

    private func failure(_ name: String, _ reason: String) -> FileError {
        FileError(.unsupported, path, entry: name, reason)
    }
}

extension TFTensorProto {
    /// The elements of an array one by one, without type and shape.
    fileprivate init(listing array: NDArray) throws {
        self.init()
        switch array.dtype {
        case .float32: floatVal = try array.scalars()
        case .float64: doubleVal = try array.scalars()
        case .int32: intVal = try array.scalars()
        case .int16: intVal = try array.scalars(as: Int16.self).map(Int32.init)
        case .int8: intVal = try array.scalars(as: Int8.self).map(Int32.init)
        case .uint8: intVal = try array.scalars(as: UInt8.self).map(Int32.init)
        case .uint16: intVal = try array.scalars(as: UInt16.self).map(Int32.init)
        case .int64: int64Val = try array.scalars()
        case .uint32: uint32Val = try array.scalars()
        case .uint64: uint64Val = try array.scalars()
        case .bool: boolVal = try array.scalars()
        case .float16, .bfloat16:
            halfVal = try array.reinterpreted(as: .uint16, shape: array.shape)
                .scalars(as: UInt16.self).map(Int32.init)
        case .complex64:
            scomplexVal = try array.reinterpreted(as: .float32, shape: array.shape + [2]).scalars()
        case .complex128:
            dcomplexVal = try array.reinterpreted(as: .float64, shape: array.shape + [2]).scalars()
        case .string: stringVal = try array.byteStrings().map { Data($0) }
        case .list:
            throw TensorFlowError(.unsupported, "TensorFlow has no arrays of \(array.dtype)")
        }
    }
}
