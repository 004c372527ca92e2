// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Derivatives where the ways to compute them that come first to mind lose all digits or make NaN.
/// The numbers are the formulas in double precision, to six digits.
@Suite struct GradientEdgeTests {
    private func slope<T: FloatingScalar>(
        _ engine: TestedEngine, _ type: T.Type, _ x: Double,
        _ function: (Tensor<T>) -> Tensor<T>
    ) throws -> Double { try evaluated(engine, type, [x], function).gradient[0] }

    @Test("of activations far from 0", arguments: TestedEngine.allCases)
    func activations(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(
            _ type: T.Type, _ what: String, _ x: Double, _ wanted: Double,
            _ function: (Tensor<T>) -> Tensor<T>
        ) throws {
            // The f32 functions behind may be off by a few units of the last place.
            let tolerance = T.dtype == .float32 ? 8 * T.dtype.epsilon : T.dtype.epsilon
            expectClose(
                [try slope(engine, type, x, function)], [wanted], Swift.max(tolerance, 2e-6),
                "\(what) at \(x) in \(T.dtype)")
        }
        func gelu<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
            WeftGraph.gelu(x, isApproximate: true)
        }
        try check(Float16.self, "gelu", 256, 1, gelu)
        try check(Float16.self, "gelu", 60000, 1, gelu)
        try check(BFloat16.self, "gelu", 3e38, 1, gelu)
        try check(Float.self, "gelu", 1e20, 1, gelu)
        try check(Float.self, "gelu", -1e20, 0, gelu)
        try check(Double.self, "gelu", 1e200, 1, gelu)
        try check(Float.self, "gelu", 0.5, 0.867370, gelu)
        expectClose(
            try evaluated(engine, BFloat16.self, [-3], gelu).value, [-0.003637], 0x1p-8, "gelu")
        try check(Float.self, "softsign", 1e8, 1e-16) { softsign($0) }
        try check(Float.self, "softsign", -1e6, 9.99998e-13) { softsign($0) }
        try check(BFloat16.self, "softsign", 12, 0.00591716) { softsign($0) }
        try check(BFloat16.self, "expMinusOne", -7, 9.11882e-4) { expMinusOne($0) }
        try check(Float.self, "expMinusOne", -20, 2.06115e-9) { expMinusOne($0) }
        try check(BFloat16.self, "elu", -7, 9.11882e-4) { elu($0) }
        try check(BFloat16.self, "tanh", 8, 4.50141e-7) { tanh($0) }
        try check(BFloat16.self, "sigmoid", 20, 2.06115e-9) { sigmoid($0) }
        try check(BFloat16.self, "asinh", 1e20, 1e-20) { asinh($0) }
        try check(Float.self, "asinh", 1e20, 1e-20) { asinh($0) }
        try check(BFloat16.self, "leakyRelu", -1, 0.2) { leakyRelu($0) }
    }

    @Test(
        "gelu's derivative is within 8 units of the last place where it is about 1",
        arguments: TestedEngine.allCases)
    func gelu(_ engine: TestedEngine) throws {
        let points = stride(from: 0.25, through: 8, by: 0.03125).map { $0 }
        let found = try evaluated(engine, Float.self, points) {
            WeftGraph.gelu($0, isApproximate: true)
        }.gradient
        let wanted = try evaluated(.reference, Double.self, points) {
            WeftGraph.gelu($0, isApproximate: true)
        }.gradient
        for (i, (a, b)) in zip(found, wanted).enumerated() {
            #expect(abs(a - b) <= 24 * 0x1p-23, "at \(points[i]): \(a), must be \(b)")
        }
    }

    @Test("a power of 1 has no second derivative, one of 0 no first")
    func powers() throws {
        for engine in TestedEngine.allCases {
            let x = Tensor<Float>.placeholder(shape: [nil])
            let first = try #require(try gradient(of: pow(x, 1), withRespectTo: x))
            let second = try #require(try gradient(of: first, withRespectTo: x))
            let none = try #require(try gradient(of: pow(x, 0), withRespectTo: x))
            let steep = try #require(try gradient(of: pow(x, 0.5), withRespectTo: x))
            let found = try engine.session().run(
                [first, second, none, steep], feeding: [x: NDArray([Float(0), 2, -1])])
            #expect(found[0].doubles == [1, 1, 1])
            #expect(found[1].doubles == [0, 0, 0])
            #expect(found[2].doubles == [0, 0, 0])
            #expect(found[3].doubles[0] == .infinity)
        }
    }

    @Test("a branch that is not taken has no effect at poles", arguments: TestedEngine.allCases)
    func masks(_ engine: TestedEngine) throws {
        let functions: [(String, Double, @Sendable (Tensor<Float>) -> Tensor<Float>)] = [
            ("log", 0, { log($0) }), ("log(onePlus:)", -1, { log(onePlus: $0) }),
            ("sqrt", 0, { sqrt($0) }), ("rsqrt", 0, { rsqrt($0) }), ("cbrt", 0, { cbrt($0) }),
            ("reciprocal", 0, { reciprocal($0) }), ("asin", 1, { asin($0) }),
            ("acos", -1, { acos($0) }), ("acosh", 1, { acosh($0) }), ("atanh", 1, { atanh($0) }),
            ("erfInverse", 1, { erfInverse($0) }), ("lgamma", 0, { lgamma($0) }),
            ("digamma", 0, { digamma($0) }), ("pow(x, -1)", 0, { pow($0, -1) }),
            ("pow(x, 0.5)", 0, { pow($0, 0.5) }),
        ]
        for (name, pole, function) in functions {
            let found = try evaluated(engine, Float.self, [pole]) { x in
                select(x .!= Tensor(Float(pole)), function(x), 2 * x)
            }
            #expect(found.gradient == [2], "\(name): \(found.gradient)")
            // Where it is taken, the slope is as steep as it was, and so is its derivative.
            let slope = try evaluated(engine, Float.self, [pole], function).gradient
            #expect(!slope[0].isFinite, "\(name): \(slope)")
        }
    }
}
