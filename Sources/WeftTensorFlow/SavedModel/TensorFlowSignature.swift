// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftProtos

/// What a model takes and gives for one use, by names of its own.
public struct TensorFlowSignature: Sendable {
    /// A tensor of the graph that a signature has a name for.
    public struct Argument: Sendable {
        /// The tensor's name in the graph, `node:0`.
        public let tensor: String
        /// Its type; nil for one that no tensor has here.
        public let type: TensorType?
    }

    /// What it takes.
    public let inputs: [String: Argument]
    /// What it gives.
    public let outputs: [String: Argument]
    /// What it is for, such as `tensorflow/serving/predict`.
    public let methodName: String
    /// What is fed for inputs that are left out.
    public let defaults: [String: NDArray]

    init(_ message: TFSignatureDef, path: String) throws {
        inputs = Self.arguments(message.inputs)
        outputs = Self.arguments(message.outputs)
        methodName = message.methodName
        defaults = try message.defaults.mapValues { tensor in
            do {
                return try tensor.array()
            } catch var error as TensorFlowError {
                error.path = path
                throw error
            }
        }
    }

    /// A sparse tensor is three: `NAME/values`, `NAME/indices` and `NAME/dense_shape`.
    private static func arguments(_ infos: [String: TFTensorInfo]) -> [String: Argument] {
        var result: [String: Argument] = [:]
        for (name, info) in infos {
            let dtype = info.dtype.dtype
            switch info.encoding {
            case .name(let tensor):
                result[name] = Argument(
                    tensor: tensor, type: dtype.map { TensorType($0, info.tensorShape.shape) })
            case .cooSparse(let sparse):
                result["\(name)/values"] = Argument(
                    tensor: sparse.valuesTensorName,
                    type: dtype.map { TensorType($0, Shape([nil])) })
                result["\(name)/indices"] = Argument(
                    tensor: sparse.indicesTensorName, type: TensorType(.int64, Shape([nil, nil])))
                result["\(name)/dense_shape"] = Argument(
                    tensor: sparse.denseShapeTensorName, type: TensorType(.int64, Shape([nil])))
            case nil: break
            }
        }
        return result
    }
}
