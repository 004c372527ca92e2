// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Recurrent networks: what follows from one another, whatever the numbers.
@Suite("Recurrent networks") struct RecurrentTests {
    private typealias D = Tensor<Double>

    private func numbers(_ shape: [Int]) throws -> NDArray {
        let count = shape.reduce(1, *)
        return try NDArray((0..<count).map { Double(($0 * 37) % 23 - 11) / 8 }, shape: shape)
    }

    private func expectEqual(_ a: NDArray, _ b: NDArray, _ what: String) {
        #expect(a.shape == b.shape, "\(what)")
        for (x, y) in zip(a.doubles, b.doubles) { #expect(abs(x - y) < 1e-14, "\(what)") }
    }

    private func stepped<Cell: RecurrentCell>(
        _ network: Recurrent<Cell>, _ engine: TestedEngine
    ) throws where Cell.Scalar == Double {
        let x = D.placeholder(shape: [nil, nil, 2])
        let array = try numbers([2, 3, 2])
        let cell = network.cells[0][0]
        let whole = network.run(x, mode: .inference)
        let zero = D.zeros(shape: [2, cell.units])
        var state = RecurrentState(hidden: zero, memory: cell.hasMemory ? zero : nil)
        var outputs: [D] = []
        for step in 0..<3 {
            state = cell(x[0..., step], state)
            outputs.append(state.hidden)
        }
        let found = try engine.session().run(
            [whole.sequence, stacked(outputs, axis: 1), whole.states[0].hidden, state.hidden],
            feeding: [x: array])
        expectEqual(found[0], found[1], "outputs")
        expectEqual(found[2], found[3], "states")
    }

    @Test("a sequence is its steps, of unknown sizes, too", arguments: TestedEngine.allCases)
    func steps(_ engine: TestedEngine) throws {
        try stepped(SimpleRNN<Double>("r", inputs: 2, units: 3), engine)
        try stepped(LSTM<Double>("r", inputs: 2, units: 3), engine)
        try stepped(GRU<Double>("r", inputs: 2, units: 3), engine)
    }

    @Test("a sequence may go on from where another ended", arguments: TestedEngine.allCases)
    func continued(_ engine: TestedEngine) throws {
        let network = LSTM<Double>("r", inputs: 2, units: 3, layers: 2)
        let x = D.placeholder(shape: [2, 5, 2])
        let whole = network.run(x, mode: .inference)
        let first = network.run(x[0..., 0..<2], mode: .inference)
        let second = network.run(x[0..., 2...], from: first.states, mode: .inference)
        let parts = concatenated([first.sequence, second.sequence], axis: 1)
        let array = try numbers([2, 5, 2])
        let found = try engine.session().run([whole.sequence, parts], feeding: [x: array])
        expectEqual(found[0], found[1], "outputs")
    }

    @Test("what stands behind a sequence's end does not count", arguments: TestedEngine.allCases)
    func lengths(_ engine: TestedEngine) throws {
        let network = GRU<Double>("r", inputs: 2, units: 3, layers: 2, isBidirectional: true)
        let x = D.placeholder(shape: [1, nil, 2])
        let lengths = Tensor<Int32>.placeholder(shape: [1])
        let masked = network.run(x, lengths: lengths, mode: .inference)
        let plain = network.run(x[0..., 0..<3], mode: .inference)
        let slope = try #require(
            try gradient(of: masked.sequence.sum(), withRespectTo: x))
        let found = try engine.session().run(
            [
                masked.sequence, plain.sequence, stacked(masked.states.map(\.hidden)),
                stacked(plain.states.map(\.hidden)), slope,
            ], feeding: [x: try numbers([1, 5, 2]), lengths: NDArray([Int32(3)])])
        expectEqual(
            try found[0].reshaped(to: [30]),
            NDArray(found[1].doubles + Array(repeating: 0, count: 12)), "outputs")
        expectEqual(found[2], found[3], "states")
        #expect(found[4].doubles.suffix(4) == [0, 0, 0, 0])
        #expect(found[4].doubles.prefix(6).allSatisfy { $0 != 0 })
    }

    @Test("variables have stable names and first values")
    func variables() throws {
        let simple = LSTM<Float>("lstm", inputs: 2, units: 3)
        #expect(
            simple.variables.map(\.name) == [
                "lstm/kernel", "lstm/recurrent_kernel", "lstm/bias",
            ])
        let session = Session()
        let bias = try session.value(of: try #require(Variable<Float>(simple.variables[2])))
        #expect(bias.doubles == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
        let deep = GRU<Float>("gru", units: 3, layers: 2, isBidirectional: true, usesBias: false)
        // The upper layer's inputs are the lower one's outputs, of a known size.
        #expect(deep.variables.allSatisfy { $0.name.hasPrefix("gru/layer1/") })
        _ = deep(Tensor<Float>.placeholder(shape: [nil, nil, 2]), mode: .inference)
        #expect(
            deep.variables.map(\.name) == [
                "gru/layer0/forward/kernel", "gru/layer0/forward/recurrent_kernel",
                "gru/layer0/backward/kernel", "gru/layer0/backward/recurrent_kernel",
                "gru/layer1/forward/kernel", "gru/layer1/forward/recurrent_kernel",
                "gru/layer1/backward/kernel", "gru/layer1/backward/recurrent_kernel",
            ])
        #expect(deep.variables[4].shape == [6, 9])
        #expect(deep.sublayers.map(\.name).prefix(2) == ["cells.0.0", "cells.0.1"])
    }

    /// A cell of one's own: a running sum.
    private struct SumCell: RecurrentCell {
        let units: Int
        var hasMemory: Bool { false }
        func projected(_ x: D) -> D { x }
        func next(_ projected: D, _ state: RecurrentState<Double>) -> RecurrentState<Double> {
            RecurrentState(hidden: projected + state.hidden)
        }
    }

    @Test("a cell of one's own", arguments: TestedEngine.allCases)
    func ownCell(_ engine: TestedEngine) throws {
        let network = Recurrent("sum", isBidirectional: true) { _, _ in SumCell(units: 1) }
        let x = D([[[1], [2], [4]]])
        let y = try engine.session().run(network(x, mode: .inference))
        #expect(y.doubles == [1, 7, 3, 6, 7, 4])
    }

    @Test("training reaches a rule that takes memory")
    func training() throws {
        // Whether the first of eight numbers was positive.
        let model = Sequential {
            LSTM<Float>("lstm", units: 8, givesSequence: false)
            Dense("answer", units: 1)
        }
        let x = Tensor<Float>.placeholder(shape: [nil, 8, 1])
        let first = x[0..., 0, 0...]
        let labels = (first .> Tensor<Float>.zeros(like: first)).cast(to: Float.self)
        let logits = model(x, mode: .training)
        let loss = sigmoidCrossEntropy(logits: logits, labels: labels)
        let step = try Adam(learningRate: 0.02).minimize(loss)
        let session = Session(.init(seed: 1))
        var last = 1.0
        for round in 0..<150 {
            let batch = try NDArray(
                (0..<32 * 8).map { Float(($0 * 7919 + round * 104_729) % 201 - 100) / 100 },
                shape: [32, 8, 1])
            last = try session.run([loss.anyTensor, step.anyTensor], feeding: [x: batch])[0].number
        }
        #expect(last < 0.3)
    }

    @Test("what does not fit says so")
    func errors() {
        let network = LSTM<Float>("r", inputs: 2, units: 3)
        func reason(_ output: RecurrentOutput<Float>) -> String {
            output.sequence.error.map { "\($0)" } ?? "no error"
        }
        let x = Tensor<Float>.placeholder(shape: [1, 4, 2])
        let flat = network.run(.placeholder(shape: [4, 2]), mode: .inference)
        #expect(reason(flat).contains("[n, time, inputs]"))
        #expect(flat.states.count == 1)
        let none = network.run(x, from: [], mode: .inference)
        #expect(reason(none).contains("0 states were given for the 1 cells"))
        let bare = RecurrentState(hidden: Tensor<Float>.zeros(shape: [1, 3]))
        #expect(reason(network.run(x, from: [bare], mode: .inference)).contains("no memory"))
        let wrong = RecurrentState(
            hidden: Tensor<Float>.zeros(shape: [1, 4]), memory: .zeros(shape: [1, 3]))
        #expect(network.run(x, from: [wrong], mode: .inference).sequence.error != nil)
        #expect(
            network.run(.placeholder(shape: [1, 4, 5]), mode: .inference).sequence.error != nil)
        for layers in [0, -1, Int.max] {
            let empty = GRU<Float>("r", units: 3, layers: layers)
            #expect(empty(x, mode: .training).error?.reason.contains("1 to 1024") == true)
        }
        #expect(GRU<Float>("r", units: 0)(x, mode: .training).error != nil)
        #expect(GRU<Float>("r", units: Int.max)(x, mode: .training).error != nil)
        #expect(network.cells[0][0].next(x, bare).hidden.error != nil)
    }
}
