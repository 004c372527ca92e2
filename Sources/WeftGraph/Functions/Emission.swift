// SPDX-License-Identifier: Apache-2.0

/// A value that a run gives to its owner beside what is fetched: see ``emit(_:as:)``.
public struct Emission: Sendable {
    /// The name that it was emitted under.
    public let name: String
    /// The value.
    public let value: NDArray
    /// The number of the run in its session.
    public let step: UInt64

    package init(name: String, value: NDArray, step: UInt64) {
        self.name = name
        self.value = value
        self.step = step
    }
}

extension Emission: CustomStringConvertible {
    /// The number of the run, the name and the value: `12 loss: 0.25`.
    public var description: String { "\(step) \(name): \(value)" }
}

/// Gives a value to the owner of the run: something to print, a summary, a metric.
///
/// ```swift
/// let loss = mse.withUpdates([emit(mse, as: "loss"), emit(norm, as: "gradient norm")])
/// let train = try optimizer.minimize(loss)
/// try session.run(train, feeding: batch) { print($0) }
/// ```
///
/// As an update does, it happens when a run asks for it: when it is fetched, alone or in a group; when it
/// rides with a tensor (`withUpdates`) and a training step depends on that; whenever the tensor is
/// computed that comes `after` it. In a branch it happens when the branch is taken, in a loop in each
/// iteration; what a backward pass computes again does not emit again.
///
/// The values of a run are handed over when it has succeeded, in the order in which they were
/// emitted, to what `run` was given or to `Session.Options.emissionHandler`. A run that throws gives none.
/// All are kept in memory until then.
///
/// - Parameter name: What the value is told by; it is put under the current name scope.
/// - Returns: What is to be run; fetched, it is the value.
public func emit(_ value: some TensorConvertible, as name: String) -> Update {
    Update(
        .make(
            .emit(
                EmitAttributes(
                    name: NameScope.qualified(name), level: Region.currentLevel,
                    order: NodeIdentity.next())),
            [value.anyTensor]))
}
