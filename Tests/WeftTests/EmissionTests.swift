// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

@Suite("Emitted values") struct EmissionTests {
    private typealias F = Tensor<Float>

    private let x = F.placeholder(shape: [nil], name: "x")

    /// Runs, and gives what was emitted as text.
    private static func emissions(
        _ session: Session, _ fetches: [any TensorConvertible], _ feeds: Feeds = [:]
    ) throws -> [String] {
        var texts: [String] = []
        _ = try session.run(fetches, feeding: feeds) { texts.append("\($0.name) \($0.value)") }
        return texts
    }

    @Test("a fetched one is its value and is handed over", arguments: TestedEngine.allCases)
    func fetched(_ engine: TestedEngine) throws {
        let session = engine.session()
        let sum = withNameScope("metrics") { emit(x.sum(), as: "sum") }
        var emitted: [Emission] = []
        for _ in 0..<2 {
            let value = try session.run(sum, feeding: [x: [1.0, 2.0]]) { emitted.append($0) }
            #expect(value.number == 3)
        }
        #expect(emitted.map(\.name) == ["metrics/sum", "metrics/sum"])
        #expect(emitted.map(\.value.number) == [3, 3])
        #expect(emitted.map(\.step) == [0, 1])
        #expect(emitted[1].description == "1 metrics/sum: 3.0")
        #expect(session.compilationCount == 1)
    }

    @Test("they come in the order in which they were made", arguments: TestedEngine.allCases)
    func order(_ engine: TestedEngine) throws {
        let (a, b) = (emit(x, as: "a"), emit(x * 2, as: "b"))
        let c = emit(x + 1, as: "c")
        let texts = try Self.emissions(
            engine.session(), [c, Update.group([b, a]), x], [x: [1.0]])
        #expect(texts == ["a [1.0]", "b [2.0]", "c [2.0]"])
    }

    @Test(
        "in loops each iteration emits, in branches the one taken", arguments: TestedEngine.allCases
    )
    func loops(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (_, last) = whileLoop(
            Tensor<Int32>(0), F(1), condition: { i, _ in i .< 3 },
            body: { i, y in (i + 1, (y * 2).after([emit(y, as: "y"), emit(i, as: "i")])) })
        #expect(
            try Self.emissions(session, [last])
                == ["y 1.0", "i 0", "y 2.0", "i 1", "y 4.0", "i 2"])
        let (_, ys) = scan(over: x, initial: F(0)) { sum, slice in
            let y = cond(
                slice .> 0, then: { slice.after([emit(slice, as: "positive")]) },
                else: { -slice })
            return (sum + y, y)
        }
        let before = emit(F(0), as: "before")
        #expect(
            try Self.emissions(session, [ys, before], [x: [1.0, -2.0, 3.0]])
                == ["positive 1.0", "positive 3.0", "before 0.0"])
    }

    @Test("conditions of loops, updates and functions emit", arguments: TestedEngine.allCases)
    func bodies(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (_, last) = whileLoop(
            Tensor<Int32>(0), F(1),
            condition: { i, _ in (i .< 2).after([emit(i, as: "test")]) },
            body: { i, y in (i + 1, (y * 2).after([emit(y, as: "y")])) })
        #expect(
            try Self.emissions(session, [last])
                == ["test 0", "y 1.0", "test 1", "y 2.0", "test 2"])
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let update = v.update { ($0 + 2).after([emit($0, as: "old")]) }
        #expect(try Self.emissions(session, [update, update]) == ["old 1.0"])
        let double = Function("double") { inputs in
            inputs.map { ($0 + $0).after([emit($0, as: "x")]) }
        }
        let four = double(double([x.anyTensor]))
        #expect(try Self.emissions(session, four, [x: [1.0]]) == ["x [1.0]", "x [2.0]"])
    }

    @Test("what a gradient computes again emits once", arguments: TestedEngine.allCases)
    func gradients(_ engine: TestedEngine) throws {
        let session = engine.session()
        func count(_ y: F) throws -> Int {
            let slopes = try Weft.gradients(of: [y.sum() * y.sum()], withRespectTo: [x])
            return try Self.emissions(
                session, [y, try #require(slopes[0])], [x: [1.0, 2.0]]
            ).count
        }
        #expect(
            try count(rematerialized(x) { exp($0).after([emit($0, as: "inside")]) }) == 1)
        #expect(
            try count(
                rematerialized(x) { x in
                    rematerialized(x) { exp($0).after([emit($0, as: "inside")]) } * x
                }) == 1)
        #expect(
            try count(
                cond(
                    x.sum() .> 0, then: { exp(x).after([emit(x, as: "inside")]) }, else: { x })
            ) == 1)
        #expect(
            try count(
                scan(over: x, initial: F(0)) { sum, slice in
                    (sum + exp(slice).after([emit(slice, as: "inside")]), slice)
                }.0) == 2)
        #expect(
            try count(
                call("body", [x.anyTensor]) {
                    [F($0[0]) * F($0[0])].map {
                        exp($0).after([emit($0, as: "inside")]).anyTensor
                    }
                }.map { F($0) }[0]) == 1)
    }

    @Test("gradients of one loop for two tensors emit once", arguments: TestedEngine.allCases)
    func twoGradients(_ engine: TestedEngine) throws {
        let (a, b) = (F.placeholder(shape: []), F.placeholder(shape: []))
        let (sum, _) = scan(over: x, initial: F(1)) { sum, slice in
            let next = sin(sum * a) * exp(slice * b)
            return (next.after([emit(slice, as: "slice")]), slice)
        }
        let slopes = try [a, b].map { try #require(try gradient(of: sum, withRespectTo: $0)) }
        let texts = try Self.emissions(
            engine.session(), [sum] + slopes, [x: [1.0, 2.0], a: 0.5, b: 0.25])
        #expect(texts == ["slice 1.0", "slice 2.0"])
    }

    @Test("one that rides with a tensor comes with training", arguments: TestedEngine.allCases)
    func riding(_ engine: TestedEngine) throws {
        let session = engine.session()
        let w = Variable<Float>("w", shape: [], initializer: .ones)
        let error = (x * w.value - 3).mean()
        let loss = (error * error).withUpdates([emit(error, as: "error")])
        let train = try GradientDescent(learningRate: 0.5).minimize(loss)
        #expect(try Self.emissions(session, [loss], [x: [1.0]]) == [])
        #expect(try Self.emissions(session, [train], [x: [1.0]]) == ["error -2.0"])
        #expect(try session.value(of: w).number == 3)
    }

    @Test("a run that throws hands nothing over", arguments: TestedEngine.allCases)
    func throwing(_ engine: TestedEngine) throws {
        let session = engine.session()
        let emitted = emit(x.sum(), as: "sum")
        let checked = check(x, that: x.sum() .> 0, "must be positive")
        var count = 0
        for _ in 0..<2 {
            #expect(
                errorCode {
                    _ = try session.run([emitted, checked], feeding: [x: [-1.0]]) { _ in count += 1
                    }
                } == .kernelFailure)
        }
        #expect(count == 0)
        _ = try session.run([emitted, checked], feeding: [x: [1.0]]) { _ in count += 1 }
        #expect(count == 1)
        let control = RunControl()
        control.cancel()
        #expect(
            errorCode {
                _ = try session.run(emitted, feeding: [x: [1.0]], control: control) { _ in
                    count += 1
                }
            } == .cancelled)
        #expect(count == 1)
    }

    @Test("the session's handler has what no run's own has", arguments: TestedEngine.allCases)
    func handler(_ engine: TestedEngine) async throws {
        let log = HostLog()
        var options = Session.Options(engine: engine.engine)
        options.emissionHandler = { log.note($0.value.number) }
        let session = Session(options)
        let sum = emit(x.sum(), as: "sum")
        let step = session.function(feeding: x, fetching: sum)
        _ = try step([1.0])
        _ = try await step.detached([2.0])
        _ = try session.run(sum, feeding: [x: [3.0]]) { _ in }
        _ = try session.profile([sum], feeding: [x: [4.0]], runs: 3)
        #expect(log.seen == [1, 2, 4])
    }

    @Test("who is given a value may use the session", arguments: TestedEngine.allCases)
    func reentrant(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Float>("v", shape: [])
        var failure: (any Error)?
        _ = try session.run([v.assign(x.sum()), emit(x.sum(), as: "sum")], feeding: [x: [2.0]]) {
            _ in
            do { _ = try session.run(v.assignAdd(1)) } catch { failure = error }
        }
        #expect(failure == nil)
        #expect(try session.value(of: v).number == 3)
    }

    @Test("segments emit once each, in order", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let session = engine.session()
        let positive = x.masked(by: x .> 0)
        let (a, b) = (emit(x.sum(), as: "all"), emit(positive, as: "positive"))
        let small = positive.masked(by: positive .< 10).after([b])
        let texts = try Self.emissions(
            session, [small, emit(small, as: "small"), a], [x: [1.0, -2.0, 30.0]])
        #expect(texts == ["all 29.0", "positive [1.0, 30.0]", "small [1.0]"])
        #expect(session.compilationCount == 3)
    }

    @Test("graphs without effects have programs without any")
    func plain() throws {
        let lowered = try LoweredGraph(
            fetches: [exp(x).anyTensor], feeds: [(x.anyTensor, ArrayType(.float32, [3]))])
        #expect(!lowered.program.talksToHost && !lowered.program.mustRun)
        #expect(lowered.program.instructions.count == 1)
    }

    @Test("lists are refused, and errors go on")
    func malformed() {
        let bad = x.reshaped(to: [7, -1, -1])
        #expect(emit(bad, as: "bad").anyTensor.error != nil)
        let list = AnyTensor.make(.listEmpty, [])
        func words(_ tensor: AnyTensor) -> String { tensor.error?.description ?? "no error" }
        #expect(words(emit(list, as: "list").anyTensor).contains("cannot be emitted"))
        let function = HostLog().doubling(isStateful: false)
        #expect(words(hostCall(function, [list])[0]).contains("cannot be given to a function"))
    }
}
