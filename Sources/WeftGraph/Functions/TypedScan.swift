// SPDX-License-Identifier: Apache-2.0

// The typed forms of `scan`: over any number of sequences, with one or two carried values, and one
// output or a tuple of several. (A closure that takes a tuple of a pack ends the compiler, 6.3, so that
// carried values are no pack; more than two have the form without types.)

/// A loop over the first axis of `sequences`, which carries a value from one slice to the next and
/// stacks what it returns for each.
///
/// ```swift
/// let (total, running) = scan(over: x, initial: 0) { sum, x in (sum + x, sum + x) }
/// ```
///
/// - Parameter body: From the carried value and one slice of each sequence, the next carried value,
///   in its shape, and one slice of the output.
/// - Returns: The carried value after the last slice, and the outputs along a new first axis.
public func scan<each Element, Carry, Output>(
    over sequences: repeat Tensor<each Element>, initial: Tensor<Carry>, isReversed: Bool = false,
    body: (_ carry: Tensor<Carry>, _ slices: repeat Tensor<each Element>) throws -> (
        Tensor<Carry>, Tensor<Output>
    )
) rethrows -> (carry: Tensor<Carry>, outputs: Tensor<Output>) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences), initial: [initial.anyTensor], isReversed: isReversed
    ) { carries, slices in
        var slice = TensorReader(slices)
        let (carry, output) = try body(
            Tensor(carries[0]), repeat slice.read((each Element).self))
        return ([carry.anyTensor], [output.anyTensor])
    }
    return (Tensor(carries[0]), Tensor(outputs[0]))
}

/// A loop over the first axis of `sequences` with one carried value and several outputs.
///
/// ```swift
/// let (sum, (sums, squares)) = scan(over: x, initial: 0) { sum, x in
///     (sum + x, (sum + x, x * x))
/// }
/// ```
///
/// - Parameter body: From the carried value and one slice of each sequence, the next carried value,
///   in its shape, and one slice of each output.
/// - Returns: The carried value after the last slice, and the outputs along a new first axis.
public func scan<each Element, Carry, each Output>(
    over sequences: repeat Tensor<each Element>, initial: Tensor<Carry>, isReversed: Bool = false,
    body: (_ carry: Tensor<Carry>, _ slices: repeat Tensor<each Element>) throws -> (
        Tensor<Carry>, (repeat Tensor<each Output>)
    )
) rethrows -> (
    carry: Tensor<Carry>, outputs: (repeat Tensor<each Output>)
) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences), initial: [initial.anyTensor], isReversed: isReversed
    ) { carries, slices in
        var slice = TensorReader(slices)
        let (carry, outputs) = try body(
            Tensor(carries[0]), repeat slice.read((each Element).self))
        return ([carry.anyTensor], tensors(repeat each outputs))
    }
    var output = TensorReader(outputs)
    return (Tensor(carries[0]), (repeat output.read((each Output).self)))
}

/// A loop over the first axis of `sequences` with two carried values and one output.
///
/// ```swift
/// let ((_, cell), outputs) = scan(over: x, initial: zero, zero) { hidden, cell, x in
///     let next = lstm(x, hidden, cell)
///     return ((next.hidden, next.cell), next.hidden)
/// }
/// ```
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of the output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ slices: repeat Tensor<each Element>
    ) throws -> ((Tensor<First>, Tensor<Second>), Tensor<Output>)
) rethrows -> (carry: (Tensor<First>, Tensor<Second>), outputs: Tensor<Output>) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences), initial: [first.anyTensor, second.anyTensor],
        isReversed: isReversed
    ) { carries, slices in
        var slice = TensorReader(slices)
        let (next, output) = try body(
            Tensor(carries[0]), Tensor(carries[1]), repeat slice.read((each Element).self))
        return (tensors(next.0, next.1), [output.anyTensor])
    }
    return ((Tensor(carries[0]), Tensor(carries[1])), Tensor(outputs[0]))
}

/// A loop over the first axis of `sequences` with two carried values and several outputs.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, each Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ slices: repeat Tensor<each Element>
    ) throws -> ((Tensor<First>, Tensor<Second>), (repeat Tensor<each Output>))
) rethrows -> (
    carry: (Tensor<First>, Tensor<Second>), outputs: (repeat Tensor<each Output>)
) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences), initial: [first.anyTensor, second.anyTensor],
        isReversed: isReversed
    ) { carries, slices in
        var slice = TensorReader(slices)
        let (next, outputs) = try body(
            Tensor(carries[0]), Tensor(carries[1]), repeat slice.read((each Element).self))
        return (tensors(next.0, next.1), tensors(repeat each outputs))
    }
    var output = TensorReader(outputs)
    return (
        (Tensor(carries[0]), Tensor(carries[1])), (repeat output.read((each Output).self))
    )
}
