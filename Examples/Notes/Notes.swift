// SPDX-License-Identifier: Apache-2.0

/// The four notes on TensorFlow that Weft began from, line by line, with TensorFlow's own numbers.
public enum Notes {
    /// How many steps the loops take.
    public struct Steps: Sendable {
        /// Each of the two loops of the first note.
        public var loop: Int
        /// The loops in which a branch, a dropout or a constant is built anew.
        public var rebuilding: Int
        /// The loop in which a whole training step is built anew.
        public var training: Int
        /// The random graphs on which weighting outputs is compared with seeds.
        public var graphs: Int

        /// As many as the notes are about.
        public static let full = Steps(
            loop: 1_000_000, rebuilding: 100_000, training: 10_000, graphs: 1_000)
        /// As few as show the numbers; too few to say anything about memory.
        public static let quick = Steps(loop: 1_000, rebuilding: 200, training: 50, graphs: 50)
    }

    /// Replays the four notes.
    ///
    /// - Throws: what a run throws that should not have.
    public static func runAll(steps: Steps = .full) throws -> [NoteReport] {
        [
            try buildingInTheLoop(steps), try conditions(), try batchNormalizations(),
            try gradientsAndTheirWeights(steps),
        ]
    }
}
