// SPDX-License-Identifier: Apache-2.0

/// A TensorFlow graph that cannot be taken over, and why: which file, which node, and what to do.
public struct TensorFlowError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is, for programs.
    public enum Kind: Hashable, Sendable {
        /// The file is no graph, or it is damaged or cut off.
        case malformed
        /// The graph has an operation, or a form of one, that there is nothing for.
        case unsupported
        /// There is no tensor, operation, function, signature or variable of that name.
        case notFound
        /// What was asked for does not fit the graph: a feed of another type, a fetch without a value.
        case invalidRequest
    }

    /// What kind of fault it is.
    public let kind: Kind
    /// The file; nil for a graph that was not read from one.
    public var path: String?
    /// The node at which the fault shows, its function's name in front where it stands in one.
    public let node: String?
    /// The kind of operation that the node is.
    public let operation: String?
    /// What is wrong, and what to do.
    public let reason: String

    package init(
        _ kind: Kind, path: String? = nil, node: String? = nil, operation: String? = nil,
        _ reason: String
    ) {
        self.kind = kind
        self.path = path
        self.node = node
        self.operation = operation
        self.reason = reason
    }

    /// The file, the node, and what is wrong.
    public var description: String {
        var place = path.map { "'\($0)'" } ?? "TensorFlow graph"
        if let node { place += ", node '\(node)'" }
        if let operation { place += " (\(operation))" }
        return "\(place): \(reason)"
    }
}
