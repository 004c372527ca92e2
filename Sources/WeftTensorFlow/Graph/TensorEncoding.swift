// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftProtos

extension TFTensorProto {
    /// A message that holds an array.
    ///
    /// - Throws: `TensorFlowError` when TensorFlow has no such type.
    package init(_ array: NDArray) throws {
        self.init()
        guard let type = array.dtype.tensorFlowType else {
            throw TensorFlowError(.unsupported, "TensorFlow has no arrays of \(array.dtype)")
        }
        dtype = type
        tensorShape = TFTensorShapeProto(Shape(array.shape.map { Optional($0) }))
        if array.dtype == .string {
            stringVal = try array.byteStrings().map { Data($0) }
        } else {
            tensorContent = array.withUnsafeBytes { Data($0) }
        }
    }
}
