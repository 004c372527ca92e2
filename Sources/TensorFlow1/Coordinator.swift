// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

extension tf.train {
    /// Lets several threads of a program stop together: one asks for it, the others look, and whoever waits
    /// hears of the first error.
    public final class Coordinator: Sendable {
        private struct State: Sendable {
            var stops = false
            var error: (any Error)?
            var actions: [@Sendable () -> Void] = []
        }
        private let state = Guarded(State())

        /// A coordinator that nobody has stopped.
        public init() {}

        /// Whether the threads are to end.
        public func should_stop() -> Bool { state.withLock { $0.stops } }

        /// Asks the threads to end. The error of who asks first is kept; the end of data is none.
        public func request_stop(_ ex: (any Error)? = nil) {
            let actions = state.withLock { state in
                if !state.stops, !(ex is tf.errors.OutOfRangeError) { state.error = ex }
                state.stops = true
                defer { state.actions = [] }
                return state.actions
            }
            for action in actions { action() }
        }

        /// Does something when the threads are to end.
        func whenStopped(_ action: @escaping @Sendable () -> Void) {
            let stops = state.withLock { state in
                if !state.stops { state.actions.append(action) }
                return state.stops
            }
            if stops { action() }
        }

        /// Runs `body`; what it throws asks the threads to end.
        public func stop_on_exception(_ body: () throws -> Void) {
            do { try body() } catch { request_stop(error) }
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
        public func clear_stop() { state.withLock { $0 = State() } }

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
