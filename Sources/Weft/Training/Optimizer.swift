// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A rule that turns gradients into updates of variables.
///
/// An optimizer owns the variables that its rule needs (its slots), one set for each variable it
/// changes: building a training step again makes no new ones. For 16-bit variables slots and
/// arithmetic are of 32 bits, and the step is rounded once. A parameter outside its range, such as
/// a negative learning rate, is a `GraphError` of `apply` and `minimize`.
///
/// An optimizer of one's own keeps its slots in ``OptimizerSlots`` and says what a step is:
///
/// ```swift
/// final class Averaging: Optimizer {
///     let name = "Averaging"
///     let rate = LearningRate(0.01)
///     let decay = 0.9
///     private let slots = OptimizerSlots(of: "Averaging")
///     var variables: [VariableHandle] { slots.all }
///
///     func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
///         let type = variable.stepType
///         let mean = slots.slot(name, of: variable)
///         let kept = parameter("decay", decay, in: .decay, as: type)
///         let next = mean.value * kept + gradient.cast(to: type) * (1 - kept)
///         let rate = rate.tensor(as: type, step: slots.steps(of: name))
///         return [mean.assign(next), variable.assign(lessenedBy: next * rate)]
///     }
/// }
/// ```
public protocol Optimizer: AnyObject, Sendable {
    /// The name before the names of slots: `Adam`.
    var name: String { get }
    /// The variables that the optimizer has made so far, in that order; they are saved with the
    /// model's to go on exactly.
    var variables: [VariableHandle] { get }
    /// The updates of `variable` and of its slots for a gradient of its shape.
    func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update]
    /// The updates of one step for all variables; by default those of each, and the step's own.
    ///
    /// What stands around another optimizer has a rule of its own here.
    func updates(for pairs: [(gradient: AnyTensor, variable: VariableHandle)]) -> [Update]
    /// Updates that happen once a step, whatever the number of variables.
    func stepUpdates() -> [Update]
    /// Whether the rule holds for complex variables as well: where steps are linear in gradients. One
    /// that squares or compares them is for real numbers; keep both parts in variables of their own.
    var takesComplexVariables: Bool { get }
    /// Whether a weight whose gradient is 0 stays as it is, and its slots do. A step over a large table then
    /// goes over the rows alone that it looked up.
    func leavesRowsWithoutGradient(of variable: VariableHandle) -> Bool
    /// What a loss is multiplied by before it is differentiated, a scalar; gradients are divided by it at once, in the
    /// type of steps. nil for 1. What stands around another optimizer gives that one's.
    var lossScale: AnyTensor? { get }
}

/// A gradient and the variable that it belongs to; nil when the loss does not depend on the variable.
public struct GradientOfVariable: Sendable {
    /// The derivative of the loss, in the variable's shape.
    public var gradient: AnyTensor?
    /// The variable.
    public var variable: VariableHandle

    /// A pair from its parts.
    public init(_ gradient: AnyTensor?, _ variable: VariableHandle) {
        self.gradient = gradient
        self.variable = variable
    }
}

extension Optimizer {
    /// No updates beside the variables' own.
    public func stepUpdates() -> [Update] { [] }

    /// The updates of each variable, and those of the step.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        variableUpdates(for: pairs, by: thriftyUpdates)
    }

    /// What `updates(for:)` does by default, with the updates of each variable as `updates` makes them.
    func variableUpdates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)],
        by updates: (VariableHandle, AnyTensor) -> [Update]
    ) -> [Update] {
        let own = pairs.flatMap { pair in
            Origin.updating(pair.variable, by: name) {
                updates(pair.variable, pair.gradient).map(\.anyTensor)
            }
        }
        let steps = Origin.updating(nil, by: name) { stepUpdates().map(\.anyTensor) }
        return (own + steps).map { Update($0) }
    }

    /// The updates of one variable; of a large table of which few rows have a gradient those of the rows, where the
    /// others stay as they are anyway.
    private func thriftyUpdates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        let all = updates(of: variable, gradient: gradient)
        guard leavesRowsWithoutGradient(of: variable), let parts = RowGradient(gradient),
            parts.areFew(of: gradient.shape[0] ?? 0)
        else { return all }
        let step = RowwiseStep(gradient, parts)
        let rows = all.compactMap { step.update($0) }
        return rows.count == all.count ? rows : all
    }

    /// False: a gradient of 0 may change a weight.
    public func leavesRowsWithoutGradient(of variable: VariableHandle) -> Bool { false }

    /// False: the rule is for real numbers.
    public var takesComplexVariables: Bool { false }

    /// nil: losses are differentiated as they are.
    public var lossScale: AnyTensor? { nil }

    /// The training step that reduces `loss`.
    ///
    /// It updates `variables` (nil: all trainable ones that the loss depends on), the optimizer's
    /// slots, and everything that rides with what the loss is computed from, such as the moving
    /// averages of batch normalisation.
    ///
    /// - Throws: `GraphError` when the loss carries one or depends on none of the variables.
    public func minimize(
        _ loss: some TensorConvertible, variables: [VariableHandle]? = nil
    ) throws -> Update {
        try apply(try computeGradients(loss, variables: variables), loss: loss.anyTensor)
    }

    /// The gradients of `loss` with respect to `variables` (nil: all trainable ones it depends on).
    ///
    /// - Throws: `GraphError` when the loss carries one.
    public func computeGradients(
        _ loss: some TensorConvertible, variables: [VariableHandle]? = nil,
        seed: (any TensorConvertible)? = nil
    ) throws -> [GradientOfVariable] {
        let loss = try loss.anyTensor.validated()
        let variables = variables ?? trainableVariables(of: loss)
        let scale = try lossScale?.validated()
        var seed = seed?.anyTensor
        if let scale { seed = (seed ?? .ones(like: loss)) * scale.cast(to: loss.dtype) }
        let gradients = try gradients(
            of: [loss], withRespectTo: variables.map(\.value), seeds: [seed])
        return zip(gradients, variables).map { gradient, variable in
            guard let scale, let wide = gradient?.widened else {
                return GradientOfVariable(gradient, variable)
            }
            return GradientOfVariable(wide / scale.cast(to: wide.dtype), variable)
        }
    }

    /// The training step for gradients that may have been changed, clipped for instance. With a
    /// `loss` it also runs the updates that ride with what the loss is computed from.
    ///
    /// - Throws: `GraphError` when there is no gradient at all, one carries an error, or a variable is
    ///   complex and the rule is for real numbers.
    public func apply(_ pairs: [GradientOfVariable], loss: AnyTensor? = nil) throws -> Update {
        let present = pairs.compactMap { pair in pair.gradient.map { ($0, pair.variable) } }
        guard !present.isEmpty else {
            let names = pairs.map { "'\($0.variable.name)'" }.joined(separator: ", ")
            throw GraphError(
                operation: name,
                reason: "no gradients for any variable: the loss depends on none of "
                    + (names.isEmpty ? "the trainable variables, of which there are none" : names))
        }
        for (gradient, variable) in present {
            try gradient.validated()
            guard !variable.dtype.isComplex || takesComplexVariables else {
                throw GraphError(
                    operation: name,
                    reason: "variable '\(variable.name)' is of \(variable.dtype), and the rule is "
                        + "for real numbers: keep both parts in variables of their own, or use "
                        + "GradientDescent or Momentum")
            }
        }
        let updates = updates(for: present.map { (gradient: $0, variable: $1) })
        let step = Update.trainingStep(updates.map(\.anyTensor) + (loss.map { [$0] } ?? []))
        try step.anyTensor.validated()
        return step
    }
}

/// The trainable variables that a tensor depends on, in the order in which they were made.
public func trainableVariables(of tensor: some TensorConvertible) -> [VariableHandle] {
    var found: [VariableHandle] = []
    GraphWalk.visit([tensor.anyTensor.node]) { node in
        if case .readVariable(let variable) = node.op, variable.isTrainable {
            found.append(variable)
        }
        return node.dependencies
    }
    return found.sorted { $0.id < $1.id }
}
