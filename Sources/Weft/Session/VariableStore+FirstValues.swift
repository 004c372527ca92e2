// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension VariableStore {
    /// Gives those of `wanted` that have no value their first one: what an imported state has for
    /// the name, else what the initializer makes. It is made once; who comes meanwhile waits.
    ///
    /// - Throws: `RunError` when there is no first value, or `control` stops the wait.
    func initialize(_ wanted: [Cell], control: RunControl?) throws {
        try requireComplete(wanted)
        for cell in wanted { try initialize(cell, control) }
    }

    private enum Claim {
        case isThere
        /// Another thread is making the value.
        case isBeingMade
        /// This thread makes it: of what was given by name, or by the initializer.
        case isOurs(given: NDArray?)
    }

    private func initialize(_ cell: Cell, _ control: RunControl?) throws {
        let thread = CurrentThread.number
        defer { lock.withLock { waitedFor[thread] = nil } }
        while true {
            switch try lock.withLock({ try claim(cell, thread) }) {
            case .isThere: return
            case .isBeingMade:
                try control?.check()
                CurrentThread.pause(microseconds: 200)
            case .isOurs(let given):
                defer { lock.withLock { cell.maker = nil } }
                guard let handle = cell.handle else {
                    throw RunError(.uninitializedVariable, "variable '\(cell.name)' is gone")
                }
                let array = try given ?? handle.initialValue(handle.initializer, seed: seed)
                try Self.require(array, fits: handle)
                let value = try engine.value(of: array)
                try lock.withLock {
                    try requireOpen()
                    if given != nil { waiting[cell.name] = nil }
                    // What the program has set meanwhile is newer.
                    if cell.value == nil { cell.value = value }
                }
                return
            }
        }
    }

    /// What `thread` is to do for a cell's first value. The lock is held.
    private func claim(_ cell: Cell, _ thread: UInt) throws -> Claim {
        try requireOpen()
        if cell.value != nil { return .isThere }
        guard let maker = cell.maker else {
            // It no longer waits: who follows the waits would come back to this cell for ever.
            waitedFor[thread] = nil
            cell.maker = thread
            return .isOurs(given: waiting[cell.name])
        }
        // A thread that waits for what waits for this thread would wait for ever.
        var holder: UInt? = maker
        while let current = holder {
            if current == thread {
                throw RunError(
                    .uninitializedVariable,
                    "the initializer of variable '\(cell.name)' uses, perhaps by way of other "
                        + "variables, the value that it is to make; give the variable another "
                        + "initializer")
            }
            holder = waitedFor[current]?.maker
        }
        waitedFor[thread] = cell
        return .isBeingMade
    }

    /// After a complete state was imported, what it has no value for may not be used.
    private func requireComplete(_ wanted: [Cell]) throws {
        let (missing, names) = lock.withLock {
            let cells = wanted.filter { $0.value == nil && waiting[$0.name] == nil }
            return isComplete ? (cells, Array(waiting.keys)) : ([], [])
        }
        let handles = missing.compactMap(\.handle)
        guard !handles.isEmpty else { return }
        let near = NearNames(names)
        throw RunError(
            .stateDoesNotFit(
                missing: handles.map(\.name), unexpected: [], misfitting: [],
                "the state that was imported has no value for "
                    + StateImport.list(
                        handles.map { "'\($0.name)' \($0.dtype)\($0.shape)\(near.hint($0.name))" })
                    + "; set the value, or import with `importPartialState`, which lets "
                    + "initializers make it"))
    }
}
