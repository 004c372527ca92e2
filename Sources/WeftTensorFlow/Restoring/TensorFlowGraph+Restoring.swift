// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftFormats

/// What restoring a checkpoint did, variable by variable. The names are in order.
public struct TensorFlowRestoration: Sendable, CustomStringConvertible {
    /// The variables that have their values from the checkpoint.
    public internal(set) var restored: [String] = []
    /// The variables that the checkpoint has no array for; they were left alone.
    public internal(set) var missing: [String] = []
    /// The variables whose arrays are of another type or shape, and how; they were left alone.
    public internal(set) var misfitting: [String: String] = [:]
    /// The arrays of the checkpoint that no variable has taken, such as an optimizer's moments.
    public internal(set) var unused: [String] = []

    /// Whether every variable has its value from the checkpoint.
    public var isComplete: Bool { missing.isEmpty && misfitting.isEmpty }

    /// What was left alone and why.
    public var description: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing from the checkpoint: \(Self.list(missing))") }
        if !misfitting.isEmpty {
            let list = misfitting.sorted { $0.key < $1.key }.map { "'\($0.key)' \($0.value)" }
            parts.append("not fitting: \(list.joined(separator: ", "))")
        }
        if !unused.isEmpty { parts.append("not used: \(Self.list(unused))") }
        return parts.isEmpty
            ? "all \(restored.count) variables were restored" : parts.joined(separator: "; ")
    }

    private static let longest = 20

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(longest).map { "'\($0)'" }.joined(separator: ", ")
        return names.count <= longest ? shown : "\(shown) and \(names.count - longest) more"
    }
}

extension TensorFlowGraph {
    /// Gives the graph's variables their values from a checkpoint.
    ///
    /// A variable's array is that of its name, or the one that the graph's own operations restore it from: of
    /// another name, or a part of a larger one. Arrays that no variable takes are left out.
    ///
    /// - Parameters:
    ///   - checkpoint: Where the values are.
    ///   - session: The session whose variables they become.
    ///   - isPartial: Whether variables that the checkpoint has no array for, or none that fits, are left alone.
    /// - Returns: what was restored and what was left alone.
    /// - Throws: `TensorFlowError` when a variable is missing from the checkpoint, or its array is of another
    ///   type or shape, all of which it names; `FileError` when the checkpoint is damaged. Nothing has changed
    ///   then.
    @discardableResult
    public func restore(
        _ checkpoint: TensorFlowCheckpoint, into session: Session, isPartial: Bool = false
    ) throws -> TensorFlowRestoration {
        let plan = try naming { try RestorePlan(source) }
        return try restore(
            checkpoint, into: session, isPartial: isPartial,
            variables: try allVariables()
        ) { name in
            checkpoint.index.entries[checkpoint.key(of: name)] == nil ? plan.origins[name] : nil
        }
    }

    /// The same for some variables, and arrays by `origin`; where it gives nil, by the variables' names.
    func restore(
        _ checkpoint: TensorFlowCheckpoint, into session: Session, isPartial: Bool,
        variables: [String: VariableHandle], origin: (String) -> RestorePlan.Origin?
    ) throws -> TensorFlowRestoration {
        var report = TensorFlowRestoration()
        var taken: [(variable: VariableHandle, from: RestorePlan.Origin)] = []
        for (name, variable) in variables.sorted(by: { $0.key < $1.key }) {
            let wanted = origin(name) ?? RestorePlan.Origin(name: name, part: "")
            guard let entry = try checkpoint.entry(named: wanted.name) else {
                report.missing.append(name)
                continue
            }
            if let problem = Self.problem(variable, entry, wanted) {
                report.misfitting[name] = problem
                continue
            }
            report.restored.append(name)
            taken.append((variable, wanted))
        }
        let keys = Set(taken.map { checkpoint.key(of: $0.from.name) })
        report.unused = checkpoint.names.filter {
            !keys.contains($0) && $0 != TensorFlowCheckpoint.objectGraphName
        }
        guard isPartial || report.isComplete else {
            throw TensorFlowError(
                .invalidRequest, path: path,
                "the checkpoint '\(checkpoint.prefix)' does not fit the graph, and nothing has changed; "
                    + report.description)
        }
        // All are read before any is set: what is damaged changes nothing.
        let values = try taken.map { variable, origin in
            (variable, try checkpoint.array(named: origin.name, part: origin.part))
        }
        for (variable, array) in values { try session.set(variable, to: array) }
        try markInitialized(Set(report.restored), in: session)
        return report
    }

    /// Why an array is no value of a variable; nil when it is one.
    private static func problem(
        _ variable: VariableHandle, _ entry: TensorFlowCheckpoint.Entry,
        _ origin: RestorePlan.Origin
    ) -> String? {
        var shape = entry.shape
        if !origin.part.isEmpty {
            guard let part = ArrayPart(origin.part), part.shape == shape else {
                return "is the part '\(origin.part)' of an array of the shape \(shape)"
            }
            shape = part.ranges.map(\.count)
        }
        if entry.dtype == variable.dtype, shape == variable.shape { return nil }
        let type = entry.dtype.map { "\($0)" } ?? entry.typeName
        return "is \(TensorType(variable.dtype, Shape(variable.shape))), and the checkpoint has "
            + "\(type)\(shape)"
    }

    /// Lets operations that ask know that variables have values.
    private func markInitialized(_ names: Set<String>, in session: Session) throws {
        for flag in source.initializationFlags(of: names) {
            try session.set(flag, to: NDArray(true))
        }
    }
}
