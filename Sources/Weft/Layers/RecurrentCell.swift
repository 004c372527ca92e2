// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What a recurrent network carries from step to step.
public struct RecurrentState<Scalar: FloatingScalar>: Sendable {
    /// The output of the last step, `[n, units]`.
    public var hidden: Tensor<Scalar>
    /// The cell state of an LSTM, `[n, units]`; nil for others.
    public var memory: Tensor<Scalar>?

    /// A state from its parts.
    public init(hidden: Tensor<Scalar>, memory: Tensor<Scalar>? = nil) {
        self.hidden = hidden
        self.memory = memory
    }

    /// The parts in the order in which loops carry them.
    var parts: [AnyTensor] { [hidden.anyTensor] + (memory.map { [$0.anyTensor] } ?? []) }

    init(parts: [AnyTensor]) {
        let none = AnyTensor.invalid("state", nil, "a state has one or two parts")
        hidden = Tensor(parts.first ?? none)
        memory = parts.count > 1 ? Tensor(parts[1]) : nil
    }
}

/// A step of a recurrent network: ``SimpleRNNCell``, ``LSTMCell``, ``GRUCell``, or one of a program's own.
///
/// What a step makes of its input alone is asked for all steps at once, before the loop: one large product instead of
/// many small ones. ``Recurrent`` runs a cell over sequences; `cell(x, state)` is one step.
public protocol RecurrentCell<Scalar>: Layer {
    /// The elements.
    associatedtype Scalar: FloatingScalar
    /// The size of a step's output.
    var units: Int { get }
    /// Whether states have a memory beside the output.
    var hasMemory: Bool { get }
    /// What steps make of their inputs alone: `[..., inputs]` → `[..., m]`, with m at least `units`.
    func projected(_ x: Tensor<Scalar>) -> Tensor<Scalar>
    /// The next state, from what `projected` made of an input `[n, m]` and the state before.
    func next(
        _ projected: Tensor<Scalar>, _ state: RecurrentState<Scalar>
    ) -> RecurrentState<
        Scalar
    >
}

extension RecurrentCell {
    /// The state after a step.
    ///
    /// - Shape: input `[n, inputs]`, state `[n, units]` → `[n, units]`.
    public func callAsFunction(
        _ x: Tensor<Scalar>, _ state: RecurrentState<Scalar>
    ) -> RecurrentState<Scalar> { next(projected(x), state) }

    /// The state after a step, whatever the mode.
    public func callAsFunction(
        _ input: (Tensor<Scalar>, RecurrentState<Scalar>), mode: Mode
    ) -> RecurrentState<Scalar> { next(projected(input.0), input.1) }
}

/// The weights of a cell with some gates, side by side along the last axis.
struct CellWeights<Scalar: FloatingScalar>: Sendable {
    let kernel, recurrentKernel: Variable<Scalar>
    let bias, recurrentBias: Variable<Scalar>?
}

/// A cell's variables, and the products that all cells are made of.
struct CellVariables<Scalar: FloatingScalar>: Sendable {
    let sized: SizedVariables<CellWeights<Scalar>>
    let gates: Int

    init(
        _ name: String, inputs: Int?, units: Int, gates: Int, usesBias: Bool,
        usesRecurrentBias: Bool = false, kernelInitializer: Initializer,
        recurrentInitializer: Initializer, biasInitializer: Initializer
    ) {
        self.gates = gates
        let columns = ArraySize.count([units, gates]) ?? -1
        sized = SizedVariables(name, size: inputs) { inputs in
            CellWeights(
                kernel: Variable(
                    "kernel", shape: [inputs, columns], initializer: kernelInitializer),
                recurrentKernel: Variable(
                    "recurrent_kernel", shape: [units, columns], initializer: recurrentInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [columns], initializer: biasInitializer) : nil,
                recurrentBias: usesRecurrentBias
                    ? Variable("recurrent_bias", shape: [columns]) : nil)
        }
    }

    /// x · kernel + bias.
    func projected(_ operation: String, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            sized.output(operation, x.anyTensor) {
                let x = x.anyTensor
                let rank = try x.knownRank()
                guard rank > 0 else {
                    throw RuleViolation("the input must have a last axis, not \(x.type)")
                }
                let weights = try sized.made(for: x)
                let sizes = weights.kernel.shape
                guard sizes.allSatisfy({ $0 > 0 }) else {
                    throw RuleViolation(
                        "inputs and units must be positive; the kernel would be \(sizes)")
                }
                let product = AnyTensor.dot(
                    x, weights.kernel.anyTensor, contracting: ([rank - 1], [0]))
                return weights.bias.map { product + $0.anyTensor } ?? product
            })
    }

    /// hidden · recurrent kernel + recurrent bias.
    func recurrent(_ operation: String, _ hidden: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            sized.output(operation, hidden.anyTensor) {
                guard let weights = sized.made else {
                    throw RuleViolation(
                        "the cell has no variables yet: its first input decides their sizes")
                }
                let product = matmul(hidden.anyTensor, weights.recurrentKernel.anyTensor)
                return weights.recurrentBias.map { product + $0.anyTensor } ?? product
            })
    }

    /// What `body` makes of the gates, apart from one another, in the layer's name scope.
    func gated(
        _ gates: Tensor<Scalar>, _ body: ([Tensor<Scalar>]) -> RecurrentState<Scalar>
    ) -> RecurrentState<Scalar> {
        NameScope.$path.withValue(sized.scope) {
            body(gates.split(into: self.gates, axis: -1))
        }
    }
}
