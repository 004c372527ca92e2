// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Optimizers around optimizers, clipping, and what a step costs.
@Suite struct OptimizerCompositionTests {
    @Test("groups change their own variables", arguments: TestedEngine.allCases)
    func groups(_ engine: TestedEngine) throws {
        let a = Variable<Float>("encoder/a", shape: [2])
        let b = Variable<Float>("b", shape: [2])
        let optimizer = ParameterGroups(
            [.init(GradientDescent(learningRate: 0.1)) { $0.name.hasPrefix("encoder/") }],
            others: Momentum(learningRate: 1))
        let train = try optimizer.minimize(a.value.sum() + b.value.sum())
        let session = engine.session()
        for _ in 0..<2 { _ = try session.run(train) }
        #expect(try session.value(of: a).doubles.allSatisfy { abs($0 + 0.2) < 1e-6 })
        #expect(try session.value(of: b).doubles.allSatisfy { abs($0 + 2.9) < 1e-6 })
        #expect(optimizer.variables.map(\.name) == ["b/Momentum"])
        // Two of one kind are told apart by their names.
        let twice = ParameterGroups(
            [.init(Adam()) { $0.name == "b" }], others: Adam(learningRate: 1))
        let text = errorText {
            _ = try session.run(try twice.minimize(a.value.sum() + b.value.sum()))
        }
        #expect(text.contains("Adam(name:)"), "\(text)")
    }

    @Test("accumulated steps are those of the mean", arguments: TestedEngine.allCases)
    func accumulation(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [2])
        let x = Tensor<Float>.placeholder(shape: [2])
        let optimizer = GradientAccumulation(
            Momentum(learningRate: Schedule.polynomialDecay(from: 1, to: 0, steps: 4)), steps: 2)
        let train = try optimizer.minimize((w.value * x).sum())
        let session = engine.session()
        var values: [[Double]] = []
        for number in [1, 3, 5, 7, 9] as [Float] {
            _ = try session.run(train, feeding: [x: NDArray([number, 0])])
            values.append(try session.value(of: w).doubles)
        }
        // Means 2 and 6: a = 2, then 0.9 · 2 + 6; rates 1 and 0.75.
        let wanted = [0, -2, -2, -7.85, -7.85]
        for (found, right) in zip(values, wanted) { #expect(abs(found[0] - right) < 1e-5) }
        #expect(
            optimizer.variables.map(\.name).sorted() == [
                "GradientAccumulation/count", "Momentum/steps", "w/GradientAccumulation",
                "w/Momentum",
            ])
    }

    @Test("averages change places with the weights", arguments: TestedEngine.allCases)
    func exchange(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [], initializer: .ones)
        let optimizer = AveragedWeights(
            GradientDescent(learningRate: 1), .exponential(decay: 0.5, isWarmedUp: true))
        let train = try optimizer.minimize(w.value)
        let session = engine.session()
        for _ in 0..<2 { _ = try session.run(train) }
        // 1, then 0 and −1; the decays are 1/10 and 2/11.
        let first: Double = 1 + (0 - 1) * 0.9
        let average: Double = first + (-1 - first) * 9 / 11
        let exchange = optimizer.exchange([w.handle])
        _ = try session.run(exchange)
        #expect(abs(try session.value(of: w).number - average) < 1e-6)
        _ = try session.run(exchange)
        #expect(try session.value(of: w).number == -1)
        // Accumulation inside: the averages see the weights as they are, in every step.
        let outer = AveragedWeights(
            GradientAccumulation(GradientDescent(learningRate: 1, name: "G"), steps: 2),
            .uniform(start: 2), name: "Mean")
        let v = Variable<Double>("v", shape: [])
        let step = try outer.minimize(v.value)
        for _ in 0..<4 { _ = try session.run(step) }
        // 0, −1, −1, −2, of which the last three count.
        #expect(abs(try session.value(of: outer.average(of: v.handle)).number + 4.0 / 3) < 1e-12)
    }

    @Test("gradients clipped by value and by their norms", arguments: TestedEngine.allCases)
    func clipping(_ engine: TestedEngine) throws {
        let (v, w) = (Variable<Float>("v", shape: [2]), Variable<Float16>("w", shape: []))
        let gradients = [
            GradientOfVariable(Tensor<Float>([3, -4]).anyTensor, v.handle),
            GradientOfVariable(Tensor<Float16>(0.25).anyTensor, w.handle),
            GradientOfVariable(nil, v.handle),
        ]
        let session = engine.session()
        func values(_ pairs: [GradientOfVariable]) throws -> [[Double]] {
            #expect(pairs[2].gradient == nil && pairs[1].gradient?.dtype == .float16)
            return try session.run(pairs.compactMap(\.gradient)).map(\.doubles)
        }
        #expect(try values(clipped(gradients, toValue: 3.5)) == [[3, -3.5], [0.25]])
        #expect(try values(clipped(gradients, toNorm: 10)) == [[3, -4], [0.25]])
        let shorter = try values(clipped(gradients, toNorm: 2.5))
        #expect(abs(shorter[0][0] - 1.5) < 1e-6 && abs(shorter[0][1] + 2) < 1e-6)
        // Weights of 0 count as of length 1e-3.
        let least = try values(clipped(gradients, toShareOfWeights: 0.1))
        #expect(abs(least[0][0] - 6e-5) < 1e-9 && abs(least[0][1] + 8e-5) < 1e-9)
        for limit in [0, -1, .nan, .infinity] {
            for pairs in [
                clipped(gradients, toValue: limit), clipped(gradients, toNorm: limit),
                clipped(gradients, toShareOfWeights: limit),
                clipped(gradients, toShareOfWeights: 1, least: limit),
            ] {
                #expect(pairs[0].gradient?.error != nil, "\(limit)")
            }
        }
    }

    @Test("weights decay where they are told to", arguments: TestedEngine.allCases)
    func decay(_ engine: TestedEngine) throws {
        let matrix = Variable<Float>("m", shape: [1, 1], initializer: .ones)
        let vector = Variable<Float>("v", shape: [1], initializer: .ones)
        let zero = Tensor<Float>([0]).anyTensor
        let train = try GradientDescent(learningRate: 0.5, weightDecay: .ofMatrices(0.5)).apply([
            GradientOfVariable(zero.reshaped(to: [1, 1]), matrix.handle),
            GradientOfVariable(zero, vector.handle),
        ])
        let session = engine.session()
        _ = try session.run(train)
        #expect(try session.value(of: matrix).doubles == [0.75])
        #expect(try session.value(of: vector).doubles == [1])
    }

    /// Rules whose step needs nothing of the whole variable.
    static let elementwise: [any Optimizer] = [
        Adam(), AdamW(), AMSGrad(), Adamax(), Nadam(), RAdam(), Yogi(), AdaBelief(), Lion(),
        Rprop(), Adadelta(), ASGD(), GradientDescent(learningRate: 0.1),
        Momentum(learningRate: 0.1, weightDecay: 0.1), Adagrad(learningRate: 0.1),
        RMSProp(learningRate: 0.1, isCentered: true), Ftrl(learningRate: 0.1, l1: 0.1),
        AdagradDA(learningRate: 0.1), ProximalGradientDescent(learningRate: 0.1),
        ProximalAdagrad(learningRate: 0.1), Lookahead(AdamW()), AveragedWeights(AdamW()),
        AdamW(learningRate: Schedule.cosineDecay(from: 0.1, steps: 10).warmedUp(steps: 2)),
    ]

    @Test("a step is one pass over a variable and its slots")
    func onePass() throws {
        for optimizer in Self.elementwise {
            let w = Variable<Float>("w", shape: [300, 21])
            let g = Tensor<Float>.placeholder(shape: [300, 21])
            let train = try optimizer.apply([GradientOfVariable(g.anyTensor, w.handle)])
            let session = Session()
            let plan = try session.explain(
                [train],
                feeding: [g: try NDArray([Float](repeating: 1, count: 6300), shape: [300, 21])])
            // The steps that write an array of the variable's size.
            var (step, writing): (Substring, Set<Substring>) = ("", [])
            for line in plan.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first?.last == ":" { step = words[0] }
                if words.first == "->", line.contains("f32[300, 21]:") { writing.insert(step) }
            }
            #expect(writing.count == 1, "\(optimizer.name): \(plan)")
        }
    }
}
