// SPDX-License-Identifier: Apache-2.0
import Weft

/// Discrete Fourier transforms, over the last axes.
enum FourierOperations {
    static let all: [OperationDefinition] = (1...3).flatMap { rank -> [OperationDefinition] in
        let axes = Array(-rank..<0)
        let suffix = rank == 1 ? "" : "\(rank)D"
        return ["", "Batch"].flatMap { prefix -> [OperationDefinition] in
            [
                .unary("\(prefix)FFT\(suffix)") { fft($0, axes: axes) },
                .unary("\(prefix)IFFT\(suffix)") { ifft($0, axes: axes) },
            ]
        } + [
            OperationDefinition("RFFT\(suffix)", defaults: ["Tcomplex": .type(.complex64)]) {
                call in
                rfft(try call.tensor(0), axes: axes, lengths: try call.integers(1))
                    .cast(to: try call.dtype("Tcomplex"))
            },
            OperationDefinition("IRFFT\(suffix)", defaults: ["Treal": .type(.float32)]) { call in
                irfft(try call.tensor(0), axes: axes, lengths: try call.integers(1))
                    .cast(to: try call.dtype("Treal"))
            },
        ]
    }
}
