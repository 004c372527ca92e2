// SPDX-License-Identifier: Apache-2.0

/// A map from nodes' identities to numbers, for walks over graphs of millions of nodes.
///
/// Open addressing with linear probing: an operation costs a few nanoseconds, where a dictionary's
/// keyed hash takes tens. Identities are handed out by this process, so nobody can choose them to
/// collide; blocks of sixteen neighbours stay together, since graphs are walked in about the order
/// in which they were made.
package struct NodeTable {
    /// 0 where nothing stands: no node has it.
    private var keys: ContiguousArray<UInt64> = []
    /// Empty while all are 0, as they are in a set.
    private var values: ContiguousArray<Int> = []
    private var shift: UInt64 = 64
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Where `id` stands, or the free place where it would.
    @inline(__always)
    private func place(of id: UInt64) -> Int {
        let mask = keys.count - 1
        var place = Int(truncatingIfNeeded: ((id >> 4) &* 0x9E37_79B9_7F4A_7C15) >> shift)
        place = (place &+ Int(truncatingIfNeeded: id & 15)) & mask
        while keys[place] != id && keys[place] != 0 { place = (place &+ 1) & mask }
        return place
    }

    /// The number of a node; nil when it has none.
    package subscript(id: UInt64) -> Int? {
        if keys.isEmpty { return nil }
        let place = place(of: id)
        if keys[place] != id { return nil }
        return values.isEmpty ? 0 : values[place]
    }

    package func contains(_ id: UInt64) -> Bool {
        !keys.isEmpty && keys[place(of: id)] == id
    }

    /// Gives a node a number, unless it has one.
    ///
    /// - Returns: whether it had none.
    @discardableResult
    package mutating func insert(_ id: UInt64, _ value: Int = 0) -> Bool {
        // At most half full.
        if 2 * (count + 1) > keys.count { resize(to: max(keys.count * 2, 32)) }
        let place = place(of: id)
        if keys[place] == id { return false }
        keys[place] = id
        if value != 0 || !values.isEmpty {
            if values.isEmpty { values = ContiguousArray(repeating: 0, count: keys.count) }
            values[place] = value
        }
        count += 1
        return true
    }

    /// Makes room for `more` further nodes.
    package mutating func reserve(_ more: Int) {
        var capacity = 32
        while capacity < 2 * (count + more) { capacity *= 2 }
        if capacity > keys.count { resize(to: capacity) }
    }

    private mutating func resize(to capacity: Int) {
        let (oldKeys, oldValues) = (keys, values)
        keys = ContiguousArray(repeating: 0, count: capacity)
        if !oldValues.isEmpty { values = ContiguousArray(repeating: 0, count: capacity) }
        shift = UInt64(64 - capacity.trailingZeroBitCount)
        for old in oldKeys.indices where oldKeys[old] != 0 {
            let place = place(of: oldKeys[old])
            keys[place] = oldKeys[old]
            if !oldValues.isEmpty { values[place] = oldValues[old] }
        }
    }
}
