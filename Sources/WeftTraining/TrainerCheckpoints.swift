// SPDX-License-Identifier: Apache-2.0
import Weft
public import WeftCheckpoints

/// The checkpoints of a training: when they are written, and whether it goes on from them.
///
/// They hold all that going on exactly takes: variables, the optimizer's slots, the number of runs, the
/// position in the data, the sums of the metrics, the history, and the callbacks that are `CheckpointPart`s. A
/// training that was ended, also in the middle of an epoch, and goes on ends with the bits of one that ran through.
///
/// ```swift
/// let store = try CheckpointStore("run1", best: 1, by: .lowest)
/// try trainer.fit(
///     training, epochs: 30, validatingOn: validation,
///     checkpoints: TrainerCheckpoints(store, resumes: true, everySteps: 1000, score: "val_loss"))
/// ```
public final class TrainerCheckpoints {
    /// Where they are, how many are kept, and which scores are good ones.
    public let store: CheckpointStore
    /// Whether the training goes on from the newest one; where there is none, it begins.
    public let resumes: Bool
    /// After how many epochs one is written; nil for never.
    public let everyEpochs: Int?
    /// After how many steps one is written beside those; nil for never.
    public let everySteps: Int?
    /// The metric by which the best are kept; nil for none.
    public let score: String?
    /// What a training must have again to go on, such as `batch size`. It is saved with each.
    public let settings: [String: String]
    /// Strings that are saved beside.
    public let notes: [String: String]
    /// The checkpoint that the last training went on from; nil where it began.
    public private(set) var restored: RestoredCheckpoint?

    /// - Parameters:
    ///   - store: Where they are. It writes in the background unless it was told not to.
    ///   - resumes: Whether the training goes on from the newest one. If not, there must be none.
    ///   - everyEpochs: After how many epochs one is written; nil for never.
    ///   - everySteps: After how many steps one is written beside those; nil for never.
    ///   - score: The metric by which the store keeps the best, such as `val_loss`. Those written inside epochs
    ///     have none.
    ///   - settings: What a training must have again to go on.
    ///   - notes: Strings that are saved beside.
    public init(
        _ store: CheckpointStore, resumes: Bool, everyEpochs: Int? = 1, everySteps: Int? = nil,
        score: String? = nil, settings: [String: String] = [:], notes: [String: String] = [:]
    ) {
        self.store = store
        self.resumes = resumes
        self.everyEpochs = everyEpochs.map { max(1, $0) }
        self.everySteps = everySteps.map { max(1, $0) }
        self.score = score
        self.settings = settings
        self.notes = notes
    }

    /// Goes on from the newest, or makes sure that there is none.
    func begin(_ session: Session, _ parts: [String: any CheckpointPart]) throws {
        restored = nil
        guard resumes else {
            guard store.entries.isEmpty else {
                throw TrainingError(
                    .checkpoints,
                    "the folder '\(store.folder)' has checkpoints of an earlier training; go on from them "
                        + "(`resumes: true`), or give another folder")
            }
            return
        }
        try requireSettings()
        restored = try store.restoreNewest(into: session, with: parts)
    }

    private func requireSettings() throws {
        guard let newest = store.entries.last else { return }
        let notes = try store.notes(of: newest)
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) where notes[name] != value {
            throw TrainingError(
                .checkpoints,
                "the checkpoints in '\(store.folder)' were made with \(name) "
                    + "\(notes[name] ?? "unknown"), not \(value); give the same to go on from them")
        }
    }

    func isDue(epoch: Int) -> Bool { everyEpochs.map { epoch % $0 == 0 } ?? false }
    func isDue(step: Int) -> Bool { everySteps.map { step % $0 == 0 } ?? false }

    func save(
        _ session: Session, _ parts: [String: any CheckpointPart], metrics: [String: Double]? = nil
    ) throws {
        if let score, let metrics, metrics[score] == nil {
            throw TrainingError(
                .checkpoints,
                "checkpoints are to be kept by '\(score)', and an epoch has "
                    + metrics.keys.sorted().map { "'\($0)'" }.joined(separator: ", "))
        }
        try store.save(
            session, with: parts, notes: notes.merging(settings) { $1 },
            score: score.flatMap { metrics?[$0] })
    }
}
