// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import Weft
import WeftProtos

extension TFTensorProto {
    /// The array that the message holds.
    ///
    /// No size that it claims is believed before there are as many bytes or elements, but for one element
    /// that stands for all.
    ///
    /// - Throws: `TensorFlowError` when the type is not supported, or elements and shape do not go together.
    package func array() throws -> NDArray {
        guard let type = dtype.dtype else {
            throw TensorFlowError(.unsupported, "an array of \(dtype) has no place here")
        }
        let dims = try tensorShape.dim.map { dim -> Int in
            guard let size = Int(exactly: dim.size), size >= 0 else {
                throw TensorFlowError(.malformed, "an array has an axis of size \(dim.size)")
            }
            return size
        }
        guard !tensorShape.unknownRank, ArraySize.fits(dims, type),
            let count = ArraySize.count(dims)
        else {
            throw TensorFlowError(
                .malformed, "\(dims) is not the shape of an array that fits memory")
        }
        do {
            if type == .string {
                return try NDArray(byteStrings: strings(count), shape: dims)
            }
            if !tensorContent.isEmpty || count == 0 {
                guard tensorContent.count == count * type.size else {
                    throw TensorFlowError(
                        .malformed,
                        "an array \(TensorType(type, dims)) has \(tensorContent.count) bytes")
                }
                return try NDArray(dtype: type, shape: dims, bytes: tensorContent)
            }
            return try listed(type, dims, count)
        } catch let error as ArrayError {
            throw TensorFlowError(.malformed, error.description)
        }
    }

    private func strings(_ count: Int) throws -> [[UInt8]] {
        let given = stringVal.map { [UInt8]($0) }
        if given.count == count { return given }
        guard given.count < count, count <= 1 << 24 else {
            throw TensorFlowError(.malformed, "\(given.count) strings for \(count) places")
        }
        return given + Array(repeating: given.last ?? [], count: count - given.count)
    }

    private func listed(_ type: DType, _ dims: [Int], _ count: Int) throws -> NDArray {
        switch type {
        case .float32: try filled(floatVal, dims, count)
        case .float64: try filled(doubleVal, dims, count)
        case .int32: try filled(intVal, dims, count)
        case .int64: try filled(int64Val, dims, count)
        case .int16: try filled(intVal.map(Int16.init(truncatingIfNeeded:)), dims, count)
        case .int8: try filled(intVal.map(Int8.init(truncatingIfNeeded:)), dims, count)
        case .uint8: try filled(intVal.map(UInt8.init(truncatingIfNeeded:)), dims, count)
        case .uint16: try filled(intVal.map(UInt16.init(truncatingIfNeeded:)), dims, count)
        case .uint32: try filled(uint32Val, dims, count)
        case .uint64: try filled(uint64Val, dims, count)
        case .bool: try filled(boolVal, dims, count)
        case .float16, .bfloat16:
            try filled(halfVal.map(UInt16.init(truncatingIfNeeded:)), dims, count)
                .reinterpreted(as: type, shape: dims)
        case .complex64:
            try pairs(scomplexVal, dims, count).reinterpreted(as: type, shape: dims)
        case .complex128:
            try pairs(dcomplexVal, dims, count).reinterpreted(as: type, shape: dims)
        case .string, .list:
            throw TensorFlowError(.unsupported, "an array of \(type) has no place here")
        }
    }

    /// The elements, the last one repeated as often as the shape asks for.
    private func filled<S: TensorScalar & NDArrayElement>(
        _ given: [S], _ dims: [Int], _ count: Int
    ) throws -> NDArray {
        if given.count == count { return try NDArray(given, shape: dims) }
        guard given.count < count else {
            throw TensorFlowError(.malformed, "\(given.count) elements for \(count) places")
        }
        guard let last = given.last else {
            return try NDArray(repeating: S(converting: 0), shape: dims)
        }
        if given.count == 1 { return try NDArray(repeating: last, shape: dims) }
        return try NDArray(
            given + Array(repeating: last, count: count - given.count), shape: dims)
    }

    private func pairs<S: TensorScalar & NDArrayElement>(
        _ given: [S], _ dims: [Int], _ count: Int
    ) throws -> NDArray {
        guard given.count.isMultiple(of: 2), given.count <= 2 * count else {
            throw TensorFlowError(.malformed, "\(given.count) parts for \(count) complex numbers")
        }
        let last = given.isEmpty ? [S(converting: 0), S(converting: 0)] : Array(given.suffix(2))
        var parts = given
        parts.reserveCapacity(2 * count)
        for _ in given.count / 2..<count { parts += last }
        return try NDArray(parts, shape: dims + [2])
    }
}
