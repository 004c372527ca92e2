// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension FileError {
    /// What the system has just refused.
    package static func system(
        _ path: String, _ what: String, advice: String? = nil, code: Int32 = errno
    ) -> FileError {
        let text = "\(what): \(String(cString: strerror(code)))"
        return FileError(.system(code), path, advice.map { "\(text); \($0)" } ?? text)
    }

    /// - Throws: `FileError` for a path that C would read only the beginning of.
    static func requireUsable(_ path: String) throws {
        if path.isEmpty || path.utf8.contains(0) {
            throw FileError(
                .system(EINVAL), path, "the path is empty or has a zero byte; give another")
        }
    }
}

/// Repeats a call of the system that a signal has interrupted.
func uninterrupted<R: SignedInteger>(_ call: () -> R) -> R {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Some systems refuse to read or write 2 GiB or more in one call.
let mostBytesAtOnce = 1 << 30
