// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The memory of an array: 64-byte aligned, owned, returned to a recycler when the last owner lets go.
///
/// `@unchecked Sendable`: whoever writes holds the only reference (`NDArray` checks before it does).
package final class Storage: @unchecked Sendable {
    package let address: UnsafeMutableRawPointer
    package let byteCount: Int
    private let sizeClass: Int

    /// Uninitialised memory for `byteCount` bytes.
    package init(byteCount: Int) {
        self.byteCount = byteCount
        (address, sizeClass) = BufferRecycler.shared.take(byteCount)
    }

    deinit {
        weft_sanitizer_acquire(address)
        BufferRecycler.shared.give(address, sizeClass)
    }

    /// Takes the memory for an array of `byteCount` bytes out of `storage` when it has as many and
    /// nobody else holds it.
    package static func takeUnshared(_ storage: inout Storage?, byteCount: Int) -> Storage? {
        guard isKnownUniquelyReferenced(&storage), let own = storage, own.byteCount == byteCount
        else { return nil }
        storage = nil
        weft_sanitizer_acquire(own.address)
        return own
    }

    /// Says that this thread has read what it wanted to: the next owner of the memory comes later.
    package func noteRead() { weft_sanitizer_release(address) }
}

/// Keeps freed buffers for the next array of about the same size.
///
/// A fresh page costs more than the arithmetic on it, so steady loops must not return memory to
/// the system. What is kept is bounded; the rest is freed.
package final class BufferRecycler: @unchecked Sendable {
    package static let shared = BufferRecycler()

    /// The most bytes kept in all.
    static let limit = 1 << 30
    private static let classCount = 64 * 4

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Guarded by the mutex; checks for overlapping accesses would cost as much as the lock.
    @exclusivity(unchecked)
    private var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: classCount)
    @exclusivity(unchecked) private var kept = 0

    private init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    /// Four classes to each power of two; the smallest holds 256 bytes.
    package static func sizeClass(_ byteCount: Int) -> (index: Int, capacity: Int) {
        if byteCount <= 256 { return (0, 256) }
        let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
        let step = 1 << (exponent - 2)
        let quarter = (byteCount - 1) >> (exponent - 2) & 3
        return ((exponent - 7) * 4 + quarter, (1 << exponent) + (quarter + 1) * step)
    }

    func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, Int) {
        let (index, capacity) = Self.sizeClass(byteCount)
        pthread_mutex_lock(mutex)
        if let buffer = free[index].popLast() {
            kept -= capacity
            pthread_mutex_unlock(mutex)
            return (buffer, index)
        }
        pthread_mutex_unlock(mutex)
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, capacity) == 0, let pointer else {
            // Swift's own allocations end the process here too; sizes that input controls are
            // checked by `ArraySize` before any memory is asked for.
            fatalError("out of memory: \(capacity) bytes")
        }
        return (pointer, index)
    }

    func give(_ buffer: UnsafeMutableRawPointer, _ index: Int) {
        let capacity = Self.capacity(of: index)
        pthread_mutex_lock(mutex)
        if kept + capacity <= Self.limit {
            kept += capacity
            free[index].append(buffer)
            pthread_mutex_unlock(mutex)
        } else {
            pthread_mutex_unlock(mutex)
            #if canImport(Glibc)
            Glibc.free(buffer)
            #elseif canImport(Musl)
            Musl.free(buffer)
            #else
            Darwin.free(buffer)
            #endif
        }
    }

    package static func capacity(of index: Int) -> Int {
        if index == 0 { return 256 }
        let exponent = index / 4 + 7
        return (1 << exponent) + (index % 4 + 1) << (exponent - 2)
    }
}
