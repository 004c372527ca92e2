// SPDX-License-Identifier: Apache-2.0
import Weft

/// Random numbers from a generator whose state is a variable: a counter of two numbers and a key. They are
/// TensorFlow's own.
enum StatefulRandomOperations {
    static let all: [OperationDefinition] = counters + draws

    private static let counters: [OperationDefinition] = [
        OperationDefinition(
            "RngReadAndSkip", outputs: ["value"], effect: .changes([0]),
            values: { call in
                let old = try skip(call, by: try call.tensor(2))
                return [.tensor(old.cast(to: .uint64))]
            }),
        OperationDefinition(
            "RngSkip", effect: .changes([0]),
            values: { call in
                _ = try skip(call, by: try call.tensor(2))
                return []
            }),
    ]

    /// Moves the counter on, by 256 for each number that is asked for, and gives the state before.
    private static func skip(_ call: NodeCall, by count: AnyTensor) throws -> AnyTensor {
        let state = try call.tensor(0)
        if let algorithm = try call.knownIntegers(1), algorithm != [1], algorithm != [3] {
            throw call.error(.unsupported, "the algorithm \(algorithm); choose Philox")
        }
        guard state.dtype == .int64, let size = state.shape.dimensions, size == [3] else {
            throw call.error(.malformed, "\(state.type) is no state of a generator of Philox")
        }
        let words = state.cast(to: .uint64)
        let (low, high) = (words.element(0, axis: 0), words.element(1, axis: 0))
        let step = count.cast(to: .uint64).reshaped(to: []) << .scalar(8, .uint64)
        let next = low + step
        let carry = (next .< low).cast(to: .uint64)
        let after = stacked([next, high + carry, words.element(2, axis: 0)])
        try call.set(try call.resource(0), to: after.cast(to: .int64))
        return state
    }

    private static let draws: [OperationDefinition] = [
        draw("StatefulUniform") { generator, sizes, dtype, _ in generator.uniform(sizes, dtype) },
        draw("StatefulStandardNormalV2") { generator, sizes, dtype, _ in
            generator.normal(sizes, dtype)
        },
        draw("StatefulTruncatedNormal") { generator, sizes, dtype, _ in
            let bounds = [0.0, 1, -2, 2].map { AnyTensor.scalar($0, dtype) }
            return RandomOperations.truncatedNormal(generator.openUniform(sizes), bounds)
        },
        draw("StatefulUniformFullInt") { generator, sizes, dtype, _ in
            generator.bits(sizes, dtype.size == 8 ? 64 : 32).cast(to: dtype)
        },
        draw("StatefulUniformInt") { generator, sizes, dtype, call in
            let bits = generator.bits(sizes, dtype.size == 8 ? 64 : 32).cast(to: .uint64)
            return RandomOperations.inRange(bits, try call.tensor(3), try call.tensor(4))
        },
    ]

    private static func draw(
        _ name: String,
        _ build:
            @escaping @Sendable (
                PhiloxGenerator, _ sizes: AnyTensor, DType, NodeCall
            ) throws -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["output"], defaults: ["dtype": .type(.float32)], effect: .changes([0]),
            values: { call in
                let sizes = try call.tensor(2)
                let dtype =
                    name == "StatefulUniformInt"
                    ? try call.tensor(3).dtype : try call.dtype("dtype")
                let count = sizes.cast(to: .int64).product()
                let state = try skip(call, by: count).cast(to: .uint64)
                let generator = PhiloxGenerator(
                    key: state.sliced(axis: 0, 2, 3), counter: state.sliced(axis: 0, 0, 2))
                return [.tensor(try build(generator, sizes, dtype, call))]
            })
    }
}
