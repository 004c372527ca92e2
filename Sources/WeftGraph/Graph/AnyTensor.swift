// SPDX-License-Identifier: Apache-2.0

/// A tensor whose element type is known at run time: an output of a node.
///
/// Tensors are values of a few words; equal ones are the same computation.
public struct AnyTensor: Hashable, Sendable {
    package let node: Node
    package let index: Int

    package init(node: Node, index: Int) {
        self.node = node
        self.index = index
    }

    /// Element type and shape, as far as they are known.
    public var type: TensorType { node.types[index] }
    /// The type of the elements.
    public var dtype: DType { type.dtype }
    /// The dimensions, as far as they are known.
    public var shape: Shape { type.shape }
    /// Why the tensor is invalid, if it is: the first error among all it was made from.
    public var error: GraphError? { node.error }

    /// Whether both are the same node.
    public static func == (a: AnyTensor, b: AnyTensor) -> Bool {
        a.node === b.node && a.index == b.index
    }

    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(node.id)
        hasher.combine(index)
    }
}
