// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Names and lifetimes of variables, and of those that optimizers make for them.
@Suite struct VariableLifetimeTests {
    @Test("an optimizer's slots live no longer than their variable, nor than the optimizer")
    func slots() throws {
        weak var slot: VariableHandle?
        let optimizer = Adam()
        do {
            let w = Variable<Float>("w", shape: [3], initializer: .ones)
            _ = try optimizer.minimize((w.value * w.value).sum())
            #expect(optimizer.variables.count == 4)
            slot = optimizer.variables.first { $0.name == "w/Adam_1" }
            #expect(slot != nil)
        }
        #expect(slot == nil)
        #expect(optimizer.variables.map(\.name) == ["Adam/beta1_power", "Adam/beta2_power"])
        let w = Variable<Float>("w", shape: [3], initializer: .ones)
        do {
            let other = Momentum(learningRate: 0.1)
            _ = try other.minimize((w.value * w.value).sum())
            slot = other.variables.first
            #expect(slot != nil)
        }
        #expect(slot == nil)
    }

    @Test("layers made anew in each step leave nothing behind, and are told of once")
    func recreatedLayers() throws {
        #expect(RecordingLog.isInstalled)
        let x = Tensor<Float>.placeholder(shape: [nil, 3])
        let optimizer = Adam()
        let session = TestedEngine.cpu.session()
        var states: Set<Int> = []
        for step in 0..<200 {
            let layer = Dense<Float>("recreated", inputs: 3, units: 2)
            let loss = square(layer(x)).mean()
            let train = try optimizer.minimize(loss)
            _ = try session.run([loss, train], feeding: [x: [[1.0, 2, 3]]])
            if step >= 100 { states.insert(session.variables.count) }
        }
        #expect(optimizer.variables.count == 2)
        // The last step's, the scalars, and what the next compilation sweeps away.
        #expect(states.count <= 2 && states.allSatisfy { $0 < 20 }, "\(states)")
        #expect(session.planCount <= 2)
        let lines = RecordingLog.lines.withLock { $0 }.filter { $0.contains("'recreated/") }
        #expect(lines.count == 1)
        let text = lines.first ?? ""
        let place = "VariableLifetimeTests.swift:"
        #expect(text.contains("' made at \(place)"), "\(text)")
        #expect(text.contains("has the name of another variable of the session made at \(place)"))
        #expect(text.contains("as do 5 others with it"), "\(text)")
    }

    @Test("a second variable of a living one's name has its own value, and is told of once")
    func livingNames() throws {
        #expect(RecordingLog.isInstalled)
        let session = TestedEngine.cpu.session()
        let first = Variable<Float>("lifetime/twin", shape: [], initializer: .ones)
        _ = try session.run(first.assignAdd(1))
        let second = Variable<Float>("lifetime/twin", shape: [], initializer: .ones)
        for _ in 0..<3 { _ = try session.run(second.assignAdd(10)) }
        #expect(try session.run(first.value).number == 2)
        #expect(try session.value(of: second).number == 31)
        let lines = RecordingLog.lines.withLock { $0 }.filter { $0.contains("'lifetime/twin'") }
        #expect(lines.count == 1)
    }

    @Test("two optimizers of one name are refused in the first run of the second")
    func optimizerNames() throws {
        let session = TestedEngine.cpu.session()
        let a = Variable<Float>("a", shape: [], initializer: .ones)
        let b = Variable<Float>("b", shape: [], initializer: .ones)
        let first = try Adam().minimize(a.value * a.value)
        let line = #line - 1
        let second = try Adam().minimize(b.value * b.value)
        _ = try session.run(first)
        let advice =
            "made at VariableLifetimeTests.swift:\(line) and VariableLifetimeTests.swift:\(line + 2)"
            + "; give each its own name: name one of the optimizers with `Adam(name:)`"
        let alone = errorText { _ = try session.run(second) }
        #expect(alone.hasPrefix("two variables of this session are named 'Adam/beta"), "\(alone)")
        #expect(alone.hasSuffix(advice), "\(alone)")
        let fresh = TestedEngine.cpu.session()
        let together = errorText { _ = try fresh.run([first, second]) }
        #expect(together.hasPrefix("two variables of this run are named 'Adam/beta"))
        #expect(together.hasSuffix(advice), "\(together)")
        // Named apart they train and are saved.
        let named = try Adam(name: "Adam_b").minimize(b.value * b.value)
        _ = try session.run([first, named])
        #expect(try session.exportState().variables.count == 10)
    }

    @Test(
        "a check of the loss fires when only the training step is fetched",
        arguments: TestedEngine.allCases)
    func checkedLoss(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [2])
        let w = Variable<Float>("w", shape: [2], initializer: .ones)
        let loss = checkFinite((w.value * x).sum(), "the loss")
        let step = try GradientDescent(learningRate: 1).minimize(loss)
        let session = engine.session()
        let text = errorText {
            _ = try session.run(step, feeding: [x: NDArray([1, Float.infinity])])
        }
        #expect(text.contains("the loss"), "\(text)")
        #expect(try session.value(of: w).doubles == [1, 1])
        _ = try session.run(step, feeding: [x: [1.0, 2.0]])
        #expect(try session.value(of: w).doubles == [0, -1])
        // Inside a loop whose forward results no gradient needs, and in a branch.
        let sums = scan(over: x, initial: w.value.sum()) { sum, slice in
            (sum + checkFinite(slice * 2, "a slice"), sum)
        }
        let loopStep = try GradientDescent(learningRate: 1).minimize(sums.carry)
        let inLoop = errorText {
            _ = try session.run(loopStep, feeding: [x: NDArray([Float.infinity, 1])])
        }
        #expect(inLoop.contains("a slice"), "\(inLoop)")
        #expect(try session.value(of: w).doubles == [0, -1])
    }
}
