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
        /// The run needs more memory than there is, or than the session may take.
        case outOfMemory
    }

    /// What kind of failure it was.
    public let code: Code
    /// Where the program asked for what failed; nil when that is not known.
    public var location: SourceLocation? { site?.location }
    /// The description without the place.
    package let text: String
    private let site: CallSite?

    package init(_ code: Code, _ text: String, site: CallSite? = nil) {
        self.code = code
        self.text = text
        self.site = site
    }

    /// What failed, where, and what to do.
    public var description: String {
        location.map { "\(text). Built at \($0)." } ?? text
    }

    /// Whether both say the same of the same place.
    public static func == (a: RunError, b: RunError) -> Bool {
        a.code == b.code && a.text == b.text && a.location == b.location
    }

    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(text)
    }
}

extension MemoryShortage {
    /// The error of a run, in which `what` needs the memory.
    package func runError(_ what: String) -> RunError {
        RunError(
            .outOfMemory, "\(what): \(description); use smaller batches, or raise the limit")
    }
}

extension Lock {
    /// Runs `body` under the lock, giving up the wait when `control` says so.
    package func withLock<R>(stoppingBy control: RunControl?, _ body: () throws -> R) throws -> R {
        guard let control else { return try withLock(body) }
        return try withLock(waiting: control.check, body)
    }
}
