// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Several optimizers, each for some of the variables: other rates for some layers, another rule for embeddings.
/// What PyTorch calls parameter groups, and Optax `multi_transform`.
///
/// ```swift
/// let optimizer = ParameterGroups(
///     [.init(Adam(learningRate: 1e-4, name: "slow")) { $0.name.hasPrefix("encoder/") }],
///     others: Adam(learningRate: 1e-3))
/// ```
///
/// Optimizers of one kind need different names, as in the example: their variables are told apart by them.
public final class ParameterGroups: Optimizer {
    /// An optimizer and the variables that it is for.
    public struct Group: Sendable {
        /// What changes the variables.
        public let optimizer: any Optimizer
        /// Whether a variable belongs to the group.
        public let contains: @Sendable (VariableHandle) -> Bool

        /// The group of the variables for which `contains` is true.
        public init(
            _ optimizer: any Optimizer, contains: @escaping @Sendable (VariableHandle) -> Bool
        ) {
            self.optimizer = optimizer
            self.contains = contains
        }
    }

    /// What messages call it.
    public let name: String
    /// The groups; a variable belongs to the first that contains it.
    public let groups: [Group]
    /// What changes the variables of no group.
    public let others: any Optimizer

    /// Groups, and an optimizer for all other variables.
    public init(_ groups: [Group], others: any Optimizer, name: String = "ParameterGroups") {
        self.groups = groups
        self.others = others
        self.name = name
    }

    private func optimizer(of variable: VariableHandle) -> any Optimizer {
        groups.first { $0.contains(variable) }?.optimizer ?? others
    }

    /// Every optimizer once, in the order of the groups.
    private var optimizers: [any Optimizer] {
        var seen: Set<ObjectIdentifier> = []
        return (groups.map(\.optimizer) + [others]).filter {
            seen.insert(ObjectIdentifier($0)).inserted
        }
    }

    /// The updates of one step, of each optimizer for its variables.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        optimizers.flatMap { optimizer in
            let own = pairs.filter { self.optimizer(of: $0.variable) === optimizer }
            return own.isEmpty ? [] : optimizer.updates(for: own)
        }
    }

    /// The updates of a variable by the optimizer of its group.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        optimizer(of: variable).updates(of: variable, gradient: gradient)
    }

    /// Whether all of the optimizers take complex variables.
    public var takesComplexVariables: Bool { optimizers.allSatisfy(\.takesComplexVariables) }

    /// That of the first of the optimizers that has one. Put ``LossScaling`` around the groups, not in one of them.
    public var lossScale: AnyTensor? { optimizers.lazy.compactMap(\.lossScale).first }

    /// The variables that the optimizers have made.
    public var variables: [VariableHandle] { optimizers.flatMap(\.variables) }
}
