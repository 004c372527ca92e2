// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What importing a state did, variable by variable. The names are in order.
public struct StateImport: Sendable, CustomStringConvertible {
    /// The variables that have their values from the state, or will when they are first used.
    public internal(set) var imported: [String] = []
    /// The variables that the state has no value for; they were left alone.
    public internal(set) var missing: [String] = []
    /// The entries of the state that no variable has the name of; they were left out.
    public internal(set) var unexpected: [String] = []
    /// The entries whose type or shape is not their variable's, and why; they were left out.
    public internal(set) var misfitting: [String: String] = [:]
    /// Of those that are missing.
    var types: [String: String] = [:]

    /// Whether every variable has its value from the state, and every entry a variable.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misfitting.isEmpty }

    /// What was left alone and why, with the names that come near.
    public var description: String {
        if isComplete { return "all \(imported.count) variables were imported" }
        var parts: [String] = []
        if !missing.isEmpty {
            let names = NearNames(unexpected)
            let list = missing.map { "'\($0)' \(types[$0] ?? "")\(names.hint($0))" }
            parts.append("missing from the state: \(Self.list(list))")
        }
        if !unexpected.isEmpty {
            let names = NearNames(missing + imported + misfitting.keys)
            let list = unexpected.map { "'\($0)'\(names.hint($0))" }
            parts.append("no variable is named: \(Self.list(list))")
        }
        if !misfitting.isEmpty {
            let list = misfitting.sorted { $0.key < $1.key }.map(\.value)
            parts.append("not fitting: \(Self.list(list))")
        }
        return parts.joined(separator: "; ")
    }

    /// - Throws: `RunError` that names everything, unless the import is complete.
    func requireComplete() throws {
        if isComplete { return }
        throw RunError(
            .stateDoesNotFit(
                missing: missing, unexpected: unexpected, misfitting: misfitting.keys.sorted(),
                "the state does not fit the session, and nothing has changed; \(description). "
                    + "`importPartialState` takes what fits"))
    }

    mutating func sort() {
        imported.sort()
        missing.sort()
        unexpected.sort()
    }

    private static let longest = 20

    /// The items with commas; of very many, the first and how many more there are.
    static func list(_ items: [String]) -> String {
        let shown = items.prefix(longest).joined(separator: ", ")
        return items.count <= longest ? shown : "\(shown) and \(items.count - longest) more"
    }
}

/// Names among which those are found that a misspelt name may have meant.
package struct NearNames {
    private let names: [String]

    package init(_ names: some Sequence<String>) { self.names = names.sorted() }

    /// The nearest name in words, or nothing when none is near: ` (near: 'w')`.
    package func hint(_ name: String) -> String {
        // A third of the letters may differ: more is another name.
        var best: (name: String, distance: Int)?
        for candidate in names where candidate != name {
            let limit = min(best.map { $0.distance - 1 } ?? .max, max(name.utf8.count / 3, 1))
            if let distance = Self.distance(name, candidate, limit: limit) {
                best = (candidate, distance)
            }
        }
        return best.map { " (near: '\($0.name)')" } ?? ""
    }

    /// How many bytes must be inserted, removed or replaced (Levenshtein 1966); nil for more
    /// than `limit`.
    private static func distance(_ a: String, _ b: String, limit: Int) -> Int? {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard abs(a.count - b.count) <= limit else { return nil }
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
            if row.min() ?? 0 > limit { return nil }
        }
        return row[b.count] <= limit ? row[b.count] : nil
    }
}
