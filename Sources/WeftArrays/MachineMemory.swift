// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

/// What the machine, its control groups and the process's limits leave for arrays.
///
/// The system gives out more than there is and ends a process that touches it, so what is large is
/// asked about before it is taken.
package enum MachineMemory {
    /// Less is left to the system's own answer: asking costs a part of what so many fresh pages do.
    private static let leastAskedFor = 64 << 20
    /// Left for what the runtime and oneDNN take, which do not come back from a refusal.
    private static let reserve = 32 << 20

    /// The most bytes that the process could ever have.
    package static var limit: Int { Int(weft_memory_limit()) }

    /// Whether so many more bytes can be had now; small numbers always can, as far as is known here.
    static func has(_ bytes: Int) -> Bool {
        bytes < leastAskedFor || bytes <= Int(weft_memory_available()) - reserve
    }

    /// - Throws: `MemoryShortage` when so many more bytes cannot be had, even if what is kept for later
    ///   arrays is given back.
    package static func require(_ bytes: Int) throws(MemoryShortage) {
        // Arrays get memory of a size class, which may be a fifth more than they ask for.
        let bytes = bytes > 1 << 60 ? bytes : BufferRecycler.sizeClass(bytes).capacity
        if has(bytes) { return }
        BufferRecycler.shared.releaseKept()
        if !has(bytes) { throw MemoryShortage(bytes: bytes) }
    }
}

/// Memory that was asked for and is not there.
package struct MemoryShortage: Error, Hashable, CustomStringConvertible {
    package let bytes: Int
    package init(bytes: Int) { self.bytes = bytes }

    package var description: String {
        "\(bytes) bytes of memory cannot be had; the machine, or what the process is allowed, has "
            + "fewer left"
    }
}

extension Array {
    /// Makes room for more elements: where it has to, for as many as there are, at least.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package mutating func makeRoom(for more: Int) throws(MemoryShortage) {
        let (needed, isTooLarge) = count.addingReportingOverflow(more)
        if !isTooLarge, needed <= capacity { return }
        let wanted = isTooLarge ? Int.max : Swift.max(needed, count &* 2)
        let (bytes, isTooMuch) = wanted.multipliedReportingOverflow(
            by: MemoryLayout<Element>.stride)
        try MachineMemory.require(isTooMuch ? .max : bytes)
        reserveCapacity(wanted)
    }
}
