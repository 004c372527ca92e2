// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Penalties, constraints, ways around and tables of layers.
@Suite("Models as a whole") struct ModelToolTests {
    private typealias F = Tensor<Float>

    // MARK: Penalties

    @Test("penalties of layers are found and summed", arguments: TestedEngine.allCases)
    func penalties(_ engine: TestedEngine) throws {
        func dense(_ name: String, _ numbers: [Float]) throws -> Dense<Float> {
            Dense(
                name, inputs: numbers.count, units: 1,
                kernelInitializer: .value(try NDArray(numbers, shape: [numbers.count, 1])),
                biasInitializer: .ones)
        }
        let shared = try dense("b", [3]).regularized(by: .l1(0.5))
        let (a, c, d) = (try dense("a", [1, -2]), try dense("c", [7]), try dense("d", [2]))
        let twice = d.regularized(by: .l1L2(l1: 1, l2: 2), where: { _ in true })
        let model = Sequential {
            Residual<Float>(a.regularized(by: .l2(0.1)))
            shared
            shared
            c
            twice.regularized(by: Regularizer { $0.max() })
        }
        // 0.1 · 5, 0.5 · 3 once, nothing of c; of d's kernel 2 + 8 and its bias 1 + 2, and the greatest weight.
        let session = engine.session()
        let sum = try session.run(model.penalty(as: Double.self)).number
        #expect(abs(sum - (0.5 + 1.5 + 13 + 2)) < 1e-6)
        let slope = try #require(
            try gradient(of: model.penalty(), withRespectTo: shared.base.kernel.value))
        #expect(try session.run(slope).doubles == [0.5])
        #expect(model.variables.count == 8)
        let plain = try dense("e", [1])
        #expect(try session.run(plain.penalty()).doubles == [0])
        let wrong = plain.regularized(by: .l1(-1)).penalty()
        #expect(wrong.error?.reason.contains("must not be negative") == true)
    }

    // MARK: Constraints

    @Test("weights satisfy constraints after each step", arguments: TestedEngine.allCases)
    func constraints(_ engine: TestedEngine) throws {
        let start = try NDArray([3, 0, 4, 0.25, 0, 0] as [Float], shape: [2, 3])
        func stepped(_ constraint: Constraint) throws -> [Double] {
            let layer = Dense<Float>(
                "d", inputs: 2, units: 3, usesBias: false, kernelInitializer: .value(start))
            let model = Sequential { layer.constrained(by: constraint) }
            let loss = model(F([[1, 2]]), mode: .training).sum()
            let optimizer = ProjectedOptimizer(GradientDescent(learningRate: 0.25), model)
            let session = engine.session()
            _ = try session.run(try optimizer.minimize(loss))
            return try session.value(of: layer.kernel).doubles
        }
        // The step subtracts 0.25 from the first row and 0.5 from the second.
        let free = [2.75, -0.25, 3.75, -0.25, -0.5, -0.5]
        #expect(try stepped(.nonNegative) == free.map { max($0, 0) })
        #expect(try stepped(Constraint { $0 * 2 }) == free.map { $0 * 2 })
        let lengths = (0..<3).map {
            (free[$0] * free[$0] + free[$0 + 3] * free[$0 + 3]).squareRoot()
        }
        let cases: [(Constraint, ClosedRange<Double>)] = [
            (.maxNorm(1), 0...1), (.unitNorm(), 1...1), (.normRange(0.75...3), 0.75...3),
        ]
        for (constraint, range) in cases {
            let found = try stepped(constraint)
            for i in free.indices {
                let length = lengths[i % 3]
                let wanted = min(max(length, range.lowerBound), range.upperBound)
                #expect(abs(found[i] - free[i] * wanted / length) < 1e-6, "\(range) \(i)")
            }
        }
        // Zeros stay, and have no length to be changed.
        let zeros = AnyTensor(NDArray.zeros(.float32, [2, 2]))
        #expect(try engine.session().run(Constraint.unitNorm()(zeros)).doubles == [0, 0, 0, 0])
        #expect(Constraint.maxNorm(1, axes: [7])(zeros).error != nil)
        #expect(Constraint.maxNorm(.nan)(zeros).error != nil)
    }

    // MARK: Ways around

    @Test("a residual adds the input, or what stands for it")
    func residual() throws {
        let x = F([[1, -2]])
        let session = Session()
        let around = Residual<Float>(Lambda { (x: F) in relu(x) })
        #expect(
            try session.run(around(x, mode: .training)).doubles == [2, -2])
        let net = Residual<Float>("net", shortcut: Dense<Float>("s", units: 3, usesBias: false)) {
            Dense<Float>("a", units: 3)
            relu
        }
        #expect(net(x, mode: .training).shape == [1, 3])
        #expect(net.variables.map(\.name) == ["net/a/kernel", "net/a/bias", "s/kernel"])
        let bad = Residual<Float>(Dense<Float>("d", units: 5))(x, mode: .training)
        #expect(bad.error != nil)
    }

    // MARK: Tables

    @Test("a table of layers, shapes and parameters")
    func summary() throws {
        let model = Sequential("net") {
            Conv2D<Float>("conv", filters: 8, kernelSize: [3], padding: .same)
            BatchNorm("norm")
            relu
            MaxPool2D()
            Sequential("head") {
                Flatten<Float>()
                Dense<Float>("dense", units: 1000).regularized(by: .l2(1e-4))
            }
            LayerNorm("last_of_all_layers_which_has_a_very_long_name")
        }
        let summary = try model.summary(for: [nil, 8, 8, 3])
        let text = summary.description
        #expect(
            text == """
                layer                               output                          parameters
                ------------------------------------------------------------------------------
                net/conv (Conv2D)                   [?, 8, 8, 8]                           224
                net/norm (BatchNorm)                [?, 8, 8, 8]                            32
                Lambda                              [?, 8, 8, 8]                             0
                Pool2D                              [?, 4, 4, 8]                             0
                Flatten                             [?, 128]                                 0
                net/head/dense (Dense)              [?, 1000]                          129,000
                …h_has_a_very_long_name (LayerNorm) [?, 1000]                            2,000
                ------------------------------------------------------------------------------
                131,256 parameters (525.0 kB), 131,240 of them trainable, 16 not
                """, "\(text)")
        #expect(summary.rows.map(\.parameterCount).reduce(0, +) == summary.parameterCount)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let recurrent = try LSTM<Float>("lstm", units: 2).summary(for: [nil, nil, 3])
        #expect(recurrent.rows.map(\.kind) == ["LSTM"])
        #expect(recurrent.parameterCount == 48 && recurrent.byteCount == 192)
        #expect(throws: GraphError.self) { try model.summary(for: [nil, 8]) }
        let huge = Dense<Float>("huge", inputs: 1 << 30, units: 1 << 30)
        #expect(throws: GraphError.self) { try huge.summary(for: [nil, 1 << 30]) }
    }
}
