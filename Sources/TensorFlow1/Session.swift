// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

extension tf {
    /// Runs tensors and operations.
    public final class Session: Sendable {
        /// Weft's session.
        public let session: Weft.Session
        /// The graph that the session was made in.
        public let graph: Graph

        @TaskLocal static var entered: Session?
        static let interactive = Guarded<Session?>(nil)
        /// The session that `eval` and `run` of tensors and operations use.
        static var current: Session? { entered ?? interactive.withLock { $0 } }

        /// A session with its own values of variables.
        ///
        /// - Parameters:
        ///   - target: Accepted: there is one machine.
        ///   - graph: The graph whose variables it is for; nil for the current one.
        ///   - seed: What draws depend on.
        public init(
            _ target: String = "", graph: Graph? = nil, config: ConfigProto? = nil, seed: UInt64 = 0
        ) {
            var options = Weft.Session.Options(seed: seed)
            if let threads = config?.intra_op_parallelism_threads, threads > 0 {
                options.engine = .cpu(threads: threads)
            }
            session = Weft.Session(options)
            self.graph = graph ?? .current
        }

        /// The value of a tensor. Numbers of another type are converted, as TensorFlow does.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(
            _ fetch: some TensorConvertible, feed_dict: FeedDict = [:],
            options: RunOptions? = nil, run_metadata: RunMetadata? = nil
        ) throws -> NDArray {
            try values([fetch], feed_dict, options, run_metadata)[0]
        }

        /// The same with the feeds unlabelled.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(_ fetch: some TensorConvertible, _ feed_dict: FeedDict) throws -> NDArray {
            try values([fetch], feed_dict)[0]
        }

        /// Runs an operation for its effect.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(
            _ operation: Operation, feed_dict: FeedDict = [:], options: RunOptions? = nil,
            run_metadata: RunMetadata? = nil
        ) throws {
            _ = try values([operation], feed_dict, options, run_metadata)
        }

        /// The same with the feeds unlabelled.
        ///
        /// - Throws: as `Weft.Session.run`.
        public func run(_ operation: Operation, _ feed_dict: FeedDict) throws {
            _ = try values([operation], feed_dict)
        }

        /// The values of several tensors, in one run; an operation among them happens, and its place has no
        /// value worth reading.
        ///
        /// - Throws: as `Weft.Session.run`; `RunError` for a nil fetch.
        public func run(
            _ fetches: [(any TensorConvertible)?], feed_dict: FeedDict = [:],
            options: RunOptions? = nil, run_metadata: RunMetadata? = nil
        ) throws -> [NDArray] {
            try values(present(fetches), feed_dict, options, run_metadata)
        }

        /// The same with the feeds unlabelled.
        ///
        /// - Throws: as `run` with labels.
        public func run(
            _ fetches: [(any TensorConvertible)?], _ feed_dict: FeedDict
        ) throws -> [NDArray] {
            try values(present(fetches), feed_dict)
        }

        /// The values of a tuple of fetches, to be taken apart:
        /// `let (_, loss) = try sess.run((train, loss))`.
        ///
        /// - Throws: as `run` of several.
        public func run<each F: TensorConvertible>(
            _ fetches: (repeat each F), feed_dict: FeedDict = [:],
            options: RunOptions? = nil, run_metadata: RunMetadata? = nil
        ) throws -> (repeat Fetched<each F>.Value) {
            var list: [any TensorConvertible] = []
            for fetch in repeat each fetches { list.append(fetch) }
            var results = try values(list, feed_dict, options, run_metadata).makeIterator()
            func next<T: TensorConvertible>(_ fetch: T) -> Fetched<T>.Value {
                results.next() ?? NDArray(false)
            }
            return (repeat next(each fetches))
        }

        /// The values of a tuple of fetches, the feeds unlabelled.
        ///
        /// - Throws: as `run` of several.
        public func run<each F: TensorConvertible>(
            _ fetches: (repeat each F), _ feed_dict: FeedDict
        ) throws -> (repeat Fetched<each F>.Value) {
            try run((repeat each fetches), feed_dict: feed_dict)
        }

        /// The values of several tensors under names.
        ///
        /// - Throws: as `run` of several.
        public func run(
            _ fetches: [String: any TensorConvertible], feed_dict: FeedDict = [:]
        ) throws -> [String: NDArray] {
            let names = fetches.keys.sorted()
            let values = try values(names.compactMap { fetches[$0] }, feed_dict)
            return Dictionary(uniqueKeysWithValues: zip(names, values))
        }

        /// The values of all tensors of a cell's state, which can be fed for a state of its form.
        ///
        /// - Throws: as `run` of several.
        public func run(
            _ state: nn.rnn_cell.State, feed_dict: FeedDict = [:]
        ) throws -> [NDArray] {
            try values(state.tensors, feed_dict)
        }

        /// The values of several lists of tensors.
        ///
        /// - Throws: as `run` of several.
        public func run(
            _ fetches: [[any TensorConvertible]], feed_dict: FeedDict = [:]
        ) throws -> [[NDArray]] {
            var values = try values(fetches.flatMap(\.self), feed_dict)[...]
            return fetches.map { list in
                defer { values = values.dropFirst(list.count) }
                return Array(values.prefix(list.count))
            }
        }

        /// The value of a tensor by its name: `x:0`. What has no number is an operation: it happens.
        ///
        /// - Throws: as `run`; `GraphError` when nothing in use has that name.
        public func run(_ name: String, feed_dict: FeedDict = [:]) throws -> NDArray {
            try values([try graph.get_tensor_by_name(name)], feed_dict)[0]
        }

        /// The values of gradients and of their variables.
        ///
        /// - Throws: as `run` of several.
        public func run(
            _ pairs: [GradientOfVariable], feed_dict: FeedDict = [:]
        ) throws -> [(gradient: NDArray, variable: NDArray)] {
            let flat = try run(
                pairs.flatMap { [$0.gradient, $0.variable.value] as [(any TensorConvertible)?] },
                feed_dict: feed_dict)
            return pairs.indices.map { (flat[2 * $0], flat[2 * $0 + 1]) }
        }

        /// Makes this the session of `eval` and `run` of tensors and operations, and its graph the default.
        public func as_default<R>(_ body: () throws -> R) rethrows -> R {
            try graph.as_default {
                try Session.$entered.withValue(self, operation: body)
            }
        }

        /// Ends the session.
        public func close() { session.close() }

        static func required(_ session: Session?, _ what: String) throws -> Session {
            if let session = session ?? current { return session }
            throw RunError(
                .unsupported,
                "Cannot evaluate tensor using `\(what)()`: No default session is registered. Use "
                    + "`sess.as_default { }` or pass a session")
        }

        private func present(
            _ fetches: [(any TensorConvertible)?]
        ) throws -> [any TensorConvertible] {
            try fetches.map {
                guard let tensor = $0 else {
                    throw RunError(
                        .invalidFetch,
                        "a fetch is nil: it was no gradient, the ys do not depend on that x")
                }
                return tensor
            }
        }

        private func values(
            _ fetches: [any TensorConvertible], _ feed_dict: FeedDict,
            _ options: RunOptions? = nil, _ metadata: RunMetadata? = nil
        ) throws -> [NDArray] {
            let feeds = try self.feeds(feed_dict.feeds(in: graph), for: fetches)
            do {
                if options?.trace_level == .FULL_TRACE, let metadata {
                    let profile = try session.profile(fetches, feeding: feeds, runs: 1, warmUp: 0)
                    metadata.fill(profile)
                    return profile.results
                }
                return try session.run(fetches, feeding: feeds)
            } catch {
                throw tf.errors.unwrapped(error)
            }
        }

        /// What is fed, with the first values that initializers among the fetches assign.
        private func feeds(
            _ feeds: Feeds, for fetches: [any TensorConvertible]
        ) throws -> Feeds {
            var result = feeds
            for case let operation as Operation in fetches {
                for first in operation.firstValues {
                    let value = try session.firstValue(of: first.variable, by: first.initializer)
                    result.set(first.placeholder, to: value)
                }
            }
            return result
        }
    }

    /// The type of what a fetch gives.
    public enum Fetched<Fetch: TensorConvertible> {
        /// An array.
        public typealias Value = NDArray
    }

    /// Runs `body` with a session that is the default one inside, and ends it afterwards:
    /// `with tf.Session() as sess`.
    public static func with<R>(_ session: Session, _ body: (Session) throws -> R) rethrows -> R {
        defer { session.close() }
        return try session.as_default { try body(session) }
    }

    /// A session that is the default one from now on.
    public static func InteractiveSession(
        _ target: String = "", graph: Graph? = nil, config: ConfigProto? = nil, seed: UInt64 = 0
    ) -> Session {
        let session = Session(target, graph: graph, config: config, seed: seed)
        Session.interactive.withLock { $0 = session }
        return session
    }

    /// The session that `eval` and `run` of tensors and operations use; nil outside of all.
    public static func get_default_session() -> Session? { Session.current }
}

extension AnyTensor {
    /// The value in a session, the default one if none is given.
    ///
    /// - Throws: as `tf.Session.run`; `RunError` without a session.
    public func eval(
        _ feed_dict: tf.FeedDict = [:], session: tf.Session? = nil
    ) throws -> NDArray {
        try tf.Session.required(session, "eval").run(self, feed_dict: feed_dict)
    }

    /// The value in a session, the default one if none is given.
    ///
    /// - Throws: as `tf.Session.run`; `RunError` without a session.
    public func eval(feed_dict: tf.FeedDict, session: tf.Session? = nil) throws -> NDArray {
        try eval(feed_dict, session: session)
    }

    /// The dimensions, as far as they are known.
    public func get_shape() -> Shape { shape }

    /// The tensor, known to have this shape.
    ///
    /// Python's `set_shape` changes the tensor; here the one with the shape is what it gives.
    public func set_shape(_ shape: Shape) -> AnyTensor {
        tf.call("EnsureShape", [self], ["shape": .shape(shape)])
    }

    /// The tensor's name with the number of the output: `x:0`.
    public var name: String { "\(operationName):\(index)" }

    /// The operation that makes the tensor.
    public var op: tf.Operation { tf.Operation(self, name: operationName) }

    /// The graph that things are made in.
    public var graph: tf.Graph { .current }
}

extension Shape {
    /// The dimensions, nil where one is not known; empty where their number is not.
    public func as_list() -> [Int?] {
        guard let rank else { return [] }
        return (0..<rank).map { self[$0] }
    }

    /// The number of dimensions; nil when unknown.
    public var ndims: Int? { rank }

    /// The number of elements; nil when unknown.
    public func num_elements() -> Int? { count }

    /// Whether all dimensions are known.
    public func is_fully_defined() -> Bool { isFullyKnown }
}
