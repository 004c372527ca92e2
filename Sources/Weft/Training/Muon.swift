// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Momentum whose steps are made nearly orthogonal matrices, for the weights of hidden layers
/// (Jordan et al. 2024): `m += (1 − μ)(g − m)`, `u = (1 − μ) g + μ m` with Nesterov's look ahead, else m, and
/// `w −= α · (√max(1, outputs / inputs) · O(u) + λ w)`.
///
/// O(u) brings all singular values of u near 1, by steps of Newton and Schulz: X = u / ‖u‖, then again and again
/// `X = a X + (b A + c A²) X` with A = X Xᵀ. Of more than two axes the last one has the outputs, all the others
/// together the inputs. What has fewer axes, and what `applies` leaves out, such as embeddings and the last
/// layer, is changed by another optimizer.
public final class Muon: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate μ of the mean of gradients.
    public let momentum: Double
    /// Whether to look ahead.
    public let usesNesterov: Bool
    /// How many steps of Newton and Schulz, 1 to 20.
    public let iterations: Int
    /// Keeps the norm that u is divided by from 0.
    public let epsilon: Double
    /// λ, and which variables it is for.
    public let weightDecay: WeightDecay
    /// What changes the other variables.
    public let others: any Optimizer
    private let applies: @Sendable (VariableHandle) -> Bool
    private let slots = OptimizerSlots(of: "Muon")

    /// The numbers a, b and c of the published rule, whose slope at 0 is as large as it may be.
    private static let coefficients = (a: 3.4445, b: -4.7750, c: 2.0315)

    /// Muon with the published constants.
    ///
    /// - Parameters:
    ///   - others: What changes the variables that are no matrices; by default AdamW.
    ///   - applies: Which of the variables with two axes or more it is for.
    public init(
        learningRate: any LearningRateConvertible = 0.02, momentum: Double = 0.95,
        usesNesterov: Bool = true, iterations: Int = 5, epsilon: Double = 1e-7,
        weightDecay: WeightDecay = .none, others: any Optimizer = AdamW(), name: String = "Muon",
        applies: @escaping @Sendable (VariableHandle) -> Bool = { _ in true }
    ) {
        self.learningRate = learningRate.learningRate
        self.momentum = momentum
        self.usesNesterov = usesNesterov
        self.iterations = iterations
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.others = others
        self.name = name
        self.applies = applies
    }

    /// The updates of one step: its own, and those of the other optimizer.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        let own = pairs.filter { isOwn($0.variable) }
        let rest = pairs.filter { !isOwn($0.variable) }
        return variableUpdates(for: own, by: updates(of:gradient:))
            + (rest.isEmpty ? [] : others.updates(for: rest))
    }

    private func isOwn(_ variable: VariableHandle) -> Bool {
        variable.shape.count > 1 && applies(variable)
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        guard isOwn(variable) else { return others.updates(of: variable, gradient: g) }
        guard 1...20 ~= iterations else {
            return [
                variable.assign(
                    .invalid(name, nil, "iterations must be from 1 to 20, not \(iterations)"))
            ]
        }
        let dtype = variable.stepType
        let g = g.widened
        let m = slots.slot(name, of: variable)
        let fresh = fresh("momentum", momentum, as: dtype)
        let next = m.moved(to: g, fresh)
        let direction = usesNesterov ? g * fresh + next * (1 - fresh) : next
        let outputs = variable.shape.last ?? 1
        // A variable's sizes fit the memory, or its value carries an error.
        let inputs = variable.shape.dropLast().reduce(1, &*)
        let flat = direction.reshaped(to: [inputs, outputs])
        let factor = max(1, Double(outputs) / Double(max(inputs, 1))).squareRoot()
        let step = orthogonal(flat).reshaped(to: variable.shape) * factor
        let change =
            learningRate.tensor(as: dtype, step: slots.steps(of: name))
            * weightDecay.added(to: step, of: variable, by: self)
        return [m.assign(next), variable.assign(lessenedBy: change)]
    }

    private func orthogonal(_ u: AnyTensor) -> AnyTensor {
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: u.dtype)
        let (a, b, c) = Self.coefficients
        let sizes = u.shape.dimensions ?? []
        // The smaller of both products, as the result is the same.
        let isTall = sizes.count == 2 && sizes[0] > sizes[1]
        var x = isTall ? u.transposed() : u
        x = x / maximum(sqrt((x * x).sum()), epsilon)
        for _ in 0..<iterations {
            let square = matmul(x, x, transposingSecond: true)
            x = x * a + matmul(square * b + matmul(square, square) * c, x)
        }
        return isTall ? x.transposed() : x
    }

    /// That of the other optimizer.
    public var lossScale: AnyTensor? { others.lossScale }

    /// The variables that it and the other optimizer have made: means of gradients above all.
    public var variables: [VariableHandle] { slots.all + others.variables }
}
