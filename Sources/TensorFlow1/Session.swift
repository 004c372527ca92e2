// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Runs tensors and operations.
    public final class Session: Sendable {
        /// Weft's session.
        public let session: Weft.Session

        /// A session with its own values of variables.
        public init(seed: UInt64 = 0) { session = Weft.Session(.init(seed: seed)) }

        /// The value of a tensor. Numbers of another type are converted, as TensorFlow does.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(_ fetch: some TensorConvertible, feed_dict: Feeds = [:]) throws -> NDArray {
            try session.run(fetch, feeding: feeds(feed_dict, for: [fetch]))
        }

        /// The values of several tensors; nil has none.
        ///
        /// - Throws: as `Weft.Session.run`; `RunError` for a nil fetch.
        public func run(
            _ fetches: [(any TensorConvertible)?], feed_dict: Feeds = [:]
        ) throws -> [NDArray] {
            let tensors = try fetches.map {
                guard let tensor = $0 else {
                    throw RunError(
                        .invalidFetch,
                        "a fetch is nil: it was no gradient, the ys do not depend on that x")
                }
                return tensor
            }
            return try session.run(tensors, feeding: feeds(feed_dict, for: tensors))
        }

        /// The values of gradients and of their variables.
        ///
        /// - Throws: as `run` of several.
        public func run(
            _ pairs: [GradientOfVariable], feed_dict: Feeds = [:]
        ) throws -> [(gradient: NDArray, variable: NDArray)] {
            let flat = try run(
                pairs.flatMap { [$0.gradient, $0.variable.value] as [(any TensorConvertible)?] },
                feed_dict: feed_dict)
            return pairs.indices.map { (flat[2 * $0], flat[2 * $0 + 1]) }
        }

        /// Runs an operation for its effect.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(_ operation: Operation, feed_dict: Feeds = [:]) throws {
            _ = try session.run(operation, feeding: feeds(feed_dict, for: [operation]))
        }

        /// Ends the session.
        public func close() { session.close() }

        /// What is fed, with the first values that initializers among the fetches assign.
        private func feeds(
            _ feeds: Feeds, for fetches: [any TensorConvertible]
        ) throws -> Feeds {
            var result = try Self.converted(feeds)
            for case let operation as Operation in fetches {
                for first in operation.firstValues {
                    let value = try session.firstValue(of: first.variable, by: first.initializer)
                    result.set(first.placeholder, to: value)
                }
            }
            return result
        }

        private static func converted(_ feeds: Feeds) throws -> Feeds {
            guard feeds.pairs.contains(where: { $0.array.dtype != $0.tensor.dtype }) else {
                return feeds
            }
            return Feeds(
                try feeds.pairs.map { pair in
                    let (array, tensor) = (pair.array, pair.tensor)
                    guard array.dtype.isNumeric, tensor.dtype.isNumeric else {
                        return (tensor, array)
                    }
                    return (
                        tensor,
                        try array.converted(to: tensor.dtype, for: "what is fed for \(tensor)")
                    )
                })
        }
    }
}
