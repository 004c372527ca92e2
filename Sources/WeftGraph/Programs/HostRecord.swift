// SPDX-License-Identifier: Apache-2.0

/// What one run does to its host: the values that it emits, in order, and what stateful functions gave,
/// so that a program that is run once more, to be measured or looked at, takes these instead of
/// doing it again.
package final class HostRecord: Sendable {
    private enum Entry {
        case emission(name: String, NDArray)
        case results([NDArray])
    }

    private struct State {
        var entries: [Entry] = []
        /// What is done next: something new at the end of the entries, before it what an entry has.
        var position = 0
        var strings: StringTable?

        /// The entry of what is done next, if it was done before.
        mutating func skip() -> Entry? {
            guard position < entries.count else { return nil }
            position += 1
            return entries[position - 1]
        }

        mutating func add(_ entry: Entry) {
            entries.append(entry)
            position = entries.count
        }
    }

    /// The session of a run that updates variables; nil for other runs.
    let updatingSession: ObjectIdentifier?
    private let keepsResults: Bool
    private let state = Guarded(State())

    /// - Parameters:
    ///   - session: The session whose variables the run updates, if it does.
    ///   - keepsResults: Whether programs may be run once more, from a position.
    package init(updating session: AnyObject?, keepsResults: Bool) {
        updatingSession = session.map { ObjectIdentifier($0) }
        self.keepsResults = keepsResults
    }

    /// What the run's numbers of strings stand for: made when the run comes by the first.
    package var strings: StringTable {
        state.withLock { state in
            if let strings = state.strings { return strings }
            let strings = StringTable()
            state.strings = strings
            return strings
        }
    }

    /// Where the run is.
    package var position: Int { state.withLock { $0.position } }

    /// What the run does from here on it has done before, up to where it has been.
    package func rewind(to position: Int) { state.withLock { $0.position = position } }

    /// What was emitted, in order.
    package var emissions: [(name: String, value: NDArray)] {
        state.withLock(\.entries).compactMap { entry in
            if case .emission(let name, let value) = entry { (name, value) } else { nil }
        }
    }

    /// Notes that the run emits a value; `value` makes an array that nobody changes.
    package func emit(
        _ name: String, isString: Bool = false, _ value: () throws -> NDArray
    ) throws {
        if state.withLock({ $0.skip() }) != nil { return }
        let array = try value()
        let emission = Entry.emission(
            name: name, isString ? try strings.strings(array) : array)
        state.withLock { $0.add(emission) }
    }

    /// What a stateful function gives, who is called unless that is on record.
    func results(of call: () throws -> [NDArray]) throws -> [NDArray] {
        if case .results(let results)? = state.withLock({ $0.skip() }) { return results }
        // No lock is held: the function may run sessions.
        let results = try call()
        if keepsResults { state.withLock { $0.add(.results(results)) } }
        return results
    }
}
