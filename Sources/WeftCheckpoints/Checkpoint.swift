// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftFormats

/// Everything that training goes on from: the state of a session, and what goes with it.
///
/// In a file it is a .safetensors file that other programs can read: each variable is an array of its own name.
/// `Documentation/decisions/0017-checkpoints.md` has the format.
public struct Checkpoint: Sendable {
    /// The variables, the optimizers' slots among them, the number of runs and the seed.
    public var state: SessionState
    /// What else there is, by the names that it was saved under: the position in the data, for example.
    public var parts: [String: [String: NDArray]]
    /// Strings for people and programs, such as the settings of a training.
    public var notes: [String: String]

    /// A checkpoint from its parts.
    public init(
        state: SessionState, parts: [String: [String: NDArray]] = [:], notes: [String: String] = [:]
    ) {
        self.state = state
        self.parts = parts
        self.notes = notes
    }

    /// Reads a file, and compares its checksum.
    ///
    /// - Throws: `FileError` when it cannot be read, is damaged or cut off, or is no checkpoint.
    public init(contentsOf path: String) throws {
        self = try CheckpointFormat.read(path)
    }

    /// Writes a file. An earlier one is replaced when the new one is complete and on the disk, and is as it was
    /// when that fails.
    ///
    /// - Throws: `FileError` when it cannot be written, or an array or a name has no place in it.
    public func write(to path: String) throws {
        let file = try AtomicFile(path)
        try CheckpointFormat.write(self, to: file)
        try file.commit()
    }
}

/// Something beside a session whose state is kept in checkpoints: a position in the data, what a training
/// loop has counted.
///
/// ```swift
/// final class Position: CheckpointPart {
///     var epoch: Int64 = 0
///     func exportState() -> [String: NDArray] { ["epoch": NDArray(epoch)] }
///     func importState(_ state: [String: NDArray]) throws {
///         guard let array = state["epoch"] else { throw CheckpointPartError("there is no 'epoch'") }
///         epoch = try array.scalar()
///     }
/// }
/// ```
public protocol CheckpointPart: AnyObject {
    /// All that going on exactly takes, by names of its own.
    func exportState() throws -> [String: NDArray]
    /// Goes on from what was exported.
    func importState(_ state: [String: NDArray]) throws
}

/// A part of a checkpoint that cannot go on from what was saved, and why.
public struct CheckpointPartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
    /// An error from its text.
    public init(_ description: String) { self.description = description }
}
