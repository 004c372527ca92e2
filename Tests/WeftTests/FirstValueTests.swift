// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization
import Testing
import Weft
import WeftGraph

/// What initializers may do, and what a session does while one takes its time.
@Suite struct FirstValueTests {
    /// A variable whose initializer calls `body` and gives what it returns.
    private func variable(
        _ name: String, _ body: @escaping @Sendable () throws -> NDArray
    ) -> Variable<Float> {
        Variable<Float>(name, shape: [], initializer: Initializer { _, _, _ in try body() })
    }

    @Test("an initializer may use its session", arguments: TestedEngine.allCases)
    func reentrance(_ engine: TestedEngine) throws {
        let session = engine.session()
        let base = Variable<Float>("base", shape: [], initializer: .ones)
        let scale = Variable<Float>("scale", shape: [], initializer: .constant(2))
        let v = variable("v") {
            // A value, a run, a run that updates, a set, and an export.
            let one = Float(try session.value(of: base).number)
            let two = try session.run(scale.value * one).number
            let three = try session.run(base.assign(Tensor<Float>(Float(two + 1)))).number
            try session.set(scale, to: NDArray(Float(5)))
            let state = try session.exportState()
            return NDArray(Float(three) + Float(state.variables["scale"]?.number ?? 0))
        }
        // Read by a run that updates variables, which holds the other updating runs back.
        #expect(try session.run(v.assignAdd(1)).number == 9)
        #expect(try session.run([base.value, scale.value]).map(\.number) == [3, 5])
    }

    @Test("an initializer that closes its session ends the run with an error")
    func closing() throws {
        let session = TestedEngine.cpu.session()
        let v = variable("v") {
            session.close()
            return NDArray(Float(1))
        }
        #expect(errorCode { _ = try session.run(v.value) } == .closed)
    }

    @Test("first values that need each other are an error, on one thread and on two")
    func cycles() throws {
        let session = TestedEngine.cpu.session()
        let handles = Guarded<[VariableHandle]>([])
        let arrivals = Atomic<Int>(0)
        @Sendable func ask(_ index: Int, meeting: Bool) throws -> NDArray {
            arrivals.wrappingAdd(1, ordering: .relaxed)
            // Both initializers have begun before one asks for the other's value.
            while meeting, arrivals.load(ordering: .relaxed) < 2 {}
            return try session.value(of: handles.withLock { $0[index] })
        }
        let own = variable("own") { try ask(0, meeting: false) }
        handles.withLock { $0 = [own.handle] }
        let text = errorText { _ = try session.value(of: own) }
        #expect(
            text.hasPrefix("the initializer of variable 'own' uses, perhaps by way of other"),
            "\(text)")
        arrivals.store(0, ordering: .relaxed)
        let a = variable("a") { try ask(1, meeting: true) }
        let b = variable("b") { try ask(0, meeting: true) }
        handles.withLock { $0 = [a.handle, b.handle] }
        let failures = Atomic<Int>(0)
        onThreads(2) { thread in
            if errorCode({ _ = try session.value(of: thread == 0 ? a : b) })
                == .uninitializedVariable
            {
                failures.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(failures.load(ordering: .relaxed) == 2)
    }

    @Test("a slow initializer runs once and holds nobody back beyond a deadline")
    func slow() throws {
        let session = TestedEngine.cpu.session()
        let calls = Atomic<Int>(0)
        let mayEnd = Atomic<Bool>(false)
        let slow = variable("slow") {
            calls.wrappingAdd(1, ordering: .relaxed)
            while !mayEnd.load(ordering: .acquiring) {}
            return NDArray(Float(3))
        }
        let other = Variable<Float>("other", shape: [])
        let add = slow.assignAdd(1)
        onThreads(3) { thread in
            do {
                if thread == 0 {
                    while calls.load(ordering: .relaxed) == 0 {}
                    // Other variables are read and updated meanwhile.
                    #expect(try session.run(other.assignAdd(2)).number == 2)
                    #expect(try session.value(of: other).number == 2)
                    let control = RunControl(deadline: .now + .milliseconds(5))
                    #expect(
                        errorCode { _ = try session.run([slow.value], control: control) }
                            == .deadlineExceeded)
                    mayEnd.store(true, ordering: .releasing)
                } else {
                    _ = try session.run(add)
                }
            } catch { Issue.record("\(error)") }
        }
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(try session.value(of: slow).number == 5)
    }

    @Test("after an initializer has failed, one of those who waited makes the value")
    func failing() throws {
        let session = TestedEngine.cpu.session()
        let calls = Atomic<Int>(0)
        let v = variable("v") {
            let call = calls.wrappingAdd(1, ordering: .relaxed).newValue
            // Time for the other threads to wait, for the first maker and for the second.
            CurrentThread.pause(microseconds: 20_000)
            if call == 1 { throw RunError(.invalidState, "the first call fails") }
            return NDArray(Float(call))
        }
        let values = Guarded<[Double?]>([])
        onThreads(4) { _ in
            let value = try? session.value(of: v).number
            values.withLock { $0.append(value) }
        }
        #expect(values.withLock { $0.compactMap { $0 } } == [2, 2, 2])
        #expect(calls.load(ordering: .relaxed) == 2)
    }

    @Test("an export that waits while the session closes is an error, not an empty state")
    func exportWhileClosing() throws {
        let session = TestedEngine.cpu.session()
        let v = Variable<Float>("v", shape: [])
        _ = try session.run(v.assignAdd(1))
        // The export begins while an update is under way and the session open, and goes on after.
        let endless = whileLoop(
            [Tensor<Float>(0).anyTensor], condition: { Tensor<Float>($0[0]) .>= 0 },
            body: { [(Tensor<Float>($0[0]) * 0.5).after([v.assign(5)]).anyTensor] })[0]
        let control = RunControl()
        let exporting = Atomic<Bool>(false)
        let code = Guarded<RunError.Code?>(nil)
        onThreads(3) { thread in
            switch thread {
            case 0:
                _ = errorCode { _ = try session.run([endless], control: control) }
            case 1:
                while !session.isUpdating {}
                exporting.store(true, ordering: .relaxed)
                let result = errorCode { _ = try session.exportState() }
                code.withLock { $0 = result }
            default:
                while !exporting.load(ordering: .relaxed) {}
                CurrentThread.pause(microseconds: 5000)
                session.close()
                control.cancel()
            }
        }
        #expect(code.withLock { $0 } == .closed)
    }

    @Test("a run that is compiled while the session closes throws, or comes first")
    func compiledWhileClosing() throws {
        let wrong = Atomic<Int>(0)
        for round in 0..<40 {
            let session = TestedEngine.cpu.session()
            let v = Variable<Float>("v", shape: [])
            _ = try session.run(v.assign(7))
            onThreads(2) { thread in
                if thread == 0 {
                    CurrentThread.pause(microseconds: UInt32(round * 10))
                    session.close()
                } else {
                    // A new graph each time, so that the run compiles.
                    let value = try? session.run(v.value + Float(round)).number
                    if let value, value != 7 + Double(round) {
                        wrong.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test("runs that fail use no step number, whatever runs beside them")
    func steps() throws {
        let session = TestedEngine.cpu.session()
        let v = Variable<Float>("v", shape: [])
        let add = v.assignAdd(1)
        let x = Tensor<Float>.placeholder(shape: [])
        let failing = checkFinite(1 / x)
        onThreads(4) { thread in
            for _ in 0..<200 {
                if thread == 0 {
                    _ = try? session.run(add)
                } else {
                    _ = try? session.run(failing, feeding: [x: 0.0])
                }
            }
        }
        #expect(session.step == 200)
    }
}
