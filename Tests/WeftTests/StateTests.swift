// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import Weft
import WeftGraph

@Suite struct StateTests {
    @Test("a run that fails changes nothing", arguments: TestedEngine.allCases)
    func transactions(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [2], initializer: .ones)
        let w = Variable<Float>("w", shape: [])
        let x = Tensor<Float>.placeholder(shape: [2])
        let session = engine.session(seed: 3)
        let updated = v.assign(v.value * 10)
        let failing = w.assign(checkFinite(1 / x, "1/x").sum())
        let draw = Tensor<Float>.randomUniform(shape: [2], stream: "a")
        #expect(try session.run([updated, failing], feeding: [x: [1.0, 2.0]])[1].number == 1.5)
        let before = (try session.exportState(), session.step)
        let text = errorText {
            _ = try session.run([updated, failing, draw], feeding: [x: [1.0, 0.0]])
        }
        #expect(text.contains("1/x"), "\(text)")
        let after = try session.exportState()
        #expect(after.variables == before.0.variables)
        #expect(after.step == before.1)
        #expect(after.variables["v"]?.doubles == [10, 10])
        // The next run draws what the failed one would have drawn.
        let drawn = try session.run(draw)
        let twin = engine.session(seed: 3)
        try twin.importState(before.0)
        #expect(try twin.run(draw) == drawn)
    }

    @Test("a fetched variable never changes afterwards", arguments: TestedEngine.allCases)
    func fetchedArrays(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [1000], initializer: .ones)
        let session = engine.session()
        let add = v.assignAdd(1)
        let start = try session.run(v.value)
        let fetched = try session.run([add, v.value])
        let held = try session.value(of: v)
        for _ in 0..<10 { _ = try session.run(add) }
        #expect(start.doubles.allSatisfy { $0 == 1 })
        #expect(fetched[0].doubles.allSatisfy { $0 == 2 })
        #expect(fetched[1].doubles.allSatisfy { $0 == 1 })
        #expect(held.doubles.allSatisfy { $0 == 2 })
        #expect(try session.value(of: v).doubles.allSatisfy { $0 == 12 })
        // Nor does a variable change with an array that was fed or fetched.
        var fed = NDArray([Float](repeating: 5, count: 1000))
        let x = Tensor<Float>.placeholder(shape: [1000])
        var result = try session.run(v.assign(x), feeding: [x: fed])
        fed.withUnsafeMutableBytes { $0.assumingMemoryBound(to: Float.self)[0] = 9 }
        result.withUnsafeMutableBytes { $0.assumingMemoryBound(to: Float.self)[1] = 9 }
        #expect(try session.value(of: v).doubles.allSatisfy { $0 == 5 })
    }

    @Test("every value that is held stays as it was", arguments: TestedEngine.allCases)
    func heldValues(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [1000])
        let session = engine.session()
        let add = v.assignAdd(1)
        // Some are held for good, some for a while, most not at all: their memory is used again.
        var held: [(number: Float, array: NDArray)] = []
        for i in 1...60 {
            let result = try session.run([add])[0]
            if i % 7 == 0 { held.append((Float(i), result)) }
            if i % 5 == 0 { held.append((Float(i), try session.value(of: v))) }
            if i % 11 == 0 { held.removeFirst(2) }
            for (number, array) in held {
                #expect(array.doubles.allSatisfy { $0 == Double(number) })
            }
        }
        #expect(held.count == 10)
    }

    @Test("increments from many threads all count", arguments: TestedEngine.allCases)
    func writers(_ engine: TestedEngine) throws {
        let v = Variable<Int32>("v", shape: [])
        let session = engine.session()
        let failures = Atomic<Int>(0)
        onThreads(8) { thread in
            // Each thread builds its own update in half of its steps.
            let add = v.assignAdd(1)
            for i in 0..<250 {
                do {
                    _ = try session.run(i % 2 == 0 ? add : v.assignAdd(1))
                } catch { failures.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(try session.value(of: v).number == 2000)
        #expect(session.step == 2000)
    }

    @Test(
        "readers beside a writer see all variables of one moment", arguments: TestedEngine.allCases)
    func readers(_ engine: TestedEngine) throws {
        let a = Variable<Float>("a", shape: [300])
        let b = Variable<Float>("b", shape: [300])
        let session = engine.session()
        let step = Update.group([a.assignAdd(1), b.assignAdd(1)])
        let wrong = Atomic<Int>(0)
        let isDone = Atomic<Bool>(false)
        let both = [a.value, b.value, a.value - b.value]
        onThreads(4) { thread in
            do {
                if thread == 0 {
                    for _ in 0..<500 { _ = try session.run(step) }
                    isDone.store(true, ordering: .relaxed)
                }
                while !isDone.load(ordering: .relaxed) {
                    let results = try session.run(both)
                    let all = Set(results[0].doubles).union(results[1].doubles)
                    if all.count != 1 || Set(results[2].doubles) != [0] {
                        wrong.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            } catch { wrong.wrappingAdd(1, ordering: .relaxed) }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(try session.value(of: a).doubles[0] == 500)
    }

    @Test("a session goes on exactly where another one stopped", arguments: TestedEngine.allCases)
    func resume(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 4])
        let w = Variable<Float>("w", shape: [4, 1], initializer: .glorotUniform)
        let y = dropout(matmul(x, w.value), rate: 0.3, stream: "d")
        let loss = (y * y).mean()
        let train = try Adam(learningRate: 0.1).minimize(loss)
        let batch = try NDArray((0..<32).map { Float($0) * 0.1 - 1 }, shape: [8, 4])
        func run(_ session: Session, _ steps: Int) throws -> [NDArray] {
            try (0..<steps).map { _ in try session.run([loss, train], feeding: [x: batch])[0] }
        }
        let whole = engine.session(seed: 5)
        let all = try run(whole, 10)
        let first = engine.session(seed: 5)
        #expect(try run(first, 4) == Array(all[..<4]))
        let state = try first.exportState()
        #expect(state.step == 4 && state.seed == 5 && state.variables.count >= 3)
        // Before any use, and after use.
        let fresh = engine.session(seed: 5)
        try fresh.importState(state)
        #expect(try fresh.exportState().variables == state.variables)
        #expect(try run(fresh, 6) == Array(all[4...]))
        try fresh.importState(state)
        #expect(try run(fresh, 6) == Array(all[4...]))
        #expect(try fresh.exportState().variables == whole.exportState().variables)
    }

    @Test("two variables of one name are an error that names both places")
    func names() throws {
        let a = Variable<Float>("layer/w", shape: [], initializer: .ones)
        let b = Variable<Float>("layer/w", shape: [], initializer: .ones)
        let lines = (#line - 2, #line - 1)
        let session = TestedEngine.reference.session()
        func text(_ what: String) -> String {
            "two variables of this \(what) are named 'layer/w', made at StateTests.swift:\(lines.0) "
                + "and StateTests.swift:\(lines.1); give each its own name"
        }
        #expect(errorText { _ = try session.run(a.value + b.value) } == text("run"))
        #expect(errorText { _ = try session.run([a.assignAdd(1), b.assignAdd(1)]) } == text("run"))
        _ = try session.run(a.assignAdd(1))
        _ = try session.run(b.assignAdd(2))
        #expect(errorText { _ = try session.exportState() } == text("session"))
        #expect(
            errorText {
                try session.importState(SessionState(variables: [:], step: 0, seed: 0))
            } == text("session"))
    }

    @Test("first values follow from seed and name, whoever asks first")
    func initialValues() throws {
        let a = Variable<Float>("a", shape: [3], initializer: .randomNormal(standardDeviation: 1))
        let b = Variable<Float>("b", shape: [3], initializer: .randomNormal(standardDeviation: 1))
        let one = TestedEngine.cpu.session(seed: 1)
        let other = TestedEngine.cpu.session(seed: 1)
        let (x, y) = (try one.value(of: a), try one.value(of: b))
        #expect(try other.run(b.value) == y)
        #expect(try other.run(a.value) == x)
        #expect(x != y)
        #expect(try TestedEngine.cpu.session(seed: 2).value(of: a) != x)
        let waiting = Variable<Float>("late", shape: [], initializer: .explicit)
        #expect(
            errorText { _ = try one.run(waiting.value) }
                == "Attempting to use uninitialized value late; "
                + "run its initializer, or restore it, first")
        _ = try one.run(waiting.assign(4))
        #expect(try one.run(waiting.value).number == 4)
        let broken = Variable<Float>(
            "broken", shape: [2], initializer: Initializer { _, _, _ in [1.0] })
        #expect(
            errorText { _ = try one.run(broken.value) }
                == "variable 'broken' is f32[2], the value given for it is f32[1]")
    }
}
