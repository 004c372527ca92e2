// SPDX-License-Identifier: Apache-2.0
import Weft

/// What shapes become by broadcasting and joining: computed by graphs for their own gradients.
enum BroadcastingOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("BroadcastArgs") { call in
            let (a, b) = try aligned(call)
            let one = AnyTensor.constant(NDArray(1)).cast(to: a.dtype)
            return select(AnyTensor.compare(.equal, a, one), b, a)
        },
        OperationDefinition(
            "BroadcastGradientArgs", outputs: ["r0", "r1"], tensors: reducedAxes),
        OperationDefinition(
            "ConcatOffset", outputs: ["offset"],
            tensors: { call in
                let shapes = try call.tensors(from: 1)
                guard let first = shapes.first else { return [] }
                let rank = try call.length(1)
                let axis = try call.axis(try call.integer(0), rank: rank)
                var offset = AnyTensor.zeros(first.dtype, shape: [1])
                return try shapes.indices.map { index in
                    guard try call.length(index + 1) == rank else {
                        throw call.error(.malformed, "the shapes have not the same number of axes")
                    }
                    let parts = [
                        AnyTensor.zeros(first.dtype, shape: [axis]), offset,
                        .zeros(first.dtype, shape: [rank - axis - 1]),
                    ]
                    offset = offset + shapes[index].sliced(axis: 0, axis, axis + 1)
                    return .concatenated(parts, axis: 0)
                }
            }),
    ]

    /// Two shapes with as many axes, ones in front of the shorter.
    private static func aligned(_ call: NodeCall) throws -> (AnyTensor, AnyTensor) {
        let (a, b) = (try call.tensor(0), try call.tensor(1))
        let rank = max(try call.length(0), try call.length(1))
        func filled(_ sizes: AnyTensor) -> AnyTensor {
            guard let missing = sizes.shape[0].map({ rank - $0 }), missing > 0 else { return sizes }
            return .concatenated([.ones(sizes.dtype, shape: [missing]), sizes], axis: 0)
        }
        return (filled(a), filled(b))
    }

    /// The axes over which the gradients of two broadcast operands are summed.
    private static func reducedAxes(_ call: NodeCall) throws -> [AnyTensor] {
        let (first, second) = (try call.tensor(0), try call.tensor(1))
        let none = AnyTensor.vector([], first.dtype)
        if first == second { return [none, none] }
        if let known = first.knownIntegers, known == second.knownIntegers { return [none, none] }
        let (a, b) = try aligned(call)
        let rank = a.shape[0] ?? 0
        var axes: ([Int], [Int]) = ([], [])
        for axis in 0..<rank {
            let sizes = (a.element(axis, axis: 0), b.element(axis, axis: 0))
            switch (sizes.0.knownIntegers?.first, sizes.1.knownIntegers?.first) {
            case (let x?, let y?):
                if x == 1 { axes.0.append(axis) }
                if y == 1 { axes.1.append(axis) }
            // Where the other size is 1, too, the sum over it changes nothing, whether it is made or not.
            case (1?, nil): axes.0.append(axis)
            case (nil, 1?): axes.1.append(axis)
            case (nil, nil) where sizes.0 == sizes.1: continue
            default: return [a, b].map { ones(in: $0, first.dtype) }
            }
        }
        return [.vector(axes.0, first.dtype), .vector(axes.1, first.dtype)]
    }

    private static func ones(in sizes: AnyTensor, _ dtype: DType) -> AnyTensor {
        let isOne = AnyTensor.compare(.equal, sizes, .scalar(1, sizes.dtype))
        return isOne.nonZero().reshaped(to: [-1]).cast(to: dtype)
    }
}
