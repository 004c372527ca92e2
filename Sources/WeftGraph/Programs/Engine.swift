// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime
import Synchronization

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

/// Why a run did not succeed. Whatever the reason, no variable has changed.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A placeholder that the fetches need was not fed.
        case missingFeed
        /// What was fed does not fit where it was fed.
        case invalidFeed
        /// What was fetched cannot be fetched.
        case invalidFetch
        /// A variable was read that has no value yet.
        case uninitializedVariable
        /// Updates or names of variables contradict each other.
        case conflictingVariables
        /// The graph does not make sense for the shapes that were fed.
        case invalidShape
        /// A kernel failed: an index out of range, a division by zero, a failed check.
        case kernelFailure
        /// The run was cancelled.
        case cancelled
        /// The run took longer than it was allowed to.
        case deadlineExceeded
        /// The engine has no kernel for what was asked.
        case unsupported
        /// The session has been closed.
        case closed
        /// The state given to a session does not fit its variables.
        case invalidState
    }

    /// What kind of failure it was.
    public let code: Code
    /// What failed, where, and what to do.
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Lets another thread stop a run, and gives it a deadline. Looked at between the steps of a run.
public final class RunControl: Sendable {
    private let cancelled = Atomic<Bool>(false)
    private let deadline: ContinuousClock.Instant?

    /// A control without or with a deadline.
    public init(deadline: ContinuousClock.Instant? = nil) { self.deadline = deadline }

    /// Asks the run to stop; it throws `RunError` with `.cancelled` soon.
    public func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Whether `cancel` has been called.
    public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Orders what the run did before what follows `noteResumption`, for ThreadSanitizer.
    package func noteEnd() {
        weft_sanitizer_release(Unmanaged.passUnretained(self).toOpaque())
    }

    /// See `noteEnd`.
    package func noteResumption() {
        weft_sanitizer_acquire(Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Throws: `RunError` when the run is to stop.
    package func check() throws {
        if isCancelled { throw RunError(.cancelled, "the run was cancelled; no variable changed") }
        if let deadline, ContinuousClock.now >= deadline {
            throw RunError(
                .deadlineExceeded, "the run exceeded its deadline; no variable changed")
        }
    }
}
