// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension VariableStore {
    /// The values by name. Two variables of one name are an error.
    func snapshot() throws -> [String: NDArray] {
        // Reading takes its time, and letting go of a variable may run code of the program's: both
        // happen when the lock is open.
        let (given, named) = try lock.withLock {
            try requireOpen()
            let valued = cells.values.filter { $0.value != nil }.compactMap(\.handle)
            return (waiting, try users(valued))
        }
        return try named.reduce(into: given) { result, user in
            result[user.key] = try user.value.value?.read()
        }
    }

    /// Gives variables their values by name; those that are not in use yet get them on first use.
    ///
    /// - Parameters:
    ///   - wanted: The variables that the state is for; nil for those that are in use and those that
    ///     the program holds under the state's names.
    ///   - isPartial: Whether what fits is taken where something does not.
    func restore(
        _ state: [String: NDArray], for wanted: [VariableHandle]?, isPartial: Bool
    ) throws -> StateImport {
        var values: [String: EngineValue] = [:]
        let others = Self.living(state, wanted)
        while true {
            // As in `snapshot`: what takes its time happens when the lock is open.
            let (result, _, needed) = try lock.withLock {
                try requireOpen()
                let named = try users(wanted)
                let result = try compare(
                    state, named, others, wanted: wanted != nil, isPartial: isPartial)
                let needed = result.imported.filter { named[$0]?.cell != nil && values[$0] == nil }
                guard needed.isEmpty else { return (result, named, needed) }
                // Only what was not in use can still turn out to be missing.
                isComplete = !isPartial && wanted == nil
                if isComplete { waiting = [:] }
                for name in result.imported {
                    named[name]?.cell?.value = values[name]
                    waiting[name] = named[name]?.cell == nil ? state[name] : nil
                }
                return (result, named, needed)
            }
            if needed.isEmpty { return result }
            for name in needed { values[name] = try state[name].map { try engine.value(of: $0) } }
        }
    }

    /// What of a state fits. Nothing changes.
    func comparison(
        with state: [String: NDArray], for wanted: [VariableHandle]?
    ) throws -> StateImport {
        let others = Self.living(state, wanted)
        let (result, _) = try lock.withLock {
            try requireOpen()
            let named = try users(wanted)
            let result = try compare(
                state, named, others, wanted: wanted != nil, isPartial: true)
            return (result, named)
        }
        return result
    }

    /// The variables that the program holds under a state's names, where none are asked for.
    private static func living(
        _ state: [String: NDArray], _ wanted: [VariableHandle]?
    ) -> [String: [VariableHandle]] {
        let living = wanted == nil ? state.keys.map { ($0, LivingVariables.named($0)) } : []
        return Dictionary(uniqueKeysWithValues: living)
    }

    /// What of a state fits variables: those in use or asked for, or `others` by name. The lock is held.
    private func compare(
        _ state: [String: NDArray], _ users: [String: User], _ others: [String: [VariableHandle]],
        wanted isWanted: Bool, isPartial: Bool
    ) throws -> StateImport {
        var result = StateImport()
        // One that was asked for, and got no value, has none to lose.
        for (name, user) in users
        where state[name] == nil && (isWanted || user.value != nil) {
            result.missing.append("\(name)")
            result.types[name] = "\(user.handle.dtype)\(user.handle.shape)"
        }
        for (name, array) in state {
            // A variable in use decides; else one of those that the program holds must fit.
            let candidates = users[name].map { [$0.handle] } ?? others[name] ?? []
            let misfits = candidates.map { Self.misfit(array, $0) }
            if candidates.isEmpty {
                result.unexpected.append(name)
            } else if let reason = misfits.first, !misfits.contains(nil) {
                result.misfitting[name] = reason
            } else {
                result.imported.append(name)
            }
        }
        result.sort()
        if !isPartial { try result.requireComplete() }
        return result
    }

    private struct User {
        let handle: VariableHandle
        /// Nil for a variable that has not been used yet.
        let cell: Cell?
        /// Nil where it has none.
        let value: EngineValue?

        init(_ handle: VariableHandle, _ cell: Cell?) {
            self.handle = handle
            self.cell = cell
            value = cell?.value
        }
    }

    /// Variables by name: `wanted`, or all in use. The lock is held.
    private func users(_ wanted: [VariableHandle]? = nil) throws -> [String: User] {
        var result: [String: User] = [:]
        let all =
            wanted.map { $0.map { User($0, cells[$0.id]) } }
            ?? cells.values.compactMap { cell in cell.handle.map { User($0, cell) } }
        for user in all {
            if let other = result.updateValue(user, forKey: user.handle.name),
                other.handle !== user.handle
            {
                throw VariableHandle.sharedName(other.handle, user.handle, in: "session")
            }
        }
        return result
    }
}
