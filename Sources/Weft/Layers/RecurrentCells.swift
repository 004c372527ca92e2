// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The plain recurrent step: `h' = activation(x · W + b + h · U)`.
///
/// Weights of PyTorch's `RNNCell`: `kernel` is `weight_ih` transposed, `recurrent_kernel` is `weight_hh` transposed, and
/// `bias` is `bias_ih + bias_hh`.
public struct SimpleRNNCell<Scalar: FloatingScalar>: RecurrentCell {
    private let variablesOfSize: CellVariables<Scalar>
    private let activation: @Sendable (Tensor<Scalar>) -> Tensor<Scalar>
    /// The size of a step's output.
    public let units: Int
    /// False: the state is the output.
    public var hasMemory: Bool { false }

    /// A cell whose variables are `name/kernel`, `name/recurrent_kernel` and `name/bias`.
    ///
    /// - Parameter inputs: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, inputs: Int? = nil, units: Int, usesBias: Bool = true,
        activation: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { tanh($0) },
        kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal()
    ) {
        self.units = units
        self.activation = activation
        variablesOfSize = CellVariables(
            name, inputs: inputs, units: units, gates: 1, usesBias: usesBias,
            kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
            biasInitializer: .zeros)
    }

    /// The weights of the input, `[inputs, units]`.
    public var kernel: Variable<Scalar> { variablesOfSize.kernel }
    /// The weights of the state, `[units, units]`.
    public var recurrentKernel: Variable<Scalar> { variablesOfSize.recurrentKernel }

    /// x · W + b.
    public func projected(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        variablesOfSize.projected("simpleRNN", x)
    }

    /// The state after a step.
    public func next(
        _ projected: Tensor<Scalar>, _ state: RecurrentState<Scalar>
    ) -> RecurrentState<Scalar> {
        let sum = projected + variablesOfSize.recurrent("simpleRNN", state.hidden)
        return variablesOfSize.gated(sum) { RecurrentState(hidden: activation($0[0])) }
    }
}

/// Long short-term memory (Hochreiter and Schmidhuber 1997): of the gates i, f, g and o,
/// `c' = σ(f) · c + σ(i) · tanh(g)` and `h' = σ(o) · tanh(c')`.
///
/// The gates stand side by side in this order, which is PyTorch's and Keras's. Weights of PyTorch's `LSTMCell`:
/// `kernel` is `weight_ih` transposed, `recurrent_kernel` is `weight_hh` transposed, and `bias` is `bias_ih + bias_hh`;
/// those of Keras are the same as they are.
public struct LSTMCell<Scalar: FloatingScalar>: RecurrentCell {
    private let variablesOfSize: CellVariables<Scalar>
    /// The size of a step's output.
    public let units: Int
    /// True: the cell state.
    public var hasMemory: Bool { true }

    /// A cell whose variables are `name/kernel`, `name/recurrent_kernel` and `name/bias`.
    ///
    /// - Parameters:
    ///   - inputs: The size of the input's last axis; nil for that of the first input.
    ///   - forgetBias: What the bias of f begins with; the others' begin with 0.
    public init(
        _ name: String, inputs: Int? = nil, units: Int, usesBias: Bool = true,
        forgetBias: Double = 1, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal()
    ) {
        self.units = units
        let bias = Initializer { dtype, shape, _ in
            // Gates of equal size: what is not divisible is no bias of a cell.
            let size = (shape.first ?? 0) / 4
            let gates: [Double] = [0, forgetBias, 0, 0]
            let parts = gates.flatMap { Array(repeating: $0, count: size) }
            return try NDArray(parts, shape: shape).cast(to: dtype)
        }
        variablesOfSize = CellVariables(
            name, inputs: inputs, units: units, gates: 4, usesBias: usesBias,
            kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
            biasInitializer: bias)
    }

    /// The weights of the input, `[inputs, 4 · units]`.
    public var kernel: Variable<Scalar> { variablesOfSize.kernel }
    /// The weights of the state, `[units, 4 · units]`.
    public var recurrentKernel: Variable<Scalar> { variablesOfSize.recurrentKernel }

    /// x · W + b.
    public func projected(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        variablesOfSize.projected("lstm", x)
    }

    /// The state after a step.
    public func next(
        _ projected: Tensor<Scalar>, _ state: RecurrentState<Scalar>
    ) -> RecurrentState<Scalar> {
        guard let memory = state.memory else {
            return RecurrentState(
                hidden: Tensor(
                    .invalid("lstm", nil, "the state has no memory; give one of `[n, units]`")))
        }
        let sum = projected + variablesOfSize.recurrent("lstm", state.hidden)
        return variablesOfSize.gated(sum) { gates in
            let kept = sigmoid(gates[1]) * memory
            let next = kept + sigmoid(gates[0]) * tanh(gates[2])
            return RecurrentState(hidden: sigmoid(gates[3]) * tanh(next), memory: next)
        }
    }
}

/// The gated recurrent unit (Cho et al. 2014): of the gates r, z and n, with `x` and `h` standing for what is made of
/// the input and of the state, `r = σ(xᵣ + hᵣ)`, `z = σ(x_z + h_z)`, `n = tanh(xₙ + r · hₙ)` and
/// `h' = (1 − z) · n + z · h`.
///
/// It is the form of PyTorch, cuDNN, and Keras with `reset_after`. The gates stand side by side in the order r, z, n,
/// which is PyTorch's. Weights of its `GRUCell`: `kernel` is `weight_ih` transposed, `recurrent_kernel` is `weight_hh`
/// transposed, `bias` is `bias_ih` and `recurrent_bias` is `bias_hh`. Keras has the order z, r, n.
public struct GRUCell<Scalar: FloatingScalar>: RecurrentCell {
    private let variablesOfSize: CellVariables<Scalar>
    /// The size of a step's output.
    public let units: Int
    /// False: the state is the output.
    public var hasMemory: Bool { false }

    /// A cell whose variables are `name/kernel`, `name/recurrent_kernel`, `name/bias` and `name/recurrent_bias`.
    ///
    /// - Parameter inputs: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, inputs: Int? = nil, units: Int, usesBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal()
    ) {
        self.units = units
        variablesOfSize = CellVariables(
            name, inputs: inputs, units: units, gates: 3, usesBias: usesBias,
            usesRecurrentBias: usesBias, kernelInitializer: kernelInitializer,
            recurrentInitializer: recurrentInitializer, biasInitializer: .zeros)
    }

    /// The weights of the input, `[inputs, 3 · units]`.
    public var kernel: Variable<Scalar> { variablesOfSize.kernel }
    /// The weights of the state, `[units, 3 · units]`.
    public var recurrentKernel: Variable<Scalar> { variablesOfSize.recurrentKernel }

    /// x · W + b.
    public func projected(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        variablesOfSize.projected("gru", x)
    }

    /// The state after a step.
    public func next(
        _ projected: Tensor<Scalar>, _ state: RecurrentState<Scalar>
    ) -> RecurrentState<Scalar> {
        let own = variablesOfSize.recurrent("gru", state.hidden)
        return variablesOfSize.gated(projected) { x in
            let h = own.split(into: 3, axis: -1)
            let reset = sigmoid(x[0] + h[0])
            let kept = sigmoid(x[1] + h[1])
            let new = tanh(x[2] + reset * h[2])
            // (1 − z) · n + z · h with one product less.
            return RecurrentState(hidden: new + kept * (state.hidden - new))
        }
    }
}

extension CellVariables {
    var kernel: Variable<Scalar> { sized.made?.kernel ?? sized.missing("kernel") }
    var recurrentKernel: Variable<Scalar> {
        sized.made?.recurrentKernel ?? sized.missing("recurrent_kernel")
    }
}
