// SPDX-License-Identifier: Apache-2.0
public import Foundation
import Weft

extension tf.GraphKeys {
    /// What fills queues.
    public static let QUEUE_RUNNERS = tf.CollectionKey<tf.train.QueueRunner>("queue_runners")
}

extension tf.train {
    /// Fills a queue: each of its operations is run again and again by a thread of its own, until the data end
    /// or the coordinator asks to stop. When the last one ends with its data, the queue is closed.
    public final class QueueRunner: Sendable {
        /// The queue.
        public let queue: tf.QueueBase
        /// What puts elements in.
        public let enqueue_ops: [tf.Operation]
        private let state = Guarded<(running: Int, errors: [any Error])>((0, []))

        /// A runner of operations, of which one may stand there several times.
        public init(_ queue: tf.QueueBase, _ enqueue_ops: [tf.Operation]) {
            self.queue = queue
            self.enqueue_ops = enqueue_ops
        }
        /// A runner of operations, all by labels.
        public convenience init(queue: tf.QueueBase, enqueue_ops: [tf.Operation]) {
            self.init(queue, enqueue_ops)
        }

        /// The errors of threads without a coordinator.
        public var exceptions_raised: [any Error] { state.withLock { $0.errors } }

        /// Makes the threads.
        ///
        /// - Parameters:
        ///   - coord: Who asks the threads to stop, which closes the queue; hears of their errors.
        ///   - daemon: Accepted: no thread keeps a program running.
        ///   - start: Whether they start at once.
        public func create_threads(
            _ sess: tf.Session, coord: Coordinator? = nil, daemon: Bool = false, start: Bool = false
        ) -> [Thread] {
            let isFirst = state.withLock { state in
                defer { state.running += enqueue_ops.count }
                return state.running == 0
            }
            if isFirst { queue.reopen() }
            let threads = enqueue_ops.map { operation in
                let thread = Thread { self.fill(operation, sess, coord) }
                // As that of a program: runs make plans, too.
                thread.stackSize = 8 << 20
                return thread
            }
            coord?.whenStopped { [queue] in queue.end(cancels: true) }
            if start { for thread in threads { thread.start() } }
            return threads
        }

        private func fill(_ operation: tf.Operation, _ session: tf.Session, _ coord: Coordinator?) {
            do {
                while coord?.should_stop() != true { try session.run(operation) }
                state.withLock { $0.running -= 1 }
            } catch is tf.errors.OutOfRangeError {
                let left = state.withLock { state in
                    state.running -= 1
                    return state.running
                }
                if left == 0 { queue.end(cancels: false) }
            } catch {
                let isOver = error is tf.errors.CancelledError && coord?.should_stop() != false
                state.withLock { state in
                    state.running -= 1
                    if coord == nil, !isOver { state.errors.append(error) }
                }
                coord?.request_stop(error)
                // Nobody is to wait for what will not come.
                queue.end(cancels: false)
            }
        }
    }

    /// Lists a runner among those that `start_queue_runners` starts.
    public static func add_queue_runner(_ qr: QueueRunner) {
        tf.add_to_collection(tf.GraphKeys.QUEUE_RUNNERS, qr)
    }

    /// Starts all runners of the graph.
    ///
    /// - Parameter sess: The session to run in; nil for the default one.
    /// - Returns: the threads, for `Coordinator.join`.
    /// - Throws: `RunError` without a session.
    @discardableResult
    public static func start_queue_runners(
        sess: tf.Session? = nil, coord: Coordinator? = nil, daemon: Bool = true, start: Bool = true
    ) throws -> [Thread] {
        let session = try tf.Session.required(sess, "start_queue_runners")
        return session.graph.get_collection(tf.GraphKeys.QUEUE_RUNNERS).flatMap {
            $0.create_threads(session, coord: coord, daemon: daemon, start: start)
        }
    }
    /// Starts all runners of the graph, the session unlabelled or behind.
    ///
    /// - Throws: `RunError` without a session.
    @discardableResult
    public static func start_queue_runners(
        _ sess: tf.Session, coord: Coordinator? = nil
    ) throws -> [Thread] {
        try start_queue_runners(sess: sess, coord: coord)
    }
    /// Starts all runners of the graph, the session behind.
    ///
    /// - Throws: `RunError` without a session.
    @discardableResult
    public static func start_queue_runners(
        coord: Coordinator, sess: tf.Session
    ) throws -> [Thread] {
        try start_queue_runners(sess: sess, coord: coord)
    }
}
