// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The step of a rule for the rows of a table alone: the updates that the rule makes for the whole
/// table, written anew for the rows that have a gradient.
///
/// That is possible where an update is computed element by element from the gradient, the table, its slots, and
/// tensors that all rows share. What all rows share is taken as it is.
struct RowwiseStep {
    /// The whole gradient.
    private let gradient: AnyTensor
    /// The gradient's rows, and their numbers.
    private let values, rows: AnyTensor

    init(_ gradient: AnyTensor, _ parts: RowGradient) {
        self.gradient = gradient
        (rows, values) = parts.summed(of: gradient.shape[0] ?? 0)
    }

    /// An update for the rows alone; the update as it is, where it is not of a table of as many rows. nil where it
    /// does not go row by row.
    func update(_ update: Update) -> Update? {
        let node = update.anyTensor.node
        guard case .update(let attributes) = node.op, isAligned(attributes.variable.value) else {
            return update
        }
        let variable = attributes.variable
        switch attributes.kind {
        case .assign:
            var forms = Forms(step: self)
            guard let next = forms.form(of: node.inputs[0]) else { return nil }
            return variable.update { scattered(next, into: $0) }
        case .modify(let region):
            var forms: Forms?
            let changed = variable.update { value in
                var own = Forms(step: self)
                own.known[region.parameters[0]] = gathered(value)
                let next = own.form(of: region.outputs[0])
                forms = next == nil ? nil : own
                return next.map { scattered($0, into: value) } ?? value
            }
            return forms == nil ? nil : changed
        }
    }

    private func scattered(_ next: AnyTensor, into table: AnyTensor) -> AnyTensor {
        let like = table.shape == gradient.shape ? values : gathered(table)
        return table.scattering(
            next.broadcasted(like: like), at: rows, combining: .set, outOfBounds: .ignored)
    }

    /// The rows of a table; for a number that is none of its rows any.
    private func gathered(_ table: AnyTensor) -> AnyTensor {
        table.gathered(at: rows, outOfBounds: .clamped)
    }

    /// Whether a tensor has the table's rows.
    private func isAligned(_ tensor: AnyTensor) -> Bool {
        tensor.shape.rank == gradient.shape.rank && tensor.shape[0] == gradient.shape[0]
    }

    /// What tensors with a table's rows are for the rows alone.
    private struct Forms {
        let step: RowwiseStep
        var known: [AnyTensor: AnyTensor] = [:]

        mutating func form(of tensor: AnyTensor) -> AnyTensor? {
            if let known = known[tensor] { return known }
            guard let made = make(tensor) else { return nil }
            known[tensor] = made
            return made
        }

        private mutating func make(_ tensor: AnyTensor) -> AnyTensor? {
            if tensor == step.gradient { return step.values }
            guard let rank = tensor.shape.rank, let wanted = step.gradient.shape.rank else {
                return nil
            }
            // All rows share it.
            if rank < wanted || (rank == wanted && tensor.shape[0] == 1) { return tensor }
            guard step.isAligned(tensor) else { return nil }
            let inputs = tensor.node.inputs
            switch tensor.node.op {
            case .readVariable: return step.gathered(tensor)
            case .primitive(.broadcast(_, let axes)), .unsettled(.broadcastLike(let axes)):
                let isShared = axes == Array(wanted - axes.count..<wanted)
                return isShared ? form(of: inputs[0]) : nil
            case .primitive(let primitive) where primitive.isElementwise:
                return forms(of: inputs).map { .make(primitive, $0) }
            case .stopGradient: return form(of: inputs[0])
            case .withUpdates, .after:
                return form(of: inputs[0]).map {
                    .make(tensor.node.op, [$0] + inputs.dropFirst())
                }
            case .call(let attributes):
                guard let arguments = forms(of: inputs) else { return nil }
                var inner = Forms(step: step)
                for (parameter, argument) in zip(attributes.body.parameters, arguments) {
                    inner.known[parameter] = argument
                }
                return inner.form(of: attributes.body.outputs[tensor.index])
            default: return nil
            }
        }

        private mutating func forms(of tensors: [AnyTensor]) -> [AnyTensor]? {
            var made: [AnyTensor] = []
            for tensor in tensors {
                guard let form = form(of: tensor) else { return nil }
                made.append(form)
            }
            return made
        }
    }
}

extension Primitive {
    fileprivate var isElementwise: Bool {
        switch self {
        case .unary, .binary, .compare, .select, .cast: true
        default: false
        }
    }
}
