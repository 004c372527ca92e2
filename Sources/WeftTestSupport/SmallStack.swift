// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftGraph

/// Runs `body` on a thread with a stack so small that a recursion along a chain of nodes exceeds it.
package func onSmallStack<R: Sendable>(
    kilobytes: Int = 512, _ body: @escaping @Sendable () throws -> R
) throws -> R {
    let result = Guarded<Result<R, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        let value = Result { try body() }
        result.withLock { $0 = value }
        done.signal()
    }
    thread.stackSize = kilobytes << 10
    thread.start()
    done.wait()
    guard let value = result.withLock({ $0 }) else { throw CancellationError() }
    return try value.get()
}
