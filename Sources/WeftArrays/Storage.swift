// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime
import Synchronization

/// The memory of an array, returned to a recycler when the last owner lets go. It is aligned to 64 bytes, but for
/// what belongs to somebody else.
///
/// `@unchecked Sendable`: whoever writes holds the only reference (`NDArray` checks before it does).
package final class Storage: @unchecked Sendable {
    package let address: UnsafeMutableRawPointer
    package let byteCount: Int
    private let sizeClass: Int
    /// Whose memory it is, where it is not the recycler's.
    private let owner: AnyObject?
    private let assignedNumber = Atomic<UInt64>(0)
    private static let lastNumber = Atomic<UInt64>(0)

    /// Uninitialised memory for `byteCount` bytes.
    ///
    /// - Throws: `MemoryShortage` when there is none.
    package init(allocating byteCount: Int) throws(MemoryShortage) {
        (address, sizeClass, _) = try BufferRecycler.shared.take(byteCount)
        self.byteCount = byteCount
        owner = nil
    }

    /// Memory of `byteCount` zero bytes. What the system has just given is zero already, and is not
    /// touched: an optimizer's large first moments cost nothing until they are first written.
    ///
    /// - Throws: `MemoryShortage` when there is none.
    package init(allocatingZeros byteCount: Int) throws(MemoryShortage) {
        let isZero: Bool
        (address, sizeClass, isZero) = try BufferRecycler.shared.take(byteCount, forZeros: true)
        self.byteCount = byteCount
        owner = nil
        if !isZero { address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
    }

    /// Memory that `owner` keeps as long as it lives, such as pages of a file. It is never written to, since
    /// others may have it, too: who wants to gets a copy. It is aligned for the elements.
    package init(_ address: UnsafeMutableRawPointer, byteCount: Int, of owner: AnyObject) {
        self.address = address
        self.byteCount = byteCount
        self.owner = owner
        sizeClass = 0
    }

    /// The same where there is no way to say that there is no memory, as Swift's own arrays have none:
    /// for copies of what is in memory already.
    package convenience init(byteCount: Int) {
        do {
            try self.init(allocating: byteCount)
        } catch {
            fatalError("\(error)")
        }
    }

    deinit {
        weft_sanitizer_acquire(address)
        if owner == nil { BufferRecycler.shared.give(address, sizeClass) }
    }

    /// Whether nobody else holds the memory, so that it may be written to.
    static func isUnshared(_ storage: inout Storage) -> Bool {
        isKnownUniquelyReferenced(&storage) && storage.owner == nil
    }

    /// Takes the memory for an array of `byteCount` bytes out of `storage` when it has as many and
    /// nobody else holds it.
    package static func takeUnshared(_ storage: inout Storage?, byteCount: Int) -> Storage? {
        guard isKnownUniquelyReferenced(&storage), let own = storage, own.byteCount == byteCount,
            own.owner == nil
        else { return nil }
        storage = nil
        own.assignedNumber.store(0, ordering: .relaxed)
        weft_sanitizer_acquire(own.address)
        return own
    }

    /// A number that no other memory has, nor this one with what was in it before `takeUnshared`. Unlike
    /// an address it is not given again when this memory is gone.
    package var number: UInt64 {
        let known = assignedNumber.load(ordering: .relaxed)
        if known != 0 { return known }
        let new = Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let (isOurs, other) = assignedNumber.compareExchange(
            expected: 0, desired: new, ordering: .relaxed)
        return isOurs ? new : other
    }

    /// Says that this thread has read what it wanted to: the next owner of the memory comes later.
    package func noteRead() { weft_sanitizer_release(address) }
}
