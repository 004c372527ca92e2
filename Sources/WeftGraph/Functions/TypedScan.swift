// SPDX-License-Identifier: Apache-2.0

// The typed forms of `scan`: over any number of sequences, with one to four carried values, and one
// output or a tuple of several. (A closure that takes a tuple of a pack ends the compiler, 6.3, so that
// carried values are no pack; more than four have the form without types.)

/// `scan`, its body reading what it is given in order.
private func scan(
    _ sequences: [AnyTensor], _ initial: [AnyTensor], _ isReversed: Bool,
    _ body: (_ carries: inout TensorReader, _ slices: inout TensorReader) throws -> (
        [AnyTensor], [AnyTensor]
    )
) rethrows -> (carries: TensorReader, outputs: TensorReader) {
    let (carries, outputs) = try scan(over: sequences, initial: initial, isReversed: isReversed) {
        var (carries, slices) = (TensorReader($0), TensorReader($1))
        return try body(&carries, &slices)
    }
    return (TensorReader(carries), TensorReader(outputs))
}

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
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(initial), isReversed
    ) { c, s in
        let (next, outputs) = try body(c.read(Carry.self), repeat s.read((each Element).self))
        return (tensors(next), tensors(outputs))
    }
    return (carries.read(Carry.self), outputs.read(Output.self))
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
) rethrows -> (carry: Tensor<Carry>, outputs: (repeat Tensor<each Output>)) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(initial), isReversed
    ) { c, s in
        let (next, outputs) = try body(c.read(Carry.self), repeat s.read((each Element).self))
        return (tensors(next), tensors(repeat each outputs))
    }
    return (carries.read(Carry.self), (repeat outputs.read((each Output).self)))
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
    body: (_ first: Tensor<First>, _ second: Tensor<Second>, _ slices: repeat Tensor<each Element>)
        throws -> (
            (Tensor<First>, Tensor<Second>), Tensor<Output>
        )
) rethrows -> (carry: (Tensor<First>, Tensor<Second>), outputs: Tensor<Output>) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), repeat s.read((each Element).self))
        return (tensors(next.0, next.1), tensors(outputs))
    }
    return ((carries.read(First.self), carries.read(Second.self)), outputs.read(Output.self))
}

/// A loop over the first axis of `sequences` with two carried values and several outputs.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, each Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, isReversed: Bool = false,
    body: (_ first: Tensor<First>, _ second: Tensor<Second>, _ slices: repeat Tensor<each Element>)
        throws -> (
            (Tensor<First>, Tensor<Second>), (repeat Tensor<each Output>)
        )
) rethrows -> (carry: (Tensor<First>, Tensor<Second>), outputs: (repeat Tensor<each Output>)) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), repeat s.read((each Element).self))
        return (tensors(next.0, next.1), tensors(repeat each outputs))
    }
    return (
        (carries.read(First.self), carries.read(Second.self)),
        (repeat outputs.read((each Output).self))
    )
}

/// A loop over the first axis of `sequences` with three carried values and one output.
///
/// ```swift
/// let ((_, _, count), outputs) = scan(over: x, mask, initial: zero, zero, none) {
///     hidden, cell, count, x, isPresent in
///     let next = lstm(x, hidden, cell)
///     let (h, c) = (select(isPresent, next.hidden, hidden), select(isPresent, next.cell, cell))
///     return ((h, c, count + isPresent.cast(to: Int32.self)), h)
/// }
/// ```
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of the output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, Third, Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, _ third: Tensor<Third>, isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ third: Tensor<Third>,
        _ slices: repeat Tensor<each Element>
    ) throws -> (
        (Tensor<First>, Tensor<Second>, Tensor<Third>), Tensor<Output>
    )
) rethrows -> (carry: (Tensor<First>, Tensor<Second>, Tensor<Third>), outputs: Tensor<Output>) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second, third), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), c.read(Third.self),
            repeat s.read((each Element).self))
        return (tensors(next.0, next.1, next.2), tensors(outputs))
    }
    return (
        (carries.read(First.self), carries.read(Second.self), carries.read(Third.self)),
        outputs.read(Output.self)
    )
}

/// A loop over the first axis of `sequences` with three carried values and several outputs.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, Third, each Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, _ third: Tensor<Third>, isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ third: Tensor<Third>,
        _ slices: repeat Tensor<each Element>
    ) throws -> (
        (Tensor<First>, Tensor<Second>, Tensor<Third>), (repeat Tensor<each Output>)
    )
) rethrows -> (
    carry: (Tensor<First>, Tensor<Second>, Tensor<Third>), outputs: (repeat Tensor<each Output>)
) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second, third), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), c.read(Third.self),
            repeat s.read((each Element).self))
        return (tensors(next.0, next.1, next.2), tensors(repeat each outputs))
    }
    return (
        (carries.read(First.self), carries.read(Second.self), carries.read(Third.self)),
        (repeat outputs.read((each Output).self))
    )
}

/// A loop over the first axis of `sequences` with four carried values and one output.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of the output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, Third, Fourth, Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, _ third: Tensor<Third>, _ fourth: Tensor<Fourth>,
    isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ third: Tensor<Third>,
        _ fourth: Tensor<Fourth>, _ slices: repeat Tensor<each Element>
    ) throws -> (
        (Tensor<First>, Tensor<Second>, Tensor<Third>, Tensor<Fourth>), Tensor<Output>
    )
) rethrows -> (
    carry: (Tensor<First>, Tensor<Second>, Tensor<Third>, Tensor<Fourth>), outputs: Tensor<Output>
) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second, third, fourth), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), c.read(Third.self), c.read(Fourth.self),
            repeat s.read((each Element).self))
        return (tensors(next.0, next.1, next.2, next.3), tensors(outputs))
    }
    return (
        (
            carries.read(First.self), carries.read(Second.self), carries.read(Third.self),
            carries.read(Fourth.self)
        ), outputs.read(Output.self)
    )
}

/// A loop over the first axis of `sequences` with four carried values and several outputs.
///
/// - Parameter body: From the carried values and one slice of each sequence, the next carried
///   values, in their shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis.
public func scan<each Element, First, Second, Third, Fourth, each Output>(
    over sequences: repeat Tensor<each Element>, initial first: Tensor<First>,
    _ second: Tensor<Second>, _ third: Tensor<Third>, _ fourth: Tensor<Fourth>,
    isReversed: Bool = false,
    body: (
        _ first: Tensor<First>, _ second: Tensor<Second>, _ third: Tensor<Third>,
        _ fourth: Tensor<Fourth>, _ slices: repeat Tensor<each Element>
    ) throws -> (
        (Tensor<First>, Tensor<Second>, Tensor<Third>, Tensor<Fourth>), (repeat Tensor<each Output>)
    )
) rethrows -> (
    carry: (Tensor<First>, Tensor<Second>, Tensor<Third>, Tensor<Fourth>),
    outputs: (repeat Tensor<each Output>)
) {
    var (carries, outputs) = try scan(
        tensors(repeat each sequences), tensors(first, second, third, fourth), isReversed
    ) { c, s in
        let (next, outputs) = try body(
            c.read(First.self), c.read(Second.self), c.read(Third.self), c.read(Fourth.self),
            repeat s.read((each Element).self))
        return (tensors(next.0, next.1, next.2, next.3), tensors(repeat each outputs))
    }
    return (
        (
            carries.read(First.self), carries.read(Second.self), carries.read(Third.self),
            carries.read(Fourth.self)
        ), (repeat outputs.read((each Output).self))
    )
}
