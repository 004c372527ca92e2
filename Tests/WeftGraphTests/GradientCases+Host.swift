// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftGraph
import WeftTestSupport

extension GradientCase {
    /// The sine of each element, whose gradient is made of tensors.
    private static let sine = HostFunction(
        "sine", results: [.like(0)],
        gradient: .graph { inputs, _, gradients in
            [gradients[0] * AnyTensor.unary(.cos, inputs[0])]
        }
    ) { [NDArray.from($0[0].doubles.map { Foundation.sin($0) }, $0[0].dtype, $0[0].shape)] }

    static let host: [GradientCase] = [
        GradientCase("hostCall", [[2, 3]]) { hostCall(sine, [$0[0] * $0[0]])[0] },
        GradientCase("hostCall in a branch in a scan", [[3, 2]]) { inputs in
            scan(over: [inputs[0]], initial: []) { _, slices in
                let y = cond(
                    Tensor<Bool>(.compare(.greater, slices[0].sum(), .scalar(0, .float64))),
                    then: { hostCall(sine, [slices[0]]) }, else: { [slices[0] * slices[0]] })
                return ([], y)
            }.outputs[0]
        },
    ]
}
