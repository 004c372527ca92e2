// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    static let complexNumbers: [GradientCase] = [
        GradientCase("complex numbers", [[2, 3], [2, 3]]) {
            let z = AnyTensor.complex($0[0], $0[1])
            let y = exp(z * 0.5) * z.conjugate() / (z * z + 5)
            return y.realPart + y.imaginaryPart * y.imaginaryPart
        },
        GradientCase("complex products", [[2, 2], [2, 2]]) {
            let z = AnyTensor.complex($0[0], $0[1])
            return matmul(matmul(z, z.conjugate(), transposingSecond: true), z).magnitude
        },
        GradientCase("transforms", [[2, 3], [2, 3]]) {
            let z = fft(AnyTensor.complex($0[0], $0[1]), axes: [0, 1])
            return irfft(z * z * 0.5, lengths: [4]) * 2
        },
    ]
}
