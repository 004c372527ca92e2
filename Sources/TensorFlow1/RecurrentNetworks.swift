// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Loops over cells.
extension tf.nn {
    /// A cell over the steps of a batch, by a loop in the graph.
    ///
    /// - Parameters:
    ///   - inputs: [batch, steps, size], or [steps, batch, size] with `time_major`.
    ///   - sequence_length: How many steps each example has; behind them outputs are 0 and states stay.
    ///   - initial_state: The state before the first step; nil for zeros.
    /// - Returns: The outputs of all steps in the inputs' order, and the last state; tensors that carry an error
    ///   when the cell's variables cannot be made.
    public static func dynamic_rnn(
        _ cell: rnn_cell.RNNCell, _ inputs: some TensorOperand,
        sequence_length: (any TensorOperand)? = nil, initial_state: rnn_cell.State? = nil,
        dtype: DType? = nil, parallel_iterations: Int? = nil, swap_memory: Bool = false,
        time_major: Bool = false, scope: String? = nil
    ) -> (tf.Tensor, rnn_cell.State) {
        let x = inputs.tensor(nil)
        do {
            return try tf.variable_scope(scope ?? "rnn") {
                try loop(
                    cell, time_major ? x : timeMoved(x), sequence_length, initial_state,
                    isReversed: false, isTimeMajor: time_major)
            }
        } catch {
            let reason = (error as? GraphError)?.reason ?? "\(error)"
            let invalid = AnyTensor.invalid("dynamic_rnn", scope, reason)
            return (invalid, .tensor(invalid))
        }
    }

    /// The same, the states before the lengths.
    public static func dynamic_rnn(
        _ cell: rnn_cell.RNNCell, _ inputs: some TensorOperand, initial_state: rnn_cell.State,
        sequence_length: any TensorOperand, dtype: DType? = nil, time_major: Bool = false,
        scope: String? = nil
    ) -> (tf.Tensor, rnn_cell.State) {
        dynamic_rnn(
            cell, inputs, sequence_length: sequence_length, initial_state: initial_state,
            time_major: time_major, scope: scope)
    }

    private static func timeMoved(_ x: tf.Tensor) -> tf.Tensor {
        guard let rank = x.shape.rank, rank >= 2 else {
            return .invalid("dynamic_rnn", nil, "the inputs must be of rank 3, not \(x.type)")
        }
        return x.transposed(permutation: [1, 0] + Array(2..<rank))
    }

    private static func loop(
        _ cell: rnn_cell.RNNCell, _ x: tf.Tensor, _ lengths: (any TensorOperand)?,
        _ initial: rnn_cell.State?, isReversed: Bool, isTimeMajor: Bool
    ) throws -> (tf.Tensor, rnn_cell.State) {
        try x.validated()
        try cell.prepare(x)
        let sizes = tf.shape(x)
        let start =
            initial
            ?? cell.zero_state(x.shape[1].map { $0.tensor(.int32) } ?? sizes[1], x.dtype)
        let lengths = lengths.map { tf.cast($0.tensor(.int32), .int32) }
        let steps = tf.range(x.shape[0].map { $0.tensor(.int32) } ?? sizes[0])
        let result = try Weft.scan(
            over: [x, steps], initial: start.tensors, isReversed: isReversed
        ) { carries, slices in
            let (output, next) = try cell.call(slices[0], start.like(carries))
            guard let lengths else { return (carries: next.tensors, outputs: [output]) }
            let isInside = tf.expand_dims(tf.less(slices[1], lengths), -1)
            return (
                carries: zip(next.tensors, carries).map { select(isInside, $0, $1) },
                outputs: [select(isInside, output, tf.zeros_like(output))]
            )
        }
        let outputs = result.outputs[0]
        return (isTimeMajor ? outputs : timeMoved(outputs), start.like(result.carries))
    }

    /// Two cells over the steps of a batch, one from the first to the last and one from the last to the first.
    ///
    /// - Returns: The outputs of both, and the last states of both.
    public static func bidirectional_dynamic_rnn(
        _ cell_fw: rnn_cell.RNNCell, _ cell_bw: rnn_cell.RNNCell, _ inputs: some TensorOperand,
        sequence_length: (any TensorOperand)? = nil, initial_state_fw: rnn_cell.State? = nil,
        initial_state_bw: rnn_cell.State? = nil, dtype: DType? = nil, time_major: Bool = false,
        scope: String? = nil
    ) -> ((tf.Tensor, tf.Tensor), (rnn_cell.State, rnn_cell.State)) {
        let x = inputs.tensor(nil)
        do {
            return try tf.variable_scope(scope ?? "bidirectional_rnn") {
                let moved = time_major ? x : timeMoved(x)
                // Behind its end a sequence changes no state, so that the reversed loop begins with its last
                // step.
                let forward = try tf.variable_scope("fw") {
                    try loop(
                        cell_fw, moved, sequence_length, initial_state_fw, isReversed: false,
                        isTimeMajor: time_major)
                }
                let backward = try tf.variable_scope("bw") {
                    try loop(
                        cell_bw, moved, sequence_length, initial_state_bw, isReversed: true,
                        isTimeMajor: time_major)
                }
                return ((forward.0, backward.0), (forward.1, backward.1))
            }
        } catch {
            let reason = (error as? GraphError)?.reason ?? "\(error)"
            let invalid = AnyTensor.invalid("bidirectional_dynamic_rnn", scope, reason)
            return ((invalid, invalid), (.tensor(invalid), .tensor(invalid)))
        }
    }

    /// A cell over a list of inputs, one step each, without a loop in the graph.
    ///
    /// - Parameter sequence_length: How many steps each example has; behind them outputs are 0 and states stay.
    /// - Returns: The outputs of all steps, and the last state.
    /// - Throws: `GraphError` when there is no input, or the cell's variables cannot be made.
    public static func static_rnn(
        _ cell: rnn_cell.RNNCell, _ inputs: [tf.Tensor], initial_state: rnn_cell.State? = nil,
        dtype: DType? = nil, sequence_length: (any TensorOperand)? = nil, scope: String? = nil
    ) throws -> ([tf.Tensor], rnn_cell.State) {
        guard let first = inputs.first else {
            throw GraphError(operation: "static_rnn", reason: "there must be at least one input")
        }
        return try tf.variable_scope(scope ?? "rnn") {
            try cell.prepare(first)
            var state =
                initial_state
                ?? cell.zero_state(
                    first.shape[0].map { $0.tensor(.int32) } ?? tf.shape(first)[0], first.dtype)
            var outputs: [tf.Tensor] = []
            let lengths = sequence_length.map { tf.cast($0.tensor(.int32), .int32) }
            for (step, input) in inputs.enumerated() {
                let (output, next) = try cell.call(input, state)
                guard let lengths else {
                    outputs.append(output)
                    state = next
                    continue
                }
                let isInside = tf.expand_dims(tf.greater(lengths, step), -1)
                outputs.append(select(isInside, output, tf.zeros_like(output)))
                state = state.like(
                    zip(next.tensors, state.tensors).map { select(isInside, $0, $1) })
            }
            return (outputs, state)
        }
    }

    /// Two cells over a list of inputs, one from the first to the last and one from the last to the first.
    ///
    /// - Returns: The outputs of both side by side, and the last states of both.
    /// - Throws: as `static_rnn`.
    public static func static_bidirectional_rnn(
        _ cell_fw: rnn_cell.RNNCell, _ cell_bw: rnn_cell.RNNCell, _ inputs: [tf.Tensor],
        initial_state_fw: rnn_cell.State? = nil, initial_state_bw: rnn_cell.State? = nil,
        dtype: DType? = nil, scope: String? = nil
    ) throws -> ([tf.Tensor], rnn_cell.State, rnn_cell.State) {
        try tf.variable_scope(scope ?? "bidirectional_rnn") {
            let (forward, last) = try static_rnn(
                cell_fw, inputs, initial_state: initial_state_fw, scope: "fw")
            let (backward, first) = try static_rnn(
                cell_bw, inputs.reversed(), initial_state: initial_state_bw, scope: "bw")
            let outputs = zip(forward, backward.reversed()).map { tf.concat([$0, $1], -1) }
            return (outputs, last, first)
        }
    }
}

extension tf.nn.rnn_cell {
    /// As `tf.nn.static_rnn`.
    ///
    /// - Throws: as that.
    public static func static_rnn(
        _ cell: RNNCell, _ inputs: [tf.Tensor], initial_state: State? = nil, dtype: DType? = nil,
        sequence_length: (any TensorOperand)? = nil, scope: String? = nil
    ) throws -> ([tf.Tensor], State) {
        try tf.nn.static_rnn(
            cell, inputs, initial_state: initial_state, sequence_length: sequence_length,
            scope: scope)
    }
    /// As `tf.nn.static_bidirectional_rnn`.
    ///
    /// - Throws: as that.
    public static func static_bidirectional_rnn(
        _ cell_fw: RNNCell, _ cell_bw: RNNCell, _ inputs: [tf.Tensor], dtype: DType? = nil
    ) throws -> ([tf.Tensor], State, State) {
        try tf.nn.static_bidirectional_rnn(cell_fw, cell_bw, inputs)
    }
}
