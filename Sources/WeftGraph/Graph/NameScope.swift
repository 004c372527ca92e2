// SPDX-License-Identifier: Apache-2.0

/// Names for the tensors and variables built inside a scope.
public enum NameScope {
    /// The path of the scopes around, without a slash at its end; empty outside all.
    @TaskLocal public static var path = ""

    /// A name under the current path.
    public static func qualified(_ name: String) -> String {
        path.isEmpty ? name : "\(path)/\(name)"
    }
}

/// Builds what `body` builds with `name` in front of the names.
public func withNameScope<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
    try NameScope.$path.withValue(NameScope.qualified(name)) { try body() }
}
