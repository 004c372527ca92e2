// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    /// Functions of images.
    static let images: [GradientCase] = {
        var cases: [GradientCase] = []
        for grid in ResizeGrid.allCases {
            for method in [ResizeMethod.nearest, .linear, .cubic(), .cubic(.pyTorch)] {
                cases.append(
                    GradientCase("resized, \(method), \(grid)", [[1, 3, 4, 2]]) { inputs in
                        (inputs[0] * inputs[0]).resized(to: [5, 2], method: method, grid: grid)
                    })
            }
        }
        cases += [
            GradientCase("lines resized", [[2, 4, 1]]) { inputs in
                (inputs[0] * inputs[0]).resized(to: inputs[0].size(ofAxis: 1).reshaped(to: [1]) + 3)
            },
            GradientCase("volumes resized", [[1, 2, 3, 2, 1]]) { inputs in
                (inputs[0] * inputs[0]).resized(to: [3, 2, 4])
            },
            // The places of pixels are computed in f64 here, between whole numbers.
            GradientCase(
                "crops by images and boxes",
                operands: [([2, 4, 5, 1], -2...2), ([3, 4], 0.21...0.29)]
            ) { inputs in
                let spread = AnyTensor(NDArray([0, 0.1, 0.5, 0.6] as [Double]))
                return (inputs[0] * inputs[0]).crops(
                    boxes: inputs[1] + spread, images: AnyTensor(NDArray([Int32(1), 0, 1])),
                    to: [2, 3])
            },
            GradientCase("patches", [[1, 4, 5, 2]]) { inputs in
                (inputs[0] * inputs[0]).patches(
                    size: [2, 3], strides: [1, 2], padding: .same, dilations: [2, 1])
            },
            GradientCase("space to batch", [[1, 3, 4, 1]]) { inputs in
                (inputs[0] * inputs[0]).spaceToBatch(
                    blockShape: [2, 2], paddings: [(0, 1), (2, 0)])
            },
            GradientCase("batch to space", [[4, 2, 3, 1]]) { inputs in
                (inputs[0] * inputs[0]).batchToSpace(blockShape: [2, 2], crops: [(0, 1), (2, 0)])
            },
            GradientCase("local response", [[2, 5]]) { inputs in
                localResponseNormalized(inputs[0], radius: 1, bias: 0.5, alpha: 2, beta: 0.75)
            },
        ]
        return cases
    }()
}
