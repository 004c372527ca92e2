// SPDX-License-Identifier: Apache-2.0
import Weft

/// Arrays that rows are put into by their numbers, and arrays that are divided and put together again.
enum ScatteringOperations {
    static let all: [OperationDefinition] =
        scatters + inPlace + stitching + [
            OperationDefinition("SparseToDense", defaults: ["validate_indices": true]) { call in
                try dense(call)
            },
            OperationDefinition(
                "SparseTensorDenseMatMul", defaults: ["adjoint_a": false, "adjoint_b": false]
            ) { call in
                try sparseProduct(call)
            },
        ]

    private static let scatters: [OperationDefinition] =
        [
            OperationDefinition("ScatterNd") { call in
                let (indices, updates) = (try call.tensor(0), try call.tensor(1))
                return try call.zeros(updates.dtype, sizes: 2)
                    .scatteringND(updates, at: indices, combining: .add)
            },
            scatter("TensorScatterUpdate", .set),
            scatter("TensorScatterAdd", .add),
            scatter("TensorScatterSub", .add) { -$0 },
            scatter("TensorScatterMin", .minimum),
            scatter("TensorScatterMax", .maximum),
            scatter("ScatterNdNonAliasingAdd", .add),
        ]

    private static func scatter(
        _ name: String, _ kind: ScatterKind,
        _ update: @escaping @Sendable (AnyTensor) -> AnyTensor = { $0 }
    ) -> OperationDefinition {
        OperationDefinition(name) { call in
            try call.tensor(0).scatteringND(
                update(try call.tensor(2)), at: try call.tensor(1), combining: kind)
        }
    }

    /// What is done to rows of an array whose storage may be used again.
    private static let inPlace: [OperationDefinition] =
        [
            inPlace("InplaceUpdate", .set), inPlace("InplaceAdd", .add),
            inPlace("InplaceSub", .add) { -$0 }, inPlace("AliasInplaceUpdate", .set),
            inPlace("AliasInplaceAdd", .add), inPlace("AliasInplaceSub", .add) { -$0 },
        ]

    private static func inPlace(
        _ name: String, _ kind: ScatterKind,
        _ update: @escaping @Sendable (AnyTensor) -> AnyTensor = { $0 }
    ) -> OperationDefinition {
        OperationDefinition(name) { call in
            try call.tensor(0).scattering(
                update(try call.tensor(2)), at: try call.tensor(1), combining: kind)
        }
    }

    private static let stitching: [OperationDefinition] = [
        OperationDefinition(
            "DynamicPartition", outputs: ["outputs"],
            tensors: { call in
                let (data, parts) = (try call.tensor(0), try call.tensor(1))
                let count = try call.int("num_partitions")
                let checked = check(
                    parts,
                    that: (parts .>= AnyTensor.scalar(0, parts.dtype)).all()
                        .& (parts .< AnyTensor.scalar(Double(count), parts.dtype)).all(),
                    "\(call.node.name): the number of a part is not in 0..<\(count)",
                    showing: ["partitions": parts])
                return data.partitioned(by: checked, count: count)
            }),
        OperationDefinition("DynamicStitch") { try stitched($0) },
        OperationDefinition("ParallelDynamicStitch") { try stitched($0) },
    ]

    private static func stitched(_ call: NodeCall) throws -> AnyTensor {
        let all = try call.tensors()
        guard !all.isEmpty, all.count % 2 == 0 else {
            throw call.error(
                .malformed, "it has \(all.count) inputs, not as many indices as arrays")
        }
        let half = all.count / 2
        let indices = concatenated(all[..<half].map { $0.reshaped(to: [-1]) })
        let rows = try (0..<half).map { index -> AnyTensor in
            let rank = try call.rank(index)
            let data = all[half + index]
            guard try call.rank(half + index) >= rank else {
                throw call.error(.malformed, "\(data.type) at indices \(all[index].type)")
            }
            switch rank {
            case 0: return data.expandingDimension(at: 0)
            case 1: return data
            default: return data.flattened(from: 0, through: rank - 1)
            }
        }
        let data = concatenated(rows)
        if let known = indices.knownIntegers {
            // Of several rows for one place the last one stays.
            let last = known.max() ?? -1
            guard !known.contains(where: { $0 < 0 }), last < 1 << 20 else {
                throw call.error(.malformed, "the indices \(known) are out of range")
            }
            var sources = Array(repeating: -1, count: last + 1)
            for (row, place) in known.enumerated() { sources[place] = row }
            if !sources.contains(-1) { return data.gathered(at: AnyTensor.numbers(sources)) }
            return data.gathered(at: AnyTensor.numbers(sources), outOfBounds: .ignored)
        }
        let places = indices.cast(to: .int64)
        let start = AnyTensor.constant(NDArray([Int64(-1)]))
        let count = concatenated([start, places]).max() + .scalar(1, .int64)
        let sources = AnyTensor.filled(.int64, -1, shape: count.reshaped(to: [1]))
            .scattering(.iota(like: places), at: places, combining: .maximum)
        return data.gathered(at: sources, outOfBounds: .ignored)
    }

    private static func dense(_ call: NodeCall) throws -> AnyTensor {
        let (values, other) = (try call.tensor(2), try call.tensor(3))
        // A vector of indices is of an array with one axis; a scalar is one of them.
        let rank = try call.rank(0)
        var indices = try call.tensor(0)
        if rank == 0 { indices = indices.expandingDimension(at: 0) }
        if rank <= 1 { indices = indices.expandingDimension(at: 1) }
        let base: AnyTensor
        if let sizes = try call.knownIntegers(1) {
            base = other.reshaped(to: []).broadcasted(to: sizes)
        } else {
            base = other.reshaped(to: []).broadcasted(to: try call.tensor(1))
        }
        let count = indices.size(ofAxis: 0).reshaped(to: [1])
        let updates =
            values.rank == 0
            ? indices.shape[0].map { values.broadcasted(to: [$0]) } ?? values.broadcasted(to: count)
            : values
        return base.scatteringND(updates, at: indices)
    }

    private static func sparseProduct(_ call: NodeCall) throws -> AnyTensor {
        let (indices, values) = (try call.tensor(0), try call.tensor(1))
        let (shape, dense) = (try call.tensor(2), try call.tensor(3))
        let isTransposed = try call.bool("adjoint_a")
        let b = try call.bool("adjoint_b") ? dense.transposed().conjugate() : dense
        let weights = (isTransposed ? values.conjugate() : values).expandingDimension(at: 1)
        let row = indices.element(isTransposed ? 1 : 0, axis: 1)
        let column = indices.element(isTransposed ? 0 : 1, axis: 1)
        let count = shape.element(isTransposed ? 1 : 0, axis: 0)
        // A row that is out of range is an error, which a sum of segments would leave out.
        let sizes = stacked([count.cast(to: .int64), b.size(ofAxis: 1)])
        let zeros =
            sizes.knownIntegers.map { AnyTensor.zeros(b.dtype, shape: $0) }
            ?? .zeros(b.dtype, shape: sizes)
        return zeros.scattering(b.gathered(at: column) * weights, at: row, combining: .add)
    }
}
