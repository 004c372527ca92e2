// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A mutual exclusion lock: `pthread_mutex_t` at a fixed address.
///
/// Not a `Synchronization.Mutex`, which was fifty times slower here under contention and whose
/// order ThreadSanitizer does not see.
/// `@unchecked Sendable`: locking is what it is for.
package final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Whether somebody holds the lock.
    package var isHeld: Bool {
        guard pthread_mutex_trylock(mutex) == 0 else { return true }
        pthread_mutex_unlock(mutex)
        return false
    }

    package func withLock<R>(_ body: () throws -> R) rethrows -> R {
        acquire()
        defer { release() }
        return try body()
    }

    /// For what is shorter than a call of `withLock`, whose closure is called through its type.
    package func acquire() { pthread_mutex_lock(mutex) }

    /// Takes the lock unless somebody holds it.
    package func tryAcquire() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    package func release() { pthread_mutex_unlock(mutex) }

    /// The same, giving up the wait when `check`, called now and then, throws.
    package func withLock<R>(
        waiting check: () throws -> Void, _ body: () throws -> R
    ) throws -> R {
        while pthread_mutex_trylock(mutex) != 0 {
            try check()
            CurrentThread.pause(microseconds: 200)
        }
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}

/// The thread that is running.
package enum CurrentThread {
    /// A number that no other thread has at the same time.
    package static var number: UInt {
        #if canImport(Glibc)
        UInt(pthread_self())
        #else
        UInt(bitPattern: pthread_self())
        #endif
    }

    /// Lets other threads go on for about `microseconds`.
    package static func pause(microseconds: UInt32) { usleep(microseconds) }
}

/// A value that is only touched under its lock.
///
/// `@unchecked Sendable`: that is what the lock is for.
package final class Guarded<Value>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value

    package init(_ value: sending Value) { self.value = value }

    package func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        try lock.withLock { try body(&value) }
    }
}
