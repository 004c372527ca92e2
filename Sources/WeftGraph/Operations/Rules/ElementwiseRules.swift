// SPDX-License-Identifier: Apache-2.0

extension Shape {
    /// The shape of two operands broadcast against each other, as NumPy does it.
    ///
    /// - Throws: `RuleViolation` when dimensions differ and neither is 1.
    package static func broadcast(_ a: Shape, _ b: Shape) throws -> Shape {
        guard let x = a.dims, let y = b.dims else { return .unknown }
        if y.isEmpty || x == y { return a }
        if x.isEmpty { return b }
        let rank = max(x.count, y.count)
        var result = [Int](repeating: 1, count: rank)
        for i in 0..<rank {
            let m = i < rank - x.count ? 1 : x[i - (rank - x.count)]
            let n = i < rank - y.count ? 1 : y[i - (rank - y.count)]
            if m == n || n == 1 {
                result[i] = m
            } else if m == 1 {
                result[i] = n
            } else if m < 0 || n < 0 {
                // One is unknown and the other above 1: where both hold, it is the known one.
                result[i] = max(m, n)
            } else {
                throw RuleViolation(
                    "\(a) and \(b) cannot be broadcast together (\(m) != \(n)); aligned at the end, "
                        + "dimensions must be equal or 1")
            }
        }
        return Shape(dims: result)
    }
}

extension Operation {
    func unaryType(_ kind: UnaryKind, _ x: TensorType) throws -> TensorType {
        let row = kind.descriptor
        guard row.operands.contains(x.dtype) else {
            throw RuleViolation(
                "it takes \(row.operands.description), not \(x.dtype); convert with `cast(to:)`")
        }
        return TensorType(row.result ?? x.dtype, x.shape)
    }

    private func requireSameType(_ a: TensorType, _ b: TensorType) throws {
        guard a.dtype == b.dtype else {
            throw RuleViolation(
                "element types differ: \(a) and \(b); convert one with `cast(to:)`")
        }
    }

    func binaryType(_ kind: BinaryKind, _ a: TensorType, _ b: TensorType) throws -> TensorType {
        try requireSameType(a, b)
        let row = kind.descriptor
        guard row.operands.contains(a.dtype) else {
            throw RuleViolation(
                "it takes \(row.operands.description), not \(a.dtype); convert with `cast(to:)`")
        }
        return TensorType(a.dtype, try Shape.broadcast(a.shape, b.shape))
    }

    func comparisonType(
        _ kind: ComparisonKind, _ a: TensorType, _ b: TensorType
    ) throws -> TensorType {
        try requireSameType(a, b)
        guard a.dtype != .list else { throw RuleViolation("lists cannot be compared") }
        return TensorType(.bool, try Shape.broadcast(a.shape, b.shape))
    }

    func selectType(_ inputs: [TensorType]) throws -> TensorType {
        guard inputs[0].dtype == .bool else {
            throw RuleViolation("the condition must be bool, not \(inputs[0].dtype)")
        }
        try requireSameType(inputs[1], inputs[2])
        guard inputs[1].dtype != .list else { throw RuleViolation("a list is no operand here") }
        let values = try Shape.broadcast(inputs[1].shape, inputs[2].shape)
        return TensorType(inputs[1].dtype, try Shape.broadcast(inputs[0].shape, values))
    }

    func iotaType(_ axis: Int, _ inputs: [TensorType]) throws -> TensorType {
        try requireAxes([axis], rank: inputs[0].shape.rank)
        guard inputs[0].dtype.isNumeric else {
            throw RuleViolation("it makes numbers, not \(inputs[0].dtype)")
        }
        return inputs[0]
    }

    func randomType(_ attributes: RandomAttributes, _ inputs: [TensorType]) throws -> TensorType {
        guard let shape = attributes.shape else { return TensorType(.uint32, inputs[0].shape) }
        guard ArraySize.count(shape) != nil else {
            throw RuleViolation(ArraySize.problem(shape))
        }
        return TensorType(.uint32, shape)
    }
}
