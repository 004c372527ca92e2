// SPDX-License-Identifier: Apache-2.0
import Weft

/// Quantisation, losses of sequences, choice of boxes, sparse tensors.
let modelCalls: [Call] = [
    Call("fakeQuantized") {
        $0.keep(
            $0.t(Float.self).fakeQuantized(
                from: $0.t(Float.self, rank: 0), to: Tensor(Float($0.number())),
                bits: $0.yes() ? 8 : $0.int(), isNarrow: $0.yes()))
    },
    Call("fakeQuantized") {
        $0.keep(
            $0.any().fakeQuantized(
                from: $0.any(), to: $0.any(), bits: $0.yes() ? 4 : $0.int(), isNarrow: $0.yes()))
    },
    Call("quantized") {
        $0.keep(
            $0.t(Float.self).quantized(
                scale: Tensor(Float($0.number())), zeroPoint: $0.t(Int8.self, rank: 0)))
    },
    Call("quantized") {
        $0.keep(
            $0.t(Double.self).quantized(
                scale: $0.t(Double.self, rank: 1), zeroPoint: $0.t(Int32.self, rank: 1),
                axis: $0.axis()))
    },
    Call("dequantized") {
        $0.keep(
            $0.t(UInt8.self).dequantized(
                scale: $0.t(Float.self, rank: 1), zeroPoint: $0.t(UInt8.self, rank: 1),
                axis: $0.axis()))
    },
    Call("ctcLoss") {
        $0.keep(
            ctcLoss(
                logits: $0.t(Float.self, rank: 3), labels: $0.t(Int32.self, rank: 2),
                logitLengths: $0.t(Int32.self, rank: 1), labelLengths: $0.t(Int64.self, rank: 1),
                blank: $0.int(), reduction: $0.reduction()))
    },
    Call("ctcLoss") {
        let logits = Tensor<Float>.ones(shape: [2, 3, 3]) * Float($0.number())
        $0.keep(
            ctcLoss(
                logits: logits, labels: $0.t(Int32.self, rank: 2),
                logitLengths: Tensor<Int32>([3, 2]), labelLengths: Tensor<Int32>([1, 0]),
                blank: $0.int(), reduction: $0.reduction()))
    },
    Call("nonMaxSuppression") {
        $0.keep(
            nonMaxSuppression(
                boxes: $0.t(Float.self, rank: 2), scores: $0.t(Float.self, rank: 1),
                most: $0.int(), overlap: $0.number(), leastScore: $0.number()))
    },
    Call("paddedNonMaxSuppression") {
        let boxes = Tensor<Float>([[0, 0, 1, 1], [0.5, 2, -1, 0.25]]) * Float($0.number())
        $0.keep(
            paddedNonMaxSuppression(
                boxes: boxes, scores: Tensor<Float>([1, 2]), most: $0.t(Int32.self, rank: 0),
                overlap: $0.number(), leastScore: $0.number()
            ).positions)
    },
    Call("paddedNonMaxSuppression") {
        $0.keep(
            paddedNonMaxSuppression(
                boxes: $0.t(Float16.self, rank: 2), scores: $0.t(Float16.self, rank: 1),
                most: $0.int(), overlap: $0.number()
            ).found)
    },
    Call("dense") { $0.keep($0.sparse().dense(else: $0.maybe($0.t(Float.self, rank: 0)))) },
    Call("dense") { $0.keep(SparseTensor($0.t(Double.self)).dense()) },
    Call("matmul") {
        $0.keep(matmul($0.sparse(), $0.t(Float.self), transposingFirst: $0.yes()))
    },
]

extension Chain {
    func sparse() -> SparseTensor<Tensor<Float>> {
        let indices = yes() ? t(Int64.self, rank: 2) : Tensor([[0, 1], [Int64(int()), 2]])
        let values = yes() ? t(Float.self, rank: 1) : Tensor([1, 2])
        return yes()
            ? SparseTensor(indices: indices, values: values, sizes: numbers())
            : SparseTensor(indices: indices, values: values, shape: ints())
    }
}
