// SPDX-License-Identifier: Apache-2.0

/// A line of a program's source.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The path of the file as the compiler saw it.
    public let path: String
    /// The line, from 1.
    public let line: Int

    /// A location from its parts.
    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }

    /// The file's name without its folders.
    public var file: String { String(path.split(separator: "/").last ?? "") }

    /// File and line: `Model.swift:41`.
    public var description: String { "\(file):\(line)" }
}
