// SPDX-License-Identifier: Apache-2.0

/// A value has one shape where a body is entered and another where it is left, or in one branch and
/// the other, so that no one program does for all iterations or both branches.
struct ChangingShape: Error {
    /// What to say where it cannot be unrolled.
    let error: RunError
    /// The operation whose shapes change.
    var node: Node?

    init(_ error: RunError) { self.error = error }

    init(node: Node, _ kind: GraphError.Kind) {
        self.node = node
        error = node.runError(.invalidShape(kind))
    }
}

/// Loops, branches and functions written out as the graphs that they stand for. Graphs are hash-consed,
/// so that what is written out again, in a later segment of a run, is made of the same nodes.
extension Node {
    /// Whether the operation runs bodies that can be written out.
    var isUnrollable: Bool {
        switch op {
        case .cond, .whileLoop, .scan, .call: true
        default: false
        }
    }

    /// The results of a body on these arguments in the place of its parameters.
    ///
    /// - Throws: `GraphError` when the body does not fit the arguments; `RunError` when a function or
    ///   loop inside of it draws random numbers.
    func results(
        of region: Region, on arguments: [AnyTensor], _ context: LoweringContext
    ) throws -> [AnyTensor] {
        try applied(
            try drawing(region, region.outputs, by: nil, context), region.parameters,
            to: arguments, level: region.level)
    }

    /// A body's outputs with arguments in the place of parameters, known as these are.
    private func applied(
        _ outputs: [AnyTensor], _ parameters: [AnyTensor], to arguments: [AnyTensor], level: Int
    ) throws -> [AnyTensor] {
        var replacements: [AnyTensor: AnyTensor] = [:]
        for (parameter, argument) in zip(parameters, arguments) {
            replacements[parameter] = argument.declared(parameter.shape)
        }
        return try valid(
            Rewriting(replacing: replacements, levels: 1 << UInt64(level)).apply(to: outputs))
    }

    /// The results of a scan over sequences of `length`.
    ///
    /// - Parameter operands: The inputs, as what they were written out as.
    /// - Throws: as for one body.
    func unrolledScan(
        _ attributes: ScanAttributes, _ operands: [AnyTensor], length: Int,
        _ context: LoweringContext
    ) throws -> [AnyTensor] {
        let region = attributes.body
        let n = attributes.carries
        // Behind all parameters that a body can have.
        let counter = Region.parameter(
            level: region.level, index: 1 << 41, type: TensorType(.int64, []))
        let body = try drawing(region, region.outputs, by: counter, context)
        var carries = Array(operands.prefix(n))
        let sequences = operands.dropFirst(n).map { sequence in
            // Slices that differ in shape are taken as they are.
            if case .unsettled(.slices) = sequence.node.op { return sequence.node.inputs }
            return (0..<length).map { sequence[$0] }
        }
        var outputs = Array(repeating: [AnyTensor](), count: region.outputs.count - n)
        return try origin.inherited {
            for step in 0..<length {
                let position = attributes.isReversed ? length - 1 - step : step
                let results = try applied(
                    body, region.parameters + [counter],
                    to: carries + sequences.map { $0[position] }
                        + [.scalar(Double(step), .int64)], level: region.level)
                carries = Array(results.prefix(n))
                for (index, slice) in results.dropFirst(n).enumerated() {
                    outputs[index].append(slice)
                }
            }
            let stacked = zip(types.dropFirst(n), outputs).map { type, slices in
                AnyTensor.make(
                    .slices(type), attributes.isReversed ? slices.reversed() : slices)
            }
            return try valid(carries + stacked)
        }
    }

    /// The loop with the number of its iteration as one more variable, which its draws depend on; nil
    /// where nothing is drawn.
    func countingLoop(
        _ attributes: WhileAttributes, _ context: LoweringContext
    ) throws -> [AnyTensor]? {
        let (condition, body) = (attributes.condition, attributes.body)
        let types = body.parameterTypes + [TensorType(.int64, [])]
        let counter = Region.parameter(
            level: body.level, index: types.count - 1, type: types[types.count - 1])
        let tests = try drawing(condition, condition.outputs, by: counter, context)
        let results = try drawing(body, body.outputs, by: counter, context)
        guard tests != condition.outputs || results != body.outputs else { return nil }
        var counting = attributes
        counting.condition = Region(
            level: condition.level, parameterTypes: types, outputs: tests)
        counting.body = Region(
            level: body.level, parameterTypes: types,
            outputs: results + [counter + AnyTensor.scalar(1, .int64)])
        return try valid(rebuilt(as: .whileLoop(counting), inputs + [.scalar(0, .int64)]))
    }

    /// What is left of a loop when its body was run once.
    func loop(_ attributes: WhileAttributes, after results: [AnyTensor]) throws -> [AnyTensor] {
        var rest = attributes
        rest.maximumIterations = attributes.maximumIterations.map { $0 - 1 }
        return try valid(rebuilt(as: .whileLoop(rest), results))
    }

    /// Tensors in the place of the node's results, known as they are.
    func declared(_ tensors: [AnyTensor]) throws -> [AnyTensor] {
        try valid(zip(tensors, types).map { $0.declared($1.shape) })
    }

    private func valid(_ tensors: [AnyTensor]) throws -> [AnyTensor] {
        for tensor in tensors { if let error = tensor.error { throw error } }
        return tensors
    }

    /// The outputs of a body with draws of their own in each iteration, for a place outside of it. Their
    /// numbers are those that the body draws where it is not written out.
    private func drawing(
        _ region: Region, _ outputs: [AnyTensor], by iteration: AnyTensor?,
        _ context: LoweringContext
    ) throws -> [AnyTensor] {
        let level: UInt64 = 1 << UInt64(region.level)
        func draws(_ outputs: [AnyTensor]) -> [(node: Node, attributes: RandomAttributes)] {
            let nodes = GraphWalk.sorted(outputs.map(\.node)) { node, needs in
                for tensor in node.dependencies where tensor.node.freeLevels & level != 0 {
                    needs.append(tensor.node)
                }
            }
            return nodes.compactMap { node in
                guard case .random(let attributes) = node.op, attributes.levels & level != 0 else {
                    return nil
                }
                return (node, attributes)
            }
        }
        var replacements: [AnyTensor: AnyTensor] = [:]
        for draw in draws(outputs) {
            var attributes = draw.attributes
            attributes.ordinal = context.draw(of: draw.node, attributes).ordinal
            attributes.unrolledLevels |= level
            var operands = try Rewriting(replacing: replacements, levels: level)
                .apply(to: draw.node.inputs)
            if let iteration {
                attributes.counters += 1
                operands.append(iteration)
            }
            replacements[AnyTensor(node: draw.node, index: 0)] =
                draw.node.rebuilt(as: .random(attributes), operands)[0]
        }
        if replacements.isEmpty { return outputs }
        let result = try Rewriting(replacing: replacements, levels: level).apply(to: outputs)
        guard let inner = draws(result).first else { return result }
        throw runError(
            .unsupported,
            "its shapes differ from iteration to iteration or follow from what it computes, and a loop "
                + "or function inside of it draws random numbers (stream "
                + "'\(inner.attributes.stream)'); draw them in its own body and use them inside")
    }
}

extension AnyTensor {
    /// The tensor, of whose shape no more is known than this.
    fileprivate func declared(_ shape: Shape) -> AnyTensor {
        self.shape == shape ? self : .make(.declared(shape), [self])
    }
}
