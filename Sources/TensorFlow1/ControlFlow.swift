// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What one of two functions builds, chosen when the graph runs by a scalar of `tf.bool`.
    public static func cond<T: TensorConvertible, F: TensorConvertible>(
        _ pred: some TensorConvertible, _ true_fn: () throws -> T, _ false_fn: () throws -> F,
        name: String? = nil
    ) rethrows -> Tensor {
        try cond(
            pred, { [try true_fn().anyTensor] }, { [try false_fn().anyTensor] }, name: name)[0]
    }

    /// What one of two functions builds, several tensors, chosen when the graph runs.
    public static func cond(
        _ pred: some TensorConvertible, _ true_fn: () throws -> [Tensor],
        _ false_fn: () throws -> [Tensor], name: String? = nil
    ) rethrows -> [Tensor] {
        named(
            try Weft.cond(Weft.Tensor<Bool>(pred.anyTensor), then: true_fn, else: false_fn), name)
    }

    /// What one of two functions builds, chosen when the graph runs by a scalar of `tf.bool`.
    public static func cond<T: TensorConvertible, F: TensorConvertible>(
        _ pred: some TensorConvertible, true_fn: () throws -> T, false_fn: () throws -> F,
        name: String? = nil
    ) rethrows -> Tensor {
        try cond(pred, true_fn, false_fn, name: name)
    }

    /// What one of two functions builds, several tensors, chosen when the graph runs.
    public static func cond(
        _ pred: some TensorConvertible, true_fn: () throws -> [Tensor],
        false_fn: () throws -> [Tensor], name: String? = nil
    ) rethrows -> [Tensor] {
        try cond(pred, true_fn, false_fn, name: name)
    }

    /// What the function of the first condition that holds builds, or else `default`, or else the last.
    ///
    /// - Parameter exclusive: Whether more than one condition that holds fails the run.
    /// - Throws: what the functions throw.
    public static func `case`(
        _ pred_fn_pairs: [(Tensor, () throws -> Tensor)], default: (() throws -> Tensor)? = nil,
        exclusive: Bool = false, name: String? = nil
    ) throws -> Tensor {
        guard let last = `default` ?? pred_fn_pairs.last?.1 else {
            return .invalid("case", name, "there must be at least one condition")
        }
        var choose: () throws -> Tensor = last
        for (condition, body) in (`default` == nil ? pred_fn_pairs.dropLast() : pred_fn_pairs[...])
            .reversed()
        {
            let other = choose
            choose = { try cond(condition, body, other) }
        }
        let chosen = try choose()
        guard exclusive else { return named(chosen, name) }
        let count = add_n(pred_fn_pairs.map { cast($0.0, .int32) })
        return named(
            check(
                chosen, that: Weft.Tensor<Bool>(less_equal(count, 1)),
                "case: more than one condition holds"), name)
    }

    /// Repeats `body` on the loop's variables for as long as `cond` holds.
    ///
    /// - Parameters:
    ///   - shape_invariants: What is known of each variable's shape in all iterations.
    ///   - parallel_iterations: Accepted, as are `back_prop` and `swap_memory`: iterations follow one another.
    public static func while_loop(
        _ cond: ([Tensor]) throws -> Tensor, _ body: ([Tensor]) throws -> [Tensor],
        _ loop_vars: [any TensorOperand], shape_invariants: [Shape]? = nil,
        parallel_iterations: Int = 10, back_prop: Bool = true, swap_memory: Bool = false,
        name: String? = nil, maximum_iterations: Int? = nil
    ) rethrows -> [Tensor] {
        named(
            try whileLoop(
                loop_vars.map { $0.tensor(nil) }, maximumIterations: maximum_iterations,
                shapeInvariants: shape_invariants,
                condition: { Weft.Tensor<Bool>(try cond($0)) }, body: body), name)
    }

    /// Repeats `body` on one variable for as long as `cond` holds.
    public static func while_loop(
        _ cond: (Tensor) throws -> Tensor, _ body: (Tensor) throws -> Tensor,
        _ loop_var: some TensorOperand, name: String? = nil, maximum_iterations: Int? = nil
    ) rethrows -> Tensor {
        try while_loop(
            { try cond($0[0]) }, { [try body($0[0])] }, [loop_var], name: name,
            maximum_iterations: maximum_iterations)[0]
    }

    /// Repeats `body` on two variables for as long as `cond` holds.
    public static func while_loop(
        _ cond: (Tensor, Tensor) throws -> Tensor,
        _ body: (Tensor, Tensor) throws -> (Tensor, Tensor),
        _ loop_vars: (some TensorOperand, some TensorOperand), name: String? = nil,
        maximum_iterations: Int? = nil
    ) rethrows -> (Tensor, Tensor) {
        let results = try while_loop(
            { try cond($0[0], $0[1]) },
            { values in
                let (a, b) = try body(values[0], values[1])
                return [a, b]
            }, [loop_vars.0, loop_vars.1], name: name, maximum_iterations: maximum_iterations)
        return (results[0], results.last ?? results[0])
    }

    // MARK: Functions of slices

    /// What `fn` gives for each part of `elems` along the first axis, along a first axis.
    public static func map_fn(
        _ fn: (Tensor) throws -> Tensor, _ elems: some TensorOperand, dtype: DType? = nil,
        parallel_iterations: Int = 10, back_prop: Bool = true, name: String? = nil
    ) rethrows -> Tensor {
        named(
            try Weft.scan(over: [elems.tensor(nil)]) { _, slices in
                (carries: [], outputs: [try fn(slices[0])])
            }.outputs, name)[0]
    }

    /// What `fn` gives for the parts of several tensors along their first axes, along first axes.
    public static func map_fn(
        _ fn: ([Tensor]) throws -> [Tensor], _ elems: [any TensorOperand], dtype: [DType]? = nil,
        parallel_iterations: Int = 10, back_prop: Bool = true, name: String? = nil
    ) rethrows -> [Tensor] {
        named(
            try Weft.scan(over: elems.map { $0.tensor(nil) }) { _, slices in
                (carries: [], outputs: try fn(slices))
            }.outputs, name)
    }

    /// The value that `fn` carries over the parts of `elems` from the first to the last, which starts from
    /// `initializer`, or else from the first part.
    public static func foldl(
        _ fn: (Tensor, Tensor) throws -> Tensor, _ elems: some TensorOperand,
        initializer: (any TensorOperand)? = nil, name: String? = nil
    ) rethrows -> Tensor {
        try folded(fn, elems.tensor(nil), initializer, isReversed: false, name).last
    }

    /// The value that `fn` carries over the parts of `elems` from the last to the first.
    public static func foldr(
        _ fn: (Tensor, Tensor) throws -> Tensor, _ elems: some TensorOperand,
        initializer: (any TensorOperand)? = nil, name: String? = nil
    ) rethrows -> Tensor {
        try folded(fn, elems.tensor(nil), initializer, isReversed: true, name).last
    }

    /// All values that `fn` carries over the parts of `elems`, along a first axis.
    public static func scan(
        _ fn: (Tensor, Tensor) throws -> Tensor, _ elems: some TensorOperand,
        initializer: (any TensorOperand)? = nil, reverse: Bool = false, name: String? = nil
    ) rethrows -> Tensor {
        try folded(fn, elems.tensor(nil), initializer, isReversed: reverse, name).all
    }

    private static func folded(
        _ fn: (Tensor, Tensor) throws -> Tensor, _ elems: Tensor,
        _ initializer: (any TensorOperand)?, isReversed: Bool, _ name: String?
    ) rethrows -> (last: Tensor, all: Tensor) {
        var (rest, first) = (elems, initializer?.tensor(nil))
        var start: Tensor?
        if first == nil {
            start = elems[isReversed ? -1 : 0]
            first = start
            rest = isReversed ? elems[..<(-1)] : elems[1...]
        }
        let carried = first ?? elems
        let results = try Weft.scan(over: [rest], initial: [carried], isReversed: isReversed) {
            let next = try fn($0[0], $1[0])
            return (carries: [next], outputs: [next])
        }
        var all = results.outputs[0]
        if let start {
            let head = expand_dims(start, 0)
            all = isReversed ? concat([all, head], 0) : concat([head, all], 0)
        }
        return (named(results.carries[0], name), named(all, name))
    }
}
