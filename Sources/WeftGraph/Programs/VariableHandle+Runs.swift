// SPDX-License-Identifier: Apache-2.0

// What runs ask of a variable.

extension VariableHandle {
    /// The value that an initializer has for the variable in a session of that seed.
    ///
    /// - Throws: `RunError` when it has none for this type and shape.
    package func initialValue(_ initializer: Initializer, seed: UInt64) throws -> NDArray {
        if let reason = shapeProblem {
            throw RunError(.other(.invalidShape, reason), of: "variable '\(name)'")
        }
        do {
            try MachineMemory.require((ArraySize.count(shape) ?? 0) * dtype.size)
        } catch {
            throw error.runError("variable '\(name)'")
        }
        guard case .function(let function) = initializer.source else {
            throw RunError(.uninitializedVariable(name))
        }
        var stream = RandomStream(seed: seed, name: name)
        do {
            return try function(dtype, shape, &stream)
        } catch let error as MemoryShortage {
            throw error.runError("variable '\(name)'")
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError(
                .other(.invalidShape, String(describing: error)), of: "variable '\(name)'")
        }
    }

    /// The error of two variables that cannot be told apart by name.
    package static func sharedName(
        _ a: VariableHandle, _ b: VariableHandle, in what: String
    ) -> RunError {
        let (first, second) = a.id < b.id ? (a, b) : (b, a)
        let places = [first.location, second.location].compactMap { $0?.description }
        let made = places.count == 2 ? ", made at \(places[0]) and \(places[1])" : ""
        let advice =
            belongToDifferentOwners(a, b) ? ": \(second.owner?.renaming ?? "")" : ""
        return RunError(
            .nameInUseTwice(
                first.name,
                "two variables of this \(what) are named '\(first.name)'\(made); "
                    + "give each its own name\(advice)"))
    }
}
