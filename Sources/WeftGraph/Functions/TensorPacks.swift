// SPDX-License-Identifier: Apache-2.0

/// The tensors of a pack in an array.
func tensors<each Value: GraphValue>(_ pack: repeat each Value) -> [AnyTensor] {
    var result: [AnyTensor] = []
    repeat result.append((each pack).anyTensor)
    return result
}

/// Hands out an array's tensors one after the other, typed. Where there are too few it gives the last
/// one, which carries the error that explains it.
struct TensorReader {
    private let tensors: [AnyTensor]
    private var position = 0

    init(_ tensors: [AnyTensor]) { self.tensors = tensors }

    mutating func read<Scalar: TensorScalar>(_: Scalar.Type) -> Tensor<Scalar> { Tensor(next()) }

    mutating func read<Value: GraphValue>(like other: Value) -> Value {
        Value(next(), like: other)
    }

    private mutating func next() -> AnyTensor {
        defer { position += 1 }
        guard !tensors.isEmpty else {
            return .invalid("region", nil, "its body gives nothing where a value is wanted")
        }
        return tensors[min(position, tensors.count - 1)]
    }
}
