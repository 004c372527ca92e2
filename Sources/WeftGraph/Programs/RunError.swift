// SPDX-License-Identifier: Apache-2.0

/// Why a run did not succeed. Whatever the reason, no variable has changed.
///
/// `description` is for people. A program looks at `code`, or at `kind`, which holds the values:
///
/// ```swift
/// if case .missingFeed(let name, let type) = error.kind { ... }
/// ```
public struct RunError: Error, Sendable {
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
        /// A function of the host threw, or gave other results than it declares.
        case hostFailure
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

    /// What failed, with its values.
    public let kind: Kind
    /// What kind of failure it was.
    public var code: Code { kind.code }
    /// The operation that failed: `gather 'embedding/lookup'`; nil when it was none.
    public let operation: String?
    /// Where the program asked for what failed; nil when that is not known.
    public var location: SourceLocation? { site?.location }
    package let site: CallSite?

    package init(_ kind: Kind, of operation: String? = nil, site: CallSite? = nil) {
        self.kind = kind
        self.operation = operation
        self.site = site
    }

    /// An error that is told from others of its code by its words only.
    package init(_ code: Code, _ text: String, site: CallSite? = nil) {
        self.init(.other(code, text), site: site)
    }

    /// The description without the place.
    package var text: String { operation.map { "\($0): \(kind)" } ?? kind.description }
}

extension Node {
    /// An error of a run of this operation: what failed, what happened, what to do.
    func runError(_ kind: RunError.Kind) -> RunError {
        RunError(kind, of: origin.subject(op.summary), site: origin.site)
    }

    func runError(_ code: RunError.Code, _ reason: String) -> RunError {
        runError(.other(code, reason))
    }
}

extension RunError: Hashable {
    /// Whether both say the same of what the same call built: see `GraphError`.
    public static func == (a: RunError, b: RunError) -> Bool {
        a.kind == b.kind && a.operation == b.operation && a.site == b.site
    }

    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(operation)
        hasher.combine(site)
    }
}

extension RunError: CustomStringConvertible {
    /// What failed, where, and what to do.
    public var description: String { location.map { "\(text). Built at \($0)." } ?? text }
}

extension MemoryShortage {
    /// The error of a run, in which `what` needs the memory.
    package func runError(_ what: String) -> RunError {
        RunError(.memoryShortage(bytes: bytes, description), of: what)
    }
}

extension NDArray {
    /// The array with its elements converted to another type.
    ///
    /// - Throws: `RunError` when there is no memory for `what`.
    package func converted(
        to dtype: DType, for what: @autoclosure () -> String
    ) throws(RunError) -> NDArray {
        do {
            return try converted(to: dtype)
        } catch {
            throw error.runError(what())
        }
    }
}
