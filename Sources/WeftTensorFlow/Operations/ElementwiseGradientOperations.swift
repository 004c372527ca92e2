// SPDX-License-Identifier: Apache-2.0
import Weft

/// What TensorFlow's own gradients of functions of single elements consist of: from a function's result y and
/// the gradient g of that, the gradient of its operand.
enum ElementwiseGradientOperations {
    static let all: [OperationDefinition] = [
        .binary("TanhGrad") { y, g in g * (1 - y * y) },
        .binary("SigmoidGrad") { y, g in g * y * (1 - y) },
        // Where nothing flows from above nothing flows on, however steep the function is. Of complex numbers
        // these take the conjugates; of the two above they are given.
        .binary("SqrtGrad") { y, g in .multiplyNoNaN(0.5 / y.conjugate(), g) },
        .binary("RsqrtGrad") { y, g in
            let y = y.conjugate()
            return .multiplyNoNaN(y * y * y, -0.5 * g)
        },
        .binary("ReciprocalGrad", reciprocal),
        .binary("InvGrad", reciprocal),
    ]

    @Sendable private static func reciprocal(_ y: AnyTensor, _ g: AnyTensor) -> AnyTensor {
        let y = y.conjugate()
        return .multiplyNoNaN(-(y * y), g)
    }
}
