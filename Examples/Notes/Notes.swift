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
        /// Whether nothing else runs in the process: only then can anything be said of its nodes
        /// and its memory, and the instruction set be changed.
        public var isAlone: Bool

        /// As many as the notes are about.
        public static let full = Steps(
            loop: 1_000_000, rebuilding: 100_000, training: 10_000, graphs: 1_000, isAlone: true)
        /// As few as show the numbers, and nothing about the process.
        public static let quick = Steps(
            loop: 1_000, rebuilding: 200, training: 200, graphs: 50, isAlone: false)
    }

    /// Replays the four notes. They use TensorFlow 1's collection of variables, of which a process
    /// has one: not from two threads at once.
    ///
    /// - Throws: what a run throws that should not have.
    public static func runAll(steps: Steps = .full) throws -> [NoteReport] {
        try (1...4).map { try run($0, steps: steps) }
    }

    /// Replays one of the four notes.
    ///
    /// - Throws: what a run throws that should not have.
    public static func run(_ note: Int, steps: Steps = .full) throws -> NoteReport {
        switch note {
        case 1: try buildingInTheLoop(steps)
        case 2: try conditions()
        case 3: try batchNormalizations()
        default: try gradientsAndTheirWeights(steps)
        }
    }
}
