// SPDX-License-Identifier: Apache-2.0
import WeftGraph

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A mutual exclusion lock: `pthread_mutex_t` at a fixed address.
///
/// `@unchecked Sendable`: locking is what it is for.
final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inline(__always)
    func withLock<R>(_ body: () throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// The same, giving up the wait when `control` says so.
    func withLock<R>(stoppingBy control: RunControl?, _ body: () throws -> R) throws -> R {
        if let control {
            while pthread_mutex_trylock(mutex) != 0 {
                try control.check()
                usleep(200)
            }
        } else {
            pthread_mutex_lock(mutex)
        }
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}
