// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The gradient of a table of which only rows have been looked up: their numbers, and what each look adds.
///
/// In a graph such a gradient is a scatter of rows into zeros. An optimizer that takes it apart never
/// makes the zeros, which are as large as the table.
struct RowGradient {
    /// The rows' numbers, `i64 [n]`. One may stand there more than once; one that is not of the table
    /// adds nothing.
    let indices: AnyTensor
    /// What is added to each, `[n, ...]`.
    let values: AnyTensor

    private init(_ indices: AnyTensor, _ values: AnyTensor) {
        self.indices = indices
        self.values = values
    }

    /// Takes a gradient apart; nil for one that is not made of rows alone.
    init?(_ gradient: AnyTensor) {
        guard let count = gradient.shape[0], count > 0, gradient.shape.dimensions != nil,
            let looks = Self.looks(in: gradient)
        else { return nil }
        if looks.count == 1 {
            self = looks[0]
        } else {
            indices = .concatenated(looks.map(\.indices), axis: 0)
            values = .concatenated(looks.map(\.values), axis: 0)
        }
    }

    /// The looks that a gradient is the sum of; nil if it is something else.
    private static func looks(in gradient: AnyTensor) -> [RowGradient]? {
        guard case .primitive(let primitive) = gradient.node.op else { return nil }
        let inputs = gradient.node.inputs
        func each(_ operand: AnyTensor, _ change: (AnyTensor) -> AnyTensor) -> [RowGradient]? {
            looks(in: operand)?.map { RowGradient($0.indices, change($0.values)) }
        }
        switch primitive {
        case .scatter(.add, let attributes):
            return RowGradient(scattered: attributes, inputs).map { [$0] }
        case .binary(.add) where inputs.allSatisfy { $0.shape == gradient.shape }:
            guard let first = looks(in: inputs[0]), let second = looks(in: inputs[1]) else {
                return nil
            }
            return first + second
        case .binary(.multiply):
            if let scalar = inputs[1].repeatedScalar { return each(inputs[0]) { $0 * scalar } }
            return inputs[0].repeatedScalar.flatMap { scalar in each(inputs[1]) { scalar * $0 } }
        case .binary(.divide):
            return inputs[1].repeatedScalar.flatMap { scalar in each(inputs[0]) { $0 / scalar } }
        case .unary(.negate): return each(inputs[0]) { -$0 }
        case .cast(let dtype): return each(inputs[0]) { $0.cast(to: dtype) }
        default: return nil
        }
    }

    /// The rows that are scattered into zeros by their numbers.
    private init?(scattered attributes: ScatterAttributes, _ inputs: [AnyTensor]) {
        let (table, indices, updates) = (inputs[0], inputs[1], inputs[2])
        guard table.isZeros, let dims = table.shape.dimensions, let rank = updates.shape.rank,
            let indexRank = indices.shape.rank, attributes.insertedWindowAxes == [0],
            attributes.scatterAxesToOperandAxes == [0],
            attributes.updateWindowAxes == Array(rank - dims.count + 1..<rank),
            zip(attributes.updateWindowAxes, dims.dropFirst()).allSatisfy({
                updates.shape[$0] == $1
            }),
            // Where the numbers stand one behind the other.
            attributes.indexVectorAxis >= indexRank - 1
        else { return nil }
        let flat = indices.reshaped(to: [-1]).cast(to: .int64)
        let (first, count) = (
            AnyTensor.scalar(0, .int64), AnyTensor.scalar(Double(dims[0]), .int64)
        )
        switch attributes.mode {
        case .checked: self.indices = flat
        case .clamped: self.indices = minimum(maximum(flat, first), count - 1)
        case .ignored: self.indices = select((flat .< first) .| (flat .>= count), count, flat)
        }
        let hasRows = !dims.dropFirst().contains(0)
        values =
            hasRows
            ? updates.reshaped(to: [-1] + dims.dropFirst())
            : .zeros(updates.dtype, shape: [0] + dims.dropFirst())
    }

    /// Whether going over the rows costs less than going over a table of so many: not known how many looks there
    /// are, a table is large from some thousand rows on.
    func areFew(of count: Int) -> Bool {
        indices.shape[0].map { $0 <= count / 4 && count >= 1024 } ?? (count >= 16_384)
    }

    /// Each row that occurs once, with the sum of what is added to it, in the order of their numbers.
    ///
    /// - Parameter count: How many rows the table has.
    /// - Returns: The numbers `[n]` and the sums `[n, ...]`. Where rows occur more than once there are fewer
    ///   than n: the last numbers are `count`, with zeros.
    func summed(of count: Int) -> (rows: AnyTensor, values: AnyTensor) {
        let order = indices.argSorted(axis: 0)
        let sorted = indices.gathered(at: order)
        let isLater = AnyTensor.iota(like: sorted, axis: 0) .> .scalar(0, .int64)
        let isNew = (sorted .!= sorted.rolled(by: 1, axis: 0)) .& isLater
        let places = isNew.cast(to: .int64).cumulativeSum(axis: 0)
        let unused = AnyTensor.scalar(Double(count), .int64).broadcasted(like: sorted)
        return (
            unused.scattering(sorted, at: places),
            AnyTensor.zeros(like: values).scattering(
                values.gathered(at: order), at: places, combining: .add)
        )
    }
}

extension AnyTensor {
    /// The scalar of which the tensor's elements are copies.
    fileprivate var repeatedScalar: AnyTensor? {
        if shape.rank == 0 { return self }
        switch node.op {
        case .primitive(.broadcast), .unsettled(.broadcastLike):
            return node.inputs[0].shape.rank == 0 ? node.inputs[0] : nil
        default: return nil
        }
    }

    /// Whether the elements are known to be 0.
    fileprivate var isZeros: Bool {
        guard case .primitive(.constant(let value))? = repeatedScalar?.node.op else { return false }
        return value.array.hasSameBits(as: .zeros(value.array.dtype, []))
    }
}
