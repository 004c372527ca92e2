// SPDX-License-Identifier: Apache-2.0
import Logging
import WeftGraph

/// Notices variables that take the name of another one of their session, which is said once for
/// each name.
struct NameWatch {
    /// A variable with the name of an earlier one.
    struct Repetition {
        let name: String
        let first: CallSite
        let second: CallSite
    }

    private struct User {
        weak var handle: VariableHandle?
        let id: UInt64
        let site: CallSite
    }

    private static let memory = 8192
    /// The last variable of each name, gone or not.
    private var users: [String: User] = [:]
    private var reported: Set<String> = []

    /// Takes note of a variable's first use.
    ///
    /// - Throws: `RunError` when two things that make variables for their own use, such as
    ///   optimizers, made both, and both are in use.
    mutating func record(_ handle: VariableHandle) throws -> Repetition? {
        if users.count >= Self.memory { users = users.filter { $0.value.handle != nil } }
        if users.count >= Self.memory || reported.count >= Self.memory {
            (users, reported) = ([:], [])
        }
        let user = User(handle: handle, id: handle.id, site: handle.site)
        guard let other = users[handle.name], other.id != handle.id else {
            users[handle.name] = user
            return nil
        }
        if let living = other.handle, VariableHandle.belongToDifferentOwners(living, handle) {
            throw VariableHandle.sharedName(living, handle, in: "session")
        }
        users[handle.name] = user
        guard reported.insert(handle.name).inserted else { return nil }
        return Repetition(name: handle.name, first: other.site, second: user.site)
    }

    /// Warns of what a plan's variables repeat.
    static func log(_ repetitions: [Repetition]) {
        guard let first = repetitions.first else { return }
        let places = [first.second.location, first.first.location].map {
            $0.map { " made at \($0)" } ?? ""
        }
        let more = repetitions.count - 1
        Logger(label: "weft.session").warning(
            """
            variable '\(first.name)'\(places[0]) has the name of another variable of the \
            session\(places[1]), and begins from its own first value\
            \(more > 0 ? ", as do \(more) others with it" : ""). If a loop builds its model anew, \
            build it once, before the loop: what a step trains is gone with the step's variables. \
            Variables in use at the same time need different names to be saved.
            """)
    }
}
