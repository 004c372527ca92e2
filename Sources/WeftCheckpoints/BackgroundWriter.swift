// SPDX-License-Identifier: Apache-2.0
import Dispatch
import WeftGraph

/// Does one piece of work at a time on a thread of its own; what fails is said by the next call.
final class BackgroundWriter: Sendable {
    private let isConcurrent: Bool
    private let queue = DispatchQueue(label: "weft.checkpoints")
    private let running = DispatchGroup()
    private let callers = Lock()
    private let failure = Guarded<(any Error)?>(nil)

    init(isConcurrent: Bool) { self.isConcurrent = isConcurrent }

    /// Begins `work` when what was begun before has ended.
    ///
    /// - Throws: what the work before has thrown; this one is begun all the same. Also what this one throws,
    ///   where nothing is done in the background.
    func run(_ work: @escaping @Sendable () throws -> Void) throws {
        try callers.withLock {
            let earlier = wait()
            if isConcurrent {
                queue.async(group: running) {
                    do {
                        try work()
                    } catch {
                        self.failure.withLock { $0 = error }
                    }
                }
            } else {
                try work()
            }
            if let earlier { throw earlier }
        }
    }

    /// Waits for the work that was begun.
    ///
    /// - Returns: what it has thrown, once.
    func wait() -> (any Error)? {
        running.wait()
        return failure.withLock { error in
            defer { error = nil }
            return error
        }
    }
}
