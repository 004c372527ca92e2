// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

extension TFDataType {
    /// The type without the mark of a reference to a variable.
    var value: TFDataType {
        TFDataType(rawValue: rawValue > 100 ? rawValue - 100 : rawValue) ?? self
    }

    /// The element type in Weft; nil where there is none, as for resources.
    package var dtype: DType? {
        switch value {
        case .dtFloat: .float32
        case .dtDouble: .float64
        case .dtInt32, .dtQint32: .int32
        case .dtUint8, .dtQuint8: .uint8
        case .dtInt16, .dtQint16: .int16
        case .dtInt8, .dtQint8: .int8
        case .dtString: .string
        case .dtComplex64: .complex64
        case .dtInt64: .int64
        case .dtBool: .bool
        case .dtBfloat16: .bfloat16
        case .dtUint16, .dtQuint16: .uint16
        case .dtComplex128: .complex128
        case .dtHalf: .float16
        case .dtUint32: .uint32
        case .dtUint64: .uint64
        default: nil
        }
    }
}

extension DType {
    /// The element type in TensorFlow; nil for a list, which is a value of its own there.
    package var tensorFlowType: TFDataType? {
        switch self {
        case .bool: .dtBool
        case .int8: .dtInt8
        case .int16: .dtInt16
        case .int32: .dtInt32
        case .int64: .dtInt64
        case .uint8: .dtUint8
        case .uint16: .dtUint16
        case .uint32: .dtUint32
        case .uint64: .dtUint64
        case .float16: .dtHalf
        case .bfloat16: .dtBfloat16
        case .float32: .dtFloat
        case .float64: .dtDouble
        case .complex64: .dtComplex64
        case .complex128: .dtComplex128
        case .string: .dtString
        case .list: nil
        }
    }
}

extension TFTensorShapeProto {
    /// The shape; sizes of −1 are unknown.
    var shape: Shape {
        unknownRank ? .unknown : Shape(dim.map { $0.size < 0 ? nil : Int(exactly: $0.size) })
    }

    package init(_ shape: Shape) {
        self.init()
        guard let rank = shape.rank else {
            unknownRank = true
            return
        }
        dim = (0..<rank).map { axis in
            var size = Dim()
            size.size = Int64(shape[axis] ?? -1)
            return size
        }
    }
}
