// SPDX-License-Identifier: Apache-2.0
/// What turns programs into results.
///
/// Engines agree on what every primitive means; the reference interpreter defines it.
package protocol Engine: Sendable {
    /// The engine's name: `cpu`.
    var name: String { get }
    /// What it runs on, for people.
    var deviceDescription: String { get }

    /// Prepares a program to be run many times.
    ///
    /// - Throws: `RunError` when the engine cannot run the program.
    func compile(_ program: Program) throws -> any Executable
}

/// A compiled program. It may be run from many threads at once.
package protocol Executable: Sendable {
    /// The bytes that it keeps from run to run, an estimate.
    var keptBytes: Int { get }

    /// Runs the program on arrays of the types of its inputs.
    ///
    /// - Throws: `RunError` when a kernel fails or `control` says stop. Inputs are never changed.
    func run(_ inputs: [NDArray], control: RunControl?) throws -> [NDArray]

    /// The same, with memory for the last results, one for each of `spares`. The executable may take
    /// out what nobody else holds, and write the result there.
    func run(
        _ inputs: [NDArray], reusing spares: inout [Storage?], control: RunControl?
    ) throws -> [NDArray]
}

extension Executable {
    package func run(
        _ inputs: [NDArray], reusing spares: inout [Storage?], control: RunControl?
    ) throws -> [NDArray] {
        try run(inputs, control: control)
    }
}

extension Lock {
    /// Runs `body` under the lock, giving up the wait when `control` says so.
    package func withLock<R>(stoppingBy control: RunControl?, _ body: () throws -> R) throws -> R {
        guard let control else { return try withLock(body) }
        return try withLock(waiting: control.check, body)
    }
}
