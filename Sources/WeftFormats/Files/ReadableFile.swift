// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file that is read by positions, from any number of threads.
package final class ReadableFile: Sendable {
    package let path: String
    /// Its bytes when it was opened.
    package let size: Int
    private let descriptor: Int32

    /// - Throws: `FileError` when there is no such file, it may not be read, or it is a folder or a device.
    package init(_ path: String) throws {
        try FileError.requireUsable(path)
        self.path = path
        // Without O_NONBLOCK a named pipe would wait here for a writer.
        descriptor = uninterrupted { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw FileError.system(path, "cannot be opened") }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            let error = FileError.system(path, "cannot be read")
            close(descriptor)
            throw error
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(.system(EINVAL), path, "is no file but a folder, pipe or device")
        }
        size = Int(info.st_size)
    }

    deinit { close(descriptor) }

    func withDescriptor<R>(_ body: (Int32) throws -> R) rethrows -> R { try body(descriptor) }

    package func error(
        _ kind: FileError.Kind = .malformed, entry: String? = nil, at offset: Int?,
        _ reason: String
    ) -> FileError {
        FileError(kind, path, entry: entry, at: offset, reason)
    }

    /// Fills `target` with the bytes from `offset` on.
    ///
    /// - Throws: `FileError` when there are fewer, or the system cannot read them.
    package func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < target.count {
            guard let base = target.baseAddress else { return }
            let count = uninterrupted {
                pread(
                    descriptor, base + done, min(target.count - done, mostBytesAtOnce),
                    off_t(offset + done))
            }
            if count < 0 { throw FileError.system(path, "cannot be read at byte \(offset + done)") }
            if count == 0 {
                throw error(
                    at: offset + done,
                    "the file ends here, and \(target.count - done) more bytes are wanted; it was "
                        + "cut off, write or copy it again")
            }
            done += count
        }
    }

    /// - Throws: `FileError` when the file has no such bytes.
    package func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw error(
                at: offset,
                "\(count) bytes are wanted from here on, and the file has \(size) in all; it was cut off, "
                    + "write or copy it again")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try read(at: offset, into: $0) }
        return bytes
    }
}
