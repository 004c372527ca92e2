// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// `Session.Options.findsNonFinite`: which operation is named, and that nothing changes.
@Suite struct NonFiniteTests {
    private func session(_ engine: Session.Options.Engine) -> Session {
        var options = Session.Options(seed: 0)
        options.findsNonFinite = true
        options.engine = engine
        return Session(options)
    }

    private static let engines: [Session.Options.Engine] = [.native, .reference]

    @Test("the first operation of the backward pass is named", arguments: engines)
    func backward(_ engine: Session.Options.Engine) throws {
        // The derivative of the root at 0 is infinite, the loss is 0.
        let w = Variable<Float>("w", shape: [2])
        let loss = sqrt(w.value).sum()
        let step = try GradientDescent(learningRate: 1).minimize(loss)
        let session = session(engine)
        #expect(try session.run(loss).number == 0)
        let text = errorText { _ = try session.run(step) }
        #expect(text.contains(" makes inf at [0] of f32[2]"), "\(text)")
        #expect(text.contains("first operation whose result is not finite"), "\(text)")
        #expect(try session.value(of: w).doubles == [0, 0])
        #expect(session.step == 1)
    }

    @Test(
        "operations of the forward pass, of updates and inside loops are named", arguments: engines)
    func forward(_ engine: Session.Options.Engine) throws {
        let x = Tensor<Float>.placeholder(shape: [3], name: "x")
        let session = session(engine)
        let forward = errorText { _ = try session.run(log(x) + 1, feeding: [x: [1.0, 0.0, 2.0]]) }
        #expect(
            forward.hasPrefix("log of f32[3] from 0.0 to 2.0 makes -inf at [1] of f32[3]"),
            "\(forward)")
        let v = Variable<Float>("v", shape: [], initializer: .constant(3e38))
        let update = errorText { _ = try session.run(v.update { $0 * 2 }) }
        #expect(update.hasPrefix("multiply"), "\(update)")
        #expect(update.contains("makes inf at [] of f32[]"), "\(update)")
        #expect(try session.value(of: v).number == Double(Float(3e38)))
        // 1, 1/0 in the second iteration.
        let looped = scan(over: x, initial: Tensor<Float>(1)) { carry, slice in
            (carry / slice, carry)
        }
        let inLoop = errorText {
            _ = try session.run(looped.carry, feeding: [x: [1.0, 0.0, 2.0]])
        }
        #expect(inLoop.hasPrefix("divide of f32[] all 1.0, f32[] all 0.0 makes inf"), "\(inLoop)")
    }

    @Test("numbers that were not finite before the run are told from those it makes")
    func inputs() throws {
        let x = Tensor<Float>.placeholder(shape: [2], name: "x")
        let session = session(.native)
        let fed = NDArray([1, Float.nan])
        #expect(
            errorText { _ = try session.run(x * 2, feeding: [x: fed]) }
                == "what is fed for placeholder 'x' f32[2] is not finite before the run: "
                + "nan at [1] of f32[2]. No variable changed")
        let v = Variable<Float>("v", shape: [2])
        try session.set(v, to: fed)
        #expect(
            errorText { _ = try session.run(v.value + 1) }
                == "variable 'v' is not finite before the run: nan at [1] of f32[2]. "
                + "No variable changed")
        // What does not reach a result is no matter.
        #expect(try session.run(1 / (1 + exp(x)), feeding: [x: [0.0, 200.0]]).doubles == [0.5, 0])
    }
}
