// SPDX-License-Identifier: Apache-2.0

/// Movement of elements. Axes may be negative: they count from the end. What does not fit makes a
/// tensor that carries an error.
extension Tensor {
    /// The elements, in row-major order, under other dimensions.
    ///
    /// - Parameter shape: The new dimensions; one of them may be −1 and is what remains. None of the
    ///   others is 0 then: what remains of no elements could be anything.
    public func reshaped(to shape: [Int]) -> Tensor {
        Tensor(unchecked: anyTensor.reshaped(to: shape))
    }

    /// The elements under the dimensions of another tensor.
    public func reshaped<Other: TensorScalar>(like other: Tensor<Other>) -> Tensor {
        Tensor(unchecked: anyTensor.reshaped(like: other.anyTensor))
    }

    /// The axes from `first` to `last` as one.
    ///
    /// - Shape: [n, h, w, c] → [n · h · w · c], or [n, h · w · c] from axis 1.
    public func flattened(from first: Int = 0, through last: Int = -1) -> Tensor {
        Tensor(unchecked: anyTensor.flattened(from: first, through: last))
    }

    /// With its axes in another order, in reverse when none is given.
    ///
    /// - Shape: axis i of the result is axis `permutation[i]` of the tensor.
    public func transposed(permutation: [Int]? = nil) -> Tensor {
        Tensor(unchecked: anyTensor.transposed(permutation: permutation))
    }

    /// With one axis moved to another place; the rest keep their order.
    public func movingAxis(from source: Int, to destination: Int) -> Tensor {
        Tensor(unchecked: anyTensor.movedAxis(from: source, to: destination))
    }

    /// With two axes exchanged.
    public func swappingAxes(_ a: Int, _ b: Int) -> Tensor {
        Tensor(unchecked: anyTensor.swappedAxes(a, b))
    }

    /// With a new axis of size 1 at this place of the result.
    ///
    /// - Shape: [a, b] → [1, a, b] at 0, [a, b, 1] at −1.
    public func expandingDimension(at axis: Int) -> Tensor {
        Tensor(unchecked: anyTensor.expandingDimensions(at: [axis]))
    }

    /// With new axes of size 1 at these places of the result.
    public func expandingDimensions(at axes: [Int]) -> Tensor {
        Tensor(unchecked: anyTensor.expandingDimensions(at: axes))
    }

    /// Without the given axes, which must be of size 1; without all such when none are given.
    public func squeezed(axes: [Int]? = nil) -> Tensor {
        Tensor(unchecked: anyTensor.squeezed(axes: axes))
    }

    /// Repeated to other dimensions as NumPy does it: axes are aligned at the end, and an axis of
    /// size 1 is repeated.
    ///
    /// - Parameter shape: The new dimensions; −1 for that of the tensor itself.
    public func broadcasted(to shape: [Int]) -> Tensor {
        Tensor(unchecked: anyTensor.broadcasted(to: shape))
    }

    /// Repeated to the dimensions of another tensor.
    public func broadcasted<Other: TensorScalar>(like other: Tensor<Other>) -> Tensor {
        Tensor(unchecked: anyTensor.broadcast(like: other.anyTensor))
    }

    /// Put side by side with itself, `multiples[i]` times along axis i.
    ///
    /// - Shape: [a, b] → [a · multiples[0], b · multiples[1]].
    public func tiled(by multiples: [Int]) -> Tensor {
        Tensor(unchecked: anyTensor.tiled(multiples))
    }

    /// With each element `count` times in a row along an axis.
    public func repeated(_ count: Int, axis: Int) -> Tensor {
        Tensor(unchecked: anyTensor.repeated(count, axis: axis))
    }

    /// With the order of the elements reversed along the given axes, along all when none are given.
    public func reversed(axes: [Int]? = nil) -> Tensor {
        Tensor(unchecked: anyTensor.reversedAxes(axes))
    }

    /// With the elements moved along an axis; what leaves at one end comes in at the other.
    public func rolled(by shift: Int, axis: Int) -> Tensor {
        Tensor(unchecked: anyTensor.rolled(by: shift, axis: axis))
    }

    /// The tensor as many tensors, one for each index of an axis, which goes away.
    ///
    /// The axis must have a known size of at most 1,048,576; else there is one tensor, with an error.
    public func unstacked(axis: Int = 0) -> [Tensor] {
        anyTensor.unstacked(axis: axis).map { Tensor(unchecked: $0) }
    }

    /// The tensor cut into equal parts along an axis of known size.
    ///
    /// What cannot be cut gives as many tensors with an error, at least one and at most 1,048,576,
    /// which is also the most parts there may be.
    public func split(into count: Int, axis: Int = 0) -> [Tensor] {
        anyTensor.split(count: count, axis: axis).map { Tensor(unchecked: $0) }
    }

    /// The tensor cut into parts of the given sizes along an axis; as many tensors with an error when
    /// the sizes do not fit.
    public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
        anyTensor.split(sizes: sizes, axis: axis).map { Tensor(unchecked: $0) }
    }
}

/// The tensors one after the other along an axis; their other dimensions must be equal.
///
/// - Shape: [a, n], [b, n] → [a + b, n] along axis 0.
public func concatenated<T: TensorScalar>(_ tensors: [Tensor<T>], axis: Int = 0) -> Tensor<T> {
    Tensor(unchecked: concatenated(tensors.map(\.anyTensor), axis: axis))
}

/// The tensors one after the other along an axis; their other dimensions must be equal.
///
/// - Shape: [a, n], [b, n] → [a + b, n] along axis 0.
public func concatenated(_ tensors: [AnyTensor], axis: Int = 0) -> AnyTensor {
    .composed("concatenate", tensors) {
        guard let first = tensors.first else {
            throw RuleViolation("there is nothing to concatenate")
        }
        let ranked = tensors.first { $0.shape.rank != nil } ?? first
        return .concatenated(tensors, axis: try ranked.resolvedAxis(axis))
    }
}

/// Tensors of one shape along a new axis.
///
/// - Shape: k times [a, b] → [k, a, b] for axis 0.
public func stacked<T: TensorScalar>(_ tensors: [Tensor<T>], axis: Int = 0) -> Tensor<T> {
    Tensor(unchecked: .stacked(tensors.map(\.anyTensor), axis: axis))
}
