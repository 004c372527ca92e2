// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Complex functions of numbers whose squares or exponentials have no finite value, or hardly any.
@Suite struct ComplexExtremesTests {
    private typealias F = Complex<Float>
    private typealias Z = Tensor<F>
    /// The parts: swift-numerics takes all infinities for one.
    private typealias Pair = (real: Float, imaginary: Float)

    /// A function, a point and the value as ISO C's functions of complex numbers have it.
    private static let values: [(String, @Sendable (Z) -> Z, Pair, Pair)] = exponentials + roots

    private static let roots: [(String, @Sendable (Z) -> Z, Pair, Pair)] = [
        ("sqrt", { sqrt($0) }, (3e38, 0), (1.7320508e19, 0)),
        ("sqrt", { sqrt($0) }, (-3e38, -0.0), (0, -1.7320508e19)),
        ("sqrt", { sqrt($0) }, (3e38, 3e38), (1.9029764e19, 7.8823863e18)),
        ("sqrt", { sqrt($0) }, (4e-38, 3e-38), (2.1213203e-19, 7.0710678e-20)),
        ("rsqrt", { rsqrt($0) }, (3e38, 0), (5.7735027e-20, 0)),
        ("sign", { sign($0) }, (3e38, 3e38), (0.70710678, 0.70710678)),
        ("sign", { sign($0) }, (-3e-38, 4e-38), (-0.6, 0.8)),
        ("sign", { sign($0) }, (0, 0), (0, 0)),
    ]

    private static let exponentials: [(String, @Sendable (Z) -> Z, Pair, Pair)] = [
        ("exp", { exp($0) }, (89, 0), (.infinity, 0)),
        ("exp", { exp($0) }, (.infinity, 0), (.infinity, 0)),
        ("exp", { exp($0) }, (-.infinity, 2), (0, 0)),
        // e^89 overflows and e^89 cos 1 does not.
        ("exp", { exp($0) }, (89, 1), (2.4257482e38, .infinity)),
        ("exp", { exp($0) }, (130, 1e-30), (.infinity, 2.8726496e26)),
        ("exp", { exp($0) }, (500, 1e-38), (.infinity, .infinity)),
        ("exp", { exp($0) }, (-80, 1), (9.7516537e-36, 1.5187301e-35)),
        ("expMinusOne", { expMinusOne($0) }, (89, 0), (.infinity, 0)),
        ("expMinusOne", { expMinusOne($0) }, (89, 1), (2.4257482e38, .infinity)),
        ("expMinusOne", { expMinusOne($0) }, (-200, 0), (-1, 0)),
        ("sinh", { sinh($0) }, (100, 0), (.infinity, 0)),
        ("sinh", { sinh($0) }, (-100, 0), (-.infinity, 0)),
        ("sinh", { sinh($0) }, (89.5, 1.5), (2.6180263e37, .infinity)),
        ("cosh", { cosh($0) }, (-100, 0), (.infinity, 0)),
        ("cosh", { cosh($0) }, (-89.5, -1.5), (2.6180263e37, .infinity)),
        ("sin", { sin($0) }, (0, 100), (0, .infinity)),
        ("sin", { sin($0) }, (0, -100), (0, -.infinity)),
        ("cos", { cos($0) }, (0, 100), (.infinity, 0)),
        ("tanh", { tanh($0) }, (100, 1), (1, 0)),
        ("tan", { tan($0) }, (1, -100), (0, -1)),
        ("sigmoid", { sigmoid($0) }, (-100, 0), (0, 0)),
        ("sigmoid", { sigmoid($0) }, (-1000, 3), (0, 0)),
        ("sigmoid", { sigmoid($0) }, (1000, 3), (1, 0)),
        ("sigmoid", { sigmoid($0) }, (-80, 1), (9.7516537e-36, 1.5187301e-35)),
    ]

    @Test("magnitudes neither overflow nor vanish", arguments: TestedEngine.allCases)
    func magnitudes(_ engine: TestedEngine) throws {
        let x = Tensor<Complex<Float>>.placeholder(shape: [nil])
        let numbers: [Complex<Float>] = [
            Complex(3e30, 4e30), Complex(3e-30, -4e-30), Complex(0, 0), Complex(-5, 12),
            Complex(.infinity, 1),
        ]
        let results = try engine.session().run(
            [x.magnitude, x.angle, x / x], feeding: [x: NDArray(numbers)])
        let lengths = try results[0].scalars(as: Float.self)
        for (length, expected) in zip(lengths, [5e30, 5e-30, 0, 13, .infinity] as [Float]) {
            #expect(abs(length - expected) <= expected * 4e-7 || length == expected)
        }
        #expect(try results[1].scalars(as: Float.self)[2] == 0)
        let quotients = results[2].inReals.doubles
        for i in [0, 1, 2, 3, 6, 7] { #expect(abs(quotients[i] - (i % 2 == 0 ? 1 : 0)) < 1e-6) }
        #expect(quotients[4].isNaN)
    }

    @Test("parts are 0, finite and infinite where they must be", arguments: TestedEngine.allCases)
    func values(_ engine: TestedEngine) throws {
        let session = engine.session()
        for (name, function, point, expected) in Self.values {
            let x = Z.placeholder(shape: [])
            let y = function(x)
            let parts = try session.run(
                [y.realPart, y.imaginaryPart],
                feeding: [x: NDArray(F(point.real, point.imaginary))]
            ).map { try $0.scalars(as: Float.self)[0] }
            for (part, wanted) in zip(parts, [expected.real, expected.imaginary]) {
                // e^x is 2 ULP at most, and a product of four factors adds to it. What is below the
                // least normal number may be 0.
                let isClose =
                    part == wanted
                    || abs(part - wanted)
                        <= Swift.max(16 * wanted.magnitude.ulp, .leastNormalMagnitude)
                #expect(isClose, "\(name)(\(point)) is \(parts), not \(expected)")
            }
        }
    }

    @Test("a root has no slope at 0", arguments: [TestedEngine.reference, .cpu])
    func rootOfZero(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [])
        let y = sqrt(x)
        for part in [y.realPart, y.imaginaryPart] {
            let slope = try #require(try gradients(of: [part], withRespectTo: [x])[0])
            let result = try engine.session().run(slope, feeding: [x: NDArray(F(0, 0))])
            #expect(result == NDArray(F(0, 0)))
        }
    }

    @Test("slopes go with the values", arguments: [TestedEngine.reference, .cpu])
    func slopes(_ engine: TestedEngine) throws {
        typealias C = Complex<Double>
        let points = [C(709.5, 1), C(-700, 0.5), C(708, 2)]
        let x = Tensor<C>.placeholder(shape: [3])
        // The slope of Re e^x is the conjugate of e^x.
        let slope = try #require(
            try gradients(of: [exp(x).realPart.sum()], withRespectTo: [x])[0])
        let results = try engine.session().run(
            [exp(x), slope.conjugate()], feeding: [x: NDArray(points)])
        let pairs = zip(
            try results[0].scalars(as: C.self), try results[1].scalars(as: C.self))
        for (y, s) in pairs {
            #expect(y.length.isFinite && (y - s).length <= 8 * y.length.ulp, "\(y) and \(s)")
        }
    }
}
