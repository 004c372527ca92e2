// SPDX-License-Identifier: Apache-2.0
import Weft

/// Several operations in one, as optimizers of graphs put them together.
enum FusedOperations {
    static let all: [OperationDefinition] = padded + followed

    // MARK: Convolutions of what is padded before

    private static let padded: [OperationDefinition] = [
        OperationDefinition("FusedPadConv2D", defaults: ["mode": "REFLECT"]) { call in
            try convolved(call, try call.tensor(0), paddings: 1, filter: 2)
        },
        OperationDefinition(
            "FusedResizeAndPadConv2D", defaults: ["mode": "REFLECT", "resize_align_corners": false]
        ) { call in
            let sizes = try call.integers(1)
            guard sizes.count == 2, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 24 }) else {
                throw call.error(.malformed, "images resized to \(sizes)")
            }
            let resized = try call.tensor(0).resized(
                to: sizes, method: .linear,
                grid: try call.bool("resize_align_corners") ? .alignedCorners : .asymmetric)
            return try convolved(call, resized, paddings: 2, filter: 3)
        },
        OperationDefinition("Conv2DBackpropInputV2", defaults: ImageWindow.defaults) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let filter = try call.tensor(1)
            return try call.gradient(
                at: .zeros(like: try call.tensor(0)), from: try call.tensor(2)
            ) { window.convolved($0, filter) }
        },
        OperationDefinition("Conv2DBackpropFilterV2", defaults: ImageWindow.defaults) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let x = try call.tensor(0)
            return try call.gradient(
                at: .zeros(like: try call.tensor(1)), from: try call.tensor(2)
            ) { window.convolved(x, $0) }
        },
    ]

    private static func convolved(
        _ call: NodeCall, _ x: AnyTensor, paddings: Int, filter: Int
    ) throws -> AnyTensor {
        guard let sides = try call.sides(paddings, rank: 4) else {
            throw call.error(.unsupported, "the paddings must be known before the graph runs")
        }
        let mode: PaddingMode
        switch try call.string("mode") {
        case "REFLECT": mode = .reflect
        case "SYMMETRIC": mode = .symmetric
        case let other: throw call.error(.malformed, "the attribute 'mode' is '\(other)'")
        }
        return try ImageWindow(call, spatialRank: 2).convolved(
            x.padded(mode, sizes: sides), try call.tensor(filter))
    }

    // MARK: What follows a product

    private static let followedDefaults: [String: AttributeDefault] = [
        "epsilon": 0.0001, "leakyrelu_alpha": 0.2, "transpose_a": false, "transpose_b": false,
    ]

    private static let followed: [OperationDefinition] = [
        OperationDefinition(
            "_FusedConv2D", defaults: followedDefaults.merging(ImageWindow.defaults) { $1 }
        ) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let product = window.convolved(try call.tensor(0), try call.tensor(1))
            return try window.channelsLast(product) { try finished(call, $0) }
        },
        OperationDefinition(
            "_FusedDepthwiseConv2dNative",
            defaults: followedDefaults.merging(ImageWindow.defaults) { $1 }
        ) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let product = window.depthwiseConvolved(try call.tensor(0), try call.tensor(1))
            return try window.channelsLast(product) { try finished(call, $0) }
        },
        OperationDefinition("_FusedMatMul", defaults: followedDefaults) { call in
            let product = matmul(
                try call.tensor(0), try call.tensor(1),
                transposingFirst: try call.bool("transpose_a"),
                transposingSecond: try call.bool("transpose_b"))
            return try finished(call, product)
        },
    ]

    /// With a bias or a normalisation, other terms and an activation, as attributes name them.
    private static func finished(_ call: NodeCall, _ product: AnyTensor) throws -> AnyTensor {
        var next = 2
        func argument() throws -> AnyTensor {
            defer { next += 1 }
            return try call.tensor(next)
        }
        return try call.strings("fused_ops").reduce(product) { x, name in
            switch name {
            case "BiasAdd", "Add": return x + (try argument())
            case "FusedBatchNorm":
                let (scale, offset) = (try argument(), try argument())
                let (mean, variance) = (try argument(), try argument())
                let epsilon = AnyTensor.scalar(try call.float("epsilon"), variance.dtype)
                return (x - mean) * (rsqrt(variance + epsilon) * scale) + offset
            case "Relu": return relu(x)
            case "Relu6": return relu6(x)
            case "Elu": return elu(x)
            case "Sigmoid": return sigmoid(x)
            case "Tanh": return tanh(x)
            case "LeakyRelu": return leakyRelu(x, alpha: try call.float("leakyrelu_alpha"))
            case "GeluExact": return gelu(x, isApproximate: false)
            case "GeluApproximate": return gelu(x, isApproximate: true)
            default: throw call.error(.unsupported, "what follows its product, '\(name)'")
            }
        }
    }
}
