// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A rule that changes only those rows of a table that a step looks up, such as the embeddings of the words
/// of a batch. Of the table and each slot a step then makes a copy with other rows, and computes nothing for the rest.
///
/// ```swift
/// let optimizer = ParameterGroups(
///     [.init(LazyRows(Adam(name: "rows"))) { $0.name.hasSuffix("embeddings") }], others: Adam())
/// ```
///
/// The other rows stay as they are, and so do their slots: with Adam or momentum they do not go on
/// moving in the direction of earlier steps, as they would without, and moments do not decay. That is what PyTorch calls
/// `SparseAdam` and TensorFlow `LazyAdamOptimizer`. A decay of weights is for the rows alone, too.
/// ``GradientDescent`` and ``Adagrad`` leave rows without a gradient alone anyway; they take large tables row by
/// row by themselves.
///
/// A variable that is not only looked up is changed as without. A rule must go element by element: one that needs the
/// whole table, such as `Muon`, is an error of `apply` and `minimize`.
public final class LazyRows: Optimizer {
    /// What messages call it.
    public let name: String
    /// The rule.
    public let optimizer: any Optimizer

    /// A rule that leaves rows alone. What stands around optimizers itself goes around this one, not into it.
    public init(_ optimizer: any Optimizer, name: String = "LazyRows") {
        self.optimizer = optimizer
        self.name = name
    }

    /// The updates of one step.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        guard !(optimizer is any OptimizerOfOptimizers) else {
            return [
                Update(
                    .invalid(
                        name, nil,
                        "it goes directly around a rule, and \(optimizer.name) stands around others: "
                            + "write \(optimizer.name)(LazyRows(...))"))
            ]
        }
        return optimizer.variableUpdates(for: pairs) { variable, gradient in
            guard let rows = RowGradient(gradient) else {
                return self.optimizer.updates(of: variable, gradient: gradient)
            }
            let step = RowwiseStep(gradient, rows)
            return self.optimizer.updates(of: variable, gradient: gradient).map { update in
                step.update(update)
                    ?? Update(
                        .invalid(
                            self.name, nil,
                            "\(self.optimizer.name) needs all of '\(variable.name)' and not only rows"
                        ))
            }
        }
    }

    /// The updates of one variable.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// Whether the rule takes complex variables.
    public var takesComplexVariables: Bool { optimizer.takesComplexVariables }

    /// The rule's variables.
    public var variables: [VariableHandle] { optimizer.variables }
}

/// What stands around other optimizers: its updates of one variable are those of a whole step.
protocol OptimizerOfOptimizers: Optimizer {}

extension LazyRows: OptimizerOfOptimizers {}
extension ParameterGroups: OptimizerOfOptimizers {}
extension Lookahead: OptimizerOfOptimizers {}
extension GradientAccumulation: OptimizerOfOptimizers {}
extension LossScaling: OptimizerOfOptimizers {}
extension AveragedWeights: OptimizerOfOptimizers {}
