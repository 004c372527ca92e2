// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Complex numbers and their transforms against the numbers that TensorFlow and NumPy gave
/// (Tests/Goldens/tf_complex.json).
@Suite("Complex numbers, beside TensorFlow and NumPy") struct ComplexGoldenTests {
    private let golden: Golden
    init() throws { golden = try Golden("tf_complex.json") }

    /// Pairs as complex numbers.
    private func complex(_ recorded: Any?) throws -> NDArray {
        let pairs = try Golden.requiredArray(recorded)
        return pairs.reinterpreted(
            as: pairs.dtype.withImaginaryPart, shape: Array(pairs.shape.dropLast()))
    }

    private func expect(
        _ found: NDArray, _ recorded: Any?, _ what: String, within bound: Double
    ) throws {
        let wanted = try Golden.requiredArray(recorded)
        let found = found.inReals
        #expect(found.shape == wanted.shape && found.dtype == wanted.dtype, "\(what)")
        let greatest = wanted.doubles.map { abs($0) }.max() ?? 0
        for (a, b) in zip(found.doubles, wanted.doubles) {
            let isNear = abs(a - b) <= bound * Swift.max(1, greatest) || a == b
            #expect(isNear, "\(what): \(a), not \(b)")
        }
    }

    /// A real number in which each part of each element counts otherwise.
    private func loss(_ y: AnyTensor, _ shape: [Int]) throws -> AnyTensor {
        let count = shape.reduce(1, *)
        let numbers = (0..<count).map { Double($0 % 5) - 1.5 }
        let real = y.dtype.realPart
        let weights = AnyTensor(try NDArray(numbers, shape: shape).cast(to: real))
        guard y.dtype.isComplex else { return (y * weights).sum() }
        let square = y.imaginaryPart * y.imaginaryPart
        return (y.realPart * weights + square * weights * 0.5).sum()
    }

    private func check(
        _ function: ([AnyTensor]) -> AnyTensor, _ operands: [NDArray], _ recorded: Any?,
        _ what: String, _ session: Session, within bound: Double
    ) throws {
        let recorded = try #require(recorded as? [String: Any], "\(what)")
        let slopes = try #require(recorded["gradients"] as? [Any], "\(what)")
        for isKnown in [true, false] {
            let xs = operands.map { operand in
                AnyTensor.placeholder(
                    operand.dtype, shape: Shape(operand.shape.map { isKnown ? $0 : nil }))
            }
            let y = function(xs)
            let values = try session.run(
                y, feeding: Feeds(Array(zip(xs, operands))))
            try expect(values, recorded["result"], what, within: bound)
            let gradients = try gradients(
                of: [try loss(y, values.shape)], withRespectTo: xs, unconnected: .zeros)
            let found = try session.run(
                gradients.compactMap { $0 }, feeding: Feeds(Array(zip(xs, operands))))
            for (index, gradient) in found.enumerated() {
                try expect(
                    gradient, slopes[index], "the gradient of \(what) by \(index)", within: bound)
            }
        }
    }

    // MARK: Functions

    private static let unary: [String: @Sendable (AnyTensor) -> AnyTensor] = [
        "exp": { exp($0) }, "log": { log($0) }, "sqrt": { sqrt($0) }, "sin": { sin($0) },
        "cos": { cos($0) }, "tanh": { tanh($0) }, "square": { square($0) },
        "reciprocal": { reciprocal($0) }, "conjugate": { $0.conjugate() }, "negate": { -$0 },
        "magnitude": { $0.magnitude }, "angle": { $0.angle }, "real": { $0.realPart },
        "imaginary": { $0.imaginaryPart },
    ]

    private static let binary: [String: @Sendable (AnyTensor, AnyTensor) -> AnyTensor] = [
        "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 },
        "divide": { $0 / $1 }, "power": { pow($0, $1) },
    ]

    @Test("functions and their gradients", arguments: [TestedEngine.reference, .cpu])
    func functions(_ engine: TestedEngine) throws {
        let session = engine.session()
        let recorded = try golden.dictionary("functions")
        let (points, factors) = (
            try complex(recorded["points"]), try complex(recorded["factors"])
        )
        let unary = try #require(recorded["unary"] as? [String: Any])
        #expect(unary.count == Self.unary.count)
        for (name, function) in Self.unary {
            try check(
                { function($0[0]) }, [points], unary[name], name, session, within: 1e-13)
        }
        let binary = try #require(recorded["binary"] as? [String: Any])
        #expect(binary.count == Self.binary.count)
        for (name, function) in Self.binary {
            try check(
                { function($0[0], $0[1]) }, [points, factors], binary[name], name, session,
                within: 1e-12)
        }
    }

    @Test("products of matrices and their gradients", arguments: [TestedEngine.reference, .cpu])
    func products(_ engine: TestedEngine) throws {
        let session = engine.session()
        let recorded = try golden.dictionary("functions")
        let a = try complex(recorded["matrices"])
        let numbers = a.inReals.doubles
        let half = numbers.count / 2
        let b = try NDArray(
            Array(numbers[half...] + numbers[..<half]), shape: a.inReals.shape
        ).reinterpreted(as: .complex128, shape: a.shape)
        try check(
            { matmul($0[0], $0[1]) }, [a, b], recorded["matmul"], "matmul", session, within: 1e-13)
        try check(
            { matmul($0[0].conjugate(), $0[1], transposingFirst: true) }, [a, b],
            recorded["matmul, adjoint"], "matmul, adjoint", session, within: 1e-13)
    }

    // MARK: Transforms

    private static let transforms: [String: @Sendable (AnyTensor) -> AnyTensor] = [
        "fft": { fft($0) }, "ifft": { ifft($0) }, "fft of 128 bits": { fft($0) },
        "fft2": { fft($0, axes: [-2, -1]) }, "ifft2": { ifft($0, axes: [-2, -1]) },
        "fft3": { fft($0, axes: [0, 1, 2]) }, "rfft": { rfft($0) },
        "rfft of 7": { rfft($0, lengths: [7]) }, "rfft of 13": { rfft($0, lengths: [13]) },
        "rfft2": { rfft($0, axes: [-2, -1]) }, "irfft": { irfft($0) },
        "irfft of 9": { irfft($0, lengths: [9]) }, "irfft of 20": { irfft($0, lengths: [20]) },
        "irfft2": { irfft($0, axes: [-2, -1]) }, "dct": { dct($0) },
        "dct, orthonormal": { dct($0, isOrthonormal: true) }, "idct": { idct($0) },
        "idct, orthonormal": { idct($0, isOrthonormal: true) },
        "stft": { stft($0, length: 4, step: 2) },
    ]

    @Test("norms, shifts and frequencies", arguments: [TestedEngine.reference, .cpu])
    func norms(_ engine: TestedEngine) throws {
        let session = engine.session()
        let recorded = try golden.dictionary("norms")
        let z = AnyTensor(try complex(recorded["operand"]))
        var cases: [(String, AnyTensor)] = [
            ("fftn of other lengths", fft(z, axes: [0, 1], lengths: [3, 5])),
            ("fftshift", z.fftShifted()), ("ifftshift", z.ifftShifted()),
            ("fftfreq", .fftFrequencies(.float64, count: 7, spacing: 0.5)),
            ("rfftfreq", .rfftFrequencies(.float64, count: 8, spacing: 0.25)),
        ]
        for norm in FourierNorm.allCases {
            cases += [
                ("fft, \(norm)", fft(z, norm: norm)), ("ifft, \(norm)", ifft(z, norm: norm)),
                ("irfft, \(norm)", irfft(z, norm: norm)),
            ]
        }
        #expect(cases.count + 1 == recorded.count)
        for (name, tensor) in cases {
            try expect(try session.run(tensor), recorded[name], name, within: 1e-14)
        }
    }

    @Test("transforms and their gradients", arguments: [TestedEngine.reference, .cpu])
    func transforms(_ engine: TestedEngine) throws {
        let session = engine.session()
        let recorded = try golden.dictionary("transforms")
        #expect(Set(recorded.keys) == Set(Self.transforms.keys))
        for (name, function) in Self.transforms {
            let one = try #require(recorded[name] as? [String: Any])
            let operand =
                try one["operand"].map { try Golden.requiredArray($0) }
                ?? complex(one["complex operand"])
            let bound = operand.dtype.realPart == .float64 ? 1e-13 : 3e-6
            try check({ function($0[0]) }, [operand], one, name, session, within: bound)
        }
    }
}
