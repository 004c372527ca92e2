// SPDX-License-Identifier: Apache-2.0

/// Names for the tensors and variables built inside a scope.
public enum NameScope {
    /// The path of the scopes around, without a slash at its end; empty outside all.
    @TaskLocal public static var path = ""

    /// A name under the current path.
    public static func qualified(_ name: String) -> String { joined(path, name) }

    /// One path below another; either may be empty.
    package static func joined(_ outer: String, _ inner: String) -> String {
        outer.isEmpty ? inner : inner.isEmpty ? outer : "\(outer)/\(inner)"
    }
}

/// Builds what `body` builds with `name` in front of the names.
public func withNameScope<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
    try NameScope.$path.withValue(NameScope.qualified(name)) { try body() }
}

extension VariableHandle {
    /// The name scope that the variable was made in.
    package var scope: String { String(Origin.scope(ofName: name)) }

    /// Builds what `body` builds in the name scope that the variable was made in: a layer's operations
    /// stand beside its variables, wherever it is called.
    package func inItsScope<R>(_ body: () throws -> R) rethrows -> R {
        try NameScope.$path.withValue(scope, operation: body)
    }
}
