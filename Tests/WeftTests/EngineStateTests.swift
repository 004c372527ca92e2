// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Sessions over an engine whose values cannot be touched without reading them.
@Suite struct EngineStateTests {
    private let x = Tensor<Float>.placeholder(shape: [nil, 3], name: "x")
    private let engine = OpaqueEngine(CPUEngine(flushesDenormals: true))

    private func session(_ change: (inout Session.Options) -> Void = { _ in }) -> Session {
        let engine = engine
        var options = Session.Options(seed: 3, engine: .init("opaque") { _ in engine })
        change(&options)
        return Session(options)
    }

    private struct Model {
        let loss: Tensor<Float>
        let step: Update
        let layer = Dense<Float>("layer", inputs: 3, units: 2)

        init(_ x: Tensor<Float>) throws {
            loss = (layer(x) * layer(x)).mean()
            step = try Adam(learningRate: 0.1).minimize(loss)
        }
    }

    private static let batch: NDArray = [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]]

    private func train(_ session: Session, _ model: Model, steps: Int) throws -> [Double?] {
        try (0..<steps).map { _ in
            try session.run([model.loss, model.step], feeding: [x: Self.batch])[0].number
        }
    }

    @Test("training reads nothing back between steps, and writes over what it gave away")
    func training() throws {
        let model = try Model(x)
        let session = session()
        let losses = try train(session, model, steps: 10)
        #expect(losses == (try train(Session(.init(seed: 3)), model, steps: 10)))
        let trained = engine.counts
        #expect(trained.reads == 0 && trained.shared == 0)
        // The kernel and bias with two moments each, and the powers of the decays.
        #expect(trained.made == 8 && trained.takenOver == 8 * 9)
        #expect(trained.living == 2 * 8)
        let state = try session.exportState()
        #expect(state.variables.count == 8 && engine.counts.reads == 8)
        #expect(try session.value(of: model.layer.kernel) == state.variables["layer/kernel"])
        session.close()
    }

    @Test("a state goes to another session and on from there, whole or in part")
    func stateOfAnother() throws {
        let model = try Model(x)
        let whole = try train(session(), model, steps: 6)
        let first = session()
        #expect(try train(first, model, steps: 3) == Array(whole.prefix(3)))
        let state = try first.exportState()
        let made = engine.counts.made
        let second = session()
        try second.importState(state)
        #expect(try train(second, model, steps: 3) == Array(whole.suffix(3)))
        // A session that has values of its own gets others.
        try first.importState(state)
        #expect(try train(first, model, steps: 3) == Array(whole.suffix(3)))
        #expect(engine.counts.made == made + 2 * 8)
        var part = state
        part.variables["layer/bias"] = nil
        let variable = try #require(model.layer.bias)
        let bias = try first.value(of: variable)
        let report = try first.importPartialState(part)
        #expect(report.missing == ["layer/bias"] && report.imported.count == 7)
        #expect(try first.value(of: variable) == bias)
        #expect(
            try first.value(of: model.layer.kernel) == state.variables["layer/kernel"])
    }

    @Test("a profile is a step like any other, and a plan is explained")
    func profile() throws {
        let model = try Model(x)
        let session = session()
        let plain = try train(self.session(), model, steps: 3)
        let before = engine.counts
        let profiles = try (0..<3).map { _ in
            try session.profile(
                [model.loss, model.step], feeding: [x: Self.batch], runs: 1, warmUp: 0)
        }
        #expect(profiles.map { $0.results[0].number } == plain)
        #expect(profiles.allSatisfy { !$0.steps.isEmpty })
        #expect(engine.counts.reads == before.reads)
        #expect(engine.counts.takenOver == before.takenOver + 8 * 2)
        let text = try session.explain([model.loss, model.step], feeding: [x: Self.batch])
        #expect(text.contains("'layer/kernel'") && text.contains("matmul"))
    }

    @Test("a run that fails changes nothing, whatever it was given to write over")
    func failure() throws {
        let v = Variable<Float>("v", shape: [3], initializer: .ones)
        let checked = checkFinite(x, "x").sum(axes: [0])
        let step = v.assignAdd(checked)
        let session = session()
        for number in 1...3 {
            _ = try session.run(step, feeding: [x: [[1.0, 1.0, 1.0]]])
            #expect(throws: RunError.self) {
                try session.run(step, feeding: [x: NDArray(repeating: Float.nan, shape: [1, 3])])
            }
            #expect(
                try session.value(of: v).doubles
                    == [Double](repeating: Double(number + 1), count: 3))
        }
        #expect(session.step == 3)
    }

    @Test("what is not finite is found, and the variables are as before")
    func nonFinite() throws {
        let v = Variable<Float>("v", shape: [2], initializer: .constant(3e38))
        let session = session { $0.findsNonFinite = true }
        let text = errorText { _ = try session.run(v.update { $0 * 2 }) }
        #expect(text.contains("multiply") && text.contains("is inf at [0] of f32[2]"), "\(text)")
        #expect(
            try session.value(of: v).doubles == [Double](repeating: Double(Float(3e38)), count: 2))
    }

    @Test("a value that a reading run uses is not taken over meanwhile")
    func readers() throws {
        let (a, b) = (
            Variable<Float>("a", shape: [1000]), Variable<Float>("b", shape: [1000])
        )
        let difference = abs(a.value - b.value).max()
        let step = Update.group([a.assignAdd(1), b.assignAdd(1)])
        let session = session()
        _ = try session.run(step)
        onThreads(4) { thread in
            for _ in 0..<200 {
                do {
                    if thread == 0 {
                        _ = try session.run(step)
                    } else {
                        #expect(try session.run(difference).number == 0)
                    }
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        #expect(try session.value(of: a).doubles == [Double](repeating: 201, count: 1000))
        let counts = engine.counts
        #expect(counts.takenOver + counts.shared == 2 * 200)
    }

    @Test("a value that somebody holds stays, and one of another engine is refused")
    func held() throws {
        let type = ArrayType(.float32, [2])
        let program = Program(
            values: [type, type], inputs: [0],
            instructions: [.init(.unary(.negate), inputs: [0], outputs: [1])], outputs: [1],
            roles: .init(stateCount: 1, updateCount: 1))
        let executable = try engine.compile(program)
        let held = engine.value(of: [1.0, 2.0])
        var arguments = RunArguments(feeds: [], state: [engine.value(of: [3.0, 4.0])])
        arguments.donated = [held]
        let result = try executable.run(&arguments, control: nil).newState[0]
        #expect(try result.read().doubles == [-3, -4] && held.read().doubles == [1, 2])
        #expect(engine.counts.shared == 1 && engine.counts.takenOver == 0)
        let native = try CPUEngine().compile(program)
        #expect {
            _ = try native.run(&arguments, control: nil)
        } throws: {
            ($0 as? RunError)?.code == .unsupported
                && "\($0)" == "a value of f32[2] is another engine's; read it, and feed that"
        }
    }
}
