// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The slots of an optimizer: variables that belong to variables, such as moving means of gradients.
///
/// A slot lives as long as its variable and the optimizer do: the variable holds it, and the
/// optimizer takes it back at its own end.
/// `@unchecked Sendable`: the lists are under the lock.
public final class OptimizerSlots: @unchecked Sendable {
    private struct Place {
        weak var variable: VariableHandle?
        weak var slot: VariableHandle?
    }

    private struct Counting: Hashable {
        let name: String
        let level: Int
    }

    private let lock = Lock()
    private let owner: VariableOwner
    private var places: [Place] = []
    private var scalars: [String: VariableHandle] = [:]
    /// What counts one step more, by the name of the counter and the nesting of where it is counted.
    private var counting: [Counting: Update] = [:]
    /// How many places there are when those of variables that are gone are next removed.
    private var sweepCount = 64

    /// The slots of one optimizer, none at first.
    ///
    /// - Parameter kind: The optimizer's type, `Adam`: an error says of two whose slots have one name that
    ///   `Adam(name:)` tells them apart.
    public init(of kind: String) {
        owner = VariableOwner(renaming: "name one of the optimizers with `\(kind)(name:)`")
    }

    deinit {
        for place in places { place.variable.map(takeBack) }
    }

    private func takeBack(from variable: VariableHandle) {
        var own: [VariableHandle] = []
        variable.slots.withLock { slots in
            for (key, slot) in slots where key.owner == owner.id {
                own.append(slot)
                slots.removeValue(forKey: key)
            }
        }
        // The slots end after the lock is open.
        _ = consume own
    }

    /// The slot `name` of a variable, made when it is first asked for: `w/Adam` for the slot `Adam` of `w`.
    ///
    /// It is of the variable's `stepType`, and no optimizer trains it. Asked for in another shape than it
    /// was made with, what is given is a variable whose value and updates carry a `GraphError`.
    ///
    /// - Parameters:
    ///   - shape: Its dimensions; nil for the variable's.
    ///   - initial: What each of its elements is in the beginning.
    public func slot(
        _ name: String, of variable: VariableHandle, shape: [Int]? = nil, initial: Double = 0
    ) -> VariableHandle {
        let key = SlotKey(owner: owner.id, name: name)
        let type = TensorType(variable.stepType, shape ?? variable.shape)
        return lock.withLock {
            if let slot = variable.slots.withLock({ $0[key] }) { return checked(slot, type) }
            let slot = VariableHandle(
                "\(variable.name)/\(name)", dtype: variable.stepType,
                shape: shape ?? variable.shape,
                initializer: .constant(initial), isTrainable: false, owner: owner)
            variable.slots.withLock { $0[key] = slot }
            sweep()
            places.append(Place(variable: variable, slot: slot))
            return slot
        }
    }

    /// A scalar of the optimizer as a whole, such as the number of its steps, made when it is first asked
    /// for; `Optimizer.stepUpdates` changes it. Asked for with another type than it was made with, what is
    /// given is a variable whose value and updates carry a `GraphError`.
    ///
    /// - Parameters:
    ///   - name: Its whole name; the optimizer's stands in it: `Adam/beta1_power`.
    ///   - initial: What it is in the beginning.
    public func scalar(
        _ name: String, as dtype: DType, initial: Double = 0
    ) -> VariableHandle {
        lock.withLock {
            if let scalar = scalars[name] { return checked(scalar, TensorType(dtype, [])) }
            let scalar = VariableHandle(
                name, dtype: dtype, shape: [], initializer: .constant(initial), isTrainable: false,
                owner: owner)
            scalars[name] = scalar
            return scalar
        }
    }

    /// How many steps the optimizer has taken before, a scalar of `i64`: the value of the variable `NAME/steps`.
    ///
    /// The training step that is made of it counts one more, however many variables' updates it stands in.
    public func steps(of name: String) -> AnyTensor {
        let counter = scalar("\(name)/steps", as: .int64)
        let key = Counting(name: name, level: Region.currentLevel)
        let known = lock.withLock { counting[key] }
        let update = known ?? counter.assign(counter.value + .scalar(1, .int64))
        if known == nil { lock.withLock { counting[key] = update } }
        return counter.value.withUpdates([update])
    }

    /// A variable that was made before, if it is of the type that is wanted now.
    private func checked(_ made: VariableHandle, _ wanted: TensorType) -> VariableHandle {
        let own = TensorType(made.dtype, made.shape)
        if own == wanted { return made }
        return VariableHandle(
            made.name, dtype: wanted.dtype, shape: wanted.shape.dimensions ?? [],
            initializer: made.initializer, isTrainable: false, owner: owner,
            misuse:
                "it was made as \(own) and is asked for as \(wanted); give another slot a name of its "
                + "own")
    }

    /// The slots of variables that are still in use and the scalars, in the order in which they
    /// were made: what `Optimizer.variables` gives.
    public var all: [VariableHandle] {
        lock.withLock { places.compactMap(\.slot) + scalars.values }.sorted { $0.id < $1.id }
    }

    /// Forgets places that are empty, in a time that the places made since pay for. The lock is held.
    private func sweep() {
        guard places.count >= sweepCount else { return }
        places.removeAll { $0.slot == nil }
        sweepCount = max(64, 2 * places.count)
    }
}
