// SPDX-License-Identifier: Apache-2.0

/// What is known, before anything runs, of the elements of a tensor of few integers: of the sizes that
/// graphs compute from shapes.
///
/// The elements stand in row-major order; nil is one that only a run can tell.
typealias KnownElements = [Int?]

/// How what is known of the elements of operands reaches a result.
enum ElementFlow {
    /// Not at all.
    case none
    /// The result has the elements of the first operand, in their order.
    case same
    /// The result is the shape of the first operand.
    case sizes
    /// Each element of the result is one of the first `count` operands', found by all that the
    /// others say.
    case moved(first: Int)
    /// Each element depends on some of the operands': `counting`, on the number of unknown ones in
    /// each place, gives 0 where all are known.
    case combined(counting: Primitive)
    /// All depends on all.
    case computed
}

extension AnyTensor {
    /// Longer tensors are data and no sizes.
    static let mostKnownElements = 64
    /// How many tensors are looked at for the sake of one.
    private static let mostTensors = 1_000

    /// What is known of the tensor's elements; nil for nothing.
    var knownElements: KnownElements? {
        var found: [AnyTensor: KnownElements?] = [:]
        return knownElements(&found)
    }

    /// The elements of a tensor of few integers or truth values, in row-major order, where all are known
    /// before anything runs; nil otherwise.
    package var knownIntegers: [Int]? {
        guard let elements = knownElements else { return nil }
        let known = elements.compactMap(\.self)
        return known.count == elements.count ? known : nil
    }

    private func knownElements(_ found: inout [AnyTensor: KnownElements?]) -> KnownElements? {
        guard dtype.isInteger || dtype == .bool, shape.count ?? Int.max <= Self.mostKnownElements
        else { return nil }
        if let known = found[self] { return known }
        guard found.count < Self.mostTensors else { return nil }
        found[self] = .some(nil)
        let result = flown(&found)
        found[self] = .some(result)
        return result
    }

    private func flown(_ found: inout [AnyTensor: KnownElements?]) -> KnownElements? {
        let inputs = node.inputs
        switch node.op.family.elementFlow {
        case .none: return nil
        case .same: return inputs[0].knownElements(&found)
        case .sizes: return inputs[0].shape.dims?.map { $0 < 0 ? nil : $0 }
        case .moved(let count):
            // Moving the elements' numbers tells where each comes from; what is none of theirs is 0.
            var all: KnownElements = []
            var operands: [NDArray] = []
            for (index, input) in inputs.enumerated() {
                guard let known = input.knownElements(&found) else { return nil }
                if index < count {
                    operands.append(Self.integers(known.indices.map { $0 + 1 + all.count }, input))
                    all += known
                } else {
                    guard let array = Self.whole(known, input) else { return nil }
                    operands.append(array)
                }
            }
            return evaluated(operands, dtype: .int64)?.map { $0 == 0 ? 0 : all[$0 - 1] }
        case .combined(let counting):
            var operands: [NDArray] = []
            var unknown: [NDArray] = []
            for input in inputs {
                guard let known = input.knownElements(&found),
                    let operand = try? Self.integers(known.map { $0 ?? 1 }, input)
                        .cast(to: input.dtype)
                else { return nil }
                operands.append(operand)
                unknown.append(Self.integers(known.map { $0 == nil ? 1 : 0 }, input))
            }
            guard let values = evaluated(operands, dtype: dtype),
                let counts = Self.evaluate(counting, unknown, ArrayType(.int64, shape.dims ?? []))
            else { return nil }
            return zip(values, counts).map { $1 == 0 ? $0 : nil }
        case .computed:
            var operands: [NDArray] = []
            for input in inputs {
                guard let known = input.knownElements(&found),
                    let array = Self.whole(known, input)
                else { return nil }
                operands.append(array)
            }
            return evaluated(operands, dtype: dtype)
        }
    }

    /// The node's definition on these operands; nil where it fails.
    private func evaluated(_ operands: [NDArray], dtype: DType) -> [Int]? {
        guard case .primitive(let primitive) = node.op, let dims = shape.dimensions else {
            return nil
        }
        let type = ArrayType(dtype, dims)
        let settled = primitive.family.settled(
            operands.map { ArrayType($0.dtype, $0.shape) }, [type])
        return Self.evaluate(settled, operands, type)
    }

    private static func evaluate(
        _ primitive: Primitive, _ operands: [NDArray], _ type: ArrayType
    ) -> [Int]? {
        primitive.evaluated(operands, [type])?[0].integers?.map { Int($0) }
    }

    private static func integers(_ elements: [Int], _ tensor: AnyTensor) -> NDArray {
        NDArray(elements.map { Int64($0) }).reinterpreted(shape: tensor.shape.dimensions ?? [])
    }

    private static func whole(_ known: KnownElements, _ tensor: AnyTensor) -> NDArray? {
        let elements = known.compactMap { $0 }
        guard elements.count == known.count else { return nil }
        return try? integers(elements, tensor).cast(to: tensor.dtype)
    }
}

extension Primitive {
    /// The results of the definition for arrays; nil where it fails, and of what is not defined by
    /// arrays alone.
    func evaluated(_ operands: [NDArray], _ types: [ArrayType]) -> [NDArray]? {
        guard let family = family as? any ArrayFamily else { return nil }
        let instruction = Program.Instruction(self, inputs: [], outputs: [])
        return try? family.evaluate(
            Evaluation(instruction: instruction, inputs: operands, types: types, control: nil))
    }
}
