// SPDX-License-Identifier: Apache-2.0
import Weft

/// How often numbers occur.
enum CountingOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("Bincount") { call in
            try counts(call, try call.tensor(0).flattened(), isBinary: false)
        },
        OperationDefinition("DenseBincount", defaults: ["binary_output": false]) { call in
            try counts(call, try call.tensor(0), isBinary: try call.bool("binary_output"))
        },
        OperationDefinition("HistogramFixedWidth", defaults: ["dtype": .type(.int32)]) { call in
            let range = try call.tensor(1)
            let (low, high) = (range.element(0), range.element(1))
            return try call.tensor(0).histogram(from: low, to: high, bins: call.tensor(2))
                .cast(to: call.dtype("dtype"))
        },
    ]

    /// How often each number below the second input occurs, or the sums of its weights, which are the third
    /// input, in each row of a matrix by itself. Other numbers are left out.
    private static func counts(
        _ call: NodeCall, _ x: AnyTensor, isBinary: Bool
    ) throws -> AnyTensor {
        let (size, given) = (
            try call.tensor(1).cast(to: .int64).reshaped(to: []), try call.tensor(2)
        )
        guard let dims = given.shape.dims, dims.contains(0) || !dims.contains(-1) else {
            throw call.error(
                .unsupported,
                "whether there are weights, \(given.type), must be known before the graph runs")
        }
        guard let rank = x.shape.rank, rank == 1 || rank == 2 else {
            throw call.error(.invalidRequest, "\(x.type) is neither a vector nor a matrix")
        }
        let numbers = x.cast(to: .int64)
        let isNumber = (numbers .>= .scalar(0, .int64)) .& (numbers .< size)
        let rows = rank == 2 ? numbers.size(ofAxis: 0) : .scalar(1, .int64)
        // The counts of each row stand behind those of the one before.
        let own = rank == 2 ? numbers + AnyTensor.iota(like: numbers) * size : numbers
        let places = select(isNumber, own, .scalar(-1, .int64)).flattened()
        let weights =
            !dims.contains(0) && !isBinary
            ? given.flattened() : AnyTensor.ones(like: places, dtype: given.dtype)
        var result = weights.segmentSums(places, count: rows * size)
        if isBinary { result = minimum(result, .scalar(1, result.dtype)) }
        return rank == 2 ? result.reshaped(to: stacked([rows, size])) : result
    }
}

extension AnyTensor {
    /// An element of a vector, as a scalar.
    fileprivate func element(_ index: Int) -> AnyTensor { element(index, axis: 0) }
}
