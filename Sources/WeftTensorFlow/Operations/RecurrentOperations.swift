// SPDX-License-Identifier: Apache-2.0
import Weft

/// Cells of recurrent networks in one operation.
enum RecurrentOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition(
            "LSTMBlockCell", outputs: parts,
            defaults: ["forget_bias": 1.0, "cell_clip": 3.0, "use_peephole": false],
            tensors: { call in
                let cell = try LSTMCell(call, weights: 3, swapsGates: false)
                return cell.step(try call.tensor(0), try call.tensor(1), try call.tensor(2))
            }),
        OperationDefinition(
            "BlockLSTM", outputs: parts,
            defaults: ["forget_bias": 1.0, "cell_clip": 3.0, "use_peephole": false],
            tensors: { try sequence($0, swapsGates: false) }),
        OperationDefinition(
            "BlockLSTMV2", outputs: parts, defaults: ["cell_clip": 0.0, "use_peephole": false],
            tensors: { try sequence($0, swapsGates: true) }),
        OperationDefinition(
            "GRUBlockCell", outputs: ["r", "u", "c", "h"],
            tensors: { call in
                let (x, old) = (try call.tensor(0), try call.tensor(1))
                let gates = sigmoid(
                    matmul(concatenated([x, old], axis: 1), try call.tensor(2))
                        + (try call.tensor(4))
                ).split(into: 2, axis: 1)
                let (r, u) = (gates[0], gates[1])
                let c = tanh(
                    matmul(concatenated([x, old * r], axis: 1), try call.tensor(3))
                        + (try call.tensor(5)))
                return [r, u, c, (.scalar(1, u.dtype) - u) * c + u * old]
            }),
    ]

    private static let parts = ["i", "cs", "f", "o", "ci", "co", "h"]

    /// All steps; behind the last one of the sequences the results are 0.
    private static func sequence(_ call: NodeCall, swapsGates: Bool) throws -> [AnyTensor] {
        let cell = try LSTMCell(call, weights: 4, swapsGates: swapsGates)
        let (x, state, output) = (try call.tensor(1), try call.tensor(2), try call.tensor(3))
        let (_, results) = scan(over: [x], initial: [state, output]) { carried, slices in
            let all = cell.step(slices[0], carried[0], carried[1])
            return ([all[1], all[6]], all)
        }
        let count = try call.tensor(0).cast(to: .int64).reshaped(to: [])
        if let known = count.knownIntegers?.first, known >= x.shape[0] ?? Int.max { return results }
        return results.map { result in
            select(
                AnyTensor.iota(like: result, axis: 0, dtype: .int64) .< count, result,
                .zeros(like: result))
        }
    }
}

/// A cell of long short-term memory.
private struct LSTMCell {
    private let weights: AnyTensor
    private let bias: AnyTensor
    private let peepholes: [AnyTensor]?
    private let forgetBias: Double
    private let clip: Double
    private let swapsGates: Bool

    /// - Parameters:
    ///   - position: The input that has the weights; peepholes and biases follow it.
    ///   - swapsGates: Whether the gate that forgets stands before what goes into the cell.
    init(_ call: NodeCall, weights position: Int, swapsGates: Bool) throws {
        weights = try call.tensor(position)
        peepholes =
            try call.bool("use_peephole")
            ? try (1...3).map { try call.tensor(position + $0) } : nil
        bias = try call.tensor(position + 4)
        forgetBias = call.attribute("forget_bias") == nil ? 0 : try call.float("forget_bias")
        clip = try call.float("cell_clip")
        self.swapsGates = swapsGates
    }

    /// The gates, states and results of one step.
    func step(_ x: AnyTensor, _ state: AnyTensor, _ output: AnyTensor) -> [AnyTensor] {
        let gates = (matmul(concatenated([x, output], axis: 1), weights) + bias)
            .split(into: 4, axis: 1)
        // What cannot be divided is one tensor with an error.
        guard gates.count == 4 else { return Array(repeating: gates[0], count: 7) }
        func seen(_ gate: AnyTensor, _ state: AnyTensor, _ index: Int) -> AnyTensor {
            sigmoid(peepholes.map { gate + state * $0[index] } ?? gate)
        }
        let i = seen(gates[0], state, 0)
        let ci = tanh(gates[swapsGates ? 2 : 1])
        let f = seen(gates[swapsGates ? 1 : 2] + .scalar(forgetBias, x.dtype), state, 1)
        var cs = ci * i + state * f
        if clip > 0 { cs = cs.clipped(from: .scalar(-clip, x.dtype), to: .scalar(clip, x.dtype)) }
        let o = seen(gates[3], cs, 2)
        let co = tanh(cs)
        return [i, cs, f, o, ci, co, co * o]
    }
}
