// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

@Suite struct StateImportTests {
    private func state(
        _ variables: [String: NDArray], step: UInt64 = 9, seed: UInt64 = 1
    ) -> SessionState {
        SessionState(variables: variables, step: step, seed: seed)
    }

    private func text(_ problems: String) -> String {
        "the state does not fit the session, and nothing has changed; \(problems). "
            + "`importPartialState` takes what fits"
    }

    @Test("a state without a variable of the session is refused, and resets none")
    func missing() throws {
        let a = Variable<Float>("a", shape: [2])
        let b = Variable<Float>("b", shape: [2])
        let session = TestedEngine.reference.session(seed: 1)
        try session.set(a, to: [1.0, 2.0])
        try session.set(b, to: [3.0, 4.0])
        let part = state(["a": [5.0, 6.0]])
        #expect(
            errorText { try session.importState(part) }
                == text("missing from the state: 'b' f32[2]"))
        #expect(try session.run([a.value, b.value]).map(\.doubles) == [[1, 2], [3, 4]])
        #expect(session.step == 1)
        #expect(
            errorText { try session.set(a, to: NDArray(Float(1))) }
                == "variable 'a' is f32[2], the value given for it is f32[]")
        let report = try session.importPartialState(part)
        #expect(report.imported == ["a"] && report.missing == ["b"] && !report.isComplete)
        #expect(try session.run([a.value, b.value]).map(\.doubles) == [[5, 6], [3, 4]])
        #expect(session.step == 10)
    }

    @Test("all that does not fit is named at once, with the names that come near")
    func allAtOnce() throws {
        let kernel = Variable<Float>("import/dense/kernel", shape: [2])
        let bias = Variable<Float>("import/dense/bias", shape: [1])
        let scale = Variable<Float>("import/scale", shape: [2])
        let session = TestedEngine.reference.session(seed: 1)
        _ = try session.run([kernel.value, bias.value, scale.value])
        let wrong = state([
            "import/dense/kernle": [1.0, 2.0], "import/dense/bias": [1.0], "import/scale": [1.0],
            "elsewhere": [1.0],
        ])
        #expect(
            errorText { try session.importState(wrong) }
                == text(
                    "missing from the state: 'import/dense/kernel' f32[2] "
                        + "(near: 'import/dense/kernle'); "
                        + "no variable is named: 'elsewhere', 'import/dense/kernle' "
                        + "(near: 'import/dense/kernel'); not fitting: variable 'import/scale' is "
                        + "f32[2], the value given for it is f32[1]"))
        #expect(try session.value(of: bias).doubles == [0])
        let report = try session.importPartialState(wrong)
        #expect(report.imported == ["import/dense/bias"])
        #expect(report.missing == ["import/dense/kernel"])
        #expect(report.unexpected == ["elsewhere", "import/dense/kernle"])
        #expect(Array(report.misfitting.keys) == ["import/scale"])
        #expect(try session.value(of: bias).doubles == [1])
        #expect(try session.value(of: scale).doubles == [0, 0])
    }

    @Test("variables that were not used yet are checked as well")
    func notUsedYet() throws {
        let v = Variable<Float>("import/unused", shape: [2])
        let other = Variable<Float>("import/other", shape: [], initializer: .ones)
        let session = TestedEngine.reference.session(seed: 1)
        #expect(
            errorText { try session.importState(state(["import/unused": [1.0, 2.0, 3.0]])) }
                == text(
                    "not fitting: variable 'import/unused' is f32[2], "
                        + "the value given for it is f32[3]"))
        #expect(
            errorText { try session.importState(state(["import/unsued": [1.0, 2.0]])) }
                == text("no variable is named: 'import/unsued'"))
        #expect(try session.run(v.value).doubles == [0, 0])
        // What the state is for may be said; then it is all checked at once.
        let fresh = TestedEngine.reference.session(seed: 1)
        let good = state(["import/unused": [1.0, 2.0]])
        #expect(
            errorText { try fresh.importState(good, for: [v.handle, other.handle]) }
                == text("missing from the state: 'import/other' f32[]"))
        // Else the first use finds it, and never takes a first value silently.
        try fresh.importState(good)
        #expect(
            errorText { _ = try fresh.run([v.value, other.value]) }
                == "the state that was imported has no value for 'import/other' f32[]; set the "
                + "value, or import with `importPartialState`, which lets initializers make it")
        #expect(try fresh.run(v.value).doubles == [1, 2])
        try fresh.set(other, to: NDArray(Float(7)))
        #expect(try fresh.run(other.value).number == 7)
        let partial = TestedEngine.reference.session(seed: 1)
        #expect(try partial.importPartialState(good).imported == ["import/unused"])
        #expect(try partial.run([v.value, other.value]).map(\.doubles) == [[1, 2], [1]])
        let chosen = TestedEngine.reference.session(seed: 1)
        try chosen.importState(good, for: [v.handle])
        #expect(try chosen.run([v.value, other.value]).map(\.doubles) == [[1, 2], [1]])
    }

    @Test("a variable that never got a value is not missed, and what was set is newer than a state")
    func neverValued() throws {
        let a = Variable<Float>("a", shape: [], initializer: .ones)
        let failing = Variable<Float>(
            "failing", shape: [],
            initializer: Initializer { _, _, _ in throw RunError(.invalidState, "no value") })
        let session = TestedEngine.reference.session(seed: 1)
        _ = try session.value(of: a)
        #expect(errorText { _ = try session.value(of: failing) } == "no value")
        try session.importState(state(["a": NDArray(Float(5))]))
        #expect(try session.value(of: a).number == 5)
        func later() -> Variable<Float> { Variable<Float>("import/later", shape: []) }
        do {
            let first = later()
            try session.importPartialState(state(["import/later": NDArray(Float(3))]))
            try session.set(first, to: NDArray(Float(4)))
            #expect(try session.value(of: first).number == 4)
        }
        #expect(try session.value(of: later()).number == 0)
    }

    @Test("values of another seed are taken when draws are not to go on", arguments: [false, true])
    func otherSeed(_ isPartial: Bool) throws {
        let v = Variable<Float>("v", shape: [2], initializer: .ones)
        let draw = Tensor<Float>.randomUniform(shape: [3], stream: "a")
        let session = TestedEngine.reference.session(seed: 1)
        _ = try session.run(v.assignAdd(1))
        let foreign = state(["v": [5.0, 6.0]], seed: 2)
        #expect(
            errorText { try session.importState(foreign) }
                == "the state was made with seed 2, the session has 1; make the session with "
                + "`Session.Options(seed: 2)`, or take the values alone with `resumesDraws: false`")
        #expect(try session.value(of: v).doubles == [2, 2])
        if isPartial {
            #expect(try session.importPartialState(foreign, resumesDraws: false).isComplete)
        } else {
            try session.importState(foreign, resumesDraws: false)
        }
        #expect(try session.value(of: v).doubles == [5, 6])
        #expect(session.step == 1)
        // The draws are those that the session would have made without the import.
        let twin = TestedEngine.reference.session(seed: 1)
        _ = try twin.run(v.value)
        #expect(try session.run(draw) == twin.run(draw))
    }
}
