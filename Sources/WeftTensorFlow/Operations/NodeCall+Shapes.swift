// SPDX-License-Identifier: Apache-2.0
import Weft

/// What operations of shapes and axes read of their inputs.
extension NodeCall {
    /// The integers of an input where they are known before anything runs; nil where only a run can tell.
    func knownIntegers(_ position: Int) throws -> [Int]? {
        let tensor = try tensor(position)
        if let error = tensor.error { throw error }
        return tensor.knownIntegers
    }

    /// The number of axes of an input.
    func rank(_ position: Int) throws -> Int {
        try rank(of: try tensor(position), "input \(position)")
    }

    func rank(of tensor: AnyTensor, _ name: String) throws -> Int {
        if let error = tensor.error { throw error }
        guard let rank = tensor.rank else {
            throw error(
                .unsupported,
                "the rank of \(name) must be known before the graph runs; give the shapes of what is fed"
            )
        }
        return rank
    }

    /// The sizes of an input, all of which are known before anything runs.
    func dimensions(of tensor: AnyTensor, _ name: String) throws -> [Int] {
        if let error = tensor.error { throw error }
        guard let dimensions = tensor.shape.dimensions else {
            throw error(
                .unsupported,
                "the shape of \(name), \(tensor.type), must be known before the graph runs; give the "
                    + "shapes of what is fed")
        }
        return dimensions
    }

    /// An axis of a tensor of this rank; negative ones count from the end.
    func axis(_ axis: Int, rank: Int) throws -> Int {
        guard axis >= -rank, axis < rank else {
            throw error(.malformed, "axis \(axis) is none of \(rank) axes")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// The number of elements of a vector among the inputs.
    func length(_ position: Int) throws -> Int {
        let tensor = try tensor(position)
        if let error = tensor.error { throw error }
        guard tensor.rank == 1, let count = tensor.shape[0] else {
            throw error(
                .unsupported, "input \(position), \(tensor.type), must be a vector of known length")
        }
        return count
    }

    /// Pairs of numbers before and after each axis, [rank, 2], where they are known before anything runs.
    func sides(_ position: Int, rank: Int) throws -> [(before: Int, after: Int)]? {
        guard let numbers = try knownIntegers(position) else { return nil }
        guard numbers.count == 2 * rank else {
            throw error(
                .malformed, "input \(position) has \(numbers.count) numbers instead of \(2 * rank)")
        }
        if let negative = numbers.first(where: { $0 < 0 }) {
            throw error(.malformed, "input \(position) has \(negative), which is negative")
        }
        return (0..<rank).map { (before: numbers[2 * $0], after: numbers[2 * $0 + 1]) }
    }

    /// Zeros of the sizes that an input gives.
    func zeros(_ dtype: DType, sizes position: Int) throws -> AnyTensor {
        if let known = try knownIntegers(position) { return .zeros(dtype, shape: known) }
        return .zeros(dtype, shape: try tensor(position))
    }

    /// What TensorFlow's own gradient of a function is: that of Weft, from the gradient of its result.
    ///
    /// - Parameter function: What the function gives of `x`.
    func gradient(
        at x: AnyTensor, from seed: AnyTensor, of function: (AnyTensor) throws -> AnyTensor
    ) throws -> AnyTensor {
        try gradients(at: [x], from: seed) { try function($0[0]) }[0]
    }

    /// The gradients by several tensors; 0 where none flows.
    func gradients(
        at xs: [AnyTensor], from seed: AnyTensor, of function: ([AnyTensor]) throws -> AnyTensor
    ) throws -> [AnyTensor] {
        let y = try function(xs)
        return try Weft.gradients(
            of: [y], withRespectTo: xs.map { $0 as any TensorConvertible }, seeds: [seed],
            unconnected: .zeros
        ).enumerated().map { $1 ?? .zeros(like: xs[$0]) }
    }
}

extension AnyTensor {
    /// A vector of integers of a type.
    static func vector(_ numbers: [Int], _ dtype: DType) -> AnyTensor {
        let vector = AnyTensor.numbers(numbers)
        return dtype == .int64 ? vector : vector.cast(to: dtype)
    }
}
