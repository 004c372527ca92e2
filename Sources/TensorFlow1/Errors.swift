// SPDX-License-Identifier: Apache-2.0
import Weft

extension tf {
    /// Errors that programs catch by their names. Other failures of a run are Weft's `RunError`.
    public enum errors {
        /// There is no further element: a dataset has come to its end.
        public struct OutOfRangeError: Error, Hashable, Sendable, CustomStringConvertible {
            /// What was at its end.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
            /// The name and the words.
            public var description: String { "\(Self.prefix)\(message)" }
            static let prefix = "OutOfRangeError: "
        }

        /// Something must be done before: an iterator has no dataset yet.
        public struct FailedPreconditionError: Error, Hashable, Sendable, CustomStringConvertible {
            /// What must be done.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
            /// The name and the words.
            public var description: String { "\(Self.prefix)\(message)" }
            static let prefix = "FailedPreconditionError: "
        }

        /// What a function of the host threw comes as words of a run's error; those of this package are
        /// themselves again.
        static func unwrapped(_ error: any Error) -> any Error {
            guard let run = error as? RunError, case .hostCallFailed(_, let words) = run.kind else {
                return error
            }
            if words.hasPrefix(OutOfRangeError.prefix) {
                return OutOfRangeError(String(words.dropFirst(OutOfRangeError.prefix.count)))
            }
            if words.hasPrefix(FailedPreconditionError.prefix) {
                return FailedPreconditionError(
                    String(words.dropFirst(FailedPreconditionError.prefix.count)))
            }
            return error
        }
    }
}
