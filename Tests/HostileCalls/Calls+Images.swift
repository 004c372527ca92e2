// SPDX-License-Identifier: Apache-2.0
import Weft

/// Images resized, cut, divided into blocks.
let imageCalls: [Call] = [
    Call("resized") {
        $0.keep(
            $0.t(Float.self, rank: $0.choice([3, 4, 5])).resized(
                to: $0.ints(), method: $0.resizing(), grid: $0.choice(ResizeGrid.allCases)))
    },
    Call("resized") {
        $0.keep(
            $0.t(Float.self, rank: 4).resized(
                to: $0.numbers(), method: $0.resizing(), grid: $0.choice(ResizeGrid.allCases)))
    },
    Call("resized") {
        $0.keep(
            $0.any().resized(
                to: $0.ints(), method: $0.resizing(), grid: $0.choice(ResizeGrid.allCases)))
    },
    Call("crops") {
        $0.keep(
            $0.t(Float16.self, rank: 4).crops(
                boxes: $0.t(Float.self, rank: 2), images: $0.t(Int32.self, rank: 1),
                to: $0.sizes(2), method: $0.resizing(), outside: $0.number()))
    },
    Call("crops") {
        let boxes = Tensor<Float>([[0, 0, 1, 1], [0.5, 2, -1, 0.25]]) * Float($0.number())
        $0.keep(
            $0.t(Double.self, rank: 4).crops(
                boxes: boxes, images: Tensor<Int64>([0, 0]), to: $0.numbers(),
                method: $0.resizing(), outside: $0.number()))
    },
    Call("patches") {
        $0.keep(
            $0.any().patches(
                size: $0.sizes(2), strides: $0.sizes(2), padding: $0.padding(2),
                dilations: $0.sizes(1)))
    },
    Call("spaceToBatch") {
        $0.keep($0.any().spaceToBatch(blockShape: $0.sizes(2), paddings: $0.maybe($0.pads())))
    },
    Call("spaceToBatch") {
        $0.keep($0.any().spaceToBatch(blockShape: $0.sizes(2), paddings: $0.numbers(pairs: true)))
    },
    Call("batchToSpace") {
        $0.keep($0.any().batchToSpace(blockShape: $0.sizes(2), crops: $0.maybe($0.pads())))
    },
    Call("batchToSpace") {
        $0.keep($0.any().batchToSpace(blockShape: $0.sizes(1), crops: $0.numbers(pairs: true)))
    },
    Call("localResponseNormalized") {
        $0.keep(
            localResponseNormalized(
                $0.t(Float.self), radius: $0.int(), bias: $0.number(), alpha: $0.number(),
                beta: $0.number()))
    },
]

extension Chain {
    func resizing() -> ResizeMethod {
        switch draws.below(6) {
        case 0: .nearest
        case 1: .cubic()
        case 2: .cubic(.pyTorch)
        case 3:
            .cubic(CubicKernel(coefficient: number(), excludesOutside: yes(), steps: maybe(int())))
        default: .linear
        }
    }
}
