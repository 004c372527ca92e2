// SPDX-License-Identifier: Apache-2.0

/// The tensors of a pack in an array.
func tensors<each Value: GraphValue>(_ pack: repeat each Value) -> [AnyTensor] {
    var result: [AnyTensor] = []
    repeat result.append((each pack).anyTensor)
    return result
}

/// What is known of the lists of a pack; nil for tensors.
func listTypes<each Value: GraphValue>(_ pack: repeat each Value) -> [ListType?] {
    var result: [ListType?] = []
    repeat result.append((each pack).listType)
    return result
}

/// Hands out an array's tensors one after the other, typed. Where there are too few it gives the last
/// one, which carries the error that explains it.
struct TensorReader {
    private let tensors: [AnyTensor]
    private let listTypes: [ListType?]
    private var position = 0

    /// - Parameter listTypes: What is known of those that are lists.
    init(_ tensors: [AnyTensor], listTypes: [ListType?] = []) {
        self.tensors = tensors
        self.listTypes = listTypes
    }

    mutating func read<Scalar: TensorScalar>(_: Scalar.Type) -> Tensor<Scalar> { Tensor(next()) }

    mutating func read<Value: GraphValue>(like other: Value) -> Value {
        let type = position < listTypes.count ? listTypes[position] : nil
        return Value(next(), like: other, listType: type)
    }

    private mutating func next() -> AnyTensor {
        defer { position += 1 }
        guard !tensors.isEmpty else {
            return .invalid("region", nil, "its body gives nothing where a value is wanted")
        }
        return tensors[min(position, tensors.count - 1)]
    }
}
