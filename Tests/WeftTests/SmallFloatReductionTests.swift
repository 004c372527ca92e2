// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// What `function` makes of fed numbers, and the gradient of its sum; nothing is known when the graph
/// is built.
func evaluated<T: FloatingScalar, R: FloatingScalar>(
    _ engine: TestedEngine, _: T.Type, _ numbers: [Double], shape: [Int]? = nil,
    _ function: (Tensor<T>) -> Tensor<R>
) throws -> (value: [Double], gradient: [Double]) {
    let shape = shape ?? [numbers.count]
    let x = Tensor<T>.placeholder(shape: Shape(shape.map { _ in nil }))
    let array = try NDArray(numbers, shape: shape).cast(to: T.dtype)
    let y = function(x)
    let slope = try gradients(of: [y.anyTensor], withRespectTo: [x.anyTensor])[0]
    let results = try engine.session().run(
        [y.anyTensor, slope ?? .zeros(like: x.anyTensor)], feeding: [x: array])
    return (results[0].doubles, results[1].doubles)
}

/// Whether no number is infinite or NaN.
func areFinite(_ numbers: [Double]) -> Bool { numbers.allSatisfy { $0.isFinite } }

/// Expects numbers within a relative tolerance; NaN is NaN.
func expectClose(
    _ found: [Double], _ wanted: [Double], _ tolerance: Double, _ what: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    let fits =
        found.count == wanted.count
        && zip(found, wanted).allSatisfy { a, b in
            a == b || (a.isNaN && b.isNaN) || abs(a - b) <= tolerance * abs(b)
        }
    #expect(fits, "\(what): \(found) is not \(wanted)", sourceLocation: sourceLocation)
}

/// Functions made of reductions, on 16-bit floats whose sums, squares or counts leave the type's range
/// or digits. The numbers are arithmetic by hand; results are within a unit of the last place.
@Suite struct SmallFloatReductionTests {
    static let f16 = 0x1p-10
    static let bf16 = 0x1p-7

    private func check<T: FloatingScalar, R: FloatingScalar>(
        _ engine: TestedEngine, _ type: T.Type, _ numbers: [Double], _ wanted: [Double],
        shape: [Int]? = nil, _ what: String, _ function: (Tensor<T>) -> Tensor<R>
    ) throws {
        let found = try evaluated(engine, type, numbers, shape: shape, function)
        expectClose(found.value, wanted, T.dtype.epsilon, "\(what) of \(T.dtype)")
        #expect(areFinite(found.gradient), "gradient of \(what): \(found.gradient)")
    }

    @Test("means neither overflow nor lose their count", arguments: TestedEngine.allCases)
    func means(_ engine: TestedEngine) throws {
        try check(engine, Float16.self, [32768, 32768], [32768], "mean") { $0.mean() }
        try check(
            engine, Float16.self, Array(repeating: 100, count: 700), [100], "mean"
        ) { $0.mean() }
        try check(
            engine, Float16.self, Array(repeating: 0.5, count: 65_536), [0.5], "mean"
        ) { $0.mean() }
        try check(
            engine, BFloat16.self, Array(repeating: 3, count: 257), [3], "mean"
        ) { $0.mean() }
        try check(
            engine, Float16.self, [40000, 40000], [40000], shape: [1, 2, 1], "average pool"
        ) { averagePool1D($0, size: [2], padding: .valid) }
        try check(
            engine, Float16.self, [40000, 40000, 40000], [40000, 40000], shape: [1, 3, 1],
            "average pool"
        ) { averagePool1D($0, size: [2], padding: .same) }
    }

    @Test("variances and norms square in 32 bits", arguments: TestedEngine.allCases)
    func squares(_ engine: TestedEngine) throws {
        try check(engine, Float16.self, [-181, 181], [32761], "variance") { $0.variance() }
        try check(engine, Float16.self, [-300, 300], [300], "standard deviation") {
            $0.standardDeviation()
        }
        try check(engine, Float16.self, [-181, 181], [32761], "moments") { $0.moments().variance }
        try check(engine, Float16.self, [256], [256], "norm") { $0.norm() }
        try check(engine, Float16.self, [3e-4, 4e-4], [5e-4], "norm") { $0.norm() }
        try check(engine, Float16.self, [256], [1], "l2Normalized") { l2Normalized($0) }
        // The slope of 1e6 there is no number of the type.
        let zeros = try evaluated(engine, Float16.self, [0, 0]) { l2Normalized($0) }.value
        #expect(zeros == [0, 0])
        let half = 0.5.squareRoot()
        try check(engine, Float16.self, [1e-4, 1e-4], [half, half], "l2Normalized") {
            l2Normalized($0)
        }
    }

    @Test("normalisations of large and of equal numbers", arguments: TestedEngine.allCases)
    func normalisations(_ engine: TestedEngine) throws {
        try check(engine, Float16.self, [-181, 181], [-1, 1], shape: [1, 2], "layerNormalized") {
            layerNormalized($0)
        }
        try check(
            engine, BFloat16.self, Array(repeating: 3, count: 257),
            Array(repeating: 0, count: 257), shape: [1, 257], "layerNormalized"
        ) { layerNormalized($0) }
        try check(engine, Float16.self, [256], [1], shape: [1, 1], "rmsNormalized") {
            rmsNormalized($0)
        }
        let x = Tensor<Float16>([-181, 181], shape: [1, 1, 2])
        let group = try engine.session().run(groupNormalized(x, groups: 1)).doubles
        expectClose(group, [-1, 1], Self.f16, "groupNormalized")
        let batch = batchNormalized(
            Tensor<Float16>([[30000]]), mean: Tensor<Float16>([-30000]),
            variance: Tensor<Float16>([60000]), epsilon: 0)
        expectClose(
            try engine.session().run(batch).doubles, [60000 / 60000.0.squareRoot()], Self.f16,
            "batchNormalized")
    }

    @Test("softmax and its logarithm add in 32 bits", arguments: TestedEngine.allCases)
    func softmaxes(_ engine: TestedEngine) throws {
        let count = 65_520
        let zeros = Array(repeating: 0.0, count: count)
        let even = try evaluated(engine, Float16.self, zeros) { softmax($0) }.value
        // A denormal number: half its last place is 2⁻²⁵.
        #expect(even.allSatisfy { abs($0 - 1 / Double(count)) <= 0x1p-25 })
        try check(engine, Float16.self, zeros, [11.0901], "logSumExp") { $0.logSumExp() }
        let logarithms = try evaluated(engine, Float16.self, zeros) { logSoftmax($0) }.value
        expectClose([logarithms[7]], [-11.0901], Self.f16, "logSoftmax")
    }

    @Test("equal extremes share their gradient by a count of 32 bits")
    func extremes() throws {
        let slope = try evaluated(
            .cpu, BFloat16.self, Array(repeating: 1, count: 257)
        ) { $0.max() * 257 }.gradient
        expectClose(slope, Array(repeating: 1, count: 257), Self.bf16, "max")
    }

    @Test("losses subtract, square and average in 32 bits", arguments: TestedEngine.allCases)
    func losses(_ engine: TestedEngine) throws {
        let labels = Tensor<Float16>([[1, 0]])
        try check(
            engine, Float16.self, [40000, -40000], [0], shape: [1, 2], "dense cross entropy"
        ) { softmaxCrossEntropy(logits: $0, labels: labels) }
        try check(engine, Float16.self, [300, 0, 0, 0], [22500], "meanSquaredError") {
            meanSquaredError($0, Tensor<Float16>([0, 0, 0, 0]))
        }
        try check(engine, Float16.self, [40000, 40000], [40000], "meanAbsoluteError") {
            meanAbsoluteError($0, Tensor<Float16>([0, 0]))
        }
        try check(engine, Float16.self, [400], [400 * 100 - 5000], "huberLoss") {
            huberLoss($0, Tensor<Float16>([0]), delta: 100)
        }
        try check(engine, Float16.self, [-40000, -40000], [40000], "hingeLoss") {
            hingeLoss($0, Tensor<Float16>([1, 1]))
        }
        try check(engine, Float16.self, [-40000, -40000], [40000], "sigmoidCrossEntropy") {
            sigmoidCrossEntropy(logits: $0, labels: Tensor<Float16>([1, 1]))
        }
    }

    @Test("a class masked by −∞ without a label takes no part", arguments: TestedEngine.allCases)
    func masked(_ engine: TestedEngine) throws {
        let labels = Tensor<Float>([[0.25, 0.75, 0]])
        let found = try evaluated(
            engine, Float.self, [1, 2, -.infinity], shape: [1, 3]
        ) { softmaxCrossEntropy(logits: $0, labels: labels) }
        let sum = 1 + Foundation.exp(-1.0)
        expectClose(found.value, [0.25 + Foundation.log(sum)], 1e-6, "loss")
        expectClose(
            found.gradient, [1 - 1 / sum - 0.25, 1 / sum - 0.75, 0], 1e-5, "gradient")
    }

    @Test("sparse cross entropy counts classes in integers", arguments: TestedEngine.allCases)
    func sparse(_ engine: TestedEngine) throws {
        func loss<T: FloatingScalar>(_: T.Type, _ classes: Int, _ label: Int64) throws -> Double {
            let logits = Tensor<T>.placeholder(shape: [nil, nil])
            let labels = Tensor<Int64>([label])
            return try engine.session().run(
                softmaxCrossEntropy(logits: logits, labels: labels),
                feeding: [logits: .filled(T.dtype, [1, classes], 0)]
            ).number
        }
        for (classes, label) in [(257, 256), (1_001, 1_000), (2_049, 2_048), (4_099, 4_098)] {
            let wanted = Foundation.log(Double(classes))
            let label = Int64(label)
            expectClose([try loss(BFloat16.self, classes, label)], [wanted], Self.bf16)
            expectClose([try loss(Float16.self, classes, label)], [wanted], Self.f16)
        }
        #expect(errorCode { _ = try loss(BFloat16.self, 259, 259) } != nil)
        #expect(errorCode { _ = try loss(Float16.self, 2_051, 2_051) } != nil)
    }
}
