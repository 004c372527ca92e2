// SPDX-License-Identifier: Apache-2.0
import Weft

/// Activations, biases, and what TensorFlow's gradients of them compute.
enum ActivationOperations {
    static let all: [OperationDefinition] = biases + activations + gradients

    private static let biases: [OperationDefinition] = [
        OperationDefinition("BiasAdd", defaults: ["data_format": "NHWC"]) { call in
            let (x, bias) = (try call.tensor(0), try call.tensor(1))
            let rank = try call.rank(0)
            guard bias.rank ?? 1 == 1, rank >= 2 else {
                throw call.error(.malformed, "\(bias.type) is no bias of \(x.type)")
            }
            guard try ImageWindow.isChannelsFirst(call), rank > 2 else { return x + bias }
            return x + bias.expandingDimensions(at: Array(1...rank - 2))
        },
        OperationDefinition("BiasAddV1") { try $0.tensor(0) + $0.tensor(1) },
        OperationDefinition("BiasAddGrad", defaults: ["data_format": "NHWC"]) { call in
            let rank = try call.rank(0)
            guard rank >= 2 else {
                throw call.error(.malformed, "\(try call.tensor(0).type) has no channels")
            }
            let channels = try ImageWindow.isChannelsFirst(call) ? 1 : rank - 1
            return try call.tensor(0).sum(axes: (0..<rank).filter { $0 != channels })
        },
    ]

    private static let activations: [OperationDefinition] = [
        OperationDefinition("Relu") { call in
            let x = try call.tensor(0)
            return x.dtype.isFloatingPoint ? relu(x) : maximum(x, .scalar(0, x.dtype))
        },
        OperationDefinition("Relu6") { call in
            let x = try call.tensor(0)
            if x.dtype.isFloatingPoint { return relu6(x) }
            return minimum(maximum(x, .scalar(0, x.dtype)), .scalar(6, x.dtype))
        },
        OperationDefinition("Elu") { elu(try $0.tensor(0)) },
        OperationDefinition("Selu") { selu(try $0.tensor(0)) },
        OperationDefinition("LeakyRelu", defaults: ["alpha": 0.2]) { call in
            leakyRelu(try call.tensor(0), alpha: try call.float("alpha"))
        },
        OperationDefinition("Softplus") { softplus(try $0.tensor(0)) },
        OperationDefinition("Softsign") { softsign(try $0.tensor(0)) },
        OperationDefinition("Softmax") { softmax(try $0.tensor(0), axis: -1) },
        OperationDefinition("LogSoftmax") { logSoftmax(try $0.tensor(0), axis: -1) },
    ]

    /// Each takes the gradient of the result first, and then the operand or the result.
    private static let gradients: [OperationDefinition] = [
        gradient("ReluGrad") { g, x in select(x .> zero(x), g, zero(g)) },
        gradient("Relu6Grad") { g, x in
            select((x .> zero(x)) .& (x .< AnyTensor.scalar(6, x.dtype)), g, zero(g))
        },
        gradient("EluGrad") { g, y in
            select(y .< zero(y), g * (y + .scalar(1, y.dtype)), g)
        },
        gradient("SeluGrad") { g, y in
            let scale = 1.0507009873554804934193349852946
            let product = scale * 1.6732632423543772848170429916717
            return select(
                y .< zero(y), g * (y + .scalar(product, y.dtype)), g * .scalar(scale, y.dtype))
        },
        gradient("SoftplusGrad") { g, x in g * sigmoid(x) },
        gradient("SoftsignGrad") { g, x in g / square(abs(x) + .scalar(1, x.dtype)) },
        OperationDefinition("LeakyReluGrad", defaults: ["alpha": 0.2]) { call in
            let (g, x) = (try call.tensor(0), try call.tensor(1))
            return select(x .> zero(x), g, g * .scalar(try call.float("alpha"), g.dtype))
        },
    ]

    private static func zero(_ x: AnyTensor) -> AnyTensor { .scalar(0, x.dtype) }

    private static func gradient(
        _ name: String, _ rule: @escaping @Sendable (AnyTensor, AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name) { rule(try $0.tensor(0), try $0.tensor(1)) }
    }
}
