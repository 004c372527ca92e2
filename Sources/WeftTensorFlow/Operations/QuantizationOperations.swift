// SPDX-License-Identifier: Apache-2.0
import Weft

/// Numbers as integers of few bits, and what is left of them.
enum QuantizationOperations {
    static let all: [OperationDefinition] = fake + rounded + integers

    private static let bits: [String: AttributeDefault] = ["num_bits": 8, "narrow_range": false]
    private static let ends: [String: AttributeDefault] = [
        "min": -6.0, "max": 6.0, "num_bits": 8, "narrow_range": false,
    ]

    private static let fake: [OperationDefinition] =
        [
            OperationDefinition("FakeQuantWithMinMaxArgs", defaults: ends) { call in
                let (low, high) = try range(call)
                return try faked(call, try call.tensor(0), low, high)
            },
            OperationDefinition("FakeQuantWithMinMaxArgsGradient", defaults: ends) { call in
                let (low, high) = try range(call)
                return try call.gradient(at: try call.tensor(1), from: try call.tensor(0)) {
                    try faked(call, $0, low, high)
                }
            },
        ]
        + ["", "PerChannel"].flatMap { kind in
            [
                OperationDefinition("FakeQuantWithMinMaxVars\(kind)", defaults: bits) { call in
                    try faked(call, try call.tensor(0), try call.tensor(1), try call.tensor(2))
                },
                OperationDefinition(
                    "FakeQuantWithMinMaxVars\(kind)Gradient",
                    outputs: ["backprops_wrt_input", "backprop_wrt_min", "backprop_wrt_max"],
                    defaults: bits,
                    tensors: { call in
                        try call.gradients(
                            at: try call.tensors(from: 1, to: 4), from: try call.tensor(0)
                        ) { try faked(call, $0[0], $0[1], $0[2]) }
                    }),
            ]
        }

    private static func range(_ call: NodeCall) throws -> (AnyTensor, AnyTensor) {
        (
            .scalar(try call.float("min"), try call.tensor(0).dtype),
            .scalar(try call.float("max"), try call.tensor(0).dtype)
        )
    }

    private static func faked(
        _ call: NodeCall, _ x: AnyTensor, _ low: AnyTensor, _ high: AnyTensor
    ) throws -> AnyTensor {
        x.fakeQuantized(
            from: low, to: high, bits: try call.int("num_bits"),
            isNarrow: try call.bool("narrow_range"))
    }

    // MARK: There and back

    private static let roundedDefaults: [String: AttributeDefault] = [
        "signed_input": true, "num_bits": 8, "range_given": false, "input_min": 0.0,
        "input_max": 0.0, "round_mode": "HALF_TO_EVEN", "narrow_range": false, "axis": -1,
    ]

    private static let rounded: [OperationDefinition] = [
        OperationDefinition("QuantizeAndDequantize", defaults: roundedDefaults) { call in
            let x = try call.tensor(0)
            return try SymmetricRange(
                call, bits: try call.int("num_bits"),
                (
                    .scalar(try call.float("input_min"), x.dtype),
                    .scalar(try call.float("input_max"), x.dtype)
                )
            ).passed(x)
        },
        OperationDefinition("QuantizeAndDequantizeV2", defaults: roundedDefaults) { call in
            try SymmetricRange(
                call, bits: try call.int("num_bits"), (try call.tensor(1), try call.tensor(2))
            ).passed(try call.tensor(0))
        },
        OperationDefinition(
            "QuantizeAndDequantizeV3",
            defaults: roundedDefaults.merging(["range_given": true]) { $1 }
        ) { call in
            try SymmetricRange(
                call, bits: try call.integer(3), (try call.tensor(1), try call.tensor(2))
            ).passed(try call.tensor(0))
        },
        OperationDefinition("QuantizeAndDequantizeV4", defaults: roundedDefaults) { call in
            try SymmetricRange(
                call, bits: try call.int("num_bits"), (try call.tensor(1), try call.tensor(2))
            ).passedWithin(try call.tensor(0))
        },
    ]

    // MARK: Integers

    private static let integerDefaults: [String: AttributeDefault] = [
        "mode": "MIN_COMBINED", "round_mode": "HALF_AWAY_FROM_ZERO", "narrow_range": false,
        "axis": -1, "ensure_minimum_range": 0.01, "dtype": .type(.float32),
    ]

    private static let integers: [OperationDefinition] = [
        OperationDefinition(
            "QuantizeV2", outputs: ["output", "output_min", "output_max"],
            defaults: integerDefaults,
            tensors: { call in
                let x = stopGradient(try call.tensor(0))
                let levels = try IntegerLevels(call, try call.dtype("T"))
                func number(_ number: Double) -> AnyTensor { .scalar(number, .float32) }
                let low = minimum(try call.tensor(1).reshaped(to: []), number(0))
                let given = try call.tensor(2).reshaped(to: [])
                let least =
                    maximum(number(1), maximum(abs(low), abs(given)))
                    * number(try call.float("ensure_minimum_range"))
                let high = maximum(maximum(given, low + least), number(0))
                return levels.quantized(x, low, high)
            }),
        OperationDefinition("Dequantize", defaults: integerDefaults) { call in
            let x = try call.tensor(0)
            let result = try IntegerLevels(call, x.dtype).dequantized(
                x, try call.tensor(1).reshaped(to: []), try call.tensor(2).reshaped(to: []))
            return result.cast(to: try call.dtype("dtype"))
        },
    ]
}
