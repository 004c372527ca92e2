// SPDX-License-Identifier: Apache-2.0
import Weft

/// An error that comes out of a run under the name that programs catch it by.
public protocol NamedRunError: Error, CustomStringConvertible {
    /// What happened.
    var message: String { get }
    /// An error of these words.
    init(_ message: String)
}

extension NamedRunError {
    /// The name and the words.
    public var description: String { "\(Self.prefix)\(message)" }
    fileprivate static var prefix: String { "\(Self.self): " }

    /// The error whose words these are; nil if they are another's.
    fileprivate init?(words: String) {
        guard words.hasPrefix(Self.prefix) else { return nil }
        self.init(String(words.dropFirst(Self.prefix.count)))
    }
}

extension tf {
    /// Errors that programs catch by their names. Other failures of a run are Weft's `RunError`.
    public enum errors {
        /// There is no further element: a dataset or a queue has come to its end.
        public struct OutOfRangeError: NamedRunError, Hashable, Sendable {
            /// What was at its end.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
        }

        /// Something must be done before: an iterator has no dataset yet.
        public struct FailedPreconditionError: NamedRunError, Hashable, Sendable {
            /// What must be done.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
        }

        /// What was waited for will not be: a queue was closed.
        public struct CancelledError: NamedRunError, Hashable, Sendable {
            /// What ended.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
        }

        /// What was waited for took too long.
        public struct DeadlineExceededError: NamedRunError, Hashable, Sendable {
            /// What was late.
            public let message: String
            /// An error of these words.
            public init(_ message: String) { self.message = message }
        }

        private static let named: [any NamedRunError.Type] = [
            OutOfRangeError.self, FailedPreconditionError.self, CancelledError.self,
            DeadlineExceededError.self,
        ]

        /// What a function of the host threw comes as words of a run's error; those of this package are
        /// themselves again.
        static func unwrapped(_ error: any Error) -> any Error {
            guard let run = error as? RunError, case .hostCallFailed(_, let words) = run.kind else {
                return error
            }
            for type in named {
                if let error = type.init(words: words) { return error }
            }
            return error
        }
    }
}
