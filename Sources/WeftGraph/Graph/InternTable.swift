// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

/// The weak table of pure nodes, by operation and inputs.
///
/// The table keeps no node alive. It is sharded, so that several threads build side by side. No
/// reference to a node is released while a shard is locked, since that could run a `deinit` that
/// wants the lock.
///
/// A node's `deinit` removes its entry before the memory is freed, so an entry that is found under
/// the lock points to an object, and only whether that is dying must be asked. `weak` would ask
/// too, but it gives every object a side table, with which each retain and release is slow: building
/// and compiling graphs took a sixth longer.
final class InternTable: @unchecked Sendable {
    static let shared = InternTable()

    private static let shardCount = 64
    private let shards: UnsafeMutablePointer<InternShard>
    /// One for each shard, and not in it: what a lock guards must not be read to find the lock.
    private let locks: [Lock]

    private init() {
        shards = .allocate(capacity: Self.shardCount)
        for i in 0..<Self.shardCount { (shards + i).initialize(to: InternShard()) }
        locks = (0..<Self.shardCount).map { _ in Lock() }
    }

    @inline(__always)
    private func withShard<R>(_ hash: Int, _ body: (inout InternShard) -> R) -> R {
        let i = Int(truncatingIfNeeded: UInt(bitPattern: hash) >> 48) & (Self.shardCount - 1)
        locks[i].acquire()
        defer { locks[i].release() }
        return body(&shards[i])
    }

    /// The node equal to the one described, if there is one.
    func find(hash: Int, op: Operation, inputs: [AnyTensor], types: [TensorType]?) -> Node? {
        var seen: [Node] = []
        let found = withShard(hash) { $0.find(hash, op, inputs, types, &seen) }
        return withExtendedLifetime(seen) { found }
    }

    /// The node equal to the one described, made and entered if there is none.
    func findOrInsert(
        hash: Int, op: Operation, inputs: [AnyTensor], types: [TensorType], origin: Origin
    ) -> Node {
        var seen: [Node] = []
        let node = withShard(hash) { shard in
            if let found = shard.find(hash, op, inputs, types, &seen) { return found }
            let node = Node(
                op: op, inputs: inputs, types: types, origin: origin, internHash: hash)
            shard.insert(hash, node)
            return node
        }
        return withExtendedLifetime(seen) { node }
    }

    /// Removes a dying node's entry, and only that one: an equal node may have been made since.
    func remove(_ node: Node) {
        let hash = node.internHash
        withShard(hash) { $0.remove(hash, node) }
    }

    /// The number of pure nodes alive.
    var count: Int {
        (0..<Self.shardCount).reduce(0) { sum, i in sum + locks[i].withLock { shards[i].count } }
    }
}

extension Node {
    fileprivate func equals(_ op: Operation, _ inputs: [AnyTensor], _ types: [TensorType]?) -> Bool
    {
        guard self.inputs == inputs, self.op == op else { return false }
        if let types { return self.types == types }
        return true
    }
}

/// Some of the nodes, always used under the shard's lock.
///
/// Open addressing with linear probing. The hashes are those of a keyed function already: to hash
/// them again, as a dictionary does, took as long as all the rest.
private struct InternShard {
    private struct Entry {
        var hash: Int
        /// nil where nothing stands.
        var object: UnsafeMutableRawPointer?
    }

    private(set) var count = 0
    private var entries: UnsafeMutablePointer<Entry>
    private var mask: Int

    init() {
        mask = 15
        entries = Self.emptyEntries(16)
    }

    private static func emptyEntries(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        entries.initialize(repeating: Entry(hash: 0, object: nil), count: capacity)
        return entries
    }

    /// The first node of this hash that is not dying and fits. `seen` keeps the others that were
    /// loaded alive until the lock is open again.
    func find(
        _ hash: Int, _ op: Operation, _ inputs: [AnyTensor], _ types: [TensorType]?,
        _ seen: inout [Node]
    ) -> Node? {
        var place = hash & mask
        while let object = entries[place].object {
            if entries[place].hash == hash, weft_try_retain(object) != nil {
                let node = Unmanaged<Node>.fromOpaque(object).takeRetainedValue()
                if node.equals(op, inputs, types) { return node }
                seen.append(node)
            }
            place = (place + 1) & mask
        }
        return nil
    }

    mutating func insert(_ hash: Int, _ node: Node) {
        // At most three quarters full.
        if 4 * (count + 1) > 3 * (mask + 1) { resize(to: 2 * (mask + 1)) }
        place(Entry(hash: hash, object: Unmanaged.passUnretained(node).toOpaque()))
        count += 1
    }

    private mutating func place(_ entry: Entry) {
        var place = entry.hash & mask
        while entries[place].object != nil { place = (place + 1) & mask }
        entries[place] = entry
    }

    private mutating func resize(to capacity: Int) {
        let (old, oldCapacity) = (entries, mask + 1)
        entries = Self.emptyEntries(capacity)
        mask = capacity - 1
        for i in 0..<oldCapacity where old[i].object != nil { place(old[i]) }
        old.deallocate()
    }

    mutating func remove(_ hash: Int, _ node: Node) {
        let object = Unmanaged.passUnretained(node).toOpaque()
        var hole = hash & mask
        while entries[hole].object != object {
            if entries[hole].object == nil { return }
            hole = (hole + 1) & mask
        }
        // What stands behind, up to the next free place, must be found without the hole.
        var place = hole
        while true {
            place = (place + 1) & mask
            guard entries[place].object != nil else { break }
            let home = entries[place].hash & mask
            if (place - home) & mask >= (place - hole) & mask {
                entries[hole] = entries[place]
                hole = place
            }
        }
        entries[hole].object = nil
        count -= 1
        // The room of a large graph is given back when it is gone.
        if mask >= 256, 8 * count < mask { resize(to: (mask + 1) / 2) }
    }
}

/// What is alive.
public enum GraphStatistics {
    /// The number of interned nodes alive in the process. Complexity: linear in that number.
    public static var liveNodeCount: Int { InternTable.shared.count }
}
