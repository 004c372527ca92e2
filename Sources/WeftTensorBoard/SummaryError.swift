// SPDX-License-Identifier: Apache-2.0

/// Something that cannot be written to an event file, or a file that says what cannot be read, and why.
public struct SummaryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is, for programs.
    public enum Kind: Hashable, Sendable {
        /// An array has a shape or element type that the summary cannot have.
        case shape
        /// An array has NaN or infinities where numbers are counted.
        case notFinite
        /// An argument makes no sense, such as a rate of zero.
        case invalidArgument
        /// The writer has been closed.
        case closed
        /// An event of a file is none.
        case malformed
    }

    /// What kind of fault it is.
    public let kind: Kind
    /// The tag of the summary; nil for what has none.
    public let tag: String?
    /// What is wrong, and what to do.
    public let reason: String

    init(_ kind: Kind, _ tag: String?, _ reason: String) {
        self.kind = kind
        self.tag = tag
        self.reason = reason
    }

    /// The tag, and what is wrong.
    public var description: String { tag.map { "summary '\($0)': \(reason)" } ?? reason }
}
