// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What bytes are written to one after the other.
package protocol ByteOutput: AnyObject {
    /// - Throws: `FileError` when the system cannot write them.
    func write(_ bytes: UnsafeRawBufferPointer) throws
}

extension ByteOutput {
    package func write(_ bytes: some Sequence<UInt8>) throws {
        try Array(bytes).withUnsafeBytes { try write($0) }
    }
}

/// A file that comes into being as a whole or not at all.
///
/// It is written beside its place, under a name of its own, and takes the place of an earlier one when all
/// of it is on the disk. Unless it is committed, nothing is left of it when the object goes; a process that
/// is killed leaves the other file, whose name begins with `partialPrefix`.
package final class AtomicFile: ByteOutput {
    /// How the names of files begin that are not complete.
    package static let partialPrefix = ".weft-partial-"
    private static let bufferSize = 1 << 16

    package let path: String
    private let target: String
    private let folder: String
    private let partial: String
    /// -1 when the file is complete.
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    /// The bytes that are in the file already.
    private var flushed = 0
    private var isCommitted = false

    /// Begins a file for `path`; a link there stays, and what it leads to is replaced or made. The new file has
    /// the permissions of the earlier one.
    ///
    /// - Throws: `FileError` when the folder cannot be written to, or what is there is no file.
    package init(_ path: String) throws {
        try FileError.requireUsable(path)
        self.path = path
        target = try Self.resolved(path)
        var earlier = stat()
        let isThere = stat(target, &earlier) == 0
        guard !isThere || earlier.st_mode & S_IFMT == S_IFREG else {
            isCommitted = true
            (folder, partial, descriptor) = ("", "", -1)
            throw FileError(.system(EINVAL), path, "is no file but a folder, pipe or device")
        }
        folder = Self.folder(of: target)
        let number = UInt64.random(in: .min ... .max)
        partial =
            "\(folder)/\(Self.partialPrefix)\(getpid())-\(String(number, radix: 16))"
        let name = partial
        descriptor = uninterrupted { open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else {
            isCommitted = true
            throw FileError.system(
                path, "cannot be written, since no file can be made in '\(folder)'",
                advice: "give another place, or make that folder and allow writing there")
        }
        buffer.reserveCapacity(Self.bufferSize)
        guard isThere else { return }
        // Before there is a byte that others may not read. Only root may give files to others.
        _ = fchown(descriptor, earlier.st_uid, earlier.st_gid)
        guard fchmod(descriptor, earlier.st_mode & 0o777) == 0 else { throw failure() }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted { unlink(partial) }
    }

    /// The number of bytes written so far.
    package var position: Int { flushed + buffer.count }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        if bytes.count >= Self.bufferSize {
            try put(bytes, at: flushed)
            flushed += bytes.count
        } else {
            buffer += bytes
        }
    }

    /// Writes over bytes that were written before.
    package func overwrite(_ bytes: [UInt8], at offset: Int) throws {
        try flush()
        try bytes.withUnsafeBytes { try put($0, at: offset) }
    }

    /// Brings all that was written to the disk; no more can be written.
    package func complete() throws {
        guard descriptor >= 0 else { return }
        try flush()
        guard Self.synchronize(descriptor) == 0 else { throw failure() }
        // Some file systems say only here that there is no room.
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw failure() }
    }

    /// Puts the file into its place, where it stays also when the machine stops now. When only the latter
    /// cannot be had, it is in its place already, and the error says so.
    package func commit() throws {
        try complete()
        guard rename(partial, target) == 0 else { throw failure() }
        isCommitted = true
        try Self.synchronizeFolder(folder, for: path)
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { try put($0, at: flushed) }
        flushed += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return }
            let count = uninterrupted {
                pwrite(
                    descriptor, base + done, min(bytes.count - done, mostBytesAtOnce),
                    off_t(offset + done))
            }
            guard count > 0 else { throw failure() }
            done += count
        }
    }

    private func failure() -> FileError {
        .system(
            path, "cannot be written",
            advice: "what was there before is as it was; make room or give another place")
    }

    /// What a path leads to through links, also where there is nothing yet.
    private static func resolved(_ path: String) throws -> String {
        var place = path
        for _ in 0..<mostLinks {
            if let found = realpath(place, nil) {
                defer { free(found) }
                return String(cString: found)
            }
            guard let next = linkTarget(place) else { return place }
            place = next.hasPrefix("/") ? next : "\(folder(of: place))/\(next)"
        }
        throw FileError.system(path, "cannot be written", code: ELOOP)
    }

    /// As many as systems follow.
    private static let mostLinks = 40

    /// What a link says; nil for what is none.
    private static func linkTarget(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map {
                readlink(path, $0.assumingMemoryBound(to: CChar.self), bytes.count)
            } ?? -1
        }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func folder(of path: String) -> String { Folder.parent(of: path) }

    private static func synchronize(_ descriptor: Int32) -> Int32 {
        #if canImport(Darwin)
        // There `fsync` stops at the drive's own memory.
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
        #endif
        return uninterrupted { fsync(descriptor) }
    }

    /// Brings the names in a folder to the disk.
    package static func synchronizeFolder(_ folder: String, for path: String) throws {
        let descriptor = uninterrupted { open(folder, O_RDONLY | O_CLOEXEC) }
        // A folder that may be written to and not read has no descriptor to ask for it.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // File systems that keep names otherwise say EINVAL.
        if synchronize(descriptor) != 0, errno != EINVAL {
            throw FileError.system(path, "its name may not be on the disk yet")
        }
    }
}
