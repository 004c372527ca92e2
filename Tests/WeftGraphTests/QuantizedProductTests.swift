// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Products of what integers stand for.
@Suite struct QuantizedProductTests {
    private static let x = Tensor<UInt8>([[0, 128, 255], [130, 127, 128]])
    private static let w = Tensor<Int8>([[-128, 127], [3, -4], [10, 0]])

    @Test("are the products of what was dequantized")
    func agree() throws {
        let (x, w) = (Self.x, Self.w)
        let (step, steps) = (Tensor<Float>(0.5), Tensor<Float>([0.25, 2]))
        let (zero, zeros) = (Tensor<UInt8>(128), Tensor<Int8>([1, -2]))
        for first in [nil, zero] {
            for second in [nil, zeros] {
                let wanted = matmul(
                    x.dequantized(scale: step, zeroPoint: first ?? Tensor<UInt8>(0)),
                    w.dequantized(scale: steps, zeroPoint: second ?? Tensor<Int8>([0, 0])))
                let numbers = try evaluate(wanted).doubles
                expect(
                    quantizedMatmul(
                        x, w, scales: (step, steps), firstZeroPoint: first,
                        secondZeroPoint: second), [2, 2], numbers)
            }
        }
        // A scale and a zero point for each row, and batches.
        let rows = Tensor<Float>([[[0.5], [2]]])
        let batch = x.reshaped(to: [1, 2, 3])
        expect(
            quantizedMatmul(
                batch, w, scales: (rows, Tensor<Float>(1)),
                firstZeroPoint: Tensor<UInt8>([[[0], [128]]])), [1, 2, 2],
            [0.5 * 2934, 0.5 * -512, 2 * -259, 2 * 258])
    }

    @Test("round once, to the type of the scales")
    func types() {
        let half = quantizedMatmul(
            Self.x, Self.w, scales: (Tensor<Float16>(0.5), Tensor<Float16>(0.5)))
        expect(half, [2, 2], [733.5, -128, -3744.75, 4000.5].map { Double(Float16($0)) })
    }

    @Test("gradients flow to the scales")
    func haveGradients() throws {
        let steps = Tensor<Float>([0.25, 2])
        let y = quantizedMatmul(Self.x, Self.w, scales: (Tensor<Float>(1), steps)).sum()
        let found = try gradients(of: y, withRespectTo: [steps])
        expect(try #require(found[0]), [2], [2934.0 - 14979, -512 + 16002])
    }
}
