// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

/// What `rematerialized` is for: memory.
@Suite struct RematerializationTests {
    private static let size = 128
    private static let bytes = size * size * 4

    /// The gradient, with respect to x, of `blocks` blocks of `layers` layers each.
    private static func compiled(
        blocks: Int, layers: Int, isRematerialized: Bool
    ) throws -> CPUExecutable {
        let type = ArrayType(.float32, [size, size])
        let (x, w) = (
            Tensor<Float>.placeholder(shape: [size, size]),
            Tensor<Float>.placeholder(shape: [size, size])
        )
        func block(_ input: Tensor<Float>) -> Tensor<Float> {
            (0..<layers).reduce(input) { y, _ in tanh(matmul(y, w)) }
        }
        var y = x
        for _ in 0..<blocks { y = isRematerialized ? rematerialized(y, body: block) : block(y) }
        let slope = try #require(try gradient(of: y.sum(), withRespectTo: x))
        let lowered = try LoweredGraph(
            fetches: [slope.anyTensor], feeds: [(x.anyTensor, type), (w.anyTensor, type)])
        return try CPUEngine(verifiesPrograms: true).compilePlan(lowered.program)
    }

    @Test func keepsOnlyWhereBlocksBegin() throws {
        let plain = try Self.compiled(blocks: 8, layers: 8, isRematerialized: false)
        let remade = try Self.compiled(blocks: 8, layers: 8, isRematerialized: true)
        // 64 activations, against 8 beginnings and the 8 activations of the block at hand.
        #expect(plain.arenaBytes >= 60 * Self.bytes)
        #expect(remade.arenaBytes <= 22 * Self.bytes, "\(remade.arenaBytes / Self.bytes) arrays")
    }

    @Test func givesTheSameNumbers() throws {
        func array(_ seed: Int) throws -> NDArray {
            try NDArray(
                (0..<Self.size * Self.size).map { Float(($0 * 7919 + seed) % 1000 - 500) / 8000 }
            )
            .reshaped(to: [Self.size, Self.size])
        }
        let inputs = try [array(1), array(2)]
        let results = try [false, true].map {
            try Self.compiled(blocks: 3, layers: 2, isRematerialized: $0).run(inputs, control: nil)
        }
        #expect(results[0][0].doubles.contains { $0 != 0 })
        #expect(results[0][0].doubles == results[1][0].doubles)
    }
}
