// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

extension tf.train {
    /// Lets several threads of a program stop together: one asks for it, the others look, and whoever waits
    /// hears of the first error.
    public final class Coordinator: Sendable {
        private let state = Guarded<(stops: Bool, error: (any Error)?)>((false, nil))

        /// A coordinator that nobody has stopped.
        public init() {}

        /// Whether the threads are to end.
        public func should_stop() -> Bool { state.withLock { $0.stops } }

        /// Asks the threads to end. The first error that is given is kept; the end of data is none.
        public func request_stop(_ ex: (any Error)? = nil) {
            state.withLock { state in
                state.stops = true
                if !(ex is tf.errors.OutOfRangeError) { state.error = state.error ?? ex }
            }
        }

        /// Waits until the threads are to end, for `timeout` seconds at most; whether they are.
        public func wait_for_stop(timeout: Double? = nil) -> Bool {
            let end = timeout.map { Date(timeIntervalSinceNow: $0) }
            while !should_stop() {
                if let end, Date() >= end { return false }
                Thread.sleep(forTimeInterval: 0.005)
            }
            return true
        }

        /// Forgets that it was stopped.
        public func clear_stop() { state.withLock { $0 = (false, nil) } }

        /// Waits for threads to end.
        ///
        /// - Throws: the error that a thread asked to stop with.
        public func join(_ threads: [Thread] = [], stop_grace_period_secs: Double = 120) throws {
            let end = Date(timeIntervalSinceNow: stop_grace_period_secs)
            while threads.contains(where: { !$0.isFinished }) {
                if should_stop(), Date() > end {
                    throw GraphError(
                        operation: "Coordinator",
                        reason:
                            "threads still run \(stop_grace_period_secs) s after they were to stop")
                }
                Thread.sleep(forTimeInterval: 0.005)
            }
            if let error = state.withLock({ $0.error }) { throw error }
        }
    }
}
