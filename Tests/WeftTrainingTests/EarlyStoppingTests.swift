// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

/// A variable that goes past the best value, one step an epoch.
@Suite struct EarlyStoppingTests {
    private let v = Variable<Float>("v", shape: [])
    private let session = Session()

    private func made() throws -> (Trainer<Labeled>, Dataset<Labeled>) {
        let data = Dataset(rowsOf: try sums()).batch(40)
        let trainer = try Trainer(on: data, session: session, optimizer: nil) { batch, _ in
            let distance = v.value - 5
            let none = Tensor<Float>(batch.targets.mean()) * 0
            return StepOutputs(
                loss: distance * distance + none, update: v.assignAdd(1))
        }
        return (trainer, data)
    }

    @Test("it stops, and the model has its best values back", arguments: [true, false])
    func restoring(restoresBest: Bool) throws {
        let (trainer, data) = try made()
        let stopping = EarlyStopping(patience: 2, restoresBest: restoresBest)
        let history = try trainer.fit(
            data, epochs: 100, validatingOn: data, callbacks: [stopping], progress: nil)
        // After epoch n the variable is n; three that are not better follow the best.
        #expect(history.epochs.count == 8)
        #expect(stopping.bestEpoch == 5 && stopping.best == 0)
        #expect(try session.value(of: v).number == (restoresBest ? 5 : 8))
        #expect(history.best("val_loss")?.epoch == 5)
    }

    @Test("of a change that is too small, and of a metric that is to be large")
    func goals() throws {
        let (trainer, data) = try made()
        let small = EarlyStopping(patience: 0, minimumChange: 8, restoresBest: false)
        // 16, 9, 4 …: the second is better by 7 only.
        #expect(
            try trainer.fit(
                data, epochs: 100, validatingOn: data, callbacks: [small], progress: nil
            ).epochs.count == 2)
        let large = EarlyStopping("loss", goal: .maximum, patience: 1)
        // From 2 on the distance falls at first: 9 is the best for a while.
        #expect(
            try trainer.fit(data, epochs: 100, callbacks: [large], progress: nil).epochs.count == 3)
        #expect(large.bestEpoch == 1)
    }

    @Test("stopped, saved and resumed, it is stopped and has the best values")
    func resumption() throws {
        try inFolder { folder in
            func fit() throws -> History {
                let (trainer, data) = try made()
                return try trainer.fit(
                    data, epochs: 100, validatingOn: data,
                    checkpoints: TrainerCheckpoints(
                        try CheckpointStore(folder.path, best: 1, by: .lowest), resumes: true,
                        score: "val_loss"),
                    callbacks: [EarlyStopping(patience: 2)], progress: nil)
            }
            let first = try fit()
            try session.set(v, to: NDArray(Float(70)))
            #expect(try fit() == first)
            #expect(try session.value(of: v).number == 5)
            // The best is kept beside the newest three.
            #expect(
                try CheckpointStore(folder.path).entries.compactMap(\.score) == [0, 1, 4, 9])
        }
    }
}
