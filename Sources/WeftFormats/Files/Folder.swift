// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder that files are written to.
package enum Folder {
    /// Makes a folder, and those above it, where they are missing.
    ///
    /// - Throws: `FileError` when that is not allowed, or a file is in the way.
    package static func make(_ path: String) throws {
        try FileError.requireUsable(path)
        var made = path.hasPrefix("/") ? "" : "."
        for name in path.split(separator: "/") {
            made += "/\(name)"
            if mkdir(made, 0o777) == 0 || errno == EEXIST { continue }
            // What may not be made may be there.
            if access(made, F_OK) != 0 { throw FileError.system(path, "cannot be made") }
        }
        var info = stat()
        guard stat(path, &info) == 0 else { throw FileError.system(path, "cannot be used") }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw FileError.system(
                path, "cannot be made", advice: "give the path of a folder", code: ENOTDIR)
        }
    }

    /// The names of what is in a folder.
    package static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw FileError.system(path, "cannot be read") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(
                    to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)
                ) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file, if it is there.
    package static func removeFile(_ path: String) throws {
        if unlink(path) != 0, errno != ENOENT {
            throw FileError.system(path, "cannot be removed")
        }
    }

    /// Moves a file to another place of the same file system, where it replaces what is there.
    package static func moveFile(_ path: String, to target: String) throws {
        if rename(path, target) != 0 {
            throw FileError.system(path, "cannot be moved to '\(target)'")
        }
    }

    /// Removes a folder if there is nothing in it.
    package static func removeIfEmpty(_ path: String) { _ = rmdir(path) }

    /// The folder that a path is in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether a folder is there; with `followingLinks`, also where a link leads to one.
    package static func isFolder(_ path: String, followingLinks: Bool) -> Bool {
        var info = stat()
        let found = followingLinks ? stat(path, &info) : lstat(path, &info)
        return found == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether something is there.
    package static func has(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// A file that one object of one process holds at a time. It stays; the system lets go of it when the process
/// ends, however it does.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `FileError` when somebody else holds it, or it cannot be made.
    package init(_ path: String, busy advice: String) throws {
        descriptor = uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw FileError.system(path, "cannot be written") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = FileError.system(path, "cannot be locked", advice: advice)
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }
}
