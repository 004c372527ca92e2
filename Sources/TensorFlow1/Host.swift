// SPDX-License-Identifier: Apache-2.0
public import Weft

/// What a run does beside computing: messages, checks, calls of the program's own functions.
extension tf {
    /// `input`; wherever it is computed, the values of `data` are given to the run's owner, each under
    /// `message`: `Session.Options.emissionHandler` logs them unless told otherwise. TensorFlow prints them
    /// while the run goes on; here they come when it has succeeded.
    public static func Print(
        _ input: some TensorOperand, _ data: [any TensorConvertible], message: String = "",
        first_n: Int? = nil, summarize: Int? = nil, name: String? = nil
    ) -> Tensor {
        named(input.tensor(nil).after(data.map { emit($0.anyTensor, as: message) }), name)
    }
    /// The same with the message unlabelled.
    public static func Print(
        _ input: some TensorOperand, _ data: [any TensorConvertible], _ message: String,
        first_n: Int? = nil, summarize: Int? = nil
    ) -> Tensor {
        Print(input, data, message: message)
    }

    /// An operation that fails the run unless `condition` holds for all elements.
    public static func Assert(
        _ condition: some TensorOperand, _ data: [any TensorOperand], summarize: Int? = nil,
        name: String? = nil
    ) -> Operation {
        asserted(condition.tensor(nil), "assertion failed: \(data.map { "\($0)" })", name)
    }

    private static func asserted(
        _ condition: AnyTensor, _ message: String, _ name: String?
    ) -> Operation {
        let all = reduce_all(condition)
        return Operation(
            check(all, that: Weft.Tensor<Bool>(all), message), name: name ?? "Assert")
    }

    /// An operation that fails the run unless `x` is `y`.
    public static func assert_equal(
        _ x: some TensorOperand, _ y: some TensorOperand, message: String? = nil,
        name: String? = nil
    ) -> Operation {
        asserted(equal(x, y), message ?? "Condition x == y did not hold", name)
    }
    /// An operation that fails the run unless `x` is at most `y`.
    public static func assert_less_equal(
        _ x: some TensorOperand, _ y: some TensorOperand, message: String? = nil,
        name: String? = nil
    ) -> Operation {
        asserted(less_equal(x, y), message ?? "Condition x <= y did not hold", name)
    }
    /// An operation that fails the run unless `x` is less than `y`.
    public static func assert_less(
        _ x: some TensorOperand, _ y: some TensorOperand, message: String? = nil,
        name: String? = nil
    ) -> Operation {
        asserted(less(x, y), message ?? "Condition x < y did not hold", name)
    }
    /// An operation that fails the run unless `x` is greater than `y`.
    public static func assert_greater(
        _ x: some TensorOperand, _ y: some TensorOperand, message: String? = nil,
        name: String? = nil
    ) -> Operation {
        asserted(greater(x, y), message ?? "Condition x > y did not hold", name)
    }
    /// An operation that fails the run unless all elements are above 0.
    public static func assert_positive(
        _ x: some TensorOperand, message: String? = nil, name: String? = nil
    ) -> Operation {
        asserted(greater(x, 0), message ?? "Condition x > 0 did not hold", name)
    }
    /// Nothing to run: the rank is known when the graph is built, or else a run fails by its shapes.
    ///
    /// - Throws: `GraphError` when the rank is known and another.
    public static func assert_rank(
        _ x: some TensorOperand, _ rank: Int, message: String? = nil, name: String? = nil
    ) throws -> Operation {
        let x = x.tensor(nil)
        if let own = x.shape.rank, own != rank {
            throw GraphError(
                operation: "assert_rank",
                reason: "\(message ?? "the tensor") must have rank \(rank), not \(own): \(x.type)")
        }
        return no_op(name: name)
    }

    /// What a function of the program gives for the values of tensors in a run. No gradient flows through it.
    ///
    /// - Parameters:
    ///   - func: From one array for each input to one for each type in `Tout`.
    ///   - shapes: The results' shapes, which must be known when the graph is run.
    ///   - stateful: Whether each call counts.
    public static func py_func(
        _ func: @escaping @Sendable ([NDArray]) throws -> [NDArray], _ inp: [any TensorOperand],
        _ Tout: [DType], shapes: [Shape]? = nil, stateful: Bool = true, name: String? = nil
    ) -> [Tensor] {
        let shapes = shapes ?? Tout.map { _ in inp.first?.tensor(nil).shape ?? .scalar }
        guard shapes.count == Tout.count else {
            return [.invalid("py_func", name, "there must be as many shapes as types")]
        }
        let results = zip(Tout, shapes).map { dtype, shape in
            HostResult.array(dtype) { _ in shape }
        }
        let function = HostFunction(
            name ?? "PyFunc", results: results, isStateful: stateful, `func`)
        return named(hostCall(function, inp.map { $0.tensor(nil) }), name)
    }

    /// What a function of the program gives for the values of tensors in a run: one result, of the first
    /// operand's shape unless another is said.
    public static func py_func(
        _ func: @escaping @Sendable ([NDArray]) throws -> NDArray, _ inp: [any TensorOperand],
        _ Tout: DType, shape: Shape? = nil, stateful: Bool = true, name: String? = nil
    ) -> Tensor {
        py_func(
            { [try `func`($0)] }, inp, [Tout], shapes: shape.map { [$0] }, stateful: stateful,
            name: name)[0]
    }
}
