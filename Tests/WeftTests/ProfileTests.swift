// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

@Suite("Profiles and plans in words") struct ProfileTests {
    /// A scan whose body takes a product, so that a step inside it cannot be missed.
    private func loop() -> (x: Tensor<Float>, y: Tensor<Float>) {
        let x = Tensor<Float>.placeholder(shape: [5, 3, 3])
        let (carry, _) = scan(over: x, initial: Tensor<Float>.ones(shape: [3, 3])) { carry, slice in
            let next = tanh(matmul(carry, slice))
            return (next, next)
        }
        return (x, carry)
    }

    private let array = NDArray.filled(.float32, [5, 3, 3], 0.25)

    @Test("a profile lists the steps inside a loop once for each iteration")
    func insideLoops() throws {
        let session = Session(.init(engine: .cpu(threads: 1)))
        let (x, y) = loop()
        let expected = try session.run(y, feeding: [x: array])
        let profile = try session.profile([y], feeding: [x: array])
        #expect(profile.results[0].doubles == expected.doubles)
        let inside = profile.steps.filter { $0.depth == 1 }
        #expect(inside.count { $0.label.contains("matmul") } == 5)
        let outer = try #require(profile.steps.firstIndex { $0.label.contains("scan") })
        let scan = profile.steps[outer]
        #expect(scan.depth == 0 && scan.bytes == 0 && scan.operations == 0)
        let sum = inside.reduce(0) { $0 + $1.seconds }
        #expect(abs(scan.seconds - scan.ownSeconds - sum) < 1e-9)
        for step in inside {
            #expect(step.start >= scan.start)
            #expect(step.start + step.seconds <= scan.start + scan.seconds + 1e-9)
        }
        #expect(profile.steps[outer + 1].depth == 1)
        // A run after it is an ordinary one.
        #expect(try session.run(y, feeding: [x: array]).doubles == expected.doubles)
        #expect(profile.steps.count == (try session.profile([y], feeding: [x: array])).steps.count)
    }

    @Test("a profiled update writes to the memory that a run would take")
    func reusesMemory() throws {
        let session = Session(.init(engine: .cpu(threads: 1)))
        let w = Variable<Float>("w", shape: [1 << 16], initializer: .zeros)
        let update = Update.group([w.assign(w.value + 1)])
        func address() throws -> UInt {
            UInt(bitPattern: try session.run(w.value).storage.address)
        }
        _ = try session.run([update])
        let first = try address()
        _ = try session.run([update])
        let second = try address()
        #expect(first != second)
        _ = try session.profile([update])
        #expect(try address() == first)
        _ = try session.run([update])
        #expect(try address() == second)
        #expect(try session.run(w.value).doubles.allSatisfy { $0 == 4 })
    }

    @Test("a profile of several runs is one run: updates happen once, and times are medians")
    func severalRuns() throws {
        let session = Session(.init(seed: 3))
        let w = Variable<Float>("w", shape: [64], initializer: .zeros)
        let noise = Tensor<Float>.randomNormal(shape: [64], stream: "noise")
        let update = w.assign(w.value + 1)
        let profile = try session.profile([noise, update], runs: 7, warmUp: 3)
        #expect(profile.runCount == 7 && session.step == 1)
        #expect(try session.value(of: w).doubles.allSatisfy { $0 == 1 })
        let other = Session(.init(seed: 3))
        #expect(try other.run([noise, update])[0] == profile.results[0])
        // Steps follow each other, and sum up to what the scopes take.
        for (first, second) in zip(profile.steps, profile.steps.dropFirst()) {
            #expect(abs(first.start + first.seconds - second.start) < 1e-12)
        }
        let sum = profile.steps.reduce(0) { $0 + $1.ownSeconds }
        #expect(abs(profile.scopes().reduce(0) { $0 + $1.seconds } - sum) < 1e-9)
        #expect(profile.description.contains("medians of 7 runs"))
        #expect(try session.profile([update], runs: 0, warmUp: -1).runCount == 1)
        #expect(try session.value(of: w).doubles.allSatisfy { $0 == 2 })
    }

    @Test("layers, their gradients and what changes their variables are told apart by scope")
    func scopes() throws {
        let session = Session(.init(engine: .cpu(threads: 1)))
        let x = Tensor<Float>.placeholder(shape: [2, 8, 8, 3])
        func convolution(_ name: String) -> Conv2D<Float> {
            Conv2D(name, inputs: 3, filters: 3, kernelSize: [3, 3], padding: .same)
        }
        let norm = BatchNorm<Float>("norm", channels: 3)
        let hidden = norm(convolution("first")(x), mode: .training)
        let loss = convolution("second")(relu(hidden)).sum()
        let step = try Momentum(learningRate: 0.1).minimize(loss)
        let profile = try session.profile(
            [loss, step], feeding: [x: .zeros(.float32, [2, 8, 8, 3])])
        let labels = profile.steps.map(\.label)
        for name in ["first", "second", "norm", "first/gradient", "norm/gradient", "Momentum/norm"]
        {
            #expect(labels.contains { $0.contains("'\(name)") }, "\(name) in \(labels)")
        }
        for name in ["first", "second"] {
            let count = labels.count {
                $0.contains("convolution") && !$0.contains("Gradient") && $0.contains("'\(name)")
            }
            #expect(count == 1, "\(name) in \(labels)")
        }
        let scopes = profile.scopes(depth: 1).map(\.name)
        for scope in ["first", "second", "norm", "Momentum"] { #expect(scopes.contains(scope)) }
        for step in profile.steps {
            #expect(abs(step.scopes.reduce(0) { $0 + $1.share } - 1) < 1e-9, "\(step.label)")
        }
        #expect(profile.description.contains("scope\n"))
        // A layer that is called inside of another scope stands beside its variables.
        let layer = convolution("third")
        let inner = withNameScope("outer") { layer(x) }
        #expect(inner.anyTensor.node.name == "third/add")
    }

    @Test("a trace is JSON with an event for each step")
    func trace() throws {
        struct Trace: Decodable {
            struct Event: Decodable {
                let name: String
                let ph: String
                let ts: Double
                let dur: Double
            }
            let traceEvents: [Event]
        }
        let session = Session(.init(engine: .cpu(threads: 1)))
        let (x, _) = loop()
        let (a, b) = withNameScope("quote \"\\\n\u{7}") {
            (Variable<Float>("w", shape: [3, 3], initializer: .ones), x[0])
        }
        let y = matmul(b, a.value)
        let profile = try session.profile([y, a.assign(y)], feeding: [x: array])
        let data = Data(profile.chromeTrace().utf8)
        let trace = try JSONDecoder().decode(Trace.self, from: data)
        #expect(trace.traceEvents.count == profile.steps.count)
        for (event, step) in zip(trace.traceEvents, profile.steps) {
            #expect(event.name == step.label && event.ph == "X")
            #expect(abs(event.ts - step.start * 1e6) < 1e-6)
            #expect(abs(event.dur - step.seconds * 1e6) < 1e-6)
        }
    }

    @Test("a plan in words says what is fused, what is not and why, and what memory is for")
    func explanation() throws {
        let session = Session(.init(engine: .cpu(threads: 1)))
        let x = Tensor<Float>.placeholder(shape: [8, 4])
        let w = Variable<Float>("w", shape: [4, 4], initializer: .ones)
        let hidden = tanh(x * 2 + 1)
        let y = exp(matmul(hidden, w.value)) - 3
        let text = try session.explain([y], feeding: [x: .filled(.float32, [8, 4], 1)])
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("reads 'w'; updates none"))
        #expect(lines[1].contains("3 steps") && lines[1].contains("128 bytes of results"))
        #expect(lines[1].contains("for 256 bytes of arrays between steps"))
        let first = try #require(lines.firstIndex { $0.contains("tanh") })
        #expect(lines[first].contains("fused("))
        #expect(
            lines[first + 1].hasSuffix("-> f32[8, 4]: for step 1, whose kernel reads whole arrays"))
        let product = try #require(lines.firstIndex { $0.contains("1: matmul") })
        #expect(lines[product + 1].contains("for step 2, since this kernel writes whole arrays"))
        #expect(lines[product + 2].contains("fused(exp, subtract)"))
        #expect(lines.last?.hasSuffix("-> f32[8, 4]: a result") == true)
    }
}
