// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What one of two functions builds, chosen when the graph runs by a scalar of `tf.bool`.
    public static func cond(
        _ pred: some TensorConvertible, _ true_fn: () throws -> some TensorConvertible,
        _ false_fn: () throws -> some TensorConvertible
    ) rethrows -> Tensor {
        try cond(pred, { [try true_fn().anyTensor] }, { [try false_fn().anyTensor] })[0]
    }

    /// What one of two functions builds, several tensors, chosen when the graph runs.
    public static func cond(
        _ pred: some TensorConvertible, _ true_fn: () throws -> [Tensor],
        _ false_fn: () throws -> [Tensor]
    ) rethrows -> [Tensor] {
        try Weft.cond(Weft.Tensor<Bool>(pred.anyTensor), then: true_fn, else: false_fn)
    }

    /// Repeats `body` on the loop's variables for as long as `cond` holds.
    public static func while_loop(
        _ cond: ([Tensor]) throws -> Tensor, _ body: ([Tensor]) throws -> [Tensor],
        _ loop_vars: [any TensorConvertible], shape_invariants: [Shape]? = nil,
        maximum_iterations: Int? = nil
    ) rethrows -> [Tensor] {
        try whileLoop(
            loop_vars.map(\.anyTensor), maximumIterations: maximum_iterations,
            shapeInvariants: shape_invariants,
            condition: { Weft.Tensor<Bool>(try cond($0)) }, body: body)
    }

    /// Where `condition` holds the elements of `x`, elsewhere those of `y`; both are computed.
    public static func `where`(
        _ condition: some TensorConvertible, _ x: some TensorConvertible,
        _ y: some TensorConvertible
    ) -> Tensor {
        select(condition.anyTensor, x.anyTensor, y.anyTensor)
    }

    // MARK: Comparisons

    /// Where `x < y`.
    public static func less(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        AnyTensor.compare(.less, x.anyTensor, y.anyTensor)
    }
    /// Where `x > y`.
    public static func greater(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        AnyTensor.compare(.greater, x.anyTensor, y.anyTensor)
    }
    /// Where `x == y`; NaN is equal to nothing.
    public static func equal(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        AnyTensor.compare(.equal, x.anyTensor, y.anyTensor)
    }
    /// True where `x` is false.
    public static func logical_not(_ x: some TensorConvertible) -> Tensor {
        AnyTensor.unary(.not, x.anyTensor)
    }

    // MARK: Networks

    /// Pieces of networks, as in `tf.nn`.
    public enum nn {
        /// `max(features, 0)`; NaN stays NaN.
        public static func relu(_ features: some TensorConvertible) -> Tensor {
            AnyTensor.unary(.relu, features.anyTensor)
        }

        /// Sets elements to zero and divides the others by `keep_prob`, the share that is kept.
        ///
        /// The draw belongs to the name and the input: built again, it is the same node.
        public static func dropout(
            _ x: some TensorConvertible, keep_prob: Double, name: String = "dropout"
        ) -> Tensor {
            Weft.dropout(x.anyTensor, rate: 1 - keep_prob, stream: name)
        }
    }
}
