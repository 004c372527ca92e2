// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A new file that others read while it grows.
package final class AppendedFile {
    package let path: String
    private var descriptor: Int32
    /// The number of bytes that are in the file.
    package private(set) var position = 0

    /// - Throws: `FileError` when there is such a file, or none can be made.
    package init(_ path: String) throws {
        try FileError.requireUsable(path)
        self.path = path
        descriptor = uninterrupted { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw FileError.system(path, "cannot be made") }
    }

    deinit { if descriptor >= 0 { Self.close(descriptor) } }

    /// Adds bytes at the end. When this throws, `position` says how many of them are in the file.
    ///
    /// - Throws: `FileError` when the system does not take them.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return }
            let count = uninterrupted {
                pwrite(
                    descriptor, base + done, min(bytes.count - done, mostBytesAtOnce),
                    off_t(position))
            }
            guard count > 0 else {
                throw FileError.system(
                    path, "cannot be written",
                    advice: "what was written before is there; make room or give another place")
            }
            done += count
            position += count
        }
    }

    /// Leaves only the first `count` bytes.
    package func truncate(to count: Int) throws {
        guard ftruncate(descriptor, off_t(count)) == 0 else {
            throw FileError.system(path, "cannot be shortened")
        }
        position = min(position, count)
    }

    /// Brings all to the disk and ends writing.
    package func close() throws {
        guard descriptor >= 0 else { return }
        let synchronized = uninterrupted { fsync(descriptor) }
        let code = errno
        let closed = Self.close(descriptor)
        descriptor = -1
        if synchronized != 0 { throw FileError.system(path, "cannot be written", code: code) }
        // Some file systems say only here that there is no room.
        if closed != 0 { throw FileError.system(path, "cannot be written") }
    }

    @discardableResult
    private static func close(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.close(descriptor)
        #elseif canImport(Musl)
        Musl.close(descriptor)
        #else
        Darwin.close(descriptor)
        #endif
    }
}
