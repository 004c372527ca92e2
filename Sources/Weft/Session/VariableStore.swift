// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The values of a session's variables.
///
/// No initializer runs under the lock: it may use the session, and may take its time.
/// `@unchecked Sendable`: every access to the dictionaries and cells is under the lock,
/// but for memory that only the session's one updating run touches.
package final class VariableStore: @unchecked Sendable {
    /// One variable's place. It does not keep the variable alive.
    final class Cell {
        weak var handle: VariableHandle?
        let name: String
        var array: NDArray?
        /// The thread whose initializer is making the first value, while one is.
        var maker: UInt?
        /// The memory of an earlier value, for the next one. Not under the lock: it belongs to the
        /// one run that updates variables.
        var spare: Storage?

        init(_ handle: VariableHandle) {
            self.handle = handle
            name = handle.name
        }
    }

    let lock = Lock()
    let seed: UInt64
    var cells: [UInt64: Cell] = [:]
    /// Values that were given by name before their variable was first used.
    var waiting: [String: NDArray] = [:]
    /// Whether the values that were given were to be all there are: a variable without one may not
    /// begin from its initializer.
    var isComplete = false
    /// What threads that wait for a first value wait for.
    var waitedFor: [UInt: Cell] = [:]
    private var watch = NameWatch()
    private var isClosed = false

    init(seed: UInt64) { self.seed = seed }

    /// How many variables have a place.
    package var count: Int { lock.withLock { cells.count } }

    /// The places of variables. First values are taken when they are first read.
    ///
    /// - Throws: `RunError` when two optimizers have made variables of one name.
    func cells(_ handles: [VariableHandle]) throws -> [Cell] {
        var repetitions: [NameWatch.Repetition] = []
        let result = try lock.withLock {
            try handles.map { handle in
                if let cell = cells[handle.id] { return cell }
                if let repetition = try watch.record(handle) { repetitions.append(repetition) }
                let cell = Cell(handle)
                if !isClosed { cells[handle.id] = cell }
                return cell
            }
        }
        NameWatch.log(repetitions)
        return result
    }

    /// Appends the values of `wanted`, all of one moment.
    ///
    /// - Returns: false, and not all values, when one has none yet.
    func read(_ wanted: [Cell], into result: inout [NDArray]) throws -> Bool {
        try lock.withLock {
            try requireOpen()
            for cell in wanted {
                guard let array = cell.array else { return false }
                result.append(array)
            }
            return true
        }
    }

    /// Replaces the values of all `written` at once. The memory of the old ones is kept for the next:
    /// training goes back and forth between two arrays for each variable.
    func commit(_ written: [Cell], _ arrays: ArraySlice<NDArray>) {
        lock.withLock {
            for (cell, array) in zip(written, arrays) {
                cell.spare = cell.array?.storage
                cell.array = array
                // What was given before counts no longer, also for a later variable of the name.
                if !waiting.isEmpty { waiting[cell.name] = nil }
            }
        }
    }

    /// Drops all values; from now on there are none.
    func close() {
        lock.withLock {
            isClosed = true
            cells = [:]
            waiting = [:]
        }
    }

    /// The lock is held.
    func requireOpen() throws {
        if isClosed { throw Session.closedError }
    }

    /// Forgets the values of variables that are gone.
    func sweep() {
        lock.withLock {
            for (id, cell) in cells where cell.handle == nil { cells.removeValue(forKey: id) }
        }
    }

    func value(_ handle: VariableHandle) throws -> NDArray {
        let wanted = try cells([handle])
        var result: [NDArray] = []
        while try !read(wanted, into: &result) { try initialize(wanted, control: nil) }
        return result[0]
    }

    func set(_ handle: VariableHandle, to array: NDArray) throws {
        try Self.require(array, fits: handle)
        let cell = try cells([handle])[0]
        // The old array is released after the lock is open.
        var old: NDArray?
        try lock.withLock {
            try requireOpen()
            old = cell.array
            cell.array = array
            waiting[cell.name] = nil
        }
        _ = consume old
    }

    static func require(_ array: NDArray, fits handle: VariableHandle) throws {
        if let reason = misfit(array, handle) {
            throw RunError(
                .stateDoesNotFit(missing: [], unexpected: [], misfitting: [handle.name], reason))
        }
    }

    /// Why an array cannot be the variable's value; nil when it can.
    static func misfit(_ array: NDArray, _ handle: VariableHandle) -> String? {
        if array.dtype == handle.dtype, array.shape == handle.shape { return nil }
        return "variable '\(handle.name)' is \(handle.dtype)\(handle.shape), "
            + "the value given for it is \(array.dtype)\(array.shape)"
    }
}
