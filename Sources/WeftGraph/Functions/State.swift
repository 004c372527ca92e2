// SPDX-License-Identifier: Apache-2.0

/// A variable whose element type is known at compile time.
///
/// ```swift
/// let w = Variable<Float>("w", shape: [784, 10], initializer: .glorotUniform)
/// let y = matmul(x, w.value)
/// ```
public struct Variable<Scalar: TensorScalar>: Hashable, Sendable, TensorConvertible {
    /// The variable, its element type known at run time only.
    public let handle: VariableHandle

    /// A variable under the current name scope. Its value is the session's, who makes it by
    /// `initializer` when it is first read.
    public init(
        _ name: String, shape: [Int], initializer: Initializer = .zeros, isTrainable: Bool = true
    ) {
        handle = VariableHandle(
            name, dtype: Scalar.dtype, shape: shape, initializer: initializer,
            isTrainable: isTrainable)
    }

    /// The typed view of a variable of this element type; nil for another type.
    public init?(_ handle: VariableHandle) {
        guard handle.dtype == Scalar.dtype else { return nil }
        self.handle = handle
    }

    /// The typed view of a variable whose element type has been checked already.
    package init(unchecked handle: VariableHandle) { self.handle = handle }

    /// The name under which it is saved.
    public var name: String { handle.name }
    /// The dimensions.
    public var shape: [Int] { handle.shape }
    /// The value at the start of the run, or, inside a loop that updates the variable, of the iteration.
    public var value: Tensor<Scalar> { Tensor(unchecked: handle.value) }
    /// The value, its type known at run time only.
    public var anyTensor: AnyTensor { handle.value }

    /// The variable becomes `value`.
    public func assign(_ value: Tensor<Scalar>) -> Update { handle.assign(value.anyTensor) }
    /// `value` is added to the variable's newest value.
    public func assignAdd(_ value: Tensor<Scalar>) -> Update {
        handle.update { $0 + value.anyTensor }
    }
    /// `value` is subtracted from the variable's newest value.
    public func assignSubtract(_ value: Tensor<Scalar>) -> Update {
        handle.update { $0 - value.anyTensor }
    }
    /// The variable becomes `body` of its newest value.
    public func update(_ body: (Tensor<Scalar>) -> Tensor<Scalar>) -> Update {
        handle.update { body(Tensor(unchecked: $0)).anyTensor }
    }
}

/// A change of a variable, or several changes, that happen when a run asks for them; also a value that is given
/// to the owner of the run (``emit(_:as:)``), or a call of a function of the host (``hostUpdate(_:_:)``).
///
/// Each is itself: two increments are two, and both count. Updates of one variable happen in the
/// order in which they were made, and so does what the host is to see. When a run throws, no variable has
/// changed, and nothing is handed over.
public struct Update: Hashable, Sendable, TensorConvertible {
    /// What to fetch to make the update happen: the new value, or `true` for a group.
    public let anyTensor: AnyTensor
    package init(_ tensor: AnyTensor) { anyTensor = tensor }

    /// Updates that happen together.
    public static func group(_ updates: [Update]) -> Update {
        Update(
            AnyTensor.make(
                .group(GroupAttributes(runsUpdates: false)), updates.map(\.anyTensor)))
    }
}

extension VariableHandle: TensorConvertible {
    /// The value at the start of the run.
    public var anyTensor: AnyTensor { value }

    /// The variable becomes `value`.
    public func assign(_ value: AnyTensor) -> Update {
        Update(value.error == nil && shapeProblem != nil ? self.value : make(.assign, [value]))
    }

    /// The variable becomes `body` of its newest value.
    public func update(_ body: (AnyTensor) -> AnyTensor) -> Update {
        if shapeProblem != nil { return Update(value) }
        let region = Region.build(parameters: [TensorType(dtype, shape)]) { [body($0[0])] }
        return Update(make(.modify(region), []))
    }

    private func make(_ kind: UpdateAttributes.Kind, _ inputs: [AnyTensor]) -> AnyTensor {
        .make(
            .update(
                UpdateAttributes(
                    variable: self, kind: kind, level: Region.currentLevel,
                    order: NodeIdentity.next())),
            inputs, name: name)
    }
}

extension TensorProtocol {
    /// The tensor with updates that belong to it: a training step whose loss depends on the result runs
    /// them; running the tensor alone does not.
    public func withUpdates(_ updates: [Update]) -> Self {
        updates.isEmpty
            ? self : Self(.make(.withUpdates, [anyTensor] + updates.map(\.anyTensor)))
    }

    /// The tensor, computed in runs in which `updates` happen too.
    public func after(_ updates: [Update]) -> Self {
        Self(.make(.after, [anyTensor] + updates.map(\.anyTensor)))
    }
}

extension Update {
    /// The updates of `variables` together with all that ride with what they are computed from.
    package static func trainingStep(_ updates: [AnyTensor]) -> Update {
        Update(.make(.group(GroupAttributes(runsUpdates: true)), updates))
    }
}
