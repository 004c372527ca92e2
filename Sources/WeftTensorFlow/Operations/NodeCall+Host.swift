// SPDX-License-Identifier: Apache-2.0
import Weft

/// What operations that the host computes have in common.
extension NodeCall {
    /// What a function of arrays gives, whose types and shapes follow from those of its operands.
    func hosted(
        _ results: [HostResult], _ inputs: [AnyTensor], isStateful: Bool = false,
        _ body: @escaping HostFunction.Body
    ) -> [AnyTensor] {
        let function = HostFunction(
            node.op, results: results, isStateful: isStateful, naming(body))
        return hostCall(function, inputs)
    }

    /// What a function of arrays gives whose sizes only the arrays' elements tell.
    ///
    /// A run asks it twice, with the same arrays: for the sizes, and when these are known for the arrays.
    ///
    /// - Parameter results: The element types of the results, and how many axes they have.
    func measured(
        _ results: [(dtype: DType, rank: Int)], _ inputs: [AnyTensor],
        _ body: @escaping HostFunction.Body
    ) -> [AnyTensor] {
        let named = naming(body)
        let sizes = HostFunction(
            "\(node.op).sizes", results: results.map { .array(.int64, [$0.rank]) }
        ) { inputs in
            try named(inputs).map { array in
                try NDArray(array.shape.map { Int64($0) }, shape: [array.rank])
            }
        }
        let likes = hostCall(sizes, inputs).map { AnyTensor.zeros(.bool, shape: $0) }
        // What was called wrongly is one tensor with an error.
        if likes.count != results.count { return likes }
        let count = inputs.count
        let arrays = HostFunction(
            node.op,
            results: results.enumerated().map { place, result in
                .array(result.dtype) { $0[count + place] }
            }
        ) { try named(Array($0[..<count])) }
        return hostCall(arrays, inputs + likes)
    }

    /// A function whose errors name the node.
    private func naming(_ body: @escaping HostFunction.Body) -> HostFunction.Body {
        let (name, op) = (GraphBody.label(node.name, in: scope.body.function), node.op)
        return { inputs in
            do {
                return try body(inputs)
            } catch let problem as HostProblem {
                throw TensorFlowError(
                    .invalidRequest, node: name, operation: op, problem.reason)
            }
        }
    }
}

/// Why the host cannot compute what it is asked for.
struct HostProblem: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension NDArray {
    /// The elements as integers, in row-major order.
    var integers: [Int] {
        get throws { try cast(to: .int64).scalars(as: Int64.self).map { Int($0) } }
    }

    /// The only element as an integer.
    var integer: Int {
        get throws {
            let all = try integers
            guard all.count == 1 else {
                throw HostProblem("there are \(all.count) numbers instead of one")
            }
            return all[0]
        }
    }

    /// A vector of 64-bit integers.
    static func longs(_ numbers: [Int]) -> NDArray { NDArray(numbers.map { Int64($0) }) }

    /// 64-bit integers of a shape.
    static func longs(_ numbers: [Int], shape: [Int]) throws -> NDArray {
        try NDArray(numbers.map { Int64($0) }, shape: shape)
    }
}
