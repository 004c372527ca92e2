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
        var value: EngineValue?
        /// The thread whose initializer is making the first value, while one is.
        var maker: UInt?
        /// The value before, which the next update may write over. Not under the lock: it belongs to
        /// the one run that updates variables.
        var spare: EngineValue?

        init(_ handle: VariableHandle) {
            self.handle = handle
            name = handle.name
        }
    }

    let lock = Lock()
    let seed: UInt64
    /// Whose the values are.
    let engine: any Engine
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

    init(seed: UInt64, engine: any Engine) {
        self.seed = seed
        self.engine = engine
    }

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
    func read(_ wanted: [Cell], into result: inout [EngineValue]) throws -> Bool {
        try lock.withLock {
            try requireOpen()
            for cell in wanted {
                guard let value = cell.value else { return false }
                result.append(value)
            }
            return true
        }
    }

    /// Replaces the values of all `written` at once. The old ones are kept for the next update to write
    /// over: training goes back and forth between two values of each variable.
    func commit(_ written: [Cell], _ values: [EngineValue]) {
        lock.withLock {
            for i in written.indices {
                let cell = written[i]
                cell.spare = cell.value
                cell.value = values[i]
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
        // What may be the last reference is let go when the lock is open.
        var handles: [VariableHandle] = []
        var gone: [Cell] = []
        lock.withLock {
            for (id, cell) in cells {
                if let handle = cell.handle {
                    handles.append(handle)
                } else {
                    gone.append(cell)
                    cells.removeValue(forKey: id)
                }
            }
        }
        _ = (consume handles, consume gone)
    }

    func value(_ handle: VariableHandle) throws -> NDArray {
        let cell = try cells([handle])[0]
        while true {
            let value = try lock.withLock {
                try requireOpen()
                return cell.value
            }
            if let value { return try value.read() }
            try initialize([cell], control: nil)
        }
    }

    func set(_ handle: VariableHandle, to array: NDArray) throws {
        try Self.require(array, fits: handle)
        let cell = try cells([handle])[0]
        let value = try engine.value(of: array)
        // The old value is released after the lock is open.
        var old: EngineValue?
        try lock.withLock {
            try requireOpen()
            old = cell.value
            cell.value = value
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
