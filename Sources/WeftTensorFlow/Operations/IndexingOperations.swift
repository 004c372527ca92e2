// SPDX-License-Identifier: Apache-2.0
import Weft

/// Elements and rows by their numbers.
enum IndexingOperations {
    static let all: [OperationDefinition] = gathers + masks + oneHots

    private static let gathers: [OperationDefinition] = [
        OperationDefinition("Gather") { call in
            try call.tensor(0).gathered(at: try call.tensor(1))
        },
        OperationDefinition("GatherV2", defaults: ["batch_dims": 0]) { call in
            let (x, indices) = (try call.tensor(0), try call.tensor(1))
            let axis = try call.axis(try call.integer(2), rank: try call.rank(0))
            let batch = try call.int("batch_dims")
            if batch == 0 { return x.gathered(at: indices, axis: axis) }
            let rank = try call.rank(1)
            guard batch >= -rank, batch <= rank else {
                throw call.error(.malformed, "\(batch) batch axes of \(indices.type)")
            }
            return x.gathered(
                at: indices, axis: axis, batchRank: batch < 0 ? batch + rank : batch)
        },
        OperationDefinition("GatherNd") { call in
            try call.tensor(0).gatheredND(at: try call.tensor(1))
        },
    ]

    private static let masks: [OperationDefinition] = [
        OperationDefinition("Where") { try $0.tensor(0).nonZero() },
        OperationDefinition("UnravelIndex") { call in
            let (indices, dims) = (try call.tensor(0), try call.tensor(1))
            let rank = try call.length(1)
            var rest = indices
            var places: [AnyTensor] = []
            for axis in (0..<rank).reversed() {
                let size = dims.element(axis, axis: 0)
                places.append(rest % size)
                rest = rest.floorDivided(by: size)
            }
            let result = stacked(Array(places.reversed()))
            return check(
                result, that: (rest .== AnyTensor.scalar(0, rest.dtype)).all(),
                "\(call.node.name): an index is out of range", showing: ["dims": dims])
        },
    ]

    private static let oneHots: [OperationDefinition] = [
        OperationDefinition("OneHot", defaults: ["axis": -1]) { call in
            let (indices, axis) = (try call.tensor(0), try call.int("axis"))
            let isHot: AnyTensor
            if let depth = try call.knownIntegers(1)?.first {
                isHot = .oneHot(.bool, indices, depth: depth, axis: axis)
            } else {
                isHot = .oneHot(.bool, indices, depth: try call.tensor(1), axis: axis)
            }
            return select(isHot, try call.tensor(2), try call.tensor(3))
        }
    ]
}
