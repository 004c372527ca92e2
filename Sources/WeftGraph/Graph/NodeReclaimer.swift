// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Hands out identities that are never used again.
package enum NodeIdentity {
    private static let counter = Atomic<UInt64>(1)

    package static func next() -> UInt64 {
        counter.wrappingAdd(1, ordering: .relaxed).oldValue
    }
}

/// Frees nodes without recursion: the first `deinit` on a thread drains a list to which the nested
/// ones only add, so a chain of a million nodes is freed in constant stack.
enum NodeReclaimer {
    private final class List {
        var pending: [[AnyTensor]] = []
        var closures: [Any] = []
        var isDraining = false
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { value in
            #if canImport(Darwin)
            Unmanaged<List>.fromOpaque(value).release()
            #else
            if let value { Unmanaged<List>.fromOpaque(value).release() }
            #endif
        }
        return key
    }()

    private static var list: List {
        if let existing = pthread_getspecific(key) {
            return Unmanaged<List>.fromOpaque(existing).takeUnretainedValue()
        }
        let list = List()
        pthread_setspecific(key, Unmanaged.passRetained(list).toOpaque())
        return list
    }

    /// Takes the tensors away, and releases them when no `deinit` of this thread is under way.
    static func release(_ tensors: inout [AnyTensor]) {
        let list = list
        // Swapped, not copied: the caller must not hold the last reference when it returns.
        list.pending.append([])
        swap(&list.pending[list.pending.count - 1], &tensors)
        drain(list)
    }

    /// The same for what a closure has captured; `empty` takes its place.
    static func release<Closure>(_ closure: inout Closure, leaving empty: Closure) {
        let list = list
        var taken = empty
        swap(&taken, &closure)
        list.closures.append(consume taken)
        drain(list)
    }

    private static func drain(_ list: List) {
        guard !list.isDraining else { return }
        list.isDraining = true
        while true {
            if list.pending.popLast() != nil { continue }
            if list.closures.popLast() == nil { break }
        }
        list.isDraining = false
    }
}
