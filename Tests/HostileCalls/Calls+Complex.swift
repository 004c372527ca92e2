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
    Call("fft") {
        $0.keep(
            fft(
                $0.t(Complex<Float>.self), axes: $0.axes() ?? [-1], lengths: $0.lengths(),
                norm: $0.choice(FourierNorm.allCases)))
    },
    Call("fft") { $0.keep(fft($0.any())) },
    Call("ifft") {
        $0.keep(
            ifft(
                $0.t(Complex<Double>.self), axes: $0.axes() ?? [-1], lengths: $0.lengths(),
                norm: $0.choice(FourierNorm.allCases)))
    },
    Call("rfft") {
        $0.keep(
            rfft(
                $0.t(Float.self), axes: $0.axes() ?? [-1], lengths: $0.lengths(),
                norm: $0.choice(FourierNorm.allCases)))
    },
    Call("rfft") { $0.keep(rfft($0.any(), axes: $0.axes() ?? [-1])) },
    Call("irfft") {
        $0.keep(
            irfft(
                $0.t(Complex<Float>.self), axes: $0.axes() ?? [-1], lengths: $0.lengths(),
                norm: $0.choice(FourierNorm.allCases)))
    },
    Call("irfft") { $0.keep(irfft($0.any(), axes: $0.axes() ?? [-1])) },
    Call("fftShifted") { $0.keep($0.t(Complex<Float>.self).fftShifted(axes: $0.axes())) },
    Call("ifftShifted") { $0.keep($0.any().ifftShifted(axes: $0.axes())) },
    Call("fftFrequencies") {
        $0.keep(Tensor<Float>.fftFrequencies(count: $0.int(), spacing: $0.number()))
    },
    Call("rfftFrequencies") {
        $0.keep(AnyTensor.rfftFrequencies(.float64, count: $0.int(), spacing: $0.number()))
    },
    Call("hannWindow") { $0.keep(Tensor<Float>.hannWindow(count: $0.int())) },
    Call("dct") { $0.keep(dct($0.t(Float.self), axis: $0.axis(), isOrthonormal: $0.yes())) },
    Call("dct") { $0.keep(dct($0.any(), axis: $0.axis())) },
    Call("idct") { $0.keep(idct($0.t(Double.self), axis: $0.axis(), isOrthonormal: $0.yes())) },
    Call("stft") {
        $0.keep(
            stft(
                $0.t(Float.self), length: $0.int(), step: $0.int(),
                window: $0.t(Float.self, rank: 1)))
    },
    Call("stft") { $0.keep(stft($0.any(), length: $0.int(), step: $0.int())) },
    Call("istft") {
        $0.keep(istft($0.t(Complex<Float>.self), length: $0.int(), step: $0.int()))
    },
    Call("istft") { $0.keep(istft($0.any(), length: $0.int(), step: $0.int())) },
]
