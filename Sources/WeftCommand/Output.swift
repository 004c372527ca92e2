// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Standard output, whose failures are failures of the command.
enum Output {
    /// - Throws: an error when there is no standard output: the next file that is opened would take its
    ///   place and get what is printed.
    static func requireOpen() throws {
        if fcntl(STDOUT_FILENO, F_GETFD) == -1 { throw failure(errno) }
    }

    /// Writes a line at once.
    ///
    /// - Throws: an error when it cannot be written.
    static func line(_ text: String) throws { try write(text + "\n") }

    /// Writes text at once.
    ///
    /// - Throws: an error when it cannot be written.
    static func write(_ text: String) throws {
        // Printed before, and still in a buffer.
        try flush()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes what was printed.
    ///
    /// - Throws: an error when it cannot be written.
    static func flush() throws {
        if fflush(nil) != 0 { throw failure(errno) }
    }

    private static func failure(_ code: Int32) -> CleanFailure {
        CleanFailure("cannot write to standard output: \(String(cString: strerror(code)))")
    }
}

/// An error whose text is all that is said.
struct CleanFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
