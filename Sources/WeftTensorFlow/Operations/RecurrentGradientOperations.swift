// SPDX-License-Identifier: Apache-2.0
import Weft

/// What TensorFlow's own gradients of cells of recurrent networks compute from the gates that the cells kept.
///
/// As TensorFlow has it, the gradient passes the bounds of a cell's state as if there were none.
enum RecurrentGradientOperations {
    static let all: [OperationDefinition] =
        [
            OperationDefinition(
                "LSTMBlockCellGrad",
                outputs: ["cs_prev_grad", "dicfo", "wci_grad", "wcf_grad", "wco_grad"],
                defaults: ["use_peephole": false],
                tensors: { call in
                    let parts = try call.tensors(from: 8, to: 16)
                    let cell = try LSTMCellGradient(call, weights: 3, swapsGates: false)
                    guard parts.count == 8 else {
                        throw call.error(.malformed, "there are \(call.count) inputs instead of 16")
                    }
                    let before = try call.tensor(1)
                    let step = cell.step(
                        gates: parts, state: before, stateGradient: parts[6],
                        outputGradient: parts[7])
                    return [step.state, step.gates]
                        + cell.peepholeGradients(step, state: before, after: parts[1], axes: [0])
                }),
            OperationDefinition(
                "GRUBlockCellGrad", outputs: ["d_x", "d_h_prev", "d_c_bar", "d_r_bar_u_bar"],
                tensors: gated),
        ]
        + [("BlockLSTMGrad", false), ("BlockLSTMGradV2", true)].map { name, swapsGates in
            OperationDefinition(
                name,
                outputs: [
                    "x_grad", "cs_prev_grad", "h_prev_grad", "w_grad", "wci_grad", "wcf_grad",
                    "wco_grad", "b_grad",
                ], defaults: ["use_peephole": false],
                tensors: { try sequence($0, swapsGates: swapsGates) })
        }

    // MARK: All steps

    private static func sequence(_ call: NodeCall, swapsGates: Bool) throws -> [AnyTensor] {
        guard call.count == 18 else {
            throw call.error(.malformed, "there are \(call.count) inputs instead of 18")
        }
        let (x, weights) = (try call.tensor(1), try call.tensor(4))
        let (first, output) = (try call.tensor(2), try call.tensor(3))
        let cell = try LSTMCellGradient(call, weights: 4, swapsGates: swapsGates)
        // i, cs, f, o, ci, co, h and the gradients of cs and h.
        let kept = try call.tensors(from: 9, to: 18)
        let width = try call.dimensions(of: first, "the states")
        guard width.count == 2, let inputs = x.shape[2], inputs > 0 else {
            throw call.error(
                .unsupported, "\(x.type) and \(first.type) must be of known sizes")
        }
        func before(_ all: AnyTensor, _ first: AnyTensor) -> AnyTensor {
            concatenated([first.expandingDimension(at: 0), all]).sliced(
                axis: 0, from: .numbers([0]), like: all)
        }
        let states = before(kept[1], first)
        let outputs = before(kept[6], output)
        let count = try call.tensor(0).cast(to: .int64).reshaped(to: [])
        let isUsed = AnyTensor.iota(like: kept[0], axis: 0, dtype: .int64) .< count
        // What lies behind the last step may be anything.
        let sequences = (kept + [states]).map { select(isUsed, $0, .zeros(like: $0)) }
        let recurrent = weights.sliced(axis: 0, inputs, nil)
        let (carried, steps) = scan(
            over: sequences, initial: [.zeros(like: first), .zeros(like: first)], isReversed: true
        ) { carried, slices in
            let step = cell.step(
                gates: Array(slices[..<6]), state: slices[9],
                stateGradient: slices[7] + carried[0], outputGradient: slices[8] + carried[1])
            return (
                [step.state, matmul(step.gates, recurrent, transposingSecond: true)], [step.gates]
            )
        }
        guard carried.count == 2, steps.count == 1 else { return carried + steps }
        let gates = steps[0]
        let both = concatenated([x, outputs], axis: 2)
        let used = select(
            AnyTensor.iota(like: both, axis: 0, dtype: .int64) .< count, both, .zeros(like: both))
        let weightGradient = matmul(
            used.flattened(from: 0, through: 1), gates.flattened(from: 0, through: 1),
            transposingFirst: true)
        let step = cell.parts(of: gates, axis: 2)
        return [
            matmul(gates, weights.sliced(axis: 0, 0, inputs), transposingSecond: true), carried[0],
            carried[1], weightGradient,
        ]
            + cell.peepholeGradients(
                step, state: sequences[9], after: sequences[1], axes: [0, 1])
            + [gates.sum(axes: [0, 1])]
    }

    // MARK: Gated recurrent units

    private static func gated(_ call: NodeCall) throws -> [AnyTensor] {
        let all = try call.tensors()
        guard all.count == 10, let inputs = all[0].shape[1] else {
            throw call.error(
                .malformed, "there are \(call.count) inputs instead of 10, the first a matrix")
        }
        let (before, r, u, c, gradient) = (all[1], all[6], all[7], all[8], all[9])
        let one = AnyTensor.scalar(1, u.dtype)
        let candidate = gradient * (one - u) * (one - c * c)
        let update = gradient * (before - c) * u * (one - u)
        let first = matmul(candidate, all[3], transposingSecond: true)
        let reset = first.sliced(axis: 1, inputs, nil) * before * r * (one - r)
        let gates = concatenated([reset, update], axis: 1)
        let second = matmul(gates, all[2], transposingSecond: true)
        return [
            first.sliced(axis: 1, 0, inputs) + second.sliced(axis: 1, 0, inputs),
            second.sliced(axis: 1, inputs, nil) + first.sliced(axis: 1, inputs, nil) * r
                + gradient * u,
            candidate, gates,
        ]
    }
}

/// The gradient of one step of long short-term memory.
private struct LSTMCellGradient {
    private let peepholes: [AnyTensor]?
    private let like: [AnyTensor]
    private let swapsGates: Bool

    /// The gradients of a step: of the state before it, and of what goes into the gates, together and each
    /// (i, f, o).
    struct Step {
        let state: AnyTensor
        let gates: AnyTensor
        let each: [AnyTensor]
    }

    /// - Parameter position: The input that has the weights; peepholes follow it.
    init(_ call: NodeCall, weights position: Int, swapsGates: Bool) throws {
        like = try (1...3).map { try call.tensor(position + $0) }
        peepholes = try call.bool("use_peephole") ? like : nil
        self.swapsGates = swapsGates
    }

    /// - Parameter parts: i, cs, f, o, ci, co.
    func step(
        gates parts: [AnyTensor], state: AnyTensor, stateGradient: AnyTensor,
        outputGradient: AnyTensor
    ) -> Step {
        let (i, f, o, ci, co) = (parts[0], parts[2], parts[3], parts[4], parts[5])
        let one = AnyTensor.scalar(1, i.dtype)
        let output = o * (one - o) * outputGradient * co
        var inner = (one - co * co) * outputGradient * o + stateGradient
        if let peepholes { inner = inner + output * peepholes[2] }
        let candidate = (one - ci * ci) * inner * i
        let forget = f * (one - f) * inner * state
        let input = i * (one - i) * inner * ci
        var before = inner * f
        if let peepholes { before = before + input * peepholes[0] + forget * peepholes[1] }
        let order =
            swapsGates ? [input, forget, candidate, output] : [input, candidate, forget, output]
        return Step(
            state: before, gates: concatenated(order, axis: 1), each: [input, forget, output])
    }

    /// The parts of gradients of gates that stand along an axis.
    func parts(of gates: AnyTensor, axis: Int) -> Step {
        let parts = gates.split(into: 4, axis: axis)
        guard parts.count == 4 else {
            return Step(state: gates, gates: gates, each: [gates, gates, gates])
        }
        return Step(
            state: gates, gates: gates, each: [parts[0], parts[swapsGates ? 1 : 2], parts[3]])
    }

    /// The gradients of the peepholes; 0 where there are none.
    func peepholeGradients(
        _ step: Step, state: AnyTensor, after: AnyTensor, axes: [Int]
    ) -> [AnyTensor] {
        if peepholes == nil { return like.map { .zeros(like: $0) } }
        return zip(step.each, [state, state, after]).map { ($0 * $1).sum(axes: axes) }
    }
}
