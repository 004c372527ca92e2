// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft
import WeftCheckpoints

/// The checkpoints of a training that the command does.
final class TrainingCheckpoints {
    private let store: CheckpointStore
    private let trainer: DigitsTrainer
    private let settings: [String: String]

    /// - Parameter settings: The options that a training must have again to go on.
    init(
        _ folder: String, of trainer: DigitsTrainer,
        settings: [String: String]
    ) throws {
        store = try CheckpointStore(folder, keeping: 3, best: 0)
        self.trainer = trainer
        self.settings = settings
    }

    /// Goes on from the newest checkpoint, or makes sure that there is none. From here on the first control-C is
    /// left to `note`.
    func begin(resuming: Bool) throws {
        if resuming {
            try requireSettings()
            let restored = try store.restoreNewest(into: trainer.session, with: trainer.parts)
            if let restored {
                try Output.line("going on after step \(trainer.done), from '\(restored.path)'")
            }
        } else if !store.entries.isEmpty {
            throw CleanFailure(
                "the folder '\(store.folder)' has checkpoints of an earlier training; go on from them with "
                    + "--resume, or give another folder")
        }
        Interruption.watch()
    }

    private func requireSettings() throws {
        guard let newest = store.entries.last else { return }
        let notes = try store.notes(of: newest)
        for (option, value) in settings.sorted(by: { $0.key < $1.key }) where notes[option] != value
        {
            throw CleanFailure(
                "the checkpoints in '\(store.folder)' were made with \(option) "
                    + "\(notes[option] ?? "unknown"), not \(value); give the same to go on from them"
            )
        }
    }

    /// After a step: saves at the end of an epoch, and where the training is to end.
    ///
    /// - Throws: an exit with status 130 in the latter case.
    func note(isEndOfEpoch: Bool) throws {
        let isInterrupted = Interruption.isWanted
        guard isEndOfEpoch || isInterrupted else { return }
        try store.save(trainer.session, with: trainer.parts, notes: settings)
        guard isInterrupted else { return }
        try store.finish()
        try Output.line(
            "\ninterrupted after step \(trainer.done), saved in '\(store.folder)'; --resume goes on"
        )
        throw ExitCode(130)
    }

    /// Waits until all is on the disk.
    func finish() throws { try store.finish() }
}
