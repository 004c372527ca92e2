// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    func unary(_ kind: UnaryKind) -> [AnyTensor?] {
        first(kind.descriptor.gradient?(inputs[0], output, gradient) ?? nil)
    }

    func binary(_ kind: BinaryKind) -> [AnyTensor?] {
        let (a, b) = (inputs[0], inputs[1])
        guard let rule = kind.descriptor.gradient else { return nothing }
        let (first, second) = rule(a, b, output, gradient)
        return each { index in
            index == 0
                ? first?.reduced(toOperand: a, besides: [b])
                : second?.reduced(toOperand: b, besides: [a])
        }
    }

    func select() -> [AnyTensor?] {
        let (condition, a, b) = (inputs[0], inputs[1], inputs[2])
        let zero = AnyTensor.scalar(0, gradient.dtype)
        return each { index in
            index == 1
                ? AnyTensor.select(condition, gradient, zero)
                    .reduced(toOperand: a, besides: [condition, b])
                : AnyTensor.select(condition, zero, gradient)
                    .reduced(toOperand: b, besides: [condition, a])
        }
    }

    func cast() -> [AnyTensor?] { first(gradient.cast(to: inputs[0].dtype)) }

    func customGradient(_ custom: CustomGradient, outputs: Int) throws -> [AnyTensor?] {
        let values = node.tensors
        let filled = values.indices.map { gradients[$0] ?? AnyTensor.zeros(like: values[$0]) }
        let operands = Array(inputs.dropFirst(outputs))
        let results = custom.gradient(operands, values, filled)
        guard results.count == operands.count else {
            throw GraphError(
                operation: node.op.summary, name: node.name,
                reason: "the gradient closure returned \(results.count) gradients for "
                    + "\(operands.count) inputs; return one for each, nil where none flows")
        }
        return each { results[$0 - outputs] }
    }
}

extension AnyTensor {
    /// The gradient of an operand from one in the shape of the result of an elementwise operation:
    /// summed over what broadcasting against the `others` repeated.
    func reduced(toOperand operand: AnyTensor, besides others: [AnyTensor]) -> AnyTensor {
        if operand.shape.isFullyKnown
            ? shape == operand.shape : operand.fillsResult(besides: others)
        {
            return self
        }
        return unbroadcast(like: operand)
    }

    /// Whether the result of broadcasting against `others` surely has this tensor's shape.
    private func fillsResult(besides others: [AnyTensor]) -> Bool {
        for other in others where other != self {
            guard let own = shape.dims, let dims = other.shape.dims, dims.count <= own.count else {
                return other.shape.rank == 0
            }
            for (size, otherSize) in zip(own.reversed(), dims.reversed())
            where size == 1 && otherSize != 1 || size < 0 && otherSize != 1 { return false }
        }
        return true
    }
}
