// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    private static func integers(_ numbers: [Int64], _ shape: [Int]? = nil) -> AnyTensor {
        let vector = AnyTensor(NDArray(numbers))
        return shape.map { vector.reshaped(to: $0) } ?? vector
    }

    /// Losses of sequences and sparse products.
    static let models: [GradientCase] = [
        GradientCase("losses of label sequences", [[2, 5, 4]]) { inputs in
            ctcLoss(
                logits: inputs[0], labels: integers([1, 1, 3, 2, 0, 0], [2, 3]),
                logitLengths: integers([5, 3]), labelLengths: integers([3, 1]), reduction: .none)
        },
        GradientCase("losses of label sequences, blank last", [[2, 3, 3]]) { inputs in
            ctcLoss(
                logits: inputs[0], labels: integers([0, 1, 1, 0], [2, 2]),
                logitLengths: integers([3, 3]), labelLengths: integers([2, 2]), blank: -1)
        },
        GradientCase("sparse product", [[4], [3, 2]]) { inputs in
            matmul(
                SparseTensor(
                    indices: integers([0, 1, 2, 0, 0, 1, 1, 2], [4, 2]),
                    values: inputs[0] * inputs[0], shape: [3, 3]), inputs[1] * inputs[1])
        },
        GradientCase("sparse product, transposed", [[3], [2]]) { inputs in
            matmul(
                SparseTensor(
                    indices: integers([0, 1, 1, 3, 0, 3], [3, 2]), values: inputs[0] * inputs[0],
                    shape: [2, 4]), inputs[1] * inputs[1], transposingFirst: true)
        },
        GradientCase("sparse to dense", [[3]]) { inputs in
            SparseTensor(
                indices: integers([0, 1, 1, 1, 0, 1], [3, 2]), values: inputs[0] * inputs[0],
                shape: [2, 2]
            ).dense(else: .scalar(2, .float64))
        },
        GradientCase("shuffled", [[4, 2]]) { inputs in
            (inputs[0] * inputs[0]).shuffled(stream: "order")
        },
    ]
}
