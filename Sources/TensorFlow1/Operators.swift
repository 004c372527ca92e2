// SPDX-License-Identifier: Apache-2.0
public import Weft

// Numbers that a program has in variables, and variables of the graph, as operands beside tensors.

extension AnyTensor {
    /// a + b.
    @_disfavoredOverload
    public static func + (a: AnyTensor, b: Int) -> AnyTensor { a + b.tensor(a.dtype) }
    /// a + b.
    @_disfavoredOverload
    public static func + (a: Int, b: AnyTensor) -> AnyTensor { a.tensor(b.dtype) + b }
    /// a − b.
    @_disfavoredOverload
    public static func - (a: AnyTensor, b: Int) -> AnyTensor { a - b.tensor(a.dtype) }
    /// a − b.
    @_disfavoredOverload
    public static func - (a: Int, b: AnyTensor) -> AnyTensor { a.tensor(b.dtype) - b }
    /// a · b.
    @_disfavoredOverload
    public static func * (a: AnyTensor, b: Int) -> AnyTensor { a * b.tensor(a.dtype) }
    /// a · b.
    @_disfavoredOverload
    public static func * (a: Int, b: AnyTensor) -> AnyTensor { a.tensor(b.dtype) * b }
    /// a / b; of integers truncated toward zero.
    @_disfavoredOverload
    public static func / (a: AnyTensor, b: Int) -> AnyTensor { a / b.tensor(a.dtype) }
    /// a / b; of integers truncated toward zero.
    @_disfavoredOverload
    public static func / (a: Int, b: AnyTensor) -> AnyTensor { a.tensor(b.dtype) / b }
}

extension AnyTensor {
    /// a + b, of numbers of b's type.
    public static func + (a: NDArray, b: AnyTensor) -> AnyTensor { b.beside(a) + b }
    /// a + b, of numbers of a's type.
    public static func + (a: AnyTensor, b: NDArray) -> AnyTensor { a + a.beside(b) }
    /// a − b, of numbers of b's type.
    public static func - (a: NDArray, b: AnyTensor) -> AnyTensor { b.beside(a) - b }
    /// a − b, of numbers of a's type.
    public static func - (a: AnyTensor, b: NDArray) -> AnyTensor { a - a.beside(b) }
    /// a · b, of numbers of b's type.
    public static func * (a: NDArray, b: AnyTensor) -> AnyTensor { b.beside(a) * b }
    /// a · b, of numbers of a's type.
    public static func * (a: AnyTensor, b: NDArray) -> AnyTensor { a * a.beside(b) }
    /// a / b, of numbers of b's type.
    public static func / (a: NDArray, b: AnyTensor) -> AnyTensor { b.beside(a) / b }
    /// a / b, of numbers of a's type.
    public static func / (a: AnyTensor, b: NDArray) -> AnyTensor { a / a.beside(b) }

    /// Numbers of the program as a constant of this tensor's type, as TensorFlow converts them.
    private func beside(_ array: NDArray) -> AnyTensor {
        let constant = AnyTensor(array)
        return array.dtype == dtype || error != nil ? constant : constant.cast(to: dtype)
    }
}

extension tf.Variable {
    private static func combine(
        _ a: any TensorOperand, _ b: any TensorOperand, _ body: (AnyTensor, AnyTensor) -> AnyTensor
    ) -> AnyTensor {
        let (a, b) = tf.pair(a, b)
        return body(a, b)
    }

    /// a + b.
    public static func + (a: Self, b: Self) -> AnyTensor { a.anyTensor + b.anyTensor }
    /// a + b.
    public static func + (a: Self, b: some TensorOperand) -> AnyTensor { combine(a, b, +) }
    /// a + b.
    public static func + (a: some TensorOperand, b: Self) -> AnyTensor { combine(a, b, +) }
    /// a − b.
    public static func - (a: Self, b: Self) -> AnyTensor { a.anyTensor - b.anyTensor }
    /// a − b.
    public static func - (a: Self, b: some TensorOperand) -> AnyTensor { combine(a, b, -) }
    /// a − b.
    public static func - (a: some TensorOperand, b: Self) -> AnyTensor { combine(a, b, -) }
    /// a · b.
    public static func * (a: Self, b: Self) -> AnyTensor { a.anyTensor * b.anyTensor }
    /// a · b.
    public static func * (a: Self, b: some TensorOperand) -> AnyTensor { combine(a, b, *) }
    /// a · b.
    public static func * (a: some TensorOperand, b: Self) -> AnyTensor { combine(a, b, *) }
    /// a / b; of integers truncated toward zero.
    public static func / (a: Self, b: Self) -> AnyTensor { a.anyTensor / b.anyTensor }
    /// a / b; of integers truncated toward zero.
    public static func / (a: Self, b: some TensorOperand) -> AnyTensor { combine(a, b, /) }
    /// a / b; of integers truncated toward zero.
    public static func / (a: some TensorOperand, b: Self) -> AnyTensor { combine(a, b, /) }
    /// −a.
    public static prefix func - (a: Self) -> AnyTensor { -a.anyTensor }

    /// A part of the value: see the subscript of tensors.
    public subscript(ranges: any TensorRangeExpression...) -> AnyTensor {
        anyTensor.sliced(ranges.map(\.tensorRange))
    }
}

// MARK: Comparisons

extension AnyTensor {
    /// Where a is less than b.
    public static func < (a: AnyTensor, b: AnyTensor) -> AnyTensor { tf.less(a, b) }
    /// Where a is less than b.
    public static func < (a: AnyTensor, b: some TensorOperand) -> AnyTensor { tf.less(a, b) }
    /// Where a is less than b.
    public static func < (a: some TensorOperand, b: AnyTensor) -> AnyTensor { tf.less(a, b) }
    /// Where a is at most b.
    public static func <= (a: AnyTensor, b: AnyTensor) -> AnyTensor { tf.less_equal(a, b) }
    /// Where a is at most b.
    public static func <= (a: AnyTensor, b: some TensorOperand) -> AnyTensor { tf.less_equal(a, b) }
    /// Where a is at most b.
    public static func <= (a: some TensorOperand, b: AnyTensor) -> AnyTensor { tf.less_equal(a, b) }
    /// Where a is greater than b.
    public static func > (a: AnyTensor, b: AnyTensor) -> AnyTensor { tf.greater(a, b) }
    /// Where a is greater than b.
    public static func > (a: AnyTensor, b: some TensorOperand) -> AnyTensor { tf.greater(a, b) }
    /// Where a is greater than b.
    public static func > (a: some TensorOperand, b: AnyTensor) -> AnyTensor { tf.greater(a, b) }
    /// Where a is at least b.
    public static func >= (a: AnyTensor, b: AnyTensor) -> AnyTensor { tf.greater_equal(a, b) }
    /// Where a is at least b.
    public static func >= (a: AnyTensor, b: some TensorOperand) -> AnyTensor {
        tf.greater_equal(a, b)
    }
    /// Where a is at least b.
    public static func >= (a: some TensorOperand, b: AnyTensor) -> AnyTensor {
        tf.greater_equal(a, b)
    }

    /// The part of the first axis at a position that a run says.
    public subscript(index: AnyTensor) -> AnyTensor { tf.gather(self, index) }
}

extension tf.Variable {
    /// Where a is less than b.
    public static func < (a: Self, b: some TensorOperand) -> AnyTensor { tf.less(a, b) }
    /// Where a is at most b.
    public static func <= (a: Self, b: some TensorOperand) -> AnyTensor { tf.less_equal(a, b) }
    /// Where a is greater than b.
    public static func > (a: Self, b: some TensorOperand) -> AnyTensor { tf.greater(a, b) }
    /// Where a is at least b.
    public static func >= (a: Self, b: some TensorOperand) -> AnyTensor { tf.greater_equal(a, b) }
}
