// SPDX-License-Identifier: Apache-2.0
import Weft

/// Shapes: asking for them and changing them; arrays that are made by their shape.
enum ShapeOperations {
    static let all: [OperationDefinition] = asking + changing + making + repeating

    private static let asking: [OperationDefinition] = [
        OperationDefinition("Shape", defaults: ["out_type": .type(.int32)]) { call in
            try sizes(of: try call.tensor(0), call)
        },
        OperationDefinition(
            "ShapeN", outputs: ["output"], defaults: ["out_type": .type(.int32)],
            tensors: { call in try call.tensors().map { try sizes(of: $0, call) } }),
        OperationDefinition("Size", defaults: ["out_type": .type(.int32)]) { call in
            let x = try call.tensor(0)
            let count = x.shape.count.map { AnyTensor.constant(NDArray(Int64($0))) }
            return (count ?? x.sizes.product()).cast(to: try call.dtype("out_type"))
        },
        OperationDefinition("Rank") { call in
            if case .list = try call.input(0) { return .constant(NDArray(Int32(0))) }
            let x = try call.tensor(0)
            if let rank = x.rank { return .constant(NDArray(Int32(clamping: rank))) }
            return x.sizes.size(ofAxis: 0).cast(to: .int32)
        },
    ]

    private static func sizes(of x: AnyTensor, _ call: NodeCall) throws -> AnyTensor {
        x.sizes.cast(to: try call.dtype("out_type"))
    }

    private static let changing: [OperationDefinition] = [
        OperationDefinition("Reshape") { call in
            let x = try call.tensor(0)
            if let sizes = try call.knownIntegers(1) { return x.reshaped(to: sizes) }
            return x.reshaped(to: try call.tensor(1))
        },
        OperationDefinition("Squeeze", defaults: ["squeeze_dims": []]) { call in
            let x = try call.tensor(0)
            let axes = try call.ints(call.node.attributes["axis"] == nil ? "squeeze_dims" : "axis")
            // An axis may be named twice, once from the end.
            let rank = try call.rank(0)
            let named = Set(try axes.map { try call.axis($0, rank: rank) })
            return x.squeezed(axes: axes.isEmpty ? nil : named.sorted())
        },
        OperationDefinition("ExpandDims") { call in
            let axis = try call.axis(try call.integer(1), rank: try call.rank(0) + 1)
            return try call.tensor(0).expandingDimension(at: axis)
        },
        OperationDefinition("Transpose") { try transposed($0) },
        OperationDefinition("ConjugateTranspose") { try transposed($0).conjugate() },
        OperationDefinition("InvertPermutation") { call in
            let x = try call.tensor(0)
            guard let known = x.knownIntegers else {
                return AnyTensor.zeros(like: x).scattering(.iota(like: x), at: x)
            }
            var inverse = Array(repeating: -1, count: known.count)
            for (place, index) in known.enumerated() {
                guard inverse.indices.contains(index), inverse[index] < 0 else {
                    throw call.error(.malformed, "\(known) is no permutation")
                }
                inverse[index] = place
            }
            return .vector(inverse, x.dtype)
        },
    ]

    private static func transposed(_ call: NodeCall) throws -> AnyTensor {
        let (x, permutation) = (try call.tensor(0), try call.integers(1))
        let rank = try call.rank(0)
        guard permutation.count == rank else {
            throw call.error(
                .malformed, "\(permutation) is no permutation of the \(rank) axes of \(x.type)")
        }
        return x.transposed(permutation: try permutation.map { try call.axis($0, rank: rank) })
    }

    private static let making: [OperationDefinition] = [
        OperationDefinition("Fill", defaults: ["index_type": .type(.int32)]) { call in
            let value = try call.tensor(1).reshaped(to: [])
            if let sizes = try call.knownIntegers(0) {
                if let negative = sizes.first(where: { $0 < 0 }) {
                    throw call.error(.malformed, "the size \(negative) is negative")
                }
                return value.broadcasted(to: sizes)
            }
            return value.broadcasted(to: try call.tensor(0))
        },
        OperationDefinition(
            "ZerosLike",
            values: { call in
                if case .list(let list) = try call.input(0) { return [.list(list.zeros)] }
                return [.tensor(.zeros(like: try call.tensor(0)))]
            }),
        OperationDefinition("OnesLike") { .ones(like: try $0.tensor(0)) },
        OperationDefinition("Empty", defaults: ["init": false]) { call in
            try call.zeros(try call.dtype("dtype"), sizes: 0)
        },
        OperationDefinition("Range") { try range($0) },
        OperationDefinition("LinSpace") { call in
            let (start, end) = (try call.tensor(0), try call.tensor(1))
            let count = try call.tensor(2).cast(to: .int64)
            if let known = count.knownIntegers, known.contains(where: { $0 < 1 }) {
                throw call.error(.malformed, "\(known[0]) numbers; there must be at least one")
            }
            let one = AnyTensor.constant(NDArray(Int64(1)))
            let places = AnyTensor.range(
                from: .constant(NDArray(Int64(0))), to: count, by: one)
            let last = maximum(count - one, one)
            let step = (end - start) / last.cast(to: start.dtype)
            let numbers = places.cast(to: start.dtype) * step + start
            return select(AnyTensor.compare(.equal, places, last), end, numbers)
        },
    ]

    private static func range(_ call: NodeCall) throws -> AnyTensor {
        let ends = try call.tensors(to: 3)
        // Few numbers are axes or sizes, which other operations have to know.
        if ends.count == 3, let start = try call.knownIntegers(0)?.first,
            let end = try call.knownIntegers(1)?.first, let step = try call.knownIntegers(2)?.first,
            step != 0, ends.allSatisfy({ $0.dtype == .int32 || $0.dtype == .int64 })
        {
            let few = Array(stride(from: start, to: end, by: step).prefix(65))
            if few.count <= 64 { return .vector(few, ends[0].dtype) }
        }
        return .range(from: try call.tensor(0), to: try call.tensor(1), by: try call.tensor(2))
    }

    private static let repeating: [OperationDefinition] = [
        OperationDefinition("BroadcastTo") { call in
            let x = try call.tensor(0)
            if let sizes = try call.knownIntegers(1) { return x.broadcasted(to: sizes) }
            return x.broadcasted(to: try call.tensor(1))
        },
        OperationDefinition("Tile") { call in
            let x = try call.tensor(0)
            if let multiples = try call.knownIntegers(1) { return x.tiled(by: multiples) }
            return x.tiled(by: try call.tensor(1))
        },
        OperationDefinition("TileGrad") { call in
            let (gradient, multiples) = (try call.tensor(0), try call.integers(1))
            let rank = try call.rank(0)
            guard multiples.count == rank, !multiples.contains(where: { $0 < 1 }) else {
                throw call.error(
                    .malformed, "\(gradient.type) was not made by tiling \(multiples) times")
            }
            let sizes = gradient.sizes
            let parts = (0..<rank).flatMap { axis in
                let count = AnyTensor.constant(NDArray(Int64(multiples[axis])))
                return [count, sizes.element(axis, axis: 0) / count]
            }
            let divided = rank == 0 ? gradient : gradient.reshaped(to: stacked(parts))
            return divided.sum(axes: (0..<rank).map { 2 * $0 })
        },
    ]
}
