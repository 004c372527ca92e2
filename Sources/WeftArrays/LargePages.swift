// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

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

    /// Whether buffers of this capacity are mappings of their own, whose pages are zeros at first.
    static func maps(_ capacity: Int) -> Bool { capacity >= size && isUsed }

    /// Memory for `capacity` bytes; nil when there is none.
    static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer? {
        #if os(Linux)
        if maps(capacity) { return map(capacity) }
        #endif
        var pointer: UnsafeMutableRawPointer?
        return posix_memalign(&pointer, 64, capacity) == 0 ? pointer : nil
    }

    /// Returns what `allocate` gave.
    static func free(_ buffer: UnsafeMutableRawPointer, _ capacity: Int) {
        if maps(capacity) {
            munmap(buffer, capacity)
            return
        }
        #if canImport(Glibc)
        Glibc.free(buffer)
        #elseif canImport(Musl)
        Musl.free(buffer)
        #else
        Darwin.free(buffer)
        #endif
    }

    #if os(Linux)
    /// Fresh pages from the start of a large page on.
    private static func map(_ capacity: Int) -> UnsafeMutableRawPointer? {
        let mapped = mmap(
            nil, capacity + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        let start = mapped.alignedUp(toMultipleOf: size)
        let before = start - mapped
        if before > 0 { munmap(mapped, before) }
        munmap(start + capacity, size - before)
        // Only advice: where there are no large pages, nothing happens.
        madvise(start, capacity & ~(size - 1), MADV_HUGEPAGE)
        return start
    }
    #endif

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

        /// The next part, of zeros; nil when there is none. Capacities of parts are multiples of the
        /// system's page.
        mutating func cut(_ capacity: Int) -> UnsafeMutableRawPointer? {
            let start: UnsafeMutableRawPointer
            if let next, rest >= capacity {
                start = next
            } else {
                // What is left over is less than the part, and was never touched.
                guard let fresh = LargePages.allocate(Self.capacity) else { return nil }
                start = fresh
                rest = Self.capacity
            }
            next = start + capacity
            rest -= capacity
            return start
        }
    }
}
