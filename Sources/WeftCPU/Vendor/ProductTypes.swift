// SPDX-License-Identifier: Apache-2.0
import COneDNN
import WeftGraph

/// The element types of a product or a convolution: of its operands, and of its result, in which it
/// is summed.
struct ProductTypes: Hashable {
    var lhs: DType
    var rhs: DType
    var result: DType

    /// Whether this processor multiplies elements as they are, so that it is worth not to widen them, and
    /// sums of so many products of integers are exact.
    func areMultiplied(terms: Int) -> Bool {
        VendorTypes(self).map {
            weft_dnn_multiplies($0.lhs, $0.rhs, $0.result, Int64(terms))
        } ?? false
    }
}

/// The same in oneDNN's words.
struct VendorTypes {
    var lhs: weft_dnn_type
    var rhs: weft_dnn_type
    var result: weft_dnn_type

    /// nil where oneDNN does not know one of them.
    init?(_ types: ProductTypes) {
        guard let lhs = Self.name(types.lhs), let rhs = Self.name(types.rhs),
            let result = Self.name(types.result)
        else { return nil }
        (self.lhs, self.rhs, self.result) = (lhs, rhs, result)
    }

    private static func name(_ dtype: DType) -> weft_dnn_type? {
        switch dtype {
        case .float32: WEFT_DNN_F32
        case .bfloat16: WEFT_DNN_BF16
        case .float16: WEFT_DNN_F16
        case .int8: WEFT_DNN_S8
        case .uint8: WEFT_DNN_U8
        case .int32: WEFT_DNN_S32
        default: nil
        }
    }
}
