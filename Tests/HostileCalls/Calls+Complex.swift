// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftComplex

/// Complex numbers and what they are made of.
let complexCalls: [Call] = [
    Call("complex") { $0.keep(complex($0.t(Float.self), $0.t(Float.self))) },
    Call("complex") { $0.keep(complex($0.t(Double.self), $0.t(Double.self))) },
    Call("complex") { $0.keep(complex($0.any(), $0.any())) },
    Call("complex") { $0.keep(complex(magnitude: $0.any(), angle: $0.any())) },
    Call("complex") {
        $0.keep(complex(magnitude: $0.t(Float.self), angle: $0.t(Float.self)))
    },
    Call("conjugate") { $0.keep($0.t(Complex<Float>.self).conjugate()) },
    Call("conjugate") { $0.keep($0.any().conjugate()) },
    Call("realPart") { $0.keep($0.t(Complex<Double>.self).realPart) },
    Call("realPart") { $0.keep($0.any().realPart) },
    Call("imaginaryPart") { $0.keep($0.t(Complex<Float>.self).imaginaryPart) },
    Call("imaginaryPart") { $0.keep($0.any().imaginaryPart) },
    Call("angle") { $0.keep($0.t(Complex<Float>.self).angle) },
    Call("angle") { $0.keep($0.any().angle) },
    Call("squaredMagnitude") { $0.keep($0.t(Complex<Float>.self).squaredMagnitude) },
    Call("squaredMagnitude") { $0.keep($0.any().squaredMagnitude) },
    Call("magnitude") { $0.keep($0.t(Complex<Float>.self).magnitude) },
    Call("magnitude") { $0.keep($0.any().magnitude) },
]
