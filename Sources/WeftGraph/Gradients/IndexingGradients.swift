// SPDX-License-Identifier: Apache-2.0

extension GatherAttributes {
    /// The scatter that puts every element back where this gather took it.
    var scatter: ScatterAttributes {
        ScatterAttributes(
            updateWindowAxes: offsetAxes.sorted(), insertedWindowAxes: collapsedAxes,
            scatterAxesToOperandAxes: startIndexMap, indexVectorAxis: indexVectorAxis, mode: mode)
    }
}

extension ScatterAttributes {
    /// The gather that takes every element from where this scatter puts it.
    func gather(operand: AnyTensor, updates: AnyTensor) -> GatherAttributes? {
        guard let rank = operand.shape.rank, updateWindowAxes == updateWindowAxes.sorted() else {
            return nil
        }
        var windows = updateWindowAxes.makeIterator()
        let sizes = (0..<rank).map { axis -> Int in
            if insertedWindowAxes.contains(axis) { return 1 }
            return windows.next().flatMap { updates.shape[$0] } ?? -1
        }
        return GatherAttributes(
            offsetAxes: updateWindowAxes, collapsedAxes: insertedWindowAxes,
            startIndexMap: scatterAxesToOperandAxes, indexVectorAxis: indexVectorAxis,
            sliceSizes: sizes, mode: mode)
    }
}

extension GradientRule {
    func gather(_ attributes: GatherAttributes) -> [AnyTensor?] {
        let (x, indices) = (inputs[0], inputs[1])
        return first(
            .make(.scatter(.add, attributes.scatter), [.zeros(like: x), indices, gradient]))
    }

    /// Where one element is scattered to twice, `set` and `multiply` have no gradient of meaning:
    /// which update wins is open, and of the factors only the operand is counted.
    func scatter(_ kind: ScatterKind, _ attributes: ScatterAttributes) -> [AnyTensor?] {
        let (x, indices, updates) = (inputs[0], inputs[1], inputs[2])
        func gathered(_ tensor: AnyTensor) -> AnyTensor {
            guard let gather = attributes.gather(operand: x, updates: updates) else {
                return .invalid(
                    failure("the operand's rank must be known and the window axes ascend"))
            }
            return .make(.gather(gather), [tensor, indices])
        }
        func scattered(_ kind: ScatterKind, _ operand: AnyTensor, _ updates: AnyTensor) -> AnyTensor
        {
            .make(.scatter(kind, attributes), [operand, indices, updates])
        }
        switch kind {
        case .add: return each { $0 == 0 ? gradient : gathered(gradient) }
        case .set:
            return each {
                $0 == 0 ? scattered(.set, gradient, .zeros(like: updates)) : gathered(gradient)
            }
        case .multiply:
            return each {
                $0 == 0 ? scattered(.multiply, gradient, updates) : gathered(gradient * x)
            }
        case .maximum, .minimum:
            // All that equal the extreme share its gradient evenly, as in TensorFlow.
            let dtype = x.dtype
            let isOperand = AnyTensor.compare(.equal, x, output).cast(to: dtype)
            let isUpdate = AnyTensor.compare(.equal, updates, gathered(output)).cast(to: dtype)
            let share = gradient / scattered(.add, isOperand, isUpdate)
            return each { $0 == 0 ? share * isOperand : gathered(share) * isUpdate }
        }
    }

    /// `sort` and `topK`: their second output says where each element came from.
    func sorted(axis: Int) throws -> [AnyTensor?] {
        let x = inputs[0]
        guard let rank = x.shape.rank else { throw failure("the rank of \(x.type) is unknown") }
        guard let gradient = gradients[0] else { return nothing }
        return first(
            AnyTensor.zeros(like: x).addingAlong(
                axis: axis < 0 ? axis + rank : axis, indices: AnyTensor(node: node, index: 1),
                gradient))
    }
}

extension AnyTensor {
    /// Adds each of `values` at its index along `axis`; the other coordinates stay.
    ///
    /// `indices` has the shape of `values`: result[…, indices[…, i, …], …] += values[…, i, …].
    package func addingAlong(axis: Int, indices: AnyTensor, _ values: AnyTensor) -> AnyTensor {
        guard let rank = shape.rank else {
            return .invalid("scatter", node.name, "the rank of \(type) is unknown", type: type)
        }
        let all = Array(0..<rank)
        let attributes = ScatterAttributes(
            updateWindowAxes: [], insertedWindowAxes: all, scatterAxesToOperandAxes: all,
            indexVectorAxis: rank, mode: .checked)
        return .make(
            .scatter(.add, attributes),
            [self, AnyTensor.coordinates(indices, axis: axis, rank: rank), values])
    }

    /// For each element of `indices` all its coordinates, those beside `axis` being its own.
    private static func coordinates(_ indices: AnyTensor, axis: Int, rank: Int) -> AnyTensor {
        let parts = (0..<rank).map {
            ($0 == axis ? indices : iota(like: indices, axis: $0)).expandingDimensions(at: [rank])
        }
        return concatenated(parts, axis: rank)
    }
}
