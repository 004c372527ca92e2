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
    static let limit = 1 << 30
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
        defer { pthread_mutex_unlock(mutex) }
        if let buffer = free[index].popLast() {
            kept -= capacity
            return (buffer, index)
        }
        if LargePages.cutsUp(capacity) {
            return (emptied[index].popLast() ?? slab.cut(capacity), index)
        }
        return (LargePages.allocate(capacity), index)
    }

    func give(_ buffer: UnsafeMutableRawPointer, _ index: Int) {
        let capacity = Self.capacity(of: index)
        pthread_mutex_lock(mutex)
        if kept + capacity <= Self.limit {
            kept += capacity
            free[index].append(buffer)
            pthread_mutex_unlock(mutex)
        } else if LargePages.cutsUp(capacity) {
            LargePages.empty(buffer, capacity)
            emptied[index].append(buffer)
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

/// Memory in pages of 2 MiB, where the system has them: the first touch of a page is a fault that
/// takes microseconds, and there is one instead of 512.
enum LargePages {
    /// The size of a large page, of x86 and of most of Arm's Linux systems.
    private static let size = 2 << 20
    /// Buffers of at least these bytes, and less than a large page, are cut out of a slab of several.
    private static let smallestPart = 64 << 10

    #if os(Linux)
    // The sanitizer finds overflows between what it allocates itself.
    private static let isUsed = !weft_sanitizes_addresses()
    #else
    private static let isUsed = false
    #endif

    /// Whether buffers of this capacity are parts of slabs.
    static func cutsUp(_ capacity: Int) -> Bool {
        capacity >= smallestPart && capacity < size && isUsed
    }

    /// Memory for `capacity` bytes.
    static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
        let isLarge = capacity >= size && isUsed
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, isLarge ? size : 64, capacity) == 0, let pointer else {
            // Swift's own allocations end the process here too; sizes that input controls are
            // checked by `ArraySize` before any memory is asked for.
            fatalError("out of memory: \(capacity) bytes")
        }
        #if os(Linux)
        // Only advice: where there are no large pages, nothing happens.
        if isLarge { madvise(pointer, capacity & ~(size - 1), MADV_HUGEPAGE) }
        #endif
        return pointer
    }

    /// Gives the pages of a part of a slab back to the system; its addresses stay.
    static func empty(_ buffer: UnsafeMutableRawPointer, _ capacity: Int) {
        #if os(Linux)
        madvise(buffer, capacity, MADV_DONTNEED)
        #endif
    }

    /// What is left of several large pages.
    struct Slab {
        private static let capacity = 4 * size
        private var next: UnsafeMutableRawPointer?
        private var rest = 0

        /// The next part. Capacities of parts are multiples of the system's page.
        mutating func cut(_ capacity: Int) -> UnsafeMutableRawPointer {
            let start: UnsafeMutableRawPointer
            if let next, rest >= capacity {
                start = next
            } else {
                // What is left over is less than the part, and was never touched.
                start = LargePages.allocate(Self.capacity)
                rest = Self.capacity
            }
            next = start + capacity
            rest -= capacity
            return start
        }
    }
}
