// SPDX-License-Identifier: Apache-2.0
import Weft

/// Random numbers that follow from seeds among the inputs, and are the same in each run: uniform and normal
/// ones are TensorFlow's own.
enum StatelessRandomOperations {
    static let all: [OperationDefinition] =
        numbers.flatMap { [seeded($0), keyed($0)] } + distributions + keys

    /// What is made of a generator, the sizes and an element type, with inputs from a position on.
    private struct Draw: Sendable {
        let name: String
        var attribute = "dtype"
        let build:
            @Sendable (PhiloxGenerator, _ sizes: AnyTensor, DType, NodeCall, _ next: Int) throws ->
                AnyTensor
    }

    private static let numbers: [Draw] = [
        Draw(name: "RandomUniform") { generator, sizes, dtype, _, _ in
            generator.uniform(sizes, dtype)
        },
        Draw(name: "RandomNormal") { generator, sizes, dtype, _, _ in
            generator.normal(sizes, dtype)
        },
        Draw(name: "TruncatedNormal") { generator, sizes, dtype, _, _ in
            let bounds = [0.0, 1, -2, 2].map { AnyTensor.scalar($0, dtype) }
            return RandomOperations.truncatedNormal(generator.openUniform(sizes), bounds)
        },
        Draw(name: "RandomUniformFullInt") { generator, sizes, dtype, _, _ in
            generator.bits(sizes, dtype.size == 8 ? 64 : 32).cast(to: dtype)
        },
        Draw(name: "RandomUniformInt") { generator, sizes, dtype, call, next in
            let bits = generator.bits(sizes, dtype.size == 8 ? 64 : 32).cast(to: .uint64)
            return RandomOperations.inRange(bits, try call.tensor(next), try call.tensor(next + 1))
        },
    ]

    private static let types: [String: AttributeDefault] = ["dtype": .type(.float32)]

    /// (shape, seed, ...).
    private static func seeded(_ draw: Draw) -> OperationDefinition {
        OperationDefinition("Stateless\(draw.name)", defaults: types) { call in
            try draw.build(
                PhiloxGenerator(seed: try call.tensor(1)), try call.tensor(0),
                try call.dtype("dtype"), call, 2)
        }
    }

    /// (shape, key, counter, algorithm, ...).
    private static func keyed(_ draw: Draw) -> OperationDefinition {
        OperationDefinition("Stateless\(draw.name)V2", defaults: types) { call in
            // ThreeFry is the second algorithm; the third is whichever suits.
            if try call.integer(3) == 2 {
                throw call.error(.unsupported, "the algorithm ThreeFry; choose Philox")
            }
            return try draw.build(
                PhiloxGenerator(key: try call.tensor(1), counter: try call.tensor(2)),
                try call.tensor(0), try call.dtype("dtype"), call, 4)
        }
    }

    private static let distributions: [OperationDefinition] = [
        OperationDefinition(
            "StatelessMultinomial", defaults: ["output_dtype": .type(.int64)]
        ) { call in
            let logits = try call.tensor(0).cast(to: .float64)
            let sizes = stacked([
                logits.size(ofAxis: 0), try call.tensor(1).cast(to: .int64).reshaped(to: []),
            ])
            let u = PhiloxGenerator(seed: try call.tensor(2)).openUniform(sizes)
            let sums = softmax(logits, axis: -1).cumulativeSum(axis: -1)
            let total = sums.max(axes: [-1], keepingDimensions: true)
            let place = searchSorted(sums, u * total, side: .right)
            return minimum(place, logits.size(ofAxis: 1) - .scalar(1, .int64))
                .cast(to: try call.dtype("output_dtype"))
        },
        OperationDefinition("StatelessParameterizedTruncatedNormal") { call in
            let u = PhiloxGenerator(seed: try call.tensor(1)).openUniform(try call.tensor(0))
            let parameters = try call.tensors(from: 2)
            guard parameters.count == 4 else {
                throw call.error(
                    .malformed, "there are \(parameters.count) parameters instead of 4")
            }
            return RandomOperations.truncatedNormal(u, parameters)
        },
    ]

    private static let keys: [OperationDefinition] = [
        OperationDefinition(
            "StatelessRandomGetKeyCounter", outputs: ["key", "counter"],
            tensors: { call in
                let generator = PhiloxGenerator(seed: try call.tensor(0))
                return [generator.keyWords, generator.counterWords]
            }),
        OperationDefinition(
            "StatelessRandomGetKeyCounterAlg", outputs: ["key", "counter", "alg"],
            tensors: { call in
                let generator = PhiloxGenerator(seed: try call.tensor(0))
                return [generator.keyWords, generator.counterWords, .scalar(1, .int32)]
            }),
        OperationDefinition("StatelessRandomGetAlg") { _ in .scalar(1, .int32) },
    ]
}
