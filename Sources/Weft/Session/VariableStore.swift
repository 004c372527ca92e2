// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The values of a session's variables.
///
/// `@unchecked Sendable`: every access to the dictionaries and cells is under the lock,
/// but for memory that only the session's one updating run touches.
package final class VariableStore: @unchecked Sendable {
    /// One variable's place. It does not keep the variable alive.
    final class Cell {
        weak var handle: VariableHandle?
        let name: String
        var array: NDArray?
        /// The memory of an earlier value, for the next one. Not under the lock: it belongs to the
        /// one run that updates variables.
        var spare: Storage?

        init(_ handle: VariableHandle) {
            self.handle = handle
            name = handle.name
        }
    }

    private let lock = Lock()
    private let seed: UInt64
    private var cells: [UInt64: Cell] = [:]
    /// Values that were given by name before their variable was first used.
    private var waiting: [String: NDArray] = [:]

    init(seed: UInt64) { self.seed = seed }

    /// The place of a variable. A first value is taken when it is first read.
    func cell(_ handle: VariableHandle) -> Cell {
        lock.withLock {
            if let cell = cells[handle.id] { return cell }
            let cell = Cell(handle)
            cells[handle.id] = cell
            return cell
        }
    }

    /// Appends the values of `wanted`, all of one moment.
    func read(_ wanted: [Cell], into result: inout [NDArray]) throws {
        try lock.withLock {
            for cell in wanted { result.append(try value(of: cell)) }
        }
    }

    /// Replaces the values of all `written` at once. The memory of the old ones is kept for the next:
    /// training goes back and forth between two arrays for each variable.
    func commit(_ written: [Cell], _ arrays: ArraySlice<NDArray>) {
        lock.withLock {
            for (cell, array) in zip(written, arrays) {
                cell.spare = cell.array?.storage
                cell.array = array
            }
        }
    }

    func removeAll() {
        lock.withLock {
            cells = [:]
            waiting = [:]
        }
    }

    /// Forgets the values of variables that are gone.
    func sweep() {
        lock.withLock {
            for (id, cell) in cells where cell.handle == nil { cells.removeValue(forKey: id) }
        }
    }

    /// The value, made by the initializer if there is none yet. The lock is held.
    private func value(of cell: Cell) throws -> NDArray {
        if let array = cell.array { return array }
        guard let handle = cell.handle else {
            throw RunError(.uninitializedVariable, "variable '\(cell.name)' is gone")
        }
        let array: NDArray
        if let given = waiting[handle.name] {
            try Self.require(given, fits: handle)
            waiting.removeValue(forKey: handle.name)
            array = given
        } else {
            array = try handle.initialValue(handle.initializer, seed: seed)
            try Self.require(array, fits: handle)
        }
        cell.array = array
        return array
    }

    private static func require(_ array: NDArray, fits handle: VariableHandle) throws {
        guard array.dtype == handle.dtype, array.shape == handle.shape else {
            throw RunError(
                .invalidState,
                "variable '\(handle.name)' is \(handle.dtype)\(handle.shape), "
                    + "the value given for it is \(array.dtype)\(array.shape)")
        }
    }

    // MARK: State

    func value(_ handle: VariableHandle) throws -> NDArray {
        let cell = cell(handle)
        return try lock.withLock { try value(of: cell) }
    }

    func set(_ handle: VariableHandle, to array: NDArray) throws {
        try Self.require(array, fits: handle)
        let cell = cell(handle)
        // The old array is released after the lock is open.
        var old: NDArray?
        lock.withLock {
            old = cell.array
            cell.array = array
        }
        _ = consume old
    }

    /// The values by name. Two variables of one name are an error.
    func snapshot() throws -> [String: NDArray] {
        try lock.withLock {
            var result = waiting
            var owners: [String: VariableHandle] = [:]
            for cell in cells.values {
                guard let handle = cell.handle, let array = cell.array else { continue }
                if let other = owners.updateValue(handle, forKey: handle.name) {
                    throw RunError(
                        .conflictingVariables,
                        VariableHandle.sharedNameText(other, handle, in: "session"))
                }
                result[handle.name] = array
            }
            return result
        }
    }

    /// Gives variables their values by name; those that are not in use yet get them on first use.
    func restore(_ state: [String: NDArray]) throws {
        try lock.withLock {
            var owners: [String: (handle: VariableHandle, cell: Cell)] = [:]
            for cell in cells.values {
                guard let handle = cell.handle else { continue }
                if let other = owners.updateValue((handle, cell), forKey: cell.name) {
                    throw RunError(
                        .conflictingVariables,
                        VariableHandle.sharedNameText(other.handle, handle, in: "session"))
                }
                if let array = state[cell.name] { try Self.require(array, fits: handle) }
            }
            waiting = state
            for (name, owner) in owners { owner.cell.array = waiting.removeValue(forKey: name) }
        }
    }
}
