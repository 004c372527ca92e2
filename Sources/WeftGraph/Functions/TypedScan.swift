// SPDX-License-Identifier: Apache-2.0

// The typed forms of `scan`. Sequences are a pack, and the body takes a slice of each; several
// carried values, and several outputs, are tuples. One carried value or output is no tuple and has a
// form of its own, since a tuple of a pack with one element ends the compiler (6.3) where a closure
// takes or returns it.

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

/// A loop over the first axis of `sequences` with several carried values and one output.
///
/// ```swift
/// let ((_, cell), outputs) = scan(over: x, initial: zero, zero) { state, x in
///     let next = lstm(x, state.0, state.1)
///     return ((next.hidden, next.cell), next.hidden)
/// }
/// ```
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of the output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, each Carry, Output>(
    over sequences: repeat Tensor<each Element>, initial: repeat Tensor<each Carry>,
    isReversed: Bool = false,
    body: (
        _ carries: (repeat Tensor<each Carry>),
        _ slices: repeat Tensor<each Element>
    ) throws -> ((repeat Tensor<each Carry>), Tensor<Output>)
) rethrows -> (
    carry: (repeat Tensor<each Carry>), outputs: Tensor<Output>
) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences),
        initial: tensors(repeat each initial), isReversed: isReversed
    ) { carries, slices in
        var (carry, slice) = (TensorReader(carries), TensorReader(slices))
        let (next, output) = try body(
            (repeat carry.read((each Carry).self)), repeat slice.read((each Element).self))
        return (tensors(repeat each next), [output.anyTensor])
    }
    var carry = TensorReader(carries)
    return (
        (repeat carry.read((each Carry).self)),
        Tensor(outputs[0])
    )
}

/// A loop over the first axis of `sequences` with several carried values and several outputs.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, each Carry, each Output>(
    over sequences: repeat Tensor<each Element>, initial: repeat Tensor<each Carry>,
    isReversed: Bool = false,
    body: (
        _ carries: (repeat Tensor<each Carry>),
        _ slices: repeat Tensor<each Element>
    ) throws -> (
        (repeat Tensor<each Carry>),
        (repeat Tensor<each Output>)
    )
) rethrows -> (
    carry: (repeat Tensor<each Carry>),
    outputs: (repeat Tensor<each Output>)
) {
    let (carries, outputs) = try scan(
        over: tensors(repeat each sequences),
        initial: tensors(repeat each initial), isReversed: isReversed
    ) { carries, slices in
        var (carry, slice) = (TensorReader(carries), TensorReader(slices))
        let (next, outputs) = try body(
            (repeat carry.read((each Carry).self)), repeat slice.read((each Element).self))
        return (tensors(repeat each next), tensors(repeat each outputs))
    }
    var (carry, output) = (TensorReader(carries), TensorReader(outputs))
    return (
        (repeat carry.read((each Carry).self)),
        (repeat output.read((each Output).self))
    )
}
