// SPDX-License-Identifier: Apache-2.0
public import Weft

/// What restoring a checkpoint did.
public struct CheckpointRestore: Sendable, CustomStringConvertible {
    /// The variables: those that have their values from the checkpoint, and those that do not.
    public let variables: StateImport
    /// The parts that were asked for and are not in the checkpoint; they were left alone.
    public let missingParts: [String]
    /// The parts of the checkpoint that were not asked for.
    public let unexpectedParts: [String]
    /// The strings that were saved.
    public let notes: [String: String]

    /// Whether all that was asked for was in the checkpoint, and all that was in it asked for.
    public var isComplete: Bool {
        variables.isComplete && missingParts.isEmpty && unexpectedParts.isEmpty
    }

    /// What was left alone and why.
    public var description: String {
        var texts = isComplete || !variables.isComplete ? [variables.description] : []
        func list(_ names: [String]) -> String {
            names.map { "'\($0)'" }.joined(separator: ", ")
        }
        if !missingParts.isEmpty {
            texts.append("parts that were not saved: \(list(missingParts))")
        }
        if !unexpectedParts.isEmpty {
            texts.append("parts that nobody asked for: \(list(unexpectedParts))")
        }
        return texts.joined(separator: "; ")
    }
}

/// A checkpoint that does not fit what it is restored into. Nothing has changed.
public struct CheckpointMismatch: Error, Sendable, CustomStringConvertible {
    /// All that does not fit.
    public let comparison: CheckpointRestore

    /// All that does not fit, with the names that come near, and what to do.
    public var description: String {
        "the checkpoint does not fit, and nothing has changed; \(comparison). With `isPartial: true` what "
            + "fits is restored"
    }
}

extension Session {
    /// All that training goes on from, as a value: writing to variables afterwards does not change it.
    ///
    /// - Parameters:
    ///   - parts: What else is to be kept, by names without a `/`.
    ///   - notes: Strings that go with it.
    /// - Throws: `RunError` when two variables have one name, or the session has been closed; what a part
    ///   throws.
    public func checkpoint(
        with parts: [String: any CheckpointPart] = [:], notes: [String: String] = [:]
    ) throws -> Checkpoint {
        Checkpoint(
            state: try exportState(), parts: try parts.mapValues { try $0.exportState() },
            notes: notes)
    }

    /// Goes on from a checkpoint: variables by name, the number of runs, and the parts.
    ///
    /// - Parameters:
    ///   - checkpoint: What was saved.
    ///   - parts: What else is to go on, by the names that it was saved under.
    ///   - variables: The variables that the checkpoint is for. Left out, they are those that the session has
    ///     used and those that the program holds under the checkpoint's names: make the model first.
    ///   - resumesDraws: Whether random draws go on where the saved session stopped, which takes a session of
    ///     its seed. If not, the session keeps its own seed and number of runs.
    ///   - isPartial: Whether what fits is restored where something does not.
    /// - Returns: what was restored and what was left alone.
    /// - Throws: `CheckpointMismatch` that names all that is missing, not asked for, or of another type or shape;
    ///   `RunError` when the seed is another; nothing has changed then. What a part throws, after the session's
    ///   own state was restored.
    @discardableResult
    public func restore(
        _ checkpoint: Checkpoint, with parts: [String: any CheckpointPart] = [:],
        for variables: [VariableHandle]? = nil, resumesDraws: Bool = true, isPartial: Bool = false
    ) throws -> CheckpointRestore {
        func result(_ variables: StateImport) -> CheckpointRestore {
            CheckpointRestore(
                variables: variables,
                missingParts: parts.keys.filter { checkpoint.parts[$0] == nil }.sorted(),
                unexpectedParts: checkpoint.parts.keys.filter { parts[$0] == nil }.sorted(),
                notes: checkpoint.notes)
        }
        let imported: StateImport
        if isPartial {
            imported = try importPartialState(
                checkpoint.state, for: variables, resumesDraws: resumesDraws)
        } else {
            imported = try compareState(checkpoint.state, for: variables)
            let comparison = result(imported)
            guard comparison.isComplete else { throw CheckpointMismatch(comparison: comparison) }
            try importState(checkpoint.state, for: variables, resumesDraws: resumesDraws)
        }
        for (name, part) in parts.sorted(by: { $0.key < $1.key }) {
            if let state = checkpoint.parts[name] { try part.importState(state) }
        }
        return result(imported)
    }

    /// Saves all that training goes on from to a file: see ``checkpoint(with:notes:)`` and
    /// ``Checkpoint/write(to:)``.
    ///
    /// - Throws: as both.
    public func save(
        to path: String, with parts: [String: any CheckpointPart] = [:],
        notes: [String: String] = [:]
    ) throws {
        try checkpoint(with: parts, notes: notes).write(to: path)
    }

    /// Goes on from a file: see ``Checkpoint/init(contentsOf:)`` and
    /// ``restore(_:with:for:resumesDraws:isPartial:)``.
    ///
    /// - Throws: as both.
    @discardableResult
    public func restore(
        from path: String, with parts: [String: any CheckpointPart] = [:],
        for variables: [VariableHandle]? = nil, resumesDraws: Bool = true, isPartial: Bool = false
    ) throws -> CheckpointRestore {
        try restore(
            Checkpoint(contentsOf: path), with: parts, for: variables, resumesDraws: resumesDraws,
            isPartial: isPartial)
    }
}
