// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Testing
import Weft
import WeftGraph

@Suite struct SessionTests {
    private let x = Tensor<Float>.placeholder(shape: [nil, 2], name: "x")

    @Test(
        "the same graph runs for any batch, also for an empty one", arguments: TestedEngine.allCases
    )
    func batches(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [2, 1], initializer: .ones)
        let y = matmul(x, w.value)
        let mean = y.mean()
        let session = engine.session()
        #expect(try session.run(y, feeding: [x: [[1.0, 2.0]]]).doubles == [3])
        #expect(try session.run(y, feeding: [x: [[1.0, 2.0], [3.0, 4.0]]]).doubles == [3, 7])
        let none = try NDArray([Float](), shape: [0, 2])
        #expect(try session.run(y, feeding: [x: none]).shape == [0, 1])
        #expect(try session.run(y.sum(), feeding: [x: none]).number == 0)
        #expect(try session.run(mean, feeding: [x: none]).number.isNaN)
        #expect(session.compilationCount == 5)
    }

    @Test("fetching nothing gives nothing", arguments: TestedEngine.allCases)
    func noFetches(_ engine: TestedEngine) throws {
        let session = engine.session()
        #expect(try session.run([]).isEmpty)
        #expect(try session.run([], feeding: [x: [[1.0, 2.0]]]).isEmpty)
    }

    @Test(
        "one tensor may be fetched many times, and a feed may be fetched",
        arguments: TestedEngine.allCases)
    func repeatedFetches(_ engine: TestedEngine) throws {
        let y = x * 2
        let results = try engine.session().run([y, x, y, y], feeding: [x: [[1.0, 2.0]]])
        #expect(results.map(\.doubles) == [[2, 4], [1, 2], [2, 4], [2, 4]])
    }

    @Test("NaN and infinity go through as they are", arguments: TestedEngine.allCases)
    func specialValues(_ engine: TestedEngine) throws {
        let fed = NDArray([Float.nan, .infinity, -.infinity, -0.0])
        let v = Tensor<Float>.placeholder(shape: [4])
        let result = try engine.session().run([v + 0, v], feeding: [v: fed])
        #expect(result[0].doubles[0].isNaN && result[0].doubles[1] == .infinity)
        #expect(result[1].hasSameBits(as: fed))
    }

    @Test("an unknown dimension is known where the plan is made", arguments: TestedEngine.allCases)
    func shapeOnly(_ engine: TestedEngine) throws {
        let count = x.anyTensor.elementCount(axes: [0], as: .float32)
        let zeros = Tensor<Float>.zeros(like: x)
        let session = engine.session()
        let fed = try NDArray(repeating: Float.nan, shape: [3, 2])
        #expect(try session.run(count, feeding: [x: fed]).number == 3)
        #expect(try session.run(zeros, feeding: [x: fed]).doubles == [0, 0, 0, 0, 0, 0])
        // Of a tensor of which only the shape matters nothing is computed.
        let lowered = try LoweredGraph(
            fetches: [Tensor<Float>.zeros(like: exp(x)).anyTensor],
            feeds: [(x.anyTensor, ArrayType(.float32, [3, 2]))])
        #expect(!lowered.program.instructions.contains { $0.primitive.summary == "exp" })
    }

    // MARK: What is refused

    @Test("a missing feed is named")
    func missingFeed() {
        let session = TestedEngine.reference.session()
        #expect(
            errorTextWithoutPlace { _ = try session.run(x + 1) }
                == "placeholder 'x' of type f32[?, 2] must be fed: add it to `feeding`")
        #expect(
            errorTextWithoutPlace { _ = try session.run(Tensor<Int32>.placeholder(shape: []) + 1) }
                == "placeholder without a name of type i32[] must be fed: add it to `feeding`")
    }

    @Test("what does not fit where it is fed is refused")
    func wrongFeeds() throws {
        let session = TestedEngine.reference.session()
        #expect(
            errorTextWithoutPlace { _ = try session.run(x, feeding: [x: NDArray([Int32(1), 2])]) }
                == "placeholder 'x' f32[?, 2] is fed an array of i32; convert it with `cast(to: .float32)`"
        )
        #expect(
            errorTextWithoutPlace { _ = try session.run(x, feeding: [x: [1.0, 2.0]]) }
                == "cannot feed an array of shape [2] for placeholder 'x' f32[?, 2], which has shape [?, 2]"
        )
        #expect(
            errorTextWithoutPlace { _ = try session.run(x, feeding: [x: [[1.0, 2.0, 3.0]]]) }
                == "cannot feed an array of shape [1, 3] for placeholder 'x' f32[?, 2], "
                + "which has shape [?, 2]")
        #expect(
            errorTextWithoutPlace {
                _ = try session.run(x, feeding: [x: [[1.0, 2.0]], x: [[1.0, 2.0]]])
            }
                == "placeholder 'x' f32[?, 2] is fed twice in one run")
        var feeds: Feeds = [x: [[1.0, 2.0]]]
        feeds.set(x, to: [[3.0, 4.0]])
        #expect(try session.run(x, feeding: feeds).doubles == [3, 4])
    }

    @Test("a tensor that was built wrongly is refused with its place")
    func invalidGraph() {
        let session = TestedEngine.reference.session()
        let bad = matmul(x, Tensor<Float>.zeros(shape: [3, 4]))
        let line = #line - 1
        let text = errorText { _ = try session.run(bad + 1) }
        #expect(text.hasSuffix("Built at SessionTests.swift:\(line)."), "\(text)")
        #expect(errorText { _ = try session.run([x, bad], feeding: [x: [[1.0, 2.0]]]) } == text)
        #expect(
            errorText { _ = try session.run(x, feeding: [x: [[1.0, 2.0]], bad: [1.0]]) } == text)
    }

    @Test("shapes that do not fit are found when they are fed")
    func misfitAtRunTime() {
        let session = TestedEngine.reference.session()
        let y = Tensor<Float>.placeholder(shape: [nil, 2])
        let text = errorTextWithoutPlace {
            _ = try session.run(
                x + y,
                feeding: [x: [[1.0, 2.0], [3.0, 4.0]], y: [[1, 2], [3, 4], [5.0, 6.0]]])
        }
        #expect(
            text.hasPrefix("add: ") && text.hasSuffix(", for the shapes that were fed"), "\(text)")
        #expect(text.contains("[2, 2]") && text.contains("[3, 2]"), "\(text)")
    }

    @Test("arrays larger than the machine are refused, not attempted")
    func tooLarge() {
        let session = TestedEngine.cpu.session()
        let n = Tensor<Float>.placeholder(shape: [nil, 1])
        let row = Tensor<Float>.placeholder(shape: [1, nil])
        let fed = try? NDArray(repeating: Float(1), shape: [4_000_000, 1])
        let across = try? NDArray(repeating: Float(1), shape: [1, 4_000_000])
        guard let fed, let across else { return }
        #expect(
            errorText { _ = try session.run(n * row, feeding: [n: fed, row: across]) }
                == "multiply: the result f32[4000000, 4000000] does not fit into the machine's memory, "
                + "for the shapes that were fed")
        let huge = Variable<Float>("huge", shape: [1 << 40, 1 << 40])
        #expect(errorCode { _ = try session.value(of: huge) } == .invalidShape)
        #expect(huge.value.error != nil)
        let negative = Variable<Float>("negative", shape: [-1])
        #expect(errorCode { _ = try session.value(of: negative) } == .invalidShape)
        #expect(
            errorText { _ = try session.run(negative.value + 1) }.hasPrefix(
                "variable 'negative': [-1] is not the shape of an array that fits the machine's memory"
            ))
    }

    @Test("a closed session says so, whatever it is asked")
    func closed() throws {
        let session = TestedEngine.reference.session()
        let v = Variable<Float>("v", shape: [])
        let call = session.function(feeding: x, fetching: x * 2)
        _ = try call([[1.0, 2.0]])
        _ = try session.run(v.assignAdd(1))
        session.close()
        let text = "the session has been closed; make a new one"
        #expect(errorText { _ = try call([[1.0, 2.0]]) } == text)
        #expect(errorText { _ = try session.run(v.value) } == text)
        #expect(errorText { _ = try session.value(of: v) } == text)
        #expect(errorText { try session.set(v, to: NDArray(Float(1))) } == text)
        #expect(errorText { _ = try session.exportState() } == text)
        #expect(
            errorText {
                try session.importState(SessionState(variables: [:], step: 0, seed: 0))
            } == text)
        session.close()
    }

    // MARK: Ways to run

    @Test(
        "a typed callable takes its feeds in order and returns its fetches",
        arguments: TestedEngine.allCases)
    func functions(_ engine: TestedEngine) throws {
        let y = Tensor<Float>.placeholder(shape: [])
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let session = engine.session()
        let call = session.function(feeding: x, y, fetching: x * y, v.assignAdd(y))
        let (product, newValue) = try call([[1.0, 2.0]], 3.0)
        #expect(product.doubles == [3, 6] && newValue.number == 4)
        let none = session.function(fetching: v)
        #expect(try none().number == 4)
        #expect(errorCode { _ = try call([1.0], 3.0) } == .invalidFeed)
    }

    @Test(
        "a detached run gives what a run gives, and ends when its task is cancelled",
        arguments: TestedEngine.allCases)
    func detached(_ engine: TestedEngine) async throws {
        let session = engine.session()
        let results = try await session.runDetached([x * 2], feeding: [x: [[1.0, 2.0]]])
        #expect(results[0].doubles == [2, 4])
        let v = Variable<Float>("v", shape: [])
        // It would run for ever.
        let endless = whileLoop(
            [Tensor<Float>(0).anyTensor], condition: { Tensor<Float>($0[0]) .>= 0 },
            body: { [(Tensor<Float>($0[0]) * 0.5).after([v.assign(5)]).anyTensor] })[0]
        let task = Task { try await session.runDetached([endless]) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { task.cancel() }
        await #expect {
            _ = try await task.value
        } throws: { ($0 as? RunError)?.code == .cancelled }
        #expect(try session.value(of: v).number == 0)
        #expect(
            errorCode {
                _ = try session.run(
                    [endless],
                    control: RunControl(deadline: ContinuousClock.now + .milliseconds(50)))
            } == .deadlineExceeded)
        let stopped = RunControl()
        stopped.cancel()
        #expect(errorCode { _ = try session.run([v.assign(5)], control: stopped) } == .cancelled)
        #expect(try session.value(of: v).number == 0)
        await #expect {
            _ = try await session.runDetached([endless], deadline: ContinuousClock.now)
        } throws: { ($0 as? RunError)?.code == .deadlineExceeded }
    }

    @Test(
        "a run that waits for a writer can be stopped",
        arguments: TestedEngine.allCases)
    func stoppedWaiting(_ engine: TestedEngine) async throws {
        let session = engine.session()
        let v = Variable<Float>("v", shape: [])
        let w = Variable<Float>("w", shape: [])
        let endless = whileLoop(
            [Tensor<Float>(0).anyTensor], condition: { Tensor<Float>($0[0]) .>= 0 },
            body: { [(Tensor<Float>($0[0]) * 0.5).after([v.assign(5)]).anyTensor] })[0]
        let writer = Task { try await session.runDetached([endless]) }
        while !session.isUpdating { try await Task.sleep(for: .milliseconds(1)) }
        let deadline = ContinuousClock.now + .milliseconds(30)
        #expect(
            errorCode {
                _ = try session.run([w.assign(1)], control: RunControl(deadline: deadline))
            } == .deadlineExceeded)
        #expect(ContinuousClock.now >= deadline)
        let waiting = Task { try await session.runDetached([w.assign(2)]) }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await #expect {
            _ = try await waiting.value
        } throws: { ($0 as? RunError)?.code == .cancelled }
        // Who only reads does not wait. Nothing has changed, and the writer still runs.
        #expect(try session.run([v.value, w.value]).map(\.number) == [0, 0])
        let next = Task { try await session.runDetached([w.assignAdd(3)]) }
        try await Task.sleep(for: .milliseconds(5))
        writer.cancel()
        await #expect {
            _ = try await writer.value
        } throws: { ($0 as? RunError)?.code == .cancelled }
        // The one that was not stopped gets its turn.
        #expect(try await next.value[0].number == 3)
        #expect(try session.run([v.value, w.value]).map(\.number) == [0, 3])
    }

    @Test("a profile names the steps and runs the updates", arguments: TestedEngine.allCases)
    func profile(_ engine: TestedEngine) throws {
        let session = engine.session()
        let w = Variable<Float>("w", shape: [2, 3], initializer: .ones)
        let y = matmul(x, w.value)
        let profile = try session.profile(
            [y, w.assignAdd(1)], feeding: [x: [[1.0, 2.0]]])
        #expect(profile.results[0].doubles == [3, 3, 3])
        #expect(try session.value(of: w).doubles[0] == 2)
        #expect(!profile.steps.isEmpty && profile.seconds > 0)
        let lines = profile.description.split(separator: "\n")
        #expect(lines[0].contains("time") && lines[0].contains("GFLOP/s"))
        #expect(lines.count >= 3)
        #expect(lines.last?.contains("in all") == true)
        if engine == .cpu { #expect(profile.description.contains("matmul")) }
        let plan = try session.explain([y, w.assignAdd(1)], feeding: [x: [[1.0, 2.0]]])
        #expect(plan.hasPrefix("reads 'w'; updates 'w'; draws no random numbers\n"))
        #expect(plan.contains("matmul"))
        #expect(try session.value(of: w).doubles[0] == 2)
    }
}
