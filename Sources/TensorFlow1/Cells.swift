// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.nn {
    /// Cells of recurrent networks: a step from an input and a state to an output and the next state.
    public enum rnn_cell {}
}

extension tf.contrib {
    /// Cells of recurrent networks and the loops over them, as in `tf.nn`.
    public typealias rnn = tf.nn.rnn_cell
}

extension tf.nn.rnn_cell {
    /// What a cell carries from step to step: a tensor, the two of an LSTM, or the states of several cells.
    public indirect enum State: Sendable, GraphOperand {
        /// One tensor.
        case tensor(tf.Tensor)
        /// An LSTM's memory and output.
        case lstm(c: tf.Tensor, h: tf.Tensor)
        /// The states of cells on top of one another.
        case list([State])

        /// All tensors in order.
        public var tensors: [tf.Tensor] {
            switch self {
            case .tensor(let tensor): [tensor]
            case .lstm(let c, let h): [c, h]
            case .list(let states): states.flatMap(\.tensors)
            }
        }
        /// The memory of an LSTM; of a tensor itself, of several cells the last one's.
        public var c: tf.Tensor {
            switch self {
            case .tensor(let tensor): tensor
            case .lstm(let c, _): c
            case .list(let states): states.last?.c ?? .invalid("state", nil, "there are no cells")
            }
        }
        /// The output of an LSTM; of a tensor itself, of several cells the last one's.
        public var h: tf.Tensor {
            switch self {
            case .tensor(let tensor): tensor
            case .lstm(_, let h): h
            case .list(let states): states.last?.h ?? .invalid("state", nil, "there are no cells")
            }
        }
        /// The output of an LSTM, or the tensor itself.
        public var anyTensor: tf.Tensor { h }
        /// The state of one of several cells; of an LSTM 0 is the memory and 1 the output.
        public subscript(index: Int) -> State {
            switch self {
            case .list(let states) where states.indices.contains(index): states[index]
            case .lstm(let c, let h) where index == 0 || index == 1: .tensor(index == 0 ? c : h)
            default: .tensor(.invalid("state", nil, "the state has no part \(index)"))
            }
        }

        /// A state of the same form.
        func like(_ tensors: [tf.Tensor]) -> State {
            var rest = tensors[...]
            return taken(&rest)
        }
        private func taken(_ rest: inout ArraySlice<tf.Tensor>) -> State {
            func next() -> tf.Tensor {
                rest.popFirst() ?? .invalid("state", nil, "a part is missing")
            }
            switch self {
            case .tensor: return .tensor(next())
            case .lstm:
                let c = next()
                return .lstm(c: c, h: next())
            case .list(let states): return .list(states.map { $0.taken(&rest) })
            }
        }
    }

    /// The two tensors of an LSTM's state.
    public static func LSTMStateTuple(_ c: tf.Tensor, _ h: tf.Tensor) -> State { .lstm(c: c, h: h) }
    /// The two tensors of an LSTM's state.
    public static func LSTMStateTuple(c: tf.Tensor, h: tf.Tensor) -> State { .lstm(c: c, h: h) }

    /// A cell. One of a program's own says its sizes and what a step is.
    open class RNNCell {
        /// The size of the output.
        open var output_size: Int { 0 }
        /// The sizes of the state's tensors.
        open var state_sizes: [Int] { [output_size] }
        /// The size of the state's first tensor.
        public var state_size: Int { state_sizes.first ?? 0 }
        /// The name of the scope of the cell's variables.
        open var scope: String { "rnn_cell" }
        private var isBuilt = false

        /// A cell.
        public init() {}

        /// Makes the cell's variables for inputs of that size, in the scope around.
        ///
        /// - Throws: `GraphError` when a variable cannot be made.
        open func build(_ input_size: Int) throws {}

        /// A step.
        ///
        /// - Throws: `GraphError` when a variable cannot be made.
        open func call(_ inputs: tf.Tensor, _ state: State) throws -> (tf.Tensor, State) {
            (inputs, state)
        }

        /// The state of zeros for a batch.
        open func zero_state(_ batch_size: some TensorOperand, _ dtype: DType = .float32) -> State {
            let size = batch_size.tensor(.int32)
            // Programs feed it the last state.
            return form(
                state_sizes.map {
                    tf.feedable(tf.zeros([size, $0] as [any TensorOperand], dtype))
                })
        }
        /// The state of zeros for a batch, by labels.
        public func zero_state(batch_size: some TensorOperand, dtype: DType = .float32) -> State {
            zero_state(batch_size, dtype)
        }
        /// A state of tensors in order.
        open func form(_ tensors: [tf.Tensor]) -> State {
            .tensor(tensors.first ?? .invalid("state", nil, "a state has a tensor"))
        }

        /// A step, whose variables are made with the first one.
        ///
        /// - Throws: `GraphError` when a variable cannot be made.
        public func callAsFunction(
            _ inputs: some TensorOperand, _ state: State, scope: String? = nil
        ) throws -> (tf.Tensor, State) {
            let x = inputs.tensor(nil)
            try prepare(x, scope: scope)
            return try call(x, state)
        }
        /// A step from a state of one tensor.
        ///
        /// - Throws: `GraphError` when a variable cannot be made.
        public func callAsFunction(
            _ inputs: some TensorOperand, _ state: tf.Tensor, scope: String? = nil
        ) throws -> (tf.Tensor, State) {
            try callAsFunction(inputs, .tensor(state), scope: scope)
        }

        /// Makes the variables unless they are made.
        func prepare(_ x: tf.Tensor, scope name: String? = nil) throws {
            guard !isBuilt else { return }
            isBuilt = true
            let width = try tf.known(x.shape[-1], "the last size", of: x)
            try prepare(width, scope: name)
        }
        func prepare(_ width: Int, scope name: String? = nil) throws {
            isBuilt = true
            try tf.variable_scope(name ?? scope) { try build(width) }
        }
    }

    /// Weights and offset of a cell.
    struct Gates {
        let kernel: tf.Tensor
        let bias: tf.Tensor

        init(
            _ prefix: String, _ rows: Int, _ columns: Int, bias: Double = 0,
            _ initializer: (any InitialValue)? = nil
        ) throws {
            let kernelName = prefix.isEmpty ? "kernel" : "\(prefix)/kernel"
            let biasName = prefix.isEmpty ? "bias" : "\(prefix)/bias"
            kernel = try tf.variable(
                kernelName, [rows, columns], nil, initializer, nil, true, nil, nil
            ).anyTensor
            self.bias = try tf.variable(
                biasName, [columns], nil, Initializer.constant(bias), nil, true, nil, nil
            ).anyTensor
        }

        func callAsFunction(_ parts: [tf.Tensor]) -> tf.Tensor {
            Weft.matmul(tf.concat(parts, -1), kernel) + bias
        }
    }

    /// output = activation([input, state] · kernel + bias).
    public final class BasicRNNCell: RNNCell {
        private let units: Int
        private let activation: tf.Activation
        private var gates: Gates?

        /// A cell with so many units.
        public init(
            _ num_units: Int, activation: @escaping tf.Activation = { tf.tanh($0) },
            reuse: (any ReuseConvertible)? = nil, name: String? = nil
        ) {
            units = num_units
            self.activation = activation
        }
        /// A cell with so many units.
        public convenience init(
            num_units: Int, activation: @escaping tf.Activation = { tf.tanh($0) }
        ) {
            self.init(num_units, activation: activation)
        }
        public override var output_size: Int { units }
        public override var scope: String { "basic_rnn_cell" }
        public override func build(_ input_size: Int) throws {
            gates = try Gates("", input_size + units, units)
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            guard let gates else { throw notBuilt(scope) }
            let output = activation(gates([inputs, state.h]))
            return (output, .tensor(output))
        }
    }

    /// The gated recurrent unit (Cho et al. 2014).
    public final class GRUCell: RNNCell {
        private let units: Int
        private let activation: tf.Activation
        private let initializer: (any InitialValue)?
        private var parts: (gates: Gates, candidate: Gates)?

        /// A cell with so many units.
        public init(
            _ num_units: Int, activation: @escaping tf.Activation = { tf.tanh($0) },
            reuse: (any ReuseConvertible)? = nil, kernel_initializer: (any InitialValue)? = nil
        ) {
            units = num_units
            self.activation = activation
            initializer = kernel_initializer
        }
        /// A cell with so many units.
        public convenience init(
            num_units: Int, activation: @escaping tf.Activation = { tf.tanh($0) }
        ) {
            self.init(num_units, activation: activation)
        }
        public override var output_size: Int { units }
        public override var scope: String { "gru_cell" }
        public override func build(_ input_size: Int) throws {
            parts = (
                try Gates("gates", input_size + units, 2 * units, bias: 1, initializer),
                try Gates("candidate", input_size + units, units, initializer)
            )
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            guard let parts else { throw notBuilt(scope) }
            let h = state.h
            let gates = tf.split(tf.sigmoid(parts.gates([inputs, h])), 2, axis: -1)
            let (r, u) = (gates[0], gates.last ?? gates[0])
            let candidate = activation(parts.candidate([inputs, r * h]))
            let next = u * h + (1 - u) * candidate
            return (next, .tensor(next))
        }
    }

    /// Long short-term memory (Hochreiter and Schmidhuber 1997); the gates are i, j, f and o.
    public class LSTMCell: RNNCell {
        private let units: Int
        private let forgetBias: Double
        private let activation: tf.Activation
        private let initializer: (any InitialValue)?
        private let projection: Int?
        private let usesPeepholes: Bool
        private let isTuple: Bool
        private var gates: Gates?
        private var peepholes: [tf.Tensor] = []
        private var projector: tf.Tensor?

        /// A cell with so many units.
        ///
        /// - Parameters:
        ///   - num_proj: The size that outputs are projected to.
        ///   - state_is_tuple: Whether the state has two tensors, or one of both side by side.
        public init(
            _ num_units: Int, use_peepholes: Bool = false,
            initializer: (any InitialValue)? = nil, num_proj: Int? = nil,
            forget_bias: Double = 1, state_is_tuple: Bool = true,
            activation: @escaping tf.Activation = { tf.tanh($0) },
            reuse: (any ReuseConvertible)? = nil
        ) {
            units = num_units
            forgetBias = forget_bias
            self.activation = activation
            self.initializer = initializer
            projection = num_proj
            usesPeepholes = use_peepholes
            isTuple = state_is_tuple
        }
        /// A cell with so many units.
        public convenience init(
            num_units: Int, forget_bias: Double = 1, state_is_tuple: Bool = true,
            activation: @escaping tf.Activation = { tf.tanh($0) }
        ) {
            self.init(
                num_units, forget_bias: forget_bias, state_is_tuple: state_is_tuple,
                activation: activation)
        }
        public override var output_size: Int { projection ?? units }
        public override var state_sizes: [Int] {
            isTuple ? [units, output_size] : [units + output_size]
        }
        public override var scope: String { "lstm_cell" }
        public override func form(_ tensors: [tf.Tensor]) -> State {
            guard isTuple, tensors.count == 2 else { return super.form(tensors) }
            return .lstm(c: tensors[0], h: tensors[1])
        }
        public override func build(_ input_size: Int) throws {
            gates = try Gates("", input_size + output_size, 4 * units, initializer)
            if usesPeepholes {
                peepholes = try ["w_f_diag", "w_i_diag", "w_o_diag"].map {
                    try tf.variable($0, [units], nil, initializer, nil, true, nil, nil).anyTensor
                }
            }
            if let projection {
                projector = try tf.variable(
                    "projection/kernel", [units, projection], nil, initializer, nil, true, nil, nil
                ).anyTensor
            }
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            guard let gates else { throw notBuilt(scope) }
            var (c, h) = (state.c, state.h)
            if !isTuple {
                let parts = tf.split(state.h, [units, output_size], axis: -1)
                (c, h) = (parts[0], parts.last ?? parts[0])
            }
            let parts = tf.split(gates([inputs, h]), 4, axis: -1)
            guard parts.count == 4 else { return (parts[0], state) }
            var (i, f, o) = (parts[0], parts[2] + forgetBias, parts[3])
            if peepholes.count == 3 {
                f = f + peepholes[0] * c
                i = i + peepholes[1] * c
            }
            let next = tf.sigmoid(f) * c + tf.sigmoid(i) * activation(parts[1])
            if peepholes.count == 3 { o = o + peepholes[2] * next }
            var output = tf.sigmoid(o) * activation(next)
            if let projector { output = Weft.matmul(output, projector) }
            return (
                output,
                isTuple ? .lstm(c: next, h: output) : .tensor(tf.concat([next, output], -1))
            )
        }
    }

    /// Long short-term memory without peepholes and projection.
    public final class BasicLSTMCell: LSTMCell {
        public override var scope: String { "basic_lstm_cell" }
    }

    /// Cells on top of one another: the output of each is the input of the next.
    public final class MultiRNNCell: RNNCell {
        private let cells: [RNNCell]
        /// The cells from the lowest on; `state_is_tuple` is accepted: states stay apart.
        public init(_ cells: [RNNCell], state_is_tuple: Bool = true) { self.cells = cells }
        public override var output_size: Int { cells.last?.output_size ?? 0 }
        public override var state_sizes: [Int] { cells.flatMap(\.state_sizes) }
        public override var scope: String { "multi_rnn_cell" }
        public override func form(_ tensors: [tf.Tensor]) -> State {
            var rest = tensors[...]
            return .list(
                cells.map { cell in
                    let count = cell.state_sizes.count
                    defer { rest = rest.dropFirst(count) }
                    return cell.form(Array(rest.prefix(count)))
                })
        }
        public override func build(_ input_size: Int) throws {
            var width = input_size
            for (index, cell) in cells.enumerated() {
                let size = width
                try tf.variable_scope("cell_\(index)") { try cell.prepare(size) }
                width = cell.output_size
            }
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            var output = inputs
            var states: [State] = []
            for (index, cell) in cells.enumerated() {
                let (next, own) = try cell.call(output, state[index])
                output = next
                states.append(own)
            }
            return (output, .list(states))
        }
    }

    /// A cell with dropout of its inputs, outputs and states.
    public final class DropoutWrapper: RNNCell {
        private let cell: RNNCell
        private let input: any TensorOperand
        private let output: any TensorOperand
        private let carried: any TensorOperand
        private let seed: Int?
        /// A cell with the shares that are kept.
        public init(
            _ cell: RNNCell, input_keep_prob: any TensorOperand = 1.0,
            output_keep_prob: any TensorOperand = 1.0, state_keep_prob: any TensorOperand = 1.0,
            seed: Int? = nil
        ) {
            self.cell = cell
            input = input_keep_prob
            output = output_keep_prob
            carried = state_keep_prob
            self.seed = seed
        }
        public override var output_size: Int { cell.output_size }
        public override var state_sizes: [Int] { cell.state_sizes }
        public override var scope: String { cell.scope }
        public override func form(_ tensors: [tf.Tensor]) -> State { cell.form(tensors) }
        override func prepare(_ width: Int, scope name: String? = nil) throws {
            try cell.prepare(width, scope: name)
        }
        private func dropped(_ x: tf.Tensor, _ keep: any TensorOperand, _ name: String) -> tf.Tensor
        {
            if keep as? Double == 1 { return x }
            return tf.nn.dropout(x, keep_prob: keep.tensor(x.dtype), seed: seed, name: name)
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            let (result, next) = try cell.call(dropped(inputs, input, "input"), state)
            let kept = next.like(next.tensors.map { dropped($0, carried, "state") })
            return (dropped(result, output, "output"), kept)
        }
    }

    /// A cell whose output is its own and its input's sum.
    public final class ResidualWrapper: RNNCell {
        private let cell: RNNCell
        /// A cell of inputs and outputs of one size.
        public init(_ cell: RNNCell) { self.cell = cell }
        public override var output_size: Int { cell.output_size }
        public override var state_sizes: [Int] { cell.state_sizes }
        public override var scope: String { cell.scope }
        public override func form(_ tensors: [tf.Tensor]) -> State { cell.form(tensors) }
        override func prepare(_ width: Int, scope name: String? = nil) throws {
            try cell.prepare(width, scope: name)
        }
        public override func call(
            _ inputs: tf.Tensor, _ state: State
        ) throws -> (tf.Tensor, State) {
            let (output, next) = try cell.call(inputs, state)
            return (inputs + output, next)
        }
    }

    private static func notBuilt(_ name: String) -> GraphError {
        GraphError(
            operation: name, reason: "the cell has no variables yet; call it, or build it first")
    }
}
