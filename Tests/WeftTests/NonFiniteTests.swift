// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// `Session.Options.findsNonFinite`: which operation is named, and that nothing changes.
@Suite struct NonFiniteTests {
    private func session(_ engine: Session.Options.Engine) -> Session {
        var options = Session.Options(engine: engine)
        options.findsNonFinite = true
        return Session(options)
    }

    private static let engines: [Session.Options.Engine] = [.cpu(), .reference]

    @Test("the first operation of the backward pass is named", arguments: engines)
    func backward(_ engine: Session.Options.Engine) throws {
        // The derivative of the root at 0 is infinite, the loss is 0.
        let w = Variable<Float>("w", shape: [2])
        let loss = sqrt(w.value).sum()
        let step = try GradientDescent(learningRate: 1).minimize(loss)
        let session = session(engine)
        #expect(try session.run(loss).number == 0)
        let text = errorText { _ = try session.run(step) }
        #expect(text.contains(": the result is inf at [0] of f32[2]"), "\(text)")
        #expect(text.contains("the first of the run that is not finite; no variable"), "\(text)")
        #expect(text.contains("NonFiniteTests.swift:"), "\(text)")
        #expect(try session.value(of: w).doubles == [0, 0])
        #expect(session.step == 1)
    }

    @Test(
        "operations of the forward pass, of updates and inside loops are named", arguments: engines)
    func forward(_ engine: Session.Options.Engine) throws {
        let x = Tensor<Float>.placeholder(shape: [3], name: "x")
        let session = session(engine)
        let forward = errorText { _ = try session.run(log(x) + 1, feeding: [x: [1.0, 0.0, 2.0]]) }
        let place = "NonFiniteTests.swift:\(#line - 1)."
        #expect(
            forward.hasPrefix(
                "log: the result is -inf at [1] of f32[3] for f32[3] from 0.0 to 2.0"),
            "\(forward)")
        #expect(forward.hasSuffix(place), "\(forward)")
        let v = Variable<Float>("v", shape: [], initializer: .constant(3e38))
        let update = errorText { _ = try session.run(v.update { $0 * 2 }) }
        #expect(update.contains("multiply"), "\(update)")
        #expect(update.contains("the result is inf at [] of f32[] for f32[] all"), "\(update)")
        #expect(try session.value(of: v).number == Double(Float(3e38)))
        // 1, 1/0 in the second iteration.
        let looped = scan(over: x, initial: Tensor<Float>(1)) { carry, slice in
            (carry / slice, carry)
        }
        let inLoop = errorText {
            _ = try session.run(looped.carry, feeding: [x: [1.0, 0.0, 2.0]])
        }
        #expect(inLoop.contains("divide"), "\(inLoop)")
        #expect(
            inLoop.contains("is inf at [] of f32[] for f32[] all 1.0, f32[] all 0.0"), "\(inLoop)")
    }

    @Test("what constants make is named as well", arguments: engines)
    func constants(_ engine: Session.Options.Engine) throws {
        let x = Tensor<Float>.placeholder(shape: [], name: "x")
        let session = session(engine)
        let made = errorText {
            _ = try session.run(x * Tensor<Float>(.infinity), feeding: [x: 0.0])
        }
        #expect(
            made.contains(
                "the result is nan at [] of f32[], the first of the run that is not finite, "
                    + "for a constant that is not"), "\(made)")
        let constant = errorText { _ = try session.run(Tensor<Float>(.infinity)) }
        #expect(constant.contains("is inf at [] of f32[]"), "\(constant)")
    }

    @Test("numbers that were not finite before the run are told from those it makes")
    func inputs() throws {
        let x = Tensor<Float>.placeholder(shape: [2], name: "x")
        let session = session(.cpu())
        let fed = NDArray([1, Float.nan])
        #expect(
            errorTextWithoutPlace { _ = try session.run(x * 2, feeding: [x: fed]) }
                == "what is fed for placeholder 'x' f32[2] is not finite before the run, "
                + "nan at [1] of f32[2]; no variable changed")
        let v = Variable<Float>("v", shape: [2])
        try session.set(v, to: fed)
        #expect(
            errorTextWithoutPlace { _ = try session.run(v.value + 1) }
                == "variable 'v' is not finite before the run, nan at [1] of f32[2]; "
                + "no variable changed")
        // What does not reach a result is no matter.
        #expect(try session.run(1 / (1 + exp(x)), feeding: [x: [0.0, 200.0]]).doubles == [0.5, 0])
    }
}
