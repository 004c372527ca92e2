// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftTensorFlow

extension tf {
    /// The first output of an operation of TensorFlow.
    static func call(
        _ operation: String, _ inputs: [AnyTensor],
        _ attributes: [String: OperationAttribute] = [:], _ name: String? = nil
    ) -> AnyTensor {
        calls(operation, inputs, attributes, name)[0]
    }

    /// The outputs of an operation of TensorFlow, by the row that nodes of files are built by.
    static func calls(
        _ operation: String, _ inputs: [AnyTensor],
        _ attributes: [String: OperationAttribute] = [:], _ name: String? = nil
    ) -> [AnyTensor] {
        let results = tensorFlowOperation(
            operation, inputs, attributes, nodeName: name.map { NameScope.qualified($0) })
        return named(results, name)
    }

    /// Tensors that are found by a name from now on, computed after what `control_dependencies` around
    /// says.
    static func named(_ tensors: [AnyTensor], _ name: String?) -> [AnyTensor] {
        let tensors =
            ControlDependencies.current.map { around in
                tensors.map { $0.after(around.updates) }
            } ?? tensors
        if let name, let first = tensors.first, first.error == nil {
            let name = NameScope.qualified(name)
            _ = Graph.current.state.withLock { $0.name(first.node, name) }
        }
        return tensors
    }

    /// A tensor that is found by a name from now on.
    static func named(_ tensor: AnyTensor, _ name: String?) -> AnyTensor {
        named([tensor], name)[0]
    }

    /// The result of an operation on two operands, of which a number takes the other's type.
    static func binary(
        _ operation: String, _ x: any TensorOperand, _ y: any TensorOperand, _ name: String?
    ) -> AnyTensor {
        let (x, y) = pair(x, y)
        return call(operation, [x, y], [:], name)
    }

    /// Sizes for an operation: of `int32`.
    static func sizes(_ shape: [any TensorOperand]) -> AnyTensor {
        shape.isEmpty
            ? AnyTensor(NDArray(integers: [], dtype: .int32, shape: [0]))
            : packed(shape, .int32)
    }

    /// Axes for an operation: of `int32`.
    static func axes(_ axes: [Int]) -> AnyTensor {
        AnyTensor(NDArray(integers: axes.map(Int64.init), dtype: .int32, shape: [axes.count]))
    }
}
