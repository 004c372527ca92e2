// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps freed buffers for the next array of about the same size.
///
/// A fresh page costs more than the arithmetic on it, so steady loops must not return memory to
/// the system. What is kept is bounded; the rest is freed.
package final class BufferRecycler: @unchecked Sendable {
    package static let shared = BufferRecycler()

    /// The most bytes kept in all.
    package static let limit = 1 << 30
    private static let classCount = 64 * 4

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Guarded by the mutex; checks for overlapping accesses would cost as much as the lock.
    @exclusivity(unchecked)
    private var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: classCount)
    /// Parts of slabs whose pages the system has back.
    @exclusivity(unchecked)
    private var emptied: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: classCount)
    @exclusivity(unchecked) private var kept = 0
    @exclusivity(unchecked) private var slab = LargePages.Slab()
    /// For what begins as zeros, so that no neighbour's first touch clears the page it lies in.
    @exclusivity(unchecked) private var zeroSlab = LargePages.Slab()

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

    /// A buffer, its class, and whether it is known to be all zeros: the system's pages are until they
    /// are written to.
    ///
    /// - Throws: `MemoryShortage` when there is none.
    func take(
        _ byteCount: Int, forZeros: Bool = false
    ) throws(MemoryShortage) -> (UnsafeMutableRawPointer, index: Int, isZero: Bool) {
        let (index, capacity) = Self.sizeClass(byteCount)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let buffer = free[index].popLast() {
            kept -= capacity
            return (buffer, index, false)
        }
        if let part = fresh(index, capacity, forZeros) { return part }
        // What is kept for arrays of other sizes may be enough.
        emptyFreeLists()
        guard let part = fresh(index, capacity, forZeros) else {
            throw MemoryShortage(bytes: capacity)
        }
        return part
    }

    /// What no array has been in yet. The mutex is locked.
    private func fresh(
        _ index: Int, _ capacity: Int, _ forZeros: Bool
    ) -> (UnsafeMutableRawPointer, index: Int, isZero: Bool)? {
        if LargePages.cutsUp(capacity) {
            let part =
                emptied[index].popLast()
                ?? (forZeros ? zeroSlab.cut(capacity) : slab.cut(capacity))
            return part.map { ($0, index, true) }
        }
        guard MachineMemory.has(capacity) else { return nil }
        return LargePages.allocate(capacity).map { ($0, index, LargePages.maps(capacity)) }
    }

    /// Gives all that is kept back to the system.
    package func releaseKept() {
        pthread_mutex_lock(mutex)
        emptyFreeLists()
        pthread_mutex_unlock(mutex)
    }

    /// The mutex is locked.
    private func emptyFreeLists() {
        for index in free.indices {
            // Classes that nothing was ever taken from may be too large to have a capacity.
            while let buffer = free[index].popLast() {
                release(buffer, index, Self.capacity(of: index))
            }
        }
        kept = 0
    }

    /// The mutex is locked.
    private func release(_ buffer: UnsafeMutableRawPointer, _ index: Int, _ capacity: Int) {
        if LargePages.cutsUp(capacity) {
            LargePages.empty(buffer, capacity)
            emptied[index].append(buffer)
        } else {
            LargePages.free(buffer, capacity)
        }
    }

    func give(_ buffer: UnsafeMutableRawPointer, _ index: Int) {
        let capacity = Self.capacity(of: index)
        pthread_mutex_lock(mutex)
        if kept + capacity <= Self.limit {
            kept += capacity
            free[index].append(buffer)
            pthread_mutex_unlock(mutex)
        } else if LargePages.cutsUp(capacity) {
            release(buffer, index, capacity)
            pthread_mutex_unlock(mutex)
        } else {
            pthread_mutex_unlock(mutex)
            LargePages.free(buffer, capacity)
        }
    }

    package static func capacity(of index: Int) -> Int {
        if index == 0 { return 256 }
        let exponent = index / 4 + 7
        return (1 << exponent) + (index % 4 + 1) << (exponent - 2)
    }
}
