// SPDX-License-Identifier: Apache-2.0
import Weft

/// Products and convolutions of 8-bit integers, and of 16-bit floats, summed in 32 bits. `u8` is the
/// left operand, or the input; the right one, or the filter, is `i8`.
extension Workload {
    static let smallElements: [Workload] =
        integerProducts + [integerConvolution, integerLayer] + floatProducts

    private static let integerProducts = [
        integerProduct("W17-int8-matmul-256", 256, 256, 256, 140_915.36675),
        integerProduct("W17-int8-matmul-1024", 1024, 1024, 1024, 277_646.10711),
        integerProduct("W17-int8-matvec-4096", 1, 1024, 4096, 298_916.47539),
        integerProduct("W17-int8-batch-64", 64, 1024, 1024, 279_080.32708),
    ]

    private static func integerProduct(
        _ name: String, _ m: Int, _ k: Int, _ n: Int, _ check: Double
    ) -> Workload {
        Workload(
            name: name, expected: [Expected(name: "check", value: check, tolerance: 1e-7)],
            body: .steps { session in
                let a = held("a", Numbers.bytes(16_500, [m, k], .uint8), as: UInt8.self)
                let b = held("b", Numbers.bytes(16_501, [k, n], .int8), as: Int8.self)
                return applying(session, matmul(a, b, accumulatingIn: Int32.self))
            })
    }

    private static let integerConvolution = Workload(
        name: "W17-int8-conv-56",
        expected: [Expected(name: "check", value: 219_120.20199, tolerance: 1e-7)],
        body: .steps { session in
            let x = held("x", Numbers.bytes(16_500, [1, 56, 56, 64], .uint8), as: UInt8.self)
            let filter = held(
                "filter", Numbers.bytes(16_501, [3, 3, 64, 64], .int8), as: Int8.self)
            return applying(
                session, conv2D(x, filter: filter, accumulatingIn: Int32.self, padding: .same))
        })

    /// What an inference does with the sums: to floats, by a scale for each column, a bias and relu.
    private static let integerLayer = Workload(
        name: "W17-int8-layer-64",
        expected: [Expected(name: "check", value: 6.9228504, tolerance: 1e-6)],
        body: .steps { session in
            let a = held("a", Numbers.bytes(16_500, [64, 1024], .uint8), as: UInt8.self)
            let b = held("b", Numbers.bytes(16_501, [1024, 1024], .int8), as: Int8.self)
            let scale = held("scale", Numbers.uniform(16_502, [1024], scale: 1e-4))
            let bias = held("bias", Numbers.uniform(16_503, [1024]))
            let sums = matmul(a, b, accumulatingIn: Int32.self)
            return applying(session, relu(sums.cast(to: Float.self) * scale + bias))
        })

    private static let floatProducts = [
        floatProduct("W18-bf16-matmul-256", 256, 256, 256, 0.46123954),
        floatProduct("W18-bf16-matmul-1024", 1024, 1024, 1024, 0.46037517),
        floatProduct("W18-bf16-matvec-4096", 1, 1024, 4096, 0.47034059),
        floatProduct("W18-bf16-batch-64", 64, 1024, 1024, 0.46086236),
    ]

    private static func floatProduct(
        _ name: String, _ m: Int, _ k: Int, _ n: Int, _ check: Double
    ) -> Workload {
        Workload(
            name: name, expected: [Expected(name: "check", value: check, tolerance: 2e-5)],
            body: .steps { session in
                let a = held(
                    "a", try Numbers.uniform(17_500, [m, k]).cast(to: .bfloat16), as: BFloat16.self)
                let b = held(
                    "b",
                    try Numbers.uniform(17_501, [k, n], scale: (3 / Double(k)).squareRoot())
                        .cast(to: .bfloat16), as: BFloat16.self)
                return applying(session, matmul(a, b, accumulatingIn: Float.self))
            })
    }
}
