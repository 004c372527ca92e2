// SPDX-License-Identifier: Apache-2.0
/// What turns programs into results.
///
/// Engines agree on what every primitive means; the reference interpreter defines it. Arrays are the
/// host's, and what a session keeps between runs is the engine's: it makes values of arrays and reads them.
package protocol Engine: Sendable {
    /// The engine's name: `cpu`.
    var name: String { get }
    /// What it runs on, for people.
    var deviceDescription: String { get }

    /// The value that a session keeps of an array, in memory that the engine's runs read from.
    ///
    /// - Throws: `RunError` when there is no memory for it.
    func value(of array: NDArray) throws -> EngineValue

    /// Prepares a program to be run many times.
    ///
    /// - Throws: `RunError` when the engine cannot run the program.
    func compile(_ program: Program) throws -> any Executable
}

/// A compiled program. It may be run from many threads at once.
package protocol Executable: Sendable {
    /// The bytes that it keeps from run to run, an estimate.
    var keptBytes: Int { get }

    /// Runs the program on values of the types of its inputs. None of them changes, but for those that are
    /// donated: they may be gone, also after a run that throws.
    ///
    /// - Throws: `RunError` when a kernel fails or `control` says stop.
    func run(_ arguments: inout RunArguments, control: RunControl?) throws -> RunResults

    /// Runs the program as `run` does, and measures its steps, also those inside branches and loops.
    ///
    /// - Throws: as `run`; `RunError` with `.unsupported` when the engine cannot measure.
    func profile(
        _ arguments: inout RunArguments, control: RunControl?
    ) throws -> (RunResults, [StepTiming])

    /// What a run does, in words: its steps, one a line.
    ///
    /// - Throws: `RunError` with `.unsupported` when the engine cannot tell.
    func explain() throws -> String
}

extension Executable {
    /// Runs a program whose inputs are all fed, and gives what is fetched.
    ///
    /// - Throws: as the other form.
    package func run(_ feeds: [NDArray], control: RunControl?) throws -> [NDArray] {
        var arguments = RunArguments(feeds: feeds)
        return try run(&arguments, control: control).fetches
    }
}

extension Lock {
    /// Runs `body` under the lock, giving up the wait when `control` says so.
    package func withLock<R>(stoppingBy control: RunControl?, _ body: () throws -> R) throws -> R {
        guard let control else { return try withLock(body) }
        return try withLock(waiting: control.check, body)
    }
}
