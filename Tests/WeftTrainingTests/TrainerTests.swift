// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData
import WeftTraining

@Suite struct TrainerTests {
    @Test("a line is learnt, evaluated and predicted")
    func line() throws {
        let x = try NDArray((0..<20).map { Float($0) / 10 }, shape: [20, 1])
        let data = Dataset(rowsOf: Labeled(x, try x * 2 + 1))
        let line = Dense<Float>("line", inputs: 1, units: 1)
        let trainer = try Trainer(
            line, from: \.inputs, to: \.targets, on: data.batch(6),
            optimizer: Momentum(learningRate: 0.1),
            loss: { meanSquaredError($0, Tensor($1)) },
            metrics: ["distance": { .mean(abs($0.anyTensor - $1)) }])
        let history = try trainer.fit(
            data.shuffled(seed: 1).batch(6), epochs: 60, validatingOn: data.batch(7), progress: nil)
        #expect(history.epochs.count == 60 && history.epochs.last?.step == 240)
        #expect((history.values(of: "val_loss").last ?? 1) < 1e-4)
        #expect(trainer.history == history)
        // Batches of 6, 6, 6 and 2 weigh as one of 20.
        let parts = try trainer.evaluate(data.batch(6))
        let whole = try trainer.evaluate(data.batch(20))
        for name in ["loss", "distance"] {
            let (a, b) = (try #require(parts[name]), try #require(whole[name]))
            #expect(abs(a - b) <= 1e-6 * abs(b) + 1e-12, "\(name)")
        }
        let predictions = try trainer.predict(data.batch(6))
        #expect(predictions.shape == [20, 1])
        let expected = try trainer.session.run(line(Tensor(AnyTensor(x))))
        #expect(predictions.doubles == expected.doubles)
    }

    @Test("learning rates, norms and statistics are those of the step")
    func reports() throws {
        let w = Variable<Float>("w", shape: [2], initializer: .constant(2))
        let data = Dataset(
            rowsOf: Labeled(
                NDArray([Float](repeating: 1, count: 8)), NDArray([Float](repeating: 0, count: 8)))
        )
        .batch(2)
        var options = TrainerOptions()
        options.clip = .globalNorm(1)
        options.statisticsInterval = 2
        let rate = Schedule.polynomialDecay(from: 0.4, to: 0, steps: 4)
        let trainer = try Trainer(
            on: data, optimizer: GradientDescent(learningRate: rate), options: options
        ) { batch, _ in
            let loss = (w.value * Tensor<Float>([3, 0])).sum() * Tensor(batch.inputs.mean())
            return StepOutputs(loss: loss, watching: ["inputs": batch.inputs])
        }
        final class Log: TrainerCallback {
            var reports: [StepReport] = []
            func stepEnded(_ training: TrainingRun, _ step: StepReport) { reports.append(step) }
        }
        let log = Log()
        try trainer.fit(data, epochs: 1, callbacks: [log], progress: nil)
        #expect(log.reports.map(\.step) == [1, 2, 3, 4])
        #expect(
            log.reports.map { $0.learningRate ?? 0 }.map { ($0 * 10).rounded() } == [4, 3, 2, 1])
        #expect(log.reports.allSatisfy { $0.gradientNorm == 3 })
        #expect(log.reports.map(\.statistics.count) == [0, 3, 0, 3])
        let gradient = try #require(log.reports[1].statistics.first { $0.kind == .gradient })
        #expect(gradient.name == "w" && gradient.norm == 3 && gradient.zeroShare == 0.5)
        let variable = try #require(log.reports[1].statistics.first { $0.kind == .variable })
        #expect(variable.greatest == 2)
        #expect(
            log.reports[1].statistics.contains { $0.kind == .activation && $0.name == "inputs" })
        // Clipped to 1, the steps are the rates: 2 − 0.4 − 0.3 − 0.2 − 0.1.
        #expect(abs(try trainer.session.value(of: w).doubles[0] - 1) < 1e-6)
    }

    @Test("gradients of several batches make one step")
    func accumulation() throws {
        func trained(_ batch: Int, _ accumulated: Int) throws -> [Double] {
            let line = Dense<Float>("line", inputs: 6, units: 1)
            let data = Dataset(rowsOf: try sums()).batch(batch)
            var options = TrainerOptions()
            options.accumulatedBatches = accumulated
            let trainer = try Trainer(
                line, from: \.inputs, to: \.targets, on: data,
                optimizer: GradientDescent(learningRate: 0.1), options: options,
                loss: { meanSquaredError($0, Tensor($1)) })
            try trainer.fit(data, epochs: 3, progress: nil)
            return try trainer.session.value(of: line.kernel).doubles
        }
        let (whole, parts) = (try trained(20, 1), try trained(5, 4))
        for (a, b) in zip(whole, parts) { #expect(abs(a - b) < 1e-6) }
    }

    @Test("an epoch of so many steps goes through data without an end, and through data again")
    func stepsPerEpoch() throws {
        let small = try SmallTraining()
        let endless = small.data.repeated()
        let history = try small.trainer.fit(
            endless, epochs: 3, stepsPerEpoch: 4, progress: nil)
        #expect(history.epochs.map(\.step) == [4, 8, 12])
        let again = try small.trainer.fit(
            small.data, epochs: 2, stepsPerEpoch: 10, progress: nil)
        #expect(again.epochs.map(\.step) == [10, 20])
    }

    @Test("two updates of a step's own, without an optimizer")
    func ownUpdate() throws {
        let v = Variable<Float>("v", shape: [])
        let data = Dataset(rowsOf: try sums()).batch(10)
        let trainer = try Trainer(on: data, optimizer: nil) { batch, _ in
            StepOutputs(loss: batch.targets.mean(), update: v.assignAdd(1))
        }
        try trainer.fit(data, epochs: 2, progress: nil)
        #expect(try trainer.session.value(of: v).number == 8)
    }

    @Test("what makes no training is an error that says why")
    func mistakes() throws {
        let data = Dataset(rowsOf: try sums())
        let line = Dense<Float>("line", inputs: 6, units: 1)
        func text(
            _ data: Dataset<Labeled>,
            _ optimizer: (any Optimizer)? = GradientDescent(learningRate: 1),
            _ step: (StepInputs<Labeled>, Mode) -> StepOutputs
        ) -> String {
            errorText { _ = try Trainer(on: data, optimizer: optimizer, step: step) } ?? ""
        }
        let batches = data.batch(8)
        func loss(_ batch: StepInputs<Labeled>) -> Tensor<Float> {
            meanSquaredError(line(Tensor(batch.inputs)), Tensor(batch.targets))
        }
        let empty = text(data.batch(64, droppingRemainder: true)) { batch, _ in
            StepOutputs(loss: loss(batch))
        }
        #expect(empty.contains("gives no batch"), "\(empty)")
        let rows = text(batches) { batch, _ in StepOutputs(loss: line(Tensor(batch.inputs))) }
        #expect(
            rows.contains("the loss must be one floating-point number, not f32[?, 1]"), "\(rows)")
        let named = text(batches) { batch, _ in
            StepOutputs(loss: loss(batch), metrics: ["val_x": .mean(loss(batch))])
        }
        #expect(named.contains("'val_x'"), "\(named)")
        let neither = text(batches, nil) { batch, _ in StepOutputs(loss: loss(batch)) }
        #expect(neither.contains("neither an optimizer nor an update"), "\(neither)")
        let wrong = text(batches) { batch, _ in
            StepOutputs(loss: (Tensor<Float>(batch.inputs) + Tensor<Float>([1, 2, 3])).mean())
        }
        #expect(wrong.contains("TrainerTests.swift:"), "\(wrong)")
        let trainer = try Trainer(on: batches, optimizer: Adam()) { batch, _ in
            StepOutputs(loss: loss(batch))
        }
        #expect(errorText { _ = try trainer.predict(batches) }?.contains("no predictions") == true)
        #expect(errorText { try trainer.fit(batches, epochs: 0) }?.contains("epochs (0)") == true)
        let stopping = errorText {
            try trainer.fit(batches, epochs: 1, callbacks: [EarlyStopping()], progress: nil)
        }
        #expect(stopping?.contains("looks at 'val_loss', and an epoch has 'loss'") == true)
    }
}
