// SPDX-License-Identifier: Apache-2.0

/// Which axes of the operands of a product are summed over (`contracting`), which go together (`batch`).
///
/// The result's axes: batch, the remaining ones of the left operand, those of the right one.
package struct DotDimensions: Hashable, Sendable {
    package var lhsContracting: [Int]
    package var rhsContracting: [Int]
    package var lhsBatch: [Int]
    package var rhsBatch: [Int]

    package init(lhsContracting: [Int], rhsContracting: [Int], lhsBatch: [Int], rhsBatch: [Int]) {
        self.lhsContracting = lhsContracting
        self.rhsContracting = rhsContracting
        self.lhsBatch = lhsBatch
        self.rhsBatch = rhsBatch
    }
}

/// The general product of two arrays, over contracted and batch axes. In a program the result may be of
/// a wider type than the operands: it is what they are multiplied and summed in.
struct DotFamily: ArrayFamily, SettledFamily {
    let dimensions: DotDimensions

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "matmul" }
    var attributeText: String { dimensions.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try dotType(dimensions, operands[0], operands[1])]
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try knownTypes(try accumulatedOperands(operands, results[0].dtype))
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.dot(dimensions)
    }

    var primitive: Primitive { .dot(dimensions) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.dot(dimensions)] }
}

extension DotDimensions {
    fileprivate var text: String {
        "over: \(lhsContracting) x \(rhsContracting)"
            + (lhsBatch.isEmpty ? "" : ", batch: \(lhsBatch) x \(rhsBatch)")
    }
}

private func dotType(
    _ dimensions: DotDimensions, _ a: TensorType, _ b: TensorType
) throws -> TensorType {
    try requireSameElements(a, b)
    try requireElements(a.dtype, .numeric)
    guard dimensions.lhsBatch.count == dimensions.rhsBatch.count,
        dimensions.lhsContracting.count == dimensions.rhsContracting.count
    else {
        throw RuleViolation("as many axes of one operand as of the other must be given")
    }
    try requireAxes(dimensions.lhsBatch + dimensions.lhsContracting, rank: a.shape.rank)
    try requireAxes(dimensions.rhsBatch + dimensions.rhsContracting, rank: b.shape.rank)
    guard let x = a.shape.dims, let y = b.shape.dims else {
        return TensorType(a.dtype, .unknown)
    }
    for (i, j) in zip(dimensions.lhsContracting, dimensions.rhsContracting)
    where x[i] >= 0 && y[j] >= 0 && x[i] != y[j] {
        throw RuleViolation(
            .sizesDiffer("inner dimensions", shapes: [a.shape, b.shape], x[i], y[j]))
    }
    var result: [Int] = []
    for (i, j) in zip(dimensions.lhsBatch, dimensions.rhsBatch) {
        if x[i] >= 0, y[j] >= 0, x[i] != y[j] {
            throw RuleViolation(
                .sizesDiffer("batch dimensions", shapes: [a.shape, b.shape], x[i], y[j]))
        }
        result.append(max(x[i], y[j]))
    }
    let left = dimensions.lhsBatch + dimensions.lhsContracting
    let right = dimensions.rhsBatch + dimensions.rhsContracting
    result += x.indices.filter { !left.contains($0) }.map { x[$0] }
    result += y.indices.filter { !right.contains($0) }.map { y[$0] }
    return TensorType(a.dtype, result)
}

extension GradientRule {
    /// A product is linear in either operand, so each gradient is a product with the other one.
    fileprivate func dot(_ dimensions: DotDimensions) throws -> [AnyTensor?] {
        let (a, b) = (inputs[0], inputs[1])
        guard let rankA = a.shape.rank, let rankB = b.shape.rank else {
            throw failure("the ranks of \(a.type) and \(b.type) must be known")
        }
        let batch = dimensions.lhsBatch.count
        let freeA = (0..<rankA).filter {
            !dimensions.lhsBatch.contains($0) && !dimensions.lhsContracting.contains($0)
        }
        let freeB = (0..<rankB).filter {
            !dimensions.rhsBatch.contains($0) && !dimensions.rhsContracting.contains($0)
        }
        // The axes of the result: batch, free ones of a, free ones of b.
        let batchAxes = Array(0..<batch)
        let outputA = Array(batch..<batch + freeA.count)
        let outputB = Array(batch + freeA.count..<batch + freeA.count + freeB.count)
        return each { index in
            if index == 0 {
                let product = AnyTensor.dot(
                    gradient, b, contracting: (outputB, freeB),
                    batch: (batchAxes, dimensions.rhsBatch))
                // Its last axes are b's contracted ones in the order in which b has them.
                let contracted = zip(dimensions.rhsContracting, dimensions.lhsContracting)
                    .sorted { $0.0 < $1.0 }.map(\.1)
                return product.transposed(
                    permutation: inverse(of: dimensions.lhsBatch + freeA + contracted))
            }
            let product = AnyTensor.dot(
                a, gradient, contracting: (freeA, outputA), batch: (dimensions.lhsBatch, batchAxes))
            let contracted = zip(dimensions.lhsContracting, dimensions.rhsContracting)
                .sorted { $0.0 < $1.0 }.map(\.1)
            return product.transposed(
                permutation: inverse(of: dimensions.rhsBatch + contracted + freeB))
        }
    }
}

extension Evaluation {
    fileprivate func dot(_ dimensions: DotDimensions) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let (a, b) = (T.load(inputs[0]), T.load(inputs[1]))
            let left = offsets(inputs[0].shape, dimensions.lhsBatch, dimensions.lhsContracting)
            let right = offsets(inputs[1].shape, dimensions.rhsBatch, dimensions.rhsContracting)
            var result: [T] = []
            result.reserveCapacity(shape.reduce(1, *))
            var watch = watch
            for (batchA, batchB) in zip(left.batch, right.batch) {
                for freeA in left.free {
                    for freeB in right.free {
                        try watch.note(left.contracting.count)
                        var sum = T.zero
                        for (innerA, innerB) in zip(left.contracting, right.contracting) {
                            sum = T.sum(
                                sum,
                                T.product(
                                    a[batchA + freeA + innerA], b[batchB + freeB + innerB]))
                        }
                        result.append(sum)
                    }
                }
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }

    /// The offsets that the indices of some axes add, in row-major order of the axes as listed.
    fileprivate func offsets(
        _ shape: [Int], _ batch: [Int], _ contracting: [Int]
    ) -> (batch: [Int], contracting: [Int], free: [Int]) {
        let strides = RowMajor.strides(shape)
        func all(_ axes: [Int]) -> [Int] {
            var result: [Int] = []
            let own = axes.map { strides[$0] }
            RowMajor.forEach(axes.map { shape[$0] }) { result.append(RowMajor.offset($0, own)) }
            return result
        }
        let free = shape.indices.filter { !batch.contains($0) && !contracting.contains($0) }
        return (all(batch), all(contracting), all(free))
    }
}
