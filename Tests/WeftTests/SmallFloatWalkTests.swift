// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// A walk through everything numeric in f16 and bf16: zeros, denormal numbers, the least normal one,
/// numbers whose squares overflow, the greatest one, infinities and NaN.
@Suite struct SmallFloatWalkTests {
    typealias Case = SmallFloatWalk.Case

    static let types: [DType] = [.float16, .bfloat16]

    /// The digits that differences of nearly equal numbers have left in f32.
    static let share = 0x1p-20
    /// f32 holds the squares, and sums of some, of numbers up to here, and their reciprocals.
    static let squares = 0x1p60
    /// And not 0 from here on.
    static let smallSquares = 0x1p-60
    /// What f32 loses of log(1 + t) for small t, and of differences of numbers of about 10.
    static let differences = 1e-6
    /// The unit of the last place of f32 at 1, which is lost of log(1 + t).
    static let unit = 0x1p-23
    /// The greatest finite number of f16. At −∞ the trigamma function has no limit; a row with an
    /// infinity is shifted by 0, as in TensorFlow, and f32 holds no powers of its other numbers.
    static let finite = 65504.0
    /// f32 holds sums of some numbers up to here.
    static let sums = 0x1p120

    static let unary: [Case] =
        UnaryKind.allCases.filter { $0.descriptor.operands != .integer }
        .filter { ![.not, .populationCount, .countLeadingZeros].contains($0) }
        .map { kind in
            // In f64 the derivatives 1 − y² and y (1 − y) have lost what is left of them.
            Case(
                name: kind.name, function: { .unary(kind, $0[0]) },
                floor: [.tanh, .sigmoid].contains(kind) ? 1e-15 : 0,
                bound: kind == .digamma ? finite : .infinity)
        }

    static let activations: [Case] = [
        Case(name: "relu6", function: { relu6($0[0]) }),
        Case(name: "leakyRelu", function: { leakyRelu($0[0], alpha: 0.2) }),
        Case(name: "elu", function: { elu($0[0], alpha: 1) }),
        Case(name: "elu 0.3", function: { elu($0[0], alpha: 0.3) }),
        Case(name: "selu", function: { selu($0[0]) }),
        Case(name: "gelu", function: { gelu($0[0], isApproximate: false) }, floor: 1e-14),
        Case(
            name: "approximate gelu", function: { gelu($0[0], isApproximate: true) }, floor: 1e-14),
        Case(name: "softplus", function: { softplus($0[0]) }),
        Case(name: "softsign", function: { softsign($0[0]) }),
        Case(name: "silu", function: { silu($0[0]) }),
        Case(name: "hardSigmoid", function: { hardSigmoid($0[0]) }),
        Case(name: "hardSwish", function: { hardSwish($0[0]) }),
        Case(name: "logSigmoid", function: { logSigmoid($0[0]) }),
        Case(name: "mish", function: { mish($0[0]) }, floor: 1e-14),
        Case(name: "trunc", function: { trunc($0[0]) }),
        Case(name: "square", function: { $0[0] * $0[0] }),
    ]

    static let binary: [Case] =
        BinaryKind.allCases.filter { [.numeric, .floating].contains($0.descriptor.operands) }
        .filter { $0 != .polygamma }
        .map { kind in
            // A quotient that vanishes in f32 is 0, and so is its floor, as in TensorFlow.
            let isFloor = kind == .floorDivide
            return Case(
                name: kind.name, function: { .binary(kind, $0[0], $0[1]) },
                bound: isFloor ? squares : .infinity, least: isFloor ? smallSquares : 0)
        }

    static let guarded: [Case] = [
        Case(name: "divideNoNaN", function: { divideNoNaN($0[0], $0[1]) }),
        // f32 has no reciprocals of its denormal numbers.
        Case(name: "xlogy", function: { xlogy($0[0], $0[1]) }, least: 0x1p-126),
        Case(name: "xdivy", function: { xdivy($0[0], $0[1]) }),
        Case(name: "squaredDifference", function: { squaredDifference($0[0], $0[1]) }),
    ]

    static let rows: [Case] = [
        Case(name: "sum", function: { $0[0].sum(axes: [1]) }),
        Case(name: "mean", function: { $0[0].mean(axes: [1]) }, share: share, bound: sums),
        Case(name: "max", function: { $0[0].max(axes: [1]) }),
        Case(name: "min", function: { $0[0].min(axes: [1]) }),
        Case(name: "product", function: { $0[0].product(axes: [1]) }),
        Case(
            name: "variance",
            function: {
                $0[0].variance(axes: [1], keepingDimensions: false, isUnbiased: false)
            }, share: share, bound: squares),
        Case(
            name: "standardDeviation",
            function: {
                $0[0].standardDeviation(axes: [1], keepingDimensions: false, isUnbiased: true)
            }, share: share, bound: squares, least: smallSquares),
        Case(name: "l1 norm", function: { $0[0].norm(.l1, axes: [1], keepingDimensions: false) }),
        Case(
            name: "l2 norm", function: { $0[0].norm(.l2, axes: [1], keepingDimensions: false) },
            share: share, bound: squares, least: smallSquares),
        Case(
            name: "greatest norm",
            function: {
                $0[0].norm(.infinity, axes: [1], keepingDimensions: false)
            }),
        Case(
            name: "logSumExp", function: { $0[0].logSumExp(axes: [1], keepingDimensions: false) },
            floor: unit, bound: finite),
        Case(name: "softmax", function: { softmax($0[0], axes: [1]) }, floor: unit),
        Case(name: "logSoftmax", function: { logSoftmax($0[0], axes: [1]) }, floor: unit),
        Case(
            name: "layerNormalized",
            function: {
                layerNormalized($0[0], axes: [1], epsilon: 1e-5)
            }, share: share, bound: squares),
        Case(
            name: "rmsNormalized",
            function: {
                rmsNormalized($0[0], axes: [1], epsilon: 1e-6)
            }, share: share, bound: squares),
        Case(
            name: "l2Normalized", function: { l2Normalized($0[0], axes: [1]) },
            share: share, bound: squares),
        Case(
            name: "cumulativeSum",
            function: {
                $0[0].cumulativeSum(axis: 1)
            }),
        Case(
            name: "averagePool1D",
            function: {
                averagePool1D(
                    $0[0].expandingDimensions(at: [2]), size: [2], strides: [1], padding: .same)
            }, share: share, bound: sums),
    ]

    static let losses: [Case] = [
        Case(
            name: "softmaxCrossEntropy",
            function: {
                softmaxCrossEntropy(logits: $0[0], labels: $0[1], axis: 1, reduction: .none)
            }, floor: differences),
        Case(
            name: "sigmoidCrossEntropy",
            function: {
                sigmoidCrossEntropy(logits: $0[0], labels: $0[1], reduction: .none)
            }, floor: differences),
        Case(
            name: "meanSquaredError",
            function: { meanSquaredError($0[0], $0[1], reduction: .none) }),
        Case(
            name: "meanAbsoluteError",
            function: { meanAbsoluteError($0[0], $0[1], reduction: .none) }),
        Case(name: "huberLoss", function: { huberLoss($0[0], $0[1], reduction: .none) }),
        Case(name: "hingeLoss", function: { hingeLoss($0[0], $0[1], reduction: .none) }),
    ]

    static let optimizers: [@Sendable () -> any Optimizer] = [
        { GradientDescent(learningRate: 0.3) }, { Momentum(learningRate: 0.3) },
        { Momentum(learningRate: 0.3, usesNesterov: true) }, { Adam(learningRate: 0.3) },
        { Adam(learningRate: 0.3, epsilonPlacement: .beforeBiasCorrection) },
        { RMSProp(learningRate: 0.3) },
        { RMSProp(learningRate: 0.3, momentum: 0.5, isCentered: true) },
        { Adagrad(learningRate: 0.3) }, { Adagrad(learningRate: 0.3, initialAccumulator: 0) },
    ]

    private func report(_ walk: SmallFloatWalk, atLeast least: Int) {
        #expect(walk.count >= least, "\(walk.count) cases")
        #expect(walk.failures.isEmpty, "\(walk.failures.count) of \(walk.count)")
    }

    @Test("functions of one operand", arguments: TestedEngine.allCases, types)
    func unary(_ engine: TestedEngine, _ dtype: DType) throws {
        var walk = SmallFloatWalk(engine, dtype)
        for test in Self.unary + Self.activations {
            let points = SmallFloatWalk.points(dtype, bound: test.bound, least: test.least)
            try walk.check(test, [points], shape: [points.count])
        }
        report(walk, atLeast: 1_000)
    }

    @Test("functions of two operands", arguments: TestedEngine.allCases, types)
    func binary(_ engine: TestedEngine, _ dtype: DType) throws {
        var walk = SmallFloatWalk(engine, dtype)
        for test in Self.binary + Self.guarded {
            let points = SmallFloatWalk.points(dtype, bound: test.bound, least: test.least)
            let a = points.flatMap { point in points.map { _ in point } }
            let b = points.flatMap { _ in points }
            try walk.check(test, [a, b], shape: [a.count])
        }
        report(walk, atLeast: 1_000)
    }

    @Test("reductions and normalisations", arguments: TestedEngine.allCases, types)
    func rows(_ engine: TestedEngine, _ dtype: DType) throws {
        var walk = SmallFloatWalk(engine, dtype)
        for test in Self.rows {
            let points = SmallFloatWalk.points(dtype, bound: test.bound, least: test.least)
            // Neighbours, and far ones.
            let numbers = points.indices.flatMap { i in
                [0, 1, 7, 20].map { points[(i + $0) % points.count] }
            }
            try walk.check(test, [numbers], shape: [points.count, 4])
        }
        report(walk, atLeast: 1_000)
    }

    @Test("losses", arguments: TestedEngine.allCases, types)
    func losses(_ engine: TestedEngine, _ dtype: DType) throws {
        var walk = SmallFloatWalk(engine, dtype)
        for test in Self.losses {
            let points = SmallFloatWalk.points(dtype, bound: test.bound, least: test.least)
            let predicted: [Double] = points.flatMap { [$0, 0, $0, 1, $0, -3] as [Double] }
            let expected: [Double] = points.flatMap { _ in [1, 0, 1, 0, 0, 1] as [Double] }
            try walk.check(test, [predicted, expected], shape: [3 * points.count, 2])
        }
        report(walk, atLeast: 1_000)
    }

    @Test("a step of each optimizer", arguments: TestedEngine.allCases, types)
    func steps(_ engine: TestedEngine, _ dtype: DType) throws {
        // Squares of larger numbers leave the range of the slots.
        let points = SmallFloatWalk.points(dtype, bound: Self.squares, least: Self.smallSquares)
        func step(
            _ optimizer: any Optimizer, _ type: DType, _ engine: TestedEngine
        ) throws
            -> [Double]
        {
            let w = VariableHandle(
                "w", dtype: type, shape: [points.count],
                initializer: .value(.filled(type, [points.count], 1)))
            let g = AnyTensor.placeholder(type, shape: [points.count])
            let update = try optimizer.apply([GradientOfVariable(g, w)])
            let session = engine.session()
            _ = try session.run(update, feeding: [g: try NDArray(points).cast(to: type)])
            return try session.run(w.value).doubles
        }
        var walk = SmallFloatWalk(engine, dtype)
        for make in Self.optimizers {
            walk.compare(
                "a step of \(make().name)", try step(make(), dtype, engine),
                try step(make(), .float64, .reference), at: points,
                // What is left of 1 less a step of nearly 1.
                slack: 2 * Self.unit)
        }
        report(walk, atLeast: 300)
    }
}
