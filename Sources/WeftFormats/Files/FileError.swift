// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be read or written, and why: which file, where in it, and what to do.
///
/// Nothing that stands in a file ends the process, but for cutting off one that is mapped, and no size that a file claims is believed before there are
/// as many bytes.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is, for programs.
    public enum Kind: Hashable, Sendable {
        /// The system refuses: no such file, no rights, a full disk. The number is its `errno`.
        case system(Int32)
        /// The file is not what it is taken for, or it is damaged or cut off.
        case malformed
        /// The file ends in the midst of a record: it is being written, or its writer was ended.
        case truncated
        /// The file is sound, and has what cannot be an array here; or an array has no place in the format.
        case unsupported
        /// The file has no entry of that name.
        case noEntry
        /// There is no memory for what is in the file.
        case memory
    }

    /// What kind of fault it is.
    public let kind: Kind
    /// The file.
    public let path: String
    /// The entry of the file, for what consists of entries.
    public let entry: String?
    /// The byte at which the fault shows, counted from 0: of the file, or of an entry that is stored
    /// compressed, of what it is uncompressed.
    public let offset: Int?
    /// What is wrong, and what to do.
    public let reason: String

    package init(
        _ kind: Kind, _ path: String, entry: String? = nil, at offset: Int? = nil, _ reason: String
    ) {
        self.kind = kind
        self.path = path
        self.entry = entry
        self.offset = offset
        self.reason = reason
    }

    /// The file, the place in it, and what is wrong.
    public var description: String {
        var place = "'\(path)'"
        if let entry { place += ", entry '\(entry)'" }
        if let offset { place += ", byte \(offset)" }
        return "\(place): \(reason)"
    }
}
