// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData
import WeftTraining

/// A step that is not finite: which operation and which variable are named, and that nothing changes.
@Suite struct NonFiniteStepTests {
    private func made(
        _ checks: FiniteChecks, rate: Double = 0.6,
        _ loss: @escaping (Tensor<Float>) -> Tensor<Float>
    ) throws -> (Trainer<Labeled>, Dataset<Labeled>, Variable<Float>) {
        let w = Variable<Float>("layer/w", shape: [2], initializer: .constant(2))
        let data = Dataset(rowsOf: try sums()).batch(10)
        var options = TrainerOptions()
        options.finiteChecks = checks
        let trainer = try Trainer(
            on: data, optimizer: GradientDescent(learningRate: rate), options: options
        ) { batch, mode in
            StepOutputs(loss: loss(w.value) + Tensor<Float>(batch.targets.mean()) * 0)
        }
        return (trainer, data, w)
    }

    @Test("the loss: the operation, what it was given, its place, the variable")
    func loss() throws {
        // 2, 1.2, 0.3, −0.7, of which the last has no root.
        let (trainer, data, w) = try made(.loss) { (sqrt($0 + 0.1) + $0).sum() }
        let text = errorText { try trainer.fit(data, epochs: 9, progress: nil) } ?? ""
        #expect(text.hasPrefix("step 4, in epoch 1, is not finite: sqrt"), "\(text)")
        #expect(text.contains("the result is nan at [0] of f32[2] for f32[2] all -0."), "\(text)")
        #expect(text.contains("not finite after it: variable 'layer/w'"), "\(text)")
        #expect(text.contains("Built at NonFiniteStepTests.swift:"), "\(text)")
        // Three steps were done, and the fourth has changed nothing.
        let value = try trainer.session.value(of: w).doubles[0]
        #expect(value < -0.1 && value > -2)
        #expect(trainer.session.step == 3)
    }

    @Test("a gradient of a loss that is finite")
    func gradient() throws {
        let (trainer, data, w) = try made(.gradients, rate: 1) {
            // The derivative of the root at 0 is infinite.
            (sqrt(abs($0)) + $0).sum() * 0.5
        }
        try trainer.session.set(w, to: NDArray([Float(0), 4]))
        let text = errorText { try trainer.fit(data, epochs: 9, progress: nil) } ?? ""
        #expect(text.hasPrefix("step 1, in epoch 1, is not finite: "), "\(text)")
        #expect(text.contains("variable 'layer/w'"), "\(text)")
        #expect(try trainer.session.value(of: w).doubles == [0, 4])
    }

    @Test("inside of a loop, and an update of its own")
    func loopsAndUpdates() throws {
        let (looped, data, _) = try made(.loss) { w in
            scan(over: w, initial: Tensor<Float>(1)) { carry, slice in
                (carry + sqrt(slice + 0.1), carry)
            }.carry + w.sum()
        }
        let inLoop = errorText { try looped.fit(data, epochs: 9, progress: nil) } ?? ""
        #expect(inLoop.hasPrefix("step 4, in epoch 1, is not finite: sqrt"), "\(inLoop)")
        #expect(inLoop.contains("variable 'layer/w'"), "\(inLoop)")
        let v = Variable<Float>("v", shape: [], initializer: .constant(1e38))
        var options = TrainerOptions()
        options.finiteChecks = .variables
        let trainer = try Trainer(on: data, optimizer: nil, options: options) { batch, _ in
            StepOutputs(loss: batch.targets.mean(), update: v.update { $0 * 2 })
        }
        let text = errorText { try trainer.fit(data, epochs: 9, progress: nil) } ?? ""
        #expect(text.hasPrefix("step 2, in epoch 1, is not finite: multiply"), "\(text)")
        #expect(text.contains("not finite after it: variable 'v'"), "\(text)")
    }

    @Test("without checks it goes on")
    func unchecked() throws {
        let (trainer, data, _) = try made(.none) { (sqrt($0 + 0.1) * 0 + $0).sum() }
        let history = try trainer.fit(data, epochs: 3, progress: nil)
        #expect(history.values(of: "loss").last?.isNaN == true)
    }
}
