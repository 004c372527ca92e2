// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The weak table of pure nodes, by operation and inputs.
///
/// The table keeps no node alive. It is sharded: with `pthread_mutex` eight threads build side by
/// side (a `Synchronization.Mutex` was fifty times slower here under contention). No reference to
/// a node is released while a shard is locked, since that could run a `deinit` that wants the lock.
///
/// A node's `deinit` removes its entry before the memory is freed, so an entry that is found under
/// the lock points to an object, and only whether that is dying must be asked. `weak` would ask
/// too, but it gives every object a side table, with which each retain and release is slow: building
/// and compiling graphs took a sixth longer.
final class InternTable: @unchecked Sendable {
    static let shared = InternTable()

    private struct Entry {
        private let object: Unmanaged<Node>
        let id: UInt64

        init(_ node: Node) {
            object = .passUnretained(node)
            id = node.id
        }

        /// The node, unless it is dying. The shard is locked.
        var node: Node? {
            weft_try_retain(object.toOpaque()).map {
                Unmanaged<Node>.fromOpaque($0).takeRetainedValue()
            }
        }
    }

    /// Nearly every hash has one node; a second one moves the bucket to an array.
    private enum Bucket {
        case one(Entry)
        case many([Entry])
    }

    private final class Shard {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        var buckets: [Int: Bucket] = [:]
        init() { pthread_mutex_init(mutex, nil) }
    }

    private static let shardCount = 64
    private let shards = (0..<shardCount).map { _ in Shard() }

    private func shard(_ hash: Int) -> Shard {
        shards[Int(truncatingIfNeeded: UInt(bitPattern: hash) >> 48) & (Self.shardCount - 1)]
    }

    /// The node equal to the one described, if there is one.
    func find(hash: Int, op: Operation, inputs: [AnyTensor], types: [TensorType]?) -> Node? {
        let shard = shard(hash)
        var seen: [Node] = []
        pthread_mutex_lock(shard.mutex)
        let found = Self.match(shard.buckets[hash], op, inputs, types, &seen)
        pthread_mutex_unlock(shard.mutex)
        return withExtendedLifetime(seen) { found }
    }

    /// The node equal to the one described, made and entered if there is none.
    func findOrInsert(
        hash: Int, op: Operation, inputs: [AnyTensor], types: [TensorType], name: String?
    ) -> Node {
        let shard = shard(hash)
        var seen: [Node] = []
        pthread_mutex_lock(shard.mutex)
        let found = Self.match(shard.buckets[hash], op, inputs, types, &seen)
        if let found {
            pthread_mutex_unlock(shard.mutex)
            return withExtendedLifetime(seen) { found }
        }
        let node = Node(op: op, inputs: inputs, types: types, name: name, internHash: hash)
        let entry = Entry(node)
        switch shard.buckets[hash] {
        case nil: shard.buckets[hash] = .one(entry)
        case .one(let first): shard.buckets[hash] = .many([first, entry])
        case .many(let entries): shard.buckets[hash] = .many(entries + [entry])
        }
        pthread_mutex_unlock(shard.mutex)
        return withExtendedLifetime(seen) { node }
    }

    /// Removes a dying node's entry, and only that one: an equal node may have been made since.
    func remove(hash: Int, id: UInt64) {
        let shard = shard(hash)
        pthread_mutex_lock(shard.mutex)
        switch shard.buckets[hash] {
        case nil: break
        case .one(let entry):
            if entry.id == id { shard.buckets.removeValue(forKey: hash) }
        case .many(let entries):
            let rest = entries.filter { $0.id != id }
            shard.buckets[hash] = rest.isEmpty ? nil : rest.count == 1 ? .one(rest[0]) : .many(rest)
        }
        pthread_mutex_unlock(shard.mutex)
    }

    /// The number of pure nodes alive.
    var count: Int {
        shards.reduce(0) { sum, shard in
            pthread_mutex_lock(shard.mutex)
            defer { pthread_mutex_unlock(shard.mutex) }
            return sum
                + shard.buckets.values.reduce(0) {
                    switch $1 {
                    case .one: $0 + 1
                    case .many(let entries): $0 + entries.count
                    }
                }
        }
    }

    /// `seen` keeps what was loaded alive until the lock is open again.
    private static func match(
        _ bucket: Bucket?, _ op: Operation, _ inputs: [AnyTensor], _ types: [TensorType]?,
        _ seen: inout [Node]
    ) -> Node? {
        func equals(_ entry: Entry) -> Node? {
            guard let node = entry.node else { return nil }
            seen.append(node)
            guard node.inputs == inputs, node.op == op else { return nil }
            if let types, node.types != types { return nil }
            return node
        }
        switch bucket {
        case nil: return nil
        case .one(let entry): return equals(entry)
        case .many(let entries):
            for entry in entries { if let node = equals(entry) { return node } }
            return nil
        }
    }
}

/// What is alive.
public enum GraphStatistics {
    /// The number of interned nodes alive in the process. Complexity: linear in that number.
    public static var liveNodeCount: Int { InternTable.shared.count }
}
