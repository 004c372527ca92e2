// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// What functions of the host have seen.
final class HostLog: Sendable {
    private let numbers = Guarded<[Double]>([])

    var seen: [Double] { numbers.withLock { $0 } }
    func note(_ number: Double) { numbers.withLock { $0.append(number) } }

    /// Notes the first element of its operand, and gives twice the operand.
    func doubling(isStateful: Bool, gradient: HostFunction.Gradient? = nil) -> HostFunction {
        HostFunction(
            "doubling", results: [.like(0)], isStateful: isStateful, gradient: gradient
        ) { inputs in
            self.note(inputs[0].number)
            return [try inputs[0] + inputs[0]]
        }
    }
}

private struct Refusal: Error, CustomStringConvertible {
    var description: String { "no more data" }
}

@Suite("Functions of the host") struct HostCallTests {
    private typealias F = Tensor<Float>

    private let x = F.placeholder(shape: [nil], name: "x")

    private static let twice = HostFunction.Gradient.graph { _, _, gradients in
        [gradients[0] * 2]
    }
    private static let twiceOnTheHost = HostFunction.Gradient.host { _, _, gradients in
        [try gradients[0] + gradients[0]]
    }

    @Test("inside a branch inside a scan, with its gradient", arguments: TestedEngine.allCases)
    func insideLoops(_ engine: TestedEngine) throws {
        // A gradient on the host takes what was given, for which the branch is computed again.
        for (isStateful, rule, again) in [
            (false, Self.twice, []), (false, Self.twiceOnTheHost, [3, 1]), (true, Self.twice, []),
        ] as [(Bool, HostFunction.Gradient, [Double])] {
            let log = HostLog()
            let function = log.doubling(isStateful: isStateful, gradient: rule)
            let (sum, ys) = scan(over: x, initial: F(0)) { sum, slice in
                let y = cond(
                    slice .> 0, then: { F(hostCall(function, [slice])[0]) }, else: { slice })
                return (sum + y, y)
            }
            let session = engine.session()
            let feeds: Feeds = [x: [1.0, -2.0, 3.0]]
            #expect(try session.run(ys, feeding: feeds).doubles == [2, -2, 6])
            #expect(log.seen == [1, 3])
            let slope = try #require(try gradient(of: sum * sum, withRespectTo: x))
            let results = try session.run([sum, slope], feeding: feeds)
            #expect(results.map(\.doubles) == [[6], [24, 12, 24]])
            #expect(log.seen == [1, 3, 1, 3] + again)
        }
    }

    @Test("a gradient of tensors has gradients again, one of arrays says that it has none")
    func secondOrder() throws {
        func cube(_ gradient: HostFunction.Gradient?) -> F {
            let function = HostFunction("cube", results: [.like(0)], gradient: gradient) { inputs in
                [try inputs[0] * inputs[0] * inputs[0]]
            }
            return F(hostCall(function, [x])[0])
        }
        let onTensors = cube(
            .graph { inputs, _, gradients in [gradients[0] * inputs[0] * inputs[0] * 3] })
        let onArrays = cube(
            .host { inputs, _, gradients in [try gradients[0] * inputs[0] * inputs[0] * 3] })
        let session = Session()
        let feeds: Feeds = [x: [2.0, -1.0]]
        for y in [onTensors, onArrays] {
            let slope = try #require(try gradient(of: y, withRespectTo: x))
            #expect(try session.run(slope, feeding: feeds).doubles == [12, 3])
        }
        let slope = try #require(try gradient(of: onTensors, withRespectTo: x))
        let curvature = try #require(try gradient(of: slope, withRespectTo: x))
        #expect(try session.run(curvature, feeding: feeds).doubles == [12, -6])
        let last = try #require(try gradient(of: onArrays, withRespectTo: x))
        let text = errorText { _ = try gradient(of: last, withRespectTo: x) }
        #expect(text.contains("cube.gradient") && text.contains("`.graph`"), "\(text)")
        #expect(try gradient(of: cube(nil), withRespectTo: x) == nil)
    }

    @Test("a stateful one is called in each iteration, in order", arguments: TestedEngine.allCases)
    func order(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = log.doubling(isStateful: true)
        let first = hostUpdate(function, [x.sum()])
        let (_, last) = whileLoop(
            Tensor<Int32>(0), F(1), condition: { i, _ in i .< 3 },
            body: { i, y in
                let called = F(hostCall(function, [y])[0])
                // Nobody needs what the second one gives.
                return (i + 1, called.after([hostUpdate(function, [called + 100])]))
            })
        let results = try engine.session().run([last, first], feeding: [x: [40.0, 2.0]])
        #expect(results.map(\.number) == [8, 84])
        #expect(log.seen == [42, 1, 102, 2, 104, 4, 108])
    }

    @Test("a gradient keeps what a stateful one gave", arguments: TestedEngine.allCases)
    func kept(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = log.doubling(isStateful: true)
        let (sum, _) = scan(over: x, initial: F(0)) { sum, slice in
            (sum + slice * F(hostCall(function, [slice])[0]), slice)
        }
        let slope = try #require(try gradient(of: sum, withRespectTo: x))
        let results = try engine.session().run([sum, slope], feeding: [x: [1.0, 3.0]])
        // Σ x · c, where c is what the function gave and counts as constant.
        #expect(results.map(\.doubles) == [[20], [2, 6]])
        #expect(log.seen == [1, 3])
    }

    @Test("what is computed again does not call a stateful one", arguments: TestedEngine.allCases)
    func rematerialised(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = log.doubling(isStateful: true)
        let y = rematerialized(x) { ($0 * $0).after([hostUpdate(function, [$0])]) }
        let slope = try #require(try gradient(of: y, withRespectTo: x))
        let results = try engine.session().run([y, slope], feeding: [x: [5.0]])
        #expect(results.map(\.number) == [25, 10])
        #expect(log.seen == [5])

        let needed = rematerialized(x) { $0 * F(hostCall(function, [$0])[0]) }
        let impossible = try #require(try gradient(of: needed, withRespectTo: x))
        let session = engine.session()
        #expect(try session.run(needed, feeding: [x: [5.0]]).number == 50)
        let text = errorText { _ = try session.run(impossible, feeding: [x: [5.0]]) }
        #expect(text.contains("doubling") && text.contains("is not called again"), "\(text)")
        #expect(log.seen == [5, 5])
    }

    @Test("one without state is called where it is needed, once", arguments: TestedEngine.allCases)
    func pure(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = log.doubling(isStateful: false)
        let (a, b) = (hostCall(function, [x])[0], hostCall(function, [x])[0])
        #expect(a == b)
        let session = engine.session()
        #expect(try session.run(F(a) + F(b), feeding: [x: [3.0]]).number == 12)
        #expect(log.seen == [3])
        #expect(try session.run(x.after([hostUpdate(function, [x])]), feeding: [x: [3.0]]) == [3.0])
        #expect(log.seen == [3])
    }

    @Test("what it throws ends the run and changes nothing", arguments: TestedEngine.allCases)
    func throwing(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let function = HostFunction("reader", results: [.array(.float32, [])], isStateful: true) {
            _ in throw Refusal()
        }
        let y = F(hostCall(function, []).first ?? x.anyTensor)
        let session = engine.session()
        do {
            _ = try session.run([v.assign(y), v.value, v.assignAdd(1)])
            Issue.record("it does not throw")
        } catch let error as RunError {
            #expect(error.kind == .hostCallFailed("reader", "no more data"))
            #expect(error.code == .hostFailure)
            #expect(error.location?.line == #line - 8)
            #expect("\(error)".contains("the function 'reader' of the host threw: no more data"))
        }
        #expect(try session.value(of: v).number == 0)
        #expect(session.step == 0)
    }

    @Test("wrong results are typed errors", arguments: TestedEngine.allCases)
    func wrongResults(_ engine: TestedEngine) throws {
        let session = engine.session()
        func kind(_ given: [NDArray]) -> RunError.Kind? {
            let function = HostFunction("f", results: [.array(.float32, [2])]) { _ in given }
            do {
                _ = try session.run(hostCall(function, [x])[0], feeding: [x: [1.0]])
                return nil
            } catch {
                return (error as? RunError)?.kind
            }
        }
        let wanted = TensorType(.float32, [2])
        #expect(kind([[1.0, 2.0]]) == nil)
        #expect(
            kind([[1.0, 2.0, 3.0]])
                == .hostResultOfWrongType("f", result: 0, TensorType(.float32, [3]), wanted: wanted)
        )
        #expect(
            kind([NDArray([Int32(1), 2])])
                == .hostResultOfWrongType("f", result: 0, TensorType(.int32, [2]), wanted: wanted))
        #expect(kind([]) == .hostResultCount("f", 0, wanted: 1))
        #expect(kind([[1.0, 2.0], [1.0, 2.0]]) == .hostResultCount("f", 2, wanted: 1))
    }

    @Test("shapes are settled by what is fed", arguments: TestedEngine.allCases)
    func shapes(_ engine: TestedEngine) throws {
        let pairs = HostFunction(
            "pairs",
            results: [
                .array(.float32) { shapes in
                    guard let size = shapes[0].dims?.first, size >= 0 else { return [nil, 2] }
                    return [size, 2]
                }
            ]
        ) { inputs in [try stacked([inputs[0], inputs[0]], axis: 1)] }
        let y = hostCall(pairs, [x])[0]
        #expect(y.shape == [nil, 2])
        let session = engine.session()
        for numbers: NDArray in [[1.0], [1.0, 2.0, 3.0]] {
            #expect(try session.run(y, feeding: [x: numbers]).shape == [numbers.count, 2])
        }
        let open = HostFunction("open", results: [.array(.float32) { _ in [nil] }]) { $0 }
        let text = errorText { _ = try session.run(hostCall(open, [x])[0], feeding: [x: [1.0]]) }
        #expect(text.contains("open") && text.contains("does not follow from what was fed"))
        let other = HostFunction("other", results: [.like(3)]) { $0 }
        #expect(hostCall(other, [x])[0].error?.operation == "other")
        #expect(
            hostCall(other, [x])[0].error?.description.contains("like operand 3") == true)
    }

    @Test("it may run the session that calls it", arguments: TestedEngine.allCases)
    func sameSession(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let reader = HostFunction("reader", results: [.like(0)], isStateful: true) { inputs in
            [try session.run(v.value * 10) + inputs[0]]
        }
        let writer = HostFunction("writer", results: [], isStateful: true) { _ in
            _ = try session.run(v.assignAdd(1))
            return []
        }
        let setter = HostFunction("setter", results: [], isStateful: true) { _ in
            try session.set(v, to: 3.0)
            return []
        }
        let read = F(hostCall(reader, [F(2)])[0])
        // In an update the values are those from before.
        #expect(try session.run([v.assign(read), read]).map(\.number) == [12, 12])
        #expect(try session.run(read).number == 122)
        // A run that updates nothing itself lets others update.
        _ = try session.run(hostUpdate(writer, []))
        #expect(try session.value(of: v).number == 13)
        for function in [writer, setter] {
            let text = errorText {
                _ = try session.run([v.assign(F(0)), hostUpdate(function, [])])
            }
            #expect(text.contains("they would wait for each other"), "\(text)")
        }
        #expect(try session.value(of: v).number == 13)
        // Other sessions do not wait.
        let other = engine.session()
        _ = try other.run([v.assign(F(0)), hostUpdate(setter, [])])
        #expect(try session.value(of: v).number == 3)
    }

    @Test("runs inside each other without end are an error", arguments: TestedEngine.allCases)
    func recursion(_ engine: TestedEngine) throws {
        let session = engine.session()
        let fetch = Guarded<AnyTensor?>(nil)
        defer { fetch.withLock { $0 = nil } }
        let function = HostFunction("again", results: [.array(.float32, [])]) { _ in
            guard let tensor = fetch.withLock({ $0 }) else { return [] }
            return [try session.run(tensor)]
        }
        let y = hostCall(function, [])[0]
        fetch.withLock { $0 = y }
        let text = errorText { _ = try session.run(y) }
        #expect(text.contains("more than 32 deep"), "\(text)")
    }

    @Test("stopping a run is heeded around it", arguments: TestedEngine.allCases)
    func stopping(_ engine: TestedEngine) throws {
        let control = RunControl()
        let function = HostFunction("f", results: [.like(0)]) { inputs in
            control.cancel()
            return inputs
        }
        let y = F(hostCall(function, [x])[0])
        let session = engine.session()
        for fetch in [y, exp(y)] {
            #expect(
                errorCode { _ = try session.run(fetch, feeding: [x: [1.0]], control: control) }
                    == .cancelled)
        }
        #expect(try session.run(y, feeding: [x: [1.0]]) == [1.0])
    }

    @Test("different functions have different plans", arguments: TestedEngine.allCases)
    func plans(_ engine: TestedEngine) throws {
        let session = engine.session()
        func made(_ number: Float) -> HostFunction {
            HostFunction("f", results: [.array(.float32, [])]) { _ in [NDArray(number)] }
        }
        let (one, two) = (made(1), made(2))
        for _ in 0..<3 {
            #expect(try session.run(F(hostCall(one, [])[0]) + 1).number == 2)
            #expect(try session.run(F(hostCall(two, [])[0]) + 1).number == 3)
        }
        #expect(session.compilationCount == 2)
        let stateful = HostLog().doubling(isStateful: true)
        for _ in 0..<3 {
            _ = try session.run(hostCall(stateful, [x])[0], feeding: [x: [1.0]])
        }
        #expect(session.compilationCount == 3)
    }

    @Test("plans keep no function alive, and go when it is gone", arguments: TestedEngine.allCases)
    func lifetime(_ engine: TestedEngine) throws {
        let session = engine.session()
        weak var gone: HostLog?
        do {
            let log = HostLog()
            gone = log
            let y = hostCall(log.doubling(isStateful: true), [x])[0]
            #expect(try session.run(y, feeding: [x: [1.0]]) == [2.0])
        }
        #expect(gone == nil)
        _ = try session.run(x + 1, feeding: [x: [1.0]])
        #expect(session.planCount == 1)
    }

    @Test(
        "profiles and plans have its name, and it is called once", arguments: TestedEngine.allCases)
    func profiles(_ engine: TestedEngine) throws {
        let (log, counted) = (HostLog(), HostLog())
        let (stateful, pure) = (log.doubling(isStateful: true), counted.doubling(isStateful: false))
        let y = F(hostCall(stateful, [F(hostCall(pure, [x])[0])])[0])
        let session = engine.session()
        let feeds: Feeds = [x: [1.0]]
        #expect(try session.explain([y], feeding: feeds).contains("doubling"))
        let profile = try session.profile([y], feeding: feeds, runs: 3, warmUp: 1)
        #expect(profile.steps.count { $0.label.contains("doubling") } == 2)
        #expect(profile.results[0] == [4.0])
        #expect(log.seen == [2])
        #expect(counted.seen == [1, 1, 1, 1])
    }

    @Test(
        "a result that is not finite is found without another call",
        arguments: TestedEngine.allCases)
    func nonFinite(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = HostFunction("noise", results: [.like(0)], isStateful: true) { inputs in
            log.note(inputs[0].number)
            return [NDArray([Float.infinity])]
        }
        var options = Session.Options(engine: engine.engine)
        options.findsNonFinite = true
        let session = Session(options)
        let y = exp(F(hostCall(function, [x])[0]))
        let text = errorText { _ = try session.run(y, feeding: [x: [1.0]]) }
        #expect(text.contains("noise") && text.contains("not finite"), "\(text)")
        #expect(log.seen == [1])
    }

    @Test("segments call once each, in order", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let log = HostLog()
        let function = log.doubling(isStateful: true)
        let v = Variable<Float>("v", shape: [])
        let first = F(hostCall(function, [x])[0])
        let positive = first.masked(by: first .> 0)
        let second = F(hostCall(function, [positive])[0])
        let last = second.masked(by: second .> 10).after([hostUpdate(function, [F(7)])])
        let session = engine.session()
        for _ in 0..<2 {
            let results = try session.run(
                [last, v.assign(last.sum())], feeding: [x: [3.0, -2.0, 1.0]])
            #expect(results.map(\.doubles) == [[12], [12]])
        }
        #expect(log.seen == [3, 6, 7, 3, 6, 7])
    }

    @Test("drawings and graphs show it")
    func drawings() {
        let function = HostLog().doubling(isStateful: true)
        let graph = Graph(outputs: ["y": hostCall(function, [x])[0]])
        #expect(graph.nodes.last?.operation == "doubling")
        #expect(graph.nodes.last?.attributes == "on the host, stateful")
        #expect("\(graph)".contains("doubling"))
        #expect(graph.svg().contains("on the host, stateful"))
    }
}
