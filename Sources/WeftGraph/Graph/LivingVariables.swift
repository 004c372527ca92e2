// SPDX-License-Identifier: Apache-2.0

/// Something that makes variables for its own use, such as an optimizer.
package final class VariableOwner: Sendable {
    package let id = NodeIdentity.next()
    /// How its variables get another name: "name one of the optimizers with `Adam(name:)`".
    package let renaming: String

    package init(renaming: String) { self.renaming = renaming }
}

/// What a variable's variables are found by.
package struct SlotKey: Hashable, Sendable {
    package let owner: UInt64
    package let name: String

    package init(owner: UInt64, name: String) {
        self.owner = owner
        self.name = name
    }
}

/// The variables that programs hold, by name. It keeps none alive.
package enum LivingVariables {
    private struct Entry {
        weak var handle: VariableHandle?
        let id: UInt64
    }

    private static let entries = Guarded<[String: [Entry]]>([:])

    static func enter(_ handle: VariableHandle) {
        let entry = Entry(handle: handle, id: handle.id)
        entries.withLock { $0[handle.name, default: []].append(entry) }
    }

    static func remove(_ name: String, _ id: UInt64) {
        entries.withLock {
            $0[name]?.removeAll { $0.id == id }
            if $0[name]?.isEmpty == true { $0.removeValue(forKey: name) }
        }
    }

    /// Those of that name, the oldest first.
    package static func named(_ name: String) -> [VariableHandle] {
        // What is returned is released outside the lock, which the end of a variable takes.
        entries.withLock { $0[name]?.compactMap(\.handle) ?? [] }
    }
}
