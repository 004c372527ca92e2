// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Plain recurrent networks over sequences; see ``Recurrent`` and ``SimpleRNNCell``.
public typealias SimpleRNN<Scalar: FloatingScalar> = Recurrent<SimpleRNNCell<Scalar>>
/// Long short-term memories over sequences; see ``Recurrent`` and ``LSTMCell``.
public typealias LSTM<Scalar: FloatingScalar> = Recurrent<LSTMCell<Scalar>>
/// Gated recurrent units over sequences; see ``Recurrent`` and ``GRUCell``.
public typealias GRU<Scalar: FloatingScalar> = Recurrent<GRUCell<Scalar>>

/// What a recurrent network makes of sequences.
public struct RecurrentOutput<Scalar: FloatingScalar>: Sendable {
    /// The outputs of all steps, `[n, time, units]`, of both directions `[n, time, 2 · units]`, the forward one first.
    /// Behind the end of a sequence they are 0.
    public let sequence: Tensor<Scalar>
    /// The states after the last step of each sequence: of the lowest layer first, and of each layer the forward
    /// direction first.
    public let states: [RecurrentState<Scalar>]
}

/// A cell run over whole sequences: in layers on top of one another, and in both directions if wanted. ``LSTM``,
/// ``GRU``, ``SimpleRNN``, or a cell of a program's own.
///
/// ```swift
/// let model = Sequential {
///     LSTM<Float>("lstm", units: 64, givesSequence: false)
///     Dense("answer", units: 1)
/// }
/// ```
///
/// As a layer it begins with states of 0 and takes sequences to be as long as the tensor;
/// ``run(_:from:lengths:mode:)`` takes states and lengths, and gives the last states, too.
/// - Shape: input `[n, time, inputs]` → `[n, time, units]`, or `[n, units]` of the last step; of both directions twice
///   as many units.
public struct Recurrent<Cell: RecurrentCell>: Layer {
    /// The cells: of the lowest layer first, and of each layer the forward direction first.
    public let cells: [[Cell]]
    /// What drops a share of the outputs that one layer hands to the next.
    private let dropouts: [Dropout<Cell.Scalar>]
    /// Whether the layer gives the outputs of all steps, else only that of the last one.
    public let givesSequence: Bool
    private let scope: String
    /// How many layers there may be.
    private static var most: ClosedRange<Int> { 1...1024 }

    /// A network of cells that a closure makes.
    ///
    /// - Parameters:
    ///   - layers: How many stand on top of one another, 1 to 1,024.
    ///   - isBidirectional: Whether each layer also goes from the end to the beginning, with a cell of its own.
    ///   - givesSequence: Whether the layer gives the outputs of all steps, else that of the last one: of the backward
    ///     direction the first.
    ///   - dropout: Which share of the outputs between layers is dropped while training.
    ///   - cell: Makes a cell of a name for inputs of a size, where that is known. The name is empty where there is one
    ///     cell alone: its variables stand under the network's own.
    public init(
        _ name: String, inputs: Int? = nil, layers: Int = 1, isBidirectional: Bool = false,
        givesSequence: Bool = true, dropout: Double = 0,
        cell: (_ name: String, _ inputs: Int?) -> Cell
    ) {
        self.givesSequence = givesSequence
        scope = NameScope.qualified(name)
        (cells, dropouts) = withNameScope(name) {
            var (cells, dropouts): ([[Cell]], [Dropout<Cell.Scalar>]) = ([], [])
            var width = inputs
            let directions = isBidirectional ? ["forward", "backward"] : [""]
            for layer in 0..<(Self.most.contains(layers) ? layers : 0) {
                let made = withNameScope(layers == 1 ? "" : "layer\(layer)") {
                    directions.map { cell($0, width) }
                }
                width = made.reduce(0) { $0.addingReportingOverflow($1.units).partialValue }
                cells.append(made)
                if layer > 0, dropout != 0 {
                    dropouts.append(Dropout("dropout\(layer)", rate: dropout))
                }
            }
            return (cells, dropouts)
        }
    }

    /// What the network makes of sequences that begin with states of 0 and are as long as the tensor.
    public func callAsFunction(_ x: Tensor<Cell.Scalar>, mode: Mode) -> Tensor<Cell.Scalar> {
        let output = run(x, mode: mode)
        if givesSequence { return output.sequence }
        let last = output.states.suffix(cells.last?.count ?? 1).map(\.hidden)
        return last.count == 1 ? last[0] : concatenated(last, axis: -1)
    }

    /// What the network makes of sequences.
    ///
    /// - Parameters:
    ///   - x: Sequences `[n, time, inputs]`.
    ///   - states: What the cells begin with, in the order of ``RecurrentOutput/states``; nil for 0.
    ///   - lengths: How many steps of each sequence count, `[n]`; nil for all. What stands behind them changes no state,
    ///     and the backward direction begins at the last one that counts.
    public func run(
        _ x: Tensor<Cell.Scalar>, from states: [RecurrentState<Cell.Scalar>]? = nil,
        lengths: Tensor<Int32>? = nil, mode: Mode
    ) -> RecurrentOutput<Cell.Scalar> {
        NameScope.$path.withValue(scope) {
            let count = cells.reduce(0) { $0 + $1.count }
            if let problem = problem(x.anyTensor, states, count) {
                let invalid = Tensor<Cell.Scalar>(problem)
                let state = RecurrentState(hidden: invalid, memory: invalid)
                return RecurrentOutput(
                    sequence: invalid, states: Array(repeating: state, count: max(count, 1)))
            }
            return unrolled(x, states, lengths, mode)
        }
    }

    private func problem(
        _ x: AnyTensor, _ states: [RecurrentState<Cell.Scalar>]?, _ count: Int
    ) -> AnyTensor? {
        if x.error != nil { return x }
        if count == 0 {
            return .invalid(
                "recurrent", nil,
                "the layers must be \(Self.most.lowerBound) to \(Self.most.upperBound)")
        }
        guard x.rank == 3 else {
            return .invalid(
                "recurrent", nil,
                .wrongRank("the input, [n, time, inputs],", x.type, wanted: 3...3))
        }
        if let states, states.count != count {
            return .invalid(
                "recurrent", nil, .countsDiffer("states", states.count, for: "cells", count))
        }
        return nil
    }

    private func unrolled(
        _ x: Tensor<Cell.Scalar>, _ states: [RecurrentState<Cell.Scalar>]?,
        _ lengths: Tensor<Int32>?, _ mode: Mode
    ) -> RecurrentOutput<Cell.Scalar> {
        // Steps are slices of the first axis.
        var value = x.swappingAxes(0, 1)
        let mask = lengths.map { lengths in
            let places = value.anyTensor.sum(axes: [2], keepingDimensions: true)
            let step = AnyTensor.iota(like: places, axis: 0, dtype: .int32)
            return step .< lengths.anyTensor.expandingDimension(at: 1)
        }
        var last: [RecurrentState<Cell.Scalar>] = []
        for (layer, directions) in cells.enumerated() {
            if layer > 0, dropouts.indices.contains(layer - 1) {
                value = dropouts[layer - 1](value, mode: mode)
            }
            var outputs: [Tensor<Cell.Scalar>] = []
            for (index, cell) in directions.enumerated() {
                let (output, state) = steps(
                    of: cell, value, from: states?[last.count], mask, isReversed: index == 1)
                outputs.append(output)
                last.append(state)
            }
            value = outputs.count == 1 ? outputs[0] : concatenated(outputs, axis: -1)
        }
        return RecurrentOutput(sequence: value.swappingAxes(0, 1), states: last)
    }

    /// One cell over all steps, `[time, n, inputs]`.
    private func steps(
        of cell: Cell, _ x: Tensor<Cell.Scalar>, from initial: RecurrentState<Cell.Scalar>?,
        _ mask: AnyTensor?, isReversed: Bool
    ) -> (output: Tensor<Cell.Scalar>, state: RecurrentState<Cell.Scalar>) {
        let projected = cell.projected(x).anyTensor
        let start = initial?.parts ?? zeros(of: cell, projected)
        let (carries, outputs) = scan(
            over: [projected] + (mask.map { [$0] } ?? []), initial: start, isReversed: isReversed
        ) { carries, slices in
            let next = cell.next(Tensor(slices[0]), RecurrentState(parts: carries)).parts
            guard slices.count > 1, next.count == carries.count else { return (next, [next[0]]) }
            // Behind the end of a sequence nothing changes.
            let kept = zip(next, carries).map { select(slices[1], $0, $1) }
            let none = AnyTensor.scalar(0, like: next[0])
            return (kept, [select(slices[1], next[0], none)])
        }
        return (
            Tensor(outputs.first ?? projected), RecurrentState(parts: carries)
        )
    }

    /// The state of zeros for a batch whose size may be known to the run only.
    private func zeros(of cell: Cell, _ projected: AnyTensor) -> [AnyTensor] {
        let zero: AnyTensor
        if projected.error != nil {
            zero = projected
        } else if let n = projected.shape[1] {
            zero = .zeros(projected.dtype, shape: [n, cell.units])
        } else {
            // Of the sum only the shape is taken.
            zero = .zeros(like: projected.sum(axes: [0]).sliced(axis: 1, 0, cell.units))
        }
        return cell.hasMemory ? [zero, zero] : [zero]
    }
}

extension Recurrent {
    /// A plain recurrent network; see ``init(_:inputs:layers:isBidirectional:givesSequence:dropout:cell:)``.
    public init<Scalar: FloatingScalar>(
        _ name: String, inputs: Int? = nil, units: Int, layers: Int = 1,
        isBidirectional: Bool = false, givesSequence: Bool = true, dropout: Double = 0,
        usesBias: Bool = true,
        activation: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { tanh($0) }
    ) where Cell == SimpleRNNCell<Scalar> {
        self.init(
            name, inputs: inputs, layers: layers, isBidirectional: isBidirectional,
            givesSequence: givesSequence, dropout: dropout
        ) {
            SimpleRNNCell(
                $0, inputs: $1, units: units, usesBias: usesBias, activation: activation)
        }
    }

    /// A long short-term memory; see ``init(_:inputs:layers:isBidirectional:givesSequence:dropout:cell:)``.
    public init<Scalar: FloatingScalar>(
        _ name: String, inputs: Int? = nil, units: Int, layers: Int = 1,
        isBidirectional: Bool = false, givesSequence: Bool = true, dropout: Double = 0,
        usesBias: Bool = true, forgetBias: Double = 1
    ) where Cell == LSTMCell<Scalar> {
        self.init(
            name, inputs: inputs, layers: layers, isBidirectional: isBidirectional,
            givesSequence: givesSequence, dropout: dropout
        ) {
            LSTMCell($0, inputs: $1, units: units, usesBias: usesBias, forgetBias: forgetBias)
        }
    }

    /// A gated recurrent unit; see ``init(_:inputs:layers:isBidirectional:givesSequence:dropout:cell:)``.
    public init<Scalar: FloatingScalar>(
        _ name: String, inputs: Int? = nil, units: Int, layers: Int = 1,
        isBidirectional: Bool = false, givesSequence: Bool = true, dropout: Double = 0,
        usesBias: Bool = true
    ) where Cell == GRUCell<Scalar> {
        self.init(
            name, inputs: inputs, layers: layers, isBidirectional: isBidirectional,
            givesSequence: givesSequence, dropout: dropout
        ) { GRUCell($0, inputs: $1, units: units, usesBias: usesBias) }
    }
}
