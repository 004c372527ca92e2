// SPDX-License-Identifier: Apache-2.0

/// A graph that was built wrongly: which operation, what it was given, what it wants, and where.
///
/// `description` is for people. A program looks at `kind`, which holds the values:
///
/// ```swift
/// if case .elementTypesDiffer(let a, let b) = tensor.error?.kind { ... }
/// ```
public struct GraphError: Error, Sendable {
    /// The operation's name: `matmul`.
    public let operation: String
    /// The name of the tensor, if it has one.
    public let name: String?
    /// What was given and what is wanted, with its values.
    public let kind: Kind
    /// What was given and what is wanted, in words.
    public var reason: String { kind.description }
    /// Where the program asked for it; nil when the platform cannot tell.
    public var location: SourceLocation? { site.location }
    package let site: CallSite

    package init(operation: String, name: String? = nil, _ kind: Kind, site: CallSite = .current) {
        self.operation = operation
        self.name = name
        self.kind = kind
        self.site = site
    }

    /// An error that is told from others by its words only.
    package init(operation: String, name: String? = nil, reason: String) {
        self.init(operation: operation, name: name, .other(reason))
    }
}

extension GraphError: Hashable {
    /// Whether both say the same of the same call: made by way of the same calls in the program.
    ///
    /// No line is looked up for it, which takes long: calls are compared by their addresses.
    public static func == (a: GraphError, b: GraphError) -> Bool {
        a.operation == b.operation && a.name == b.name && a.kind == b.kind && a.site == b.site
    }

    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(operation)
        hasher.combine(name)
        hasher.combine(kind)
        hasher.combine(site)
    }
}

extension GraphError: CustomStringConvertible {
    /// `matmul 'layer1/matmul': inner dimensions differ: ... Built at Model.swift:41.`
    public var description: String {
        let subject = name.map { "\(operation) '\($0)'" } ?? operation
        let place = location.map { " Built at \($0)." } ?? ""
        return "\(subject): \(reason).\(place)"
    }
}

/// What a rule throws when its operands do not fit; the builder adds operation and place.
package struct RuleViolation: Error {
    package let kind: GraphError.Kind
    package var reason: String { kind.description }

    package init(_ kind: GraphError.Kind) { self.kind = kind }
    package init(_ reason: String) { kind = .other(reason) }
}

extension GraphError.Kind {
    /// What an error that was thrown while a graph was built says.
    package init(_ error: any Error) {
        self =
            (error as? RuleViolation)?.kind ?? (error as? GraphError)?.kind
            ?? .other(String(describing: error))
    }
}

extension CheckedSize {
    /// The value.
    ///
    /// - Throws: `RuleViolation` that `what` would be too large, when there is none.
    package func required(_ what: @autoclosure () -> String) throws -> Int {
        guard let value else { throw RuleViolation(.tooLarge(what())) }
        return value
    }
}
