// SPDX-License-Identifier: Apache-2.0
public import Weft

/// A training that cannot begin or go on: what is wrong, and what to do.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Kind: Sendable {
        /// The step that was built, the data or an option makes no training.
        case invalid
        /// The dataset gives no batch.
        case noBatches
        /// The folder has checkpoints that are not to be gone on from, or were made with other settings.
        case checkpoints
        /// The loss, a gradient or a variable of a step became NaN or infinite; no variable has changed in that
        /// step.
        case notFinite(NonFiniteStep)
    }

    /// A step whose numbers are not finite.
    public struct NonFiniteStep: Sendable {
        /// The epoch, counted from 1.
        public let epoch: Int
        /// Which step of the training it was, counted from 1.
        public let step: Int
        /// Which operation gave such a number first, for which operands, where it was built, and which
        /// variables would have changed to such numbers.
        public let cause: RunError
    }

    /// What kind of failure it was.
    public let kind: Kind
    /// What is wrong, and what to do.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    init(_ step: NonFiniteStep) {
        self.init(
            .notFinite(step),
            "step \(step.step), in epoch \(step.epoch), is not finite: \(step.cause)")
    }
}
