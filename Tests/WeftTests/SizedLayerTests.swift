// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Layers that take sizes from their first input.
@Suite("Layers without sizes") struct SizedLayerTests {
    private typealias F = Tensor<Float>

    private func model() -> Sequential<F, F> {
        Sequential("net") {
            Conv2D<Float>("conv", filters: 4, kernelSize: [3], padding: .same)
            BatchNorm("norm")
            relu
            Flatten()
            Dense("out", units: 2)
        }
    }

    private let names = [
        "net/conv/kernel", "net/conv/bias", "net/norm/gamma", "net/norm/beta",
        "net/norm/moving_mean", "net/norm/moving_variance", "net/out/kernel", "net/out/bias",
    ]

    @Test("the first input decides sizes, and the variables stay")
    func sizes() throws {
        let model = model()
        #expect(model.variables.isEmpty)
        let x = F.placeholder(shape: [nil, 3, 3, 2])
        let y = withNameScope("elsewhere") { model(x, mode: .inference) }
        #expect(y.shape == [nil, 2])
        let variables = model.variables
        #expect(variables.map(\.name) == names)
        #expect(variables.map(\.shape) == [[3, 3, 2, 4], [4], [4], [4], [4], [4], [36, 2], [2]])
        #expect(model(x, mode: .inference) == y)
        #expect(model.variables == variables)
        // Inputs of other sizes do not fit any more.
        let other = model(F.placeholder(shape: [nil, 3, 3, 1]), mode: .inference)
        #expect(other.error?.operation == "conv2D")
        #expect(model.variables == variables)
    }

    @Test("a model is the same, to its first values, with its sizes said or found")
    func sameValues() throws {
        let x = F.placeholder(shape: [nil, 4])
        let rows = try NDArray(repeating: 1 as Float, shape: [2, 4])
        func value(_ layer: Dense<Float>) throws -> NDArray {
            try Session(.init(seed: 3)).run(layer(x), feeding: [x: rows])
        }
        let said = try value(Dense("d", inputs: 4, units: 3))
        #expect(try value(Dense("d", units: 3)).hasSameBits(as: said))
    }

    @Test("`sized` makes the variables, and says where a shape does not fit")
    func sized() throws {
        #expect(try model().sized(for: [nil, 5, 5, 1]).variables.map(\.name) == names)
        let text = errorText { try model().sized(for: [nil, 5, 5]) }
        #expect(text.contains("conv2D"), "\(text)")
    }

    @Test("copies of a layer share what one of them makes, on any thread")
    func copies() throws {
        let layer = Dense<Float>("d", units: 3)
        let copy = layer
        let x = F.placeholder(shape: [nil, 4])
        _ = layer(x)
        #expect(copy.kernel == layer.kernel && copy.kernel.shape == [4, 3])
        let other = Dense<Float>("d", units: 3)
        onThreads(4) { _ in for _ in 0..<50 { _ = other(x) } }
        #expect(other.variables.count == 2)
        #expect(other(x) == other(x))
    }

    @Test("what is asked for before the sizes are known says what to do")
    func missing() throws {
        let layer = Dense<Float>("d", units: 3)
        #expect(layer.kernel.name == "d/kernel" && layer.bias?.name == "d/bias")
        let error = try #require(layer.kernel.value.error)
        #expect(error.reason.contains("sized(for:)"), "\(error)")
        let text = errorText { _ = try Session().value(of: layer.kernel) }
        #expect(text.contains("not made yet"), "\(text)")
        #expect(BatchNorm<Float>("n").movingMean.value.error != nil)

        let unknown = layer(F.placeholder(shape: [2, nil]))
        #expect(unknown.error?.reason.contains("say it when the layer is made") == true)
        #expect(layer(F.placeholder(shape: [2, 0])).error?.operation == "dense")
        #expect(layer(F.placeholder(shape: .unknown)).error != nil)
        let broken = F.placeholder(shape: [2, 3]).reshaped(to: [7])
        #expect(layer(broken).error?.operation == broken.error?.operation)
        // None of these has decided anything.
        #expect(layer.variables.isEmpty)
        #expect(layer(F.placeholder(shape: [2, 5])).error == nil)
        #expect(layer.kernel.shape == [5, 3])
    }

    @Test("a state is restored into a model that was called before")
    func restoring() throws {
        let x = F.placeholder(shape: [nil, 4])
        let first = Dense<Float>("d", units: 3)
        let session = Session(.init(seed: 1))
        let rows = try NDArray(repeating: 1 as Float, shape: [1, 4])
        let before = try session.run(first(x), feeding: [x: rows])
        let state = try session.exportState()
        let second = try Dense<Float>("d", units: 3).sized(for: [nil, 4])
        let other = Session(.init(seed: 1))
        try other.importState(state, for: second.variables)
        #expect(try other.run(second(x), feeding: [x: rows]).hasSameBits(as: before))
    }

    @Test("images without spatial axes are an error of what makes them larger")
    func upsampling() {
        for shape in [[], [3], [2, 3]] as [[Int]] {
            let text = Upsample<Float>(by: [2])(F.zeros(shape: shape)).error.map { "\($0)" }
            #expect(text?.contains("one for each spatial axis") == true, "\(shape)")
        }
    }
}
