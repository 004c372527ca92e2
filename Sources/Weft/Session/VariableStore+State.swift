// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension VariableStore {
    /// The values by name. Two variables of one name are an error.
    func snapshot() throws -> [String: NDArray] {
        try lock.withLock {
            try requireOpen()
            var result = waiting
            let valued = cells.values.filter { $0.array != nil }.compactMap(\.handle)
            for (name, user) in try users(valued) {
                if let array = user.cell?.array { result[name] = array }
            }
            return result
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
        try lock.withLock {
            try requireOpen()
            let users = try users(wanted)
            var result = StateImport()
            // One that was asked for, and got no value, has none to lose.
            for (name, user) in users
            where state[name] == nil && (wanted != nil || user.cell?.array != nil) {
                result.missing.append("\(name)")
                result.types[name] = "\(user.handle.dtype)\(user.handle.shape)"
            }
            for (name, array) in state {
                // A variable in use decides; else one of those that the program holds must fit.
                let candidates =
                    users[name].map { [$0.handle] }
                    ?? (wanted == nil ? LivingVariables.named(name) : [])
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
            if !isPartial {
                try result.requireComplete()
                // Only what was not in use can still turn out to be missing.
                isComplete = wanted == nil
                if wanted == nil { waiting = [:] }
            } else {
                isComplete = false
            }
            for name in result.imported {
                if let cell = users[name]?.cell { cell.array = state[name] }
                waiting[name] = users[name]?.cell == nil ? state[name] : nil
            }
            return result
        }
    }

    private struct User {
        let handle: VariableHandle
        /// Nil for a variable that has not been used yet.
        let cell: Cell?
    }

    /// Variables by name: `wanted`, or all in use. The lock is held.
    private func users(_ wanted: [VariableHandle]? = nil) throws -> [String: User] {
        var result: [String: User] = [:]
        let all =
            wanted.map { $0.map { User(handle: $0, cell: cells[$0.id]) } }
            ?? cells.values.compactMap { cell in
                cell.handle.map { User(handle: $0, cell: cell) }
            }
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
