// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Layers in a row, and what layers find in their own properties.
@Suite struct SequentialTests {
    private let x = Tensor<Float>.placeholder(shape: [nil, 4])

    private func names(_ layer: some Layer) -> [String] { layer.variables.map(\.name) }

    // MARK: Sequential

    @Test("a sequence is the layers written out", arguments: [Mode.training, .inference])
    func composition(_ mode: Mode) {
        let (first, norm) = (
            Dense<Float>("a", inputs: 4, units: 3), BatchNorm<Float>("n", channels: 3)
        )
        let (drop, last) = (Dropout<Float>("d", rate: 0.5), Dense<Float>("b", inputs: 3, units: 2))
        let model = Sequential {
            first
            norm
            relu
            drop
            Lambda { $0 * 2 }
            last
        }
        let hidden = relu(norm(first(x), mode: mode))
        let expected = last(drop(hidden, mode: mode) * 2)
        switch mode {
        // The updates of the moving averages make each call another one.
        case .training: #expect(model(x, mode: mode).shape == expected.shape)
        default: #expect(model(x, mode: mode) == expected)
        }
        #expect(
            names(model) == [
                "a/kernel", "a/bias", "n/gamma", "n/beta", "n/moving_mean", "n/moving_variance",
                "b/kernel", "b/bias",
            ])
        #expect(
            model.trainableVariables.map(\.name) == [
                "a/kernel", "a/bias", "n/gamma", "n/beta", "b/kernel", "b/bias",
            ])
        #expect(model.sublayers.map(\.name) == ["0", "1", "2", "3", "4", "5"])
        #expect(model.layers.count == 6 && model.layers[1] is BatchNorm<Float>)
    }

    @Test("the mode reaches the layers, and their updates the training step")
    func modes() throws {
        let model = Sequential {
            BatchNorm<Float>("n", channels: 4, momentum: 0.5)
            Dense("b", inputs: 4, units: 1)
        }
        let session = TestedEngine.cpu.session()
        let rows = try NDArray([1, 1, 1, 1, 3, 3, 3, 3] as [Float], shape: [2, 4])
        let mean = try #require(Variable<Float>(model.variables[2]))
        #expect(mean.name == "n/moving_mean")
        _ = try session.run(model(x, mode: .inference), feeding: [x: rows])
        #expect(try session.value(of: mean).doubles == [0, 0, 0, 0])
        let loss = model(x, mode: .training).sum()
        let step = try GradientDescent(learningRate: 0.1).minimize(loss)
        _ = try session.run(step, feeding: [x: rows])
        #expect(try session.value(of: mean).doubles == [1, 1, 1, 1])
    }

    @Test("lists with conditions, loops and sequences in them")
    func lists() {
        func model(_ count: Int, isDeep: Bool) -> Sequential<Tensor<Float>, Tensor<Float>> {
            Sequential("net") {
                Dense("in", inputs: 4, units: 4)
                for i in 0..<count {
                    Dense("block\(i)", inputs: 4, units: 4, usesBias: false)
                    relu
                }
                if isDeep { Dense("deep", inputs: 4, units: 4, usesBias: false) }
                if isDeep { sigmoid } else { tanh }
                Sequential("head") { Dense<Float>("out", inputs: 4, units: 2, usesBias: false) }
            }
        }
        let ends = (["net/in/kernel", "net/in/bias"], ["net/head/out/kernel"])
        #expect(names(model(0, isDeep: false)) == ends.0 + ends.1)
        let deep = model(2, isDeep: true)
        #expect(
            names(deep)
                == ends.0 + ["net/block0/kernel", "net/block1/kernel", "net/deep/kernel"] + ends.1)
        #expect(deep.layers.count == 8)
        #expect(deep.layers.last?.sublayers.map(\.name) == ["0"])
        #expect(deep(x, mode: .inference).shape == [nil, 2])
    }

    @Test("an array of layers, an empty one, and a very long one")
    func arrays() throws {
        let model = Sequential((0..<3).map { Dense<Float>("d\($0)", inputs: 4, units: 4) })
        #expect(model.variables.count == 6)
        let expected = model.layers.reduce(x) { value, layer in
            (layer as? Dense<Float>)?(value) ?? value
        }
        #expect(model(x, mode: .training) == expected)
        #expect(Sequential<Tensor<Float>, Tensor<Float>>([])(x, mode: .training) == x)
        let long = Sequential(
            Array(repeating: Lambda { (x: Tensor<Float>) in x + 1 }, count: 100_000))
        let y = long(x, mode: .training)
        let zeros = NDArray.zeros(.float32, [1, 4])
        #expect(
            try TestedEngine.cpu.session().run(y, feeding: [x: zeros]).doubles
                == Array(repeating: 100_000, count: 4))
    }

    @Test("a sequence that begins with other values", arguments: TestedEngine.allCases)
    func embedding(_ engine: TestedEngine) throws {
        let rows = try NDArray([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
        let model = Sequential {
            Embedding<Float>("words", entries: 3, width: 2, initializer: .value(rows))
            Lambda { $0.sum(axes: [1]) }
            relu
        }
        let words = Tensor<Int32>.placeholder(shape: [nil, nil])
        let session = engine.session()
        let y = model(words, mode: .inference)
        let indices = try NDArray([0, 2, 1, 1] as [Int32], shape: [2, 2])
        #expect(try session.run(y, feeding: [words: indices]).doubles == [6, 8, 6, 8])
        #expect(names(model) == ["words/embeddings"])
        let layer = try #require(model.layers[0] as? Embedding<Float>)
        #expect(try session.run(layer(Tensor<Int64>([2]))).doubles == [5, 6])
        let text = errorText { _ = try session.run(layer(Tensor<UInt8>([3]))) }
        #expect(text.contains("index 3"), "\(text)")
        // What its rows get in a step is what they were chosen for.
        let slope = try #require(
            try gradient(of: y.sum(), withRespectTo: layer.table.value))
        #expect(try session.run(slope, feeding: [words: indices]).doubles == [1, 1, 2, 2, 1, 1])
    }

    @Test("mean pooling by hand", arguments: TestedEngine.allCases)
    func averagePooling(_ engine: TestedEngine) throws {
        let nine = try NDArray((1...9).map(Float.init), shape: [1, 3, 3, 1])
        let image = Tensor<Float>.placeholder(shape: [1, nil, nil, 1])
        func pooled(_ layer: AveragePool2D<Float>) throws -> [Double] {
            try engine.session().run(layer(image), feeding: [image: nine]).doubles
        }
        #expect(try pooled(AveragePool2D()) == [3])
        #expect(try pooled(AveragePool2D(size: [1, 3], strides: [1, 1])) == [2, 5, 8])
        #expect(try pooled(AveragePool2D(padding: .same)) == [3, 4.5, 7.5, 9])
    }

    // MARK: Layers of one's own

    private struct Pair: Sendable { let left, right: Dense<Float> }
    private enum Choice: Sendable {
        case none
        case scaled(by: Variable<Float>)
    }

    private struct Everything: Layer {
        let numbers = Array(repeating: Float(0), count: 1_000_000)
        let weight = Variable<Float>("weight", shape: [2])
        let count = Variable<Int64>("count", shape: [], isTrainable: false).handle
        let missing: Dense<Float>? = nil
        let optional: Variable<Float>? = Variable("optional", shape: [])
        let pair = Pair(left: bare("left"), right: bare("right"))
        let choices = [Choice.none, .scaled(by: Variable("scale", shape: []))]
        let blocks = [[bare("b0")], [bare("b1"), bare("b2")]]
        let heads = ["z": bare("z"), "a": bare("a")]
        let tuple = (bare("t0"), named: bare("t1"))
        let any: any Layer<Tensor<Float>, Tensor<Float>> = Inherited()
        let optimizer = Adam()
        let function: @Sendable (Tensor<Float>) -> Tensor<Float> = relu

        func callAsFunction(_ x: Tensor<Float>, mode: Mode) -> Tensor<Float> { x }
    }

    private static func bare(_ name: String) -> Dense<Float> {
        Dense(name, inputs: 1, units: 1, usesBias: false)
    }
    // `@unchecked Sendable`: a class that others inherit from may not say it otherwise; all is constant.
    private class Base: @unchecked Sendable {
        let base = SequentialTests.bare("base")
    }
    // `@unchecked Sendable`: as what it inherits from.
    private final class Inherited: Base, ModelessLayer, @unchecked Sendable {
        let own = SequentialTests.bare("own")
        func callAsFunction(_ x: Tensor<Float>) -> Tensor<Float> { own(base(x)) }
    }

    @Test("variables and sublayers are found in stored properties, in their order")
    func contents() {
        let layer = Everything()
        #expect(
            names(layer) == [
                "weight", "count", "optional", "left/kernel", "right/kernel", "scale",
                "b0/kernel", "b1/kernel", "b2/kernel", "a/kernel", "z/kernel", "t0/kernel",
                "t1/kernel", "base/kernel", "own/kernel",
            ])
        #expect(
            layer.sublayers.map(\.name) == [
                "pair.left", "pair.right", "blocks.0.0", "blocks.1.0", "blocks.1.1", "heads.a",
                "heads.z", "tuple.0", "tuple.named", "any",
            ])
        #expect(layer.any.sublayers.map(\.name) == ["base", "own"])
        #expect(!layer.trainableVariables.contains(layer.count))
    }

    @Test("a layer used twice gives its variables once")
    func shared() {
        let tied = Dense<Float>("tied", inputs: 4, units: 4)
        let model = Sequential {
            tied
            relu
            tied
        }
        #expect(names(model) == ["tied/kernel", "tied/bias"])
        #expect(model.sublayers.count == 3)
    }

    @Test("a layer's own list of variables counts wherever the layer is")
    func ownList() {
        struct Frozen: Layer {
            let inner = Dense<Float>("inner", inputs: 4, units: 4)
            var variables: [VariableHandle] { [inner.kernel.handle] }
            func callAsFunction(_ x: Tensor<Float>, mode: Mode) -> Tensor<Float> { inner(x) }
        }
        #expect(names(Sequential { Frozen() }) == ["inner/kernel"])
    }
}
