// SPDX-License-Identifier: Apache-2.0
import Weft

/// Functions of quantized numbers: integers with the range that they stand for.
enum QuantizedOperations {
    static let all: [OperationDefinition] =
        activations + products + sums + windows + joining + ranges

    // MARK: Activations

    private static let activations: [OperationDefinition] = [
        activation("QuantizedRelu", ends: { _ in nil }),
        activation("QuantizedRelu6", ends: { _ in .scalar(6, .float32) }),
        activation(
            "QuantizedReluX", ends: { try $0.tensor(1).reshaped(to: []) }, rangeAt: 2),
    ]

    private static func activation(
        _ name: String, ends: @escaping @Sendable (NodeCall) throws -> AnyTensor?,
        rangeAt position: Int = 1
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["activations", "min_activations", "max_activations"],
            defaults: ["out_type": .type(.uint8)],
            tensors: { call in
                let x = try call.tensor(0)
                let scale = try QuantizedScale(call, x.dtype, low: position, high: position + 1)
                var result = maximum(x, scale.levels(.scalar(0, .float32)))
                if let end = try ends(call) { result = minimum(result, scale.levels(end)) }
                return scale.with(result)
            })
    }

    // MARK: Products and sums

    private static let products: [OperationDefinition] = [
        OperationDefinition(
            "QuantizedMatMul", outputs: ["out", "min_out", "max_out"],
            defaults: [
                "Toutput": .type(.int32), "transpose_a": false, "transpose_b": false,
            ],
            tensors: { call in
                let (a, b) = (try call.tensor(0), try call.tensor(1))
                let (x, y) = (
                    try QuantizedScale(call, a.dtype, low: 2, high: 3),
                    try QuantizedScale(call, b.dtype, low: 4, high: 5)
                )
                let result = matmul(
                    x.centred(a), y.centred(b), transposingFirst: try call.bool("transpose_a"),
                    transposingSecond: try call.bool("transpose_b"))
                return x.products(with: y, type: .int32).with(result)
            }),
        OperationDefinition(
            "QuantizedConv2D", outputs: ["output", "min_output", "max_output"],
            defaults: ["out_type": .type(.int32)].merging(ImageWindow.defaults) { $1 },
            tensors: { call in
                let (a, b) = (try call.tensor(0), try call.tensor(1))
                let (x, y) = (
                    try QuantizedScale(call, a.dtype, low: 2, high: 3),
                    try QuantizedScale(call, b.dtype, low: 4, high: 5)
                )
                let result = try ImageWindow(call, spatialRank: 2).convolved(
                    x.centred(a), y.centred(b))
                return x.products(with: y, type: .int32).with(result)
            }),
        OperationDefinition(
            "QuantizedMul", outputs: ["z", "min_z", "max_z"],
            defaults: ["Toutput": .type(.int32)],
            tensors: { call in
                let (a, b) = (try call.tensor(0), try call.tensor(1))
                let (x, y) = (
                    try QuantizedScale(call, a.dtype, low: 2, high: 3),
                    try QuantizedScale(call, b.dtype, low: 4, high: 5)
                )
                return x.products(with: y, type: .int32).with(x.centred(a) * y.centred(b))
            }),
    ]

    private static let sums: [OperationDefinition] = [
        addition("QuantizedAdd", outputs: ["z", "min_z", "max_z"], type: "Toutput", bits: 14) {
            $0.stepped($1, to: $2)
        },
        addition(
            "QuantizedBiasAdd", outputs: ["output", "min_out", "max_out"], type: "out_type",
            bits: 17
        ) { $0.requantized($1, to: $2) },
    ]

    private static func addition(
        _ name: String, outputs: [String], type: String, bits: Int,
        _ move:
            @escaping @Sendable (
                _ from: QuantizedScale, AnyTensor, _ to: QuantizedScale
            ) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: outputs, defaults: [type: .type(.int32)],
            tensors: { call in
                let (a, b) = (try call.tensor(0), try call.tensor(1))
                let (x, y) = (
                    try QuantizedScale(call, a.dtype, low: 2, high: 3),
                    try QuantizedScale(call, b.dtype, low: 4, high: 5)
                )
                let sum = x.sums(with: y, type: .int32, bits: bits)
                return sum.with(move(x, a, sum) + move(y, b, sum))
            })
    }

    // MARK: Windows

    private static let windows: [OperationDefinition] = [
        pooling("QuantizedMaxPool") { window, x in
            window.maximum(x.cast(to: .float32)).cast(to: x.dtype)
        },
        // Means are cut off, as those of integers are.
        pooling("QuantizedAvgPool") { window, x in
            floor(window.mean(x.cast(to: .float64)) + .scalar(0x1p-20, .float64)).cast(to: x.dtype)
        },
    ]

    private static func pooling(
        _ name: String, _ pool: @escaping @Sendable (ImageWindow, AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["output", "min_output", "max_output"],
            tensors: { call in
                let x = try call.tensor(0)
                let scale = try QuantizedScale(call, x.dtype, low: 1, high: 2)
                return scale.with(pool(try ImageWindow(call, spatialRank: 2), x))
            })
    }

    // MARK: Shapes

    private static let joining: [OperationDefinition] = [
        OperationDefinition(
            "QuantizedReshape", outputs: ["output", "output_min", "output_max"],
            tensors: { call in
                let x = try call.tensor(0)
                let scale = try QuantizedScale(call, x.dtype, low: 2, high: 3)
                if let sizes = try call.knownIntegers(1) {
                    return scale.with(x.reshaped(to: sizes))
                }
                return scale.with(x.reshaped(to: try call.tensor(1)))
            }),
        OperationDefinition(
            "QuantizedConcat", outputs: ["output", "output_min", "output_max"],
            tensors: { call in
                let count = (call.count - 1) / 3
                guard count > 0, call.count == 3 * count + 1 else {
                    throw call.error(.malformed, "there are \(call.count) inputs")
                }
                let parts = try call.tensors(from: 1, to: 1 + count)
                let scales = try (0..<count).map {
                    try QuantizedScale(
                        call, parts[$0].dtype, low: 1 + count + $0, high: 1 + 2 * count + $0)
                }
                let all = try QuantizedScale(
                    call, parts[0].dtype,
                    low: scales.dropFirst().reduce(scales[0].low) { minimum($0, $1.low) },
                    high: scales.dropFirst().reduce(scales[0].high) { maximum($0, $1.high) })
                let moved = zip(parts, scales).map { part, scale in
                    select(
                        (scale.low .== all.low) .& (scale.high .== all.high), part,
                        scale.roughlyRequantized(part, to: all))
                }
                return all.with(.concatenated(moved, axis: try call.integer(0)))
            }),
    ]

    // MARK: Ranges

    private static let ranges: [OperationDefinition] = [
        OperationDefinition(
            "Requantize", outputs: ["output", "output_min", "output_max"],
            defaults: ["out_type": .type(.uint8)],
            tensors: { call in
                let x = try call.tensor(0)
                let wanted = try QuantizedScale(
                    call, try call.dtype("out_type"), low: 3, high: 4)
                return wanted.with(
                    try QuantizedScale(call, x.dtype, low: 1, high: 2).requantized(x, to: wanted))
            }),
        OperationDefinition(
            "RequantizationRange", outputs: ["output_min", "output_max"],
            tensors: { call in
                let x = try call.tensor(0)
                return Array(used(try QuantizedScale(call, x.dtype, low: 1, high: 2), x))
            }),
        OperationDefinition(
            "QuantizeDownAndShrinkRange", outputs: ["output", "output_min", "output_max"],
            defaults: ["out_type": .type(.uint8)],
            tensors: { call in
                let x = try call.tensor(0)
                let scale = try QuantizedScale(call, x.dtype, low: 1, high: 2)
                let ends = used(scale, x)
                let wanted = try QuantizedScale(
                    call, try call.dtype("out_type"), low: ends[0], high: ends[1])
                return wanted.with(scale.requantized(x, to: wanted))
            }),
        OperationDefinition(
            "QuantizeAndDequantizeV4Grad",
            outputs: ["input_backprop", "input_min_backprop", "input_max_backprop"],
            defaults: ["axis": -1],
            tensors: { call in
                let (gradient, x) = (try call.tensor(0), try call.tensor(1))
                let (low, high) = (try call.tensor(2), try call.tensor(3))
                let isInside = (x .>= low) .& (x .<= high)
                return [
                    select(isInside, gradient, .zeros(like: gradient)), .zeros(like: low),
                    .zeros(like: high),
                ]
            }),
    ]

    /// The part of a range that is used, which has 0 in it.
    private static func used(_ scale: QuantizedScale, _ x: AnyTensor) -> [AnyTensor] {
        [minimum(scale.numbers(x.min()), .scalar(0, .float32)), scale.numbers(x.max())]
    }
}
