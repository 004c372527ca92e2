// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftTestSupport
import WeftTraining

/// A training that ends before its end and goes on has the bits of one that ran through.
@Suite struct ResumeTests {
    private func checkpoints(
        _ folder: URL, resumes: Bool = true, everySteps: Int? = nil,
        settings: [String: String] = [:]
    ) throws -> TrainerCheckpoints {
        TrainerCheckpoints(
            try CheckpointStore(folder.path), resumes: resumes, everySteps: everySteps,
            score: "loss", settings: settings)
    }

    /// 40 examples in batches of 6 are 7 steps an epoch.
    @Test(
        "from the middle of an epoch, its last step, and its end", arguments: [1, 3, 7, 10])
    func resumption(every steps: Int) throws {
        let through = try SmallTraining()
        let whole = Counter()
        let history = try through.trainer.fit(
            through.data, epochs: 4, callbacks: [whole, EarlyStopping("loss", patience: 9)],
            progress: nil)
        #expect(whole.begun == 4 && whole.steps == 28)
        for end in [4, 7, 18] {
            try inFolder { folder in
                let first = try SmallTraining()
                let stopper = Counter(at: end) { _ in throw Refusal() }
                let text = errorText {
                    try first.trainer.fit(
                        first.data, epochs: 4, validatingOn: nil,
                        checkpoints: try checkpoints(folder, everySteps: steps),
                        callbacks: [stopper, EarlyStopping("loss", patience: 9)], progress: nil)
                }
                #expect(text == "refused")
                let second = try SmallTraining()
                let counter = Counter()
                let saved = try checkpoints(folder, everySteps: steps)
                let resumed = try second.trainer.fit(
                    second.data, epochs: 4, checkpoints: saved,
                    callbacks: [counter, EarlyStopping("loss", patience: 9)], progress: nil)
                // What was not saved is done again.
                let since = (end - 1) / steps * steps
                let ofEpochs = (end - 1) / 7 * 7
                #expect((saved.restored != nil) == (max(since, ofEpochs) > 0))
                #expect(counter.steps == 28)
                #expect(resumed == history)
                #expect(try second.bits() == through.bits(), "every \(steps), ended at \(end)")
            }
        }
    }

    @Test("validation and predictions between steps change nothing")
    func validation() throws {
        let plain = try SmallTraining()
        try plain.trainer.fit(plain.data, epochs: 3, progress: nil)
        let validated = try SmallTraining()
        let history = try validated.trainer.fit(
            validated.data, epochs: 3, validatingOn: validated.data, progress: nil)
        #expect(history.names == ["loss", "distance", "val_loss", "val_distance"])
        #expect(try plain.bits() == validated.bits())
    }

    @Test("a folder with checkpoints, and other settings, are errors that change nothing")
    func mistakes() throws {
        try inFolder { folder in
            let first = try SmallTraining()
            try first.trainer.fit(
                first.data, epochs: 1,
                checkpoints: try checkpoints(folder, settings: ["batch size": "6"]), progress: nil)
            let other = try SmallTraining()
            let fresh = errorText {
                try other.trainer.fit(
                    other.data, epochs: 1, checkpoints: try checkpoints(folder, resumes: false),
                    progress: nil)
            }
            #expect(fresh?.contains("has checkpoints of an earlier training") == true)
            let settings = errorText {
                try other.trainer.fit(
                    other.data, epochs: 1,
                    checkpoints: try checkpoints(folder, settings: ["batch size": "7"]),
                    progress: nil)
            }
            #expect(
                settings?.contains("were made with batch size 6, not 7; give the same") == true)
            // One that is at its end does nothing, and knows its history.
            let again = try other.trainer.fit(
                other.data, epochs: 1, checkpoints: try checkpoints(folder), progress: nil)
            #expect(again == first.trainer.history)
            #expect(try other.bits() == first.bits())
        }
    }

    @Test(
        "a signal ends the step, and it goes on from there; a second one ends the process",
        .enabled(if: FinishedProcess.product("InterruptedTrainer") != nil))
    func interruption() throws {
        let program = try #require(FinishedProcess.product("InterruptedTrainer"))
        func run(_ folder: URL, signals: String = "") throws -> FinishedProcess {
            let setup =
                signals.isEmpty
                ? ""
                : "{ (while ! [ -e '\(folder.path)/begun' ]; do kill -0 $$ || exit; sleep 0.01; done; "
                    + "\(signals)) >/dev/null 2>&1 & }"
            return try FinishedProcess(program, [folder.path, "20"], setup: setup)
        }
        try inFolder { folder in
            try inFolder { other in
                let interrupted = try run(folder, signals: "kill -INT $$")
                #expect(interrupted.status == 0, "\(interrupted)")
                #expect(interrupted.output.hasPrefix("interrupted"), "\(interrupted)")
                let resumed = try run(folder)
                let through = try run(other)
                #expect(through.output.hasPrefix("completed 20 "), "\(through)")
                #expect(resumed.output == through.output)
            }
        }
        try inFolder { folder in
            let killed = try run(
                folder, signals: "kill -STOP $$; kill -INT $$; kill -TERM $$; kill -CONT $$")
            #expect(killed.status == 130 && killed.output.isEmpty, "\(killed)")
        }
    }
}
