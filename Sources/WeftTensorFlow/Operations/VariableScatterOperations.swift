// SPDX-License-Identifier: Apache-2.0
import Weft

/// Changes of parts of variables, told by indices, and reads of parts.
enum VariableScatterOperations {
    static let all: [OperationDefinition] =
        Change.allCases.flatMap { change in
            [
                rows("Scatter\(change.rawValue)", change),
                rows("ResourceScatter\(change.rawValue)", change),
            ]
        }
        + [Change.add, .subtract, .maximum, .minimum, .update].flatMap { change in
            [
                elements("ScatterNd\(change.rawValue)", change),
                elements("ResourceScatterNd\(change.rawValue)", change),
            ]
        } + [
            OperationDefinition("ResourceGather", defaults: ["batch_dims": 0]) { call in
                let batchRank = try call.int("batch_dims")
                return try call.tensor(0).gathered(
                    at: call.tensor(1), axis: batchRank, batchRank: batchRank)
            },
            OperationDefinition("ResourceGatherNd") { call in
                try call.tensor(0).gatheredND(at: call.tensor(1))
            },
            OperationDefinition(
                "CountUpTo", effect: .changes([0]), values: { [.tensor(try counted($0))] }),
            OperationDefinition(
                "ResourceCountUpTo", effect: .changes([0]), values: { [.tensor(try counted($0))] }),
        ]

    /// What becomes of an element and an update of it.
    private enum Change: String, CaseIterable {
        case add = "Add"
        case subtract = "Sub"
        case multiply = "Mul"
        case divide = "Div"
        case minimum = "Min"
        case maximum = "Max"
        case update = "Update"

        /// `scatter` puts updates into a tensor.
        func apply(
            to x: AnyTensor, _ updates: AnyTensor,
            _ scatter: (AnyTensor, AnyTensor, ScatterKind) -> AnyTensor
        ) -> AnyTensor {
            switch self {
            case .add: scatter(x, updates, .add)
            case .subtract: scatter(x, .zeros(like: updates) - updates, .add)
            case .multiply: scatter(x, updates, .multiply)
            // Divided by several updates is divided by their product.
            case .divide: x / scatter(.ones(like: x), updates, .multiply)
            case .minimum: scatter(x, updates, .minimum)
            case .maximum: scatter(x, updates, .maximum)
            case .update: scatter(x, updates, .set)
            }
        }
    }

    /// A change of rows; a scalar stands for updates that are all the same.
    private static func rows(_ name: String, _ change: Change) -> OperationDefinition {
        changing(name) { call, x, indices, updates in
            guard let rank = x.rank, rank > 0 else {
                throw call.error(.invalidRequest, "\(x.type) has no rows")
            }
            var updates = updates
            if updates.rank == 0 {
                let row = x.sizes.sliced([.range(from: 1)])
                updates = updates.broadcasted(
                    to: concatenated(
                        [indices.sizes.cast(to: .int64), row.cast(to: .int64)], axis: 0))
            }
            return change.apply(to: x, updates) {
                $0.scattering($1, at: indices, combining: $2)
            }
        }
    }

    /// A change of what vectors of indices name.
    private static func elements(_ name: String, _ change: Change) -> OperationDefinition {
        changing(name) { _, x, indices, updates in
            change.apply(to: x, updates) {
                $0.scatteringND($1, at: indices, combining: $2)
            }
        }
    }

    private static func changing(
        _ name: String,
        _ value:
            @escaping @Sendable (
                NodeCall, _ old: AnyTensor, _ indices: AnyTensor, _ updates: AnyTensor
            ) throws -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["output_ref"], effect: .changes([0]),
            values: { call in
                let resource = try call.resource(0)
                let new = try value(call, call.tensor(0), call.tensor(1), call.tensor(2))
                try call.set(resource, to: new)
                return [.resource(resource)]
            })
    }

    private static func counted(_ call: NodeCall) throws -> AnyTensor {
        let (x, limit) = (try call.tensor(0), try call.int("limit"))
        guard x.dtype.isInteger else {
            throw call.error(.invalidRequest, "\(x.type) does not count")
        }
        try StructureOperations.require(
            x.cast(to: .int64) .< AnyTensor.constant(NDArray(Int64(limit))), call,
            "reached limit of \(limit)", [x])
        try call.set(try call.resource(0), to: x + .scalar(1, x.dtype))
        return x
    }
}
