// SPDX-License-Identifier: Apache-2.0

/// A graph that was built wrongly: which operation, what it was given, what it wants, and where.
public struct GraphError: Error, Sendable {
    /// The operation's name: `matmul`.
    public let operation: String
    /// The name of the tensor, if it has one.
    public let name: String?
    /// What was given and what is wanted.
    public let reason: String
    /// Where the program asked for it; nil when the platform cannot tell.
    public var location: SourceLocation? { site.location }
    package let site: CallSite

    package init(
        operation: String, name: String? = nil, reason: String, site: CallSite = .current
    ) {
        self.operation = operation
        self.name = name
        self.reason = reason
        self.site = site
    }
}

extension GraphError: Hashable {
    /// Whether both say the same of the same place.
    public static func == (a: GraphError, b: GraphError) -> Bool {
        a.operation == b.operation && a.name == b.name && a.reason == b.reason
            && a.location == b.location
    }

    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(operation)
        hasher.combine(name)
        hasher.combine(reason)
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

/// What a shape rule says when its operands do not fit; the builder adds operation and place.
package struct RuleViolation: Error {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}

extension CheckedSize {
    /// The value.
    ///
    /// - Throws: `RuleViolation` with `reason` when there is none.
    package func required(_ reason: @autoclosure () -> String) throws -> Int {
        guard let value else { throw RuleViolation(reason()) }
        return value
    }
}
