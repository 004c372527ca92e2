// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Computes with arrays at once: what `compute` builds from tensors that stand for them.
///
/// Everything that there is for tensors is there for arrays by this; the most common of it, operators
/// and functions of the same names, also directly (`try a * b + 1`).
///
/// ```swift
/// let p = try immediately(logits) { softmax($0[0]) }
/// ```
///
/// The first call with arrays of some types and shapes makes a plan (some 50 µs and more); later ones
/// find it, and take about two microseconds beside the work itself. What `compute` uses besides the
/// tensors that it is given becomes a constant of the plan: give what changes from call to call as an
/// array.
///
/// - Parameters:
///   - arrays: What is computed from.
///   - compute: A result from a tensor for each array. It may be called for each call, and should do
///     nothing else.
/// - Throws: `GraphError` when shapes or types do not fit, `RunError` when a kernel fails, and what
///   `compute` throws.
public func immediately(
    _ arrays: NDArray..., compute: ([AnyTensor]) throws -> AnyTensor
) throws -> NDArray {
    try ArrayComputation.results(arrays) { [try compute($0)] }[0]
}

/// Computes with arrays at once, in tensors of known element types.
///
/// ```swift
/// let y = try immediately(a, b) { (a: Tensor<Float>, b: Tensor<Float>) in softplus(a) * b }
/// ```
///
/// - Throws: as the form with untyped tensors; `GraphError` also when there are not as many arrays as
///   tensors, or one is of another element type than its tensor.
public func immediately<each Scalar, Result>(
    _ arrays: NDArray..., compute: (repeat Tensor<each Scalar>) throws -> Tensor<Result>
) throws -> NDArray {
    var types: [DType] = []
    repeat types.append((each Scalar).dtype)
    guard types == arrays.map(\.dtype) else {
        throw GraphError(
            operation: "immediately",
            reason:
                "it computes with tensors of \(types.map(\.description).joined(separator: ", ")), "
                + "but the arrays are of \(arrays.map(\.dtype.description).joined(separator: ", "))"
        )
    }
    return try ArrayComputation.results(arrays) { tensors in
        var rest = tensors[...]
        func next<S>(_: S.Type) -> Tensor<S> { Tensor(unchecked: rest.removeFirst()) }
        return [try compute(repeat next((each Scalar).self)).anyTensor]
    }[0]
}

/// What functions of arrays run on: one session for all, in which a plan is found by the nodes that
/// equal calls build.
package enum ArrayComputation {
    /// How many plans were compiled so far.
    package static var compilationCount: Int { session.compilationCount }

    /// Whether the nodes of a call's result are held for the next equal call.
    package static func holds(_ result: AnyTensor) -> Bool {
        kept.withLock { $0.contains(result) }
    }

    private static let session: Session = {
        var options = Session.Options()
        options.planLimit = 1024
        return Session(options)
    }()

    private struct Input: Hashable {
        var position: Int
        var type: ArrayType
    }

    /// The same tensors stand for arrays of the same types in all calls, so that equal calls build
    /// equal nodes.
    private static let inputs = Guarded<[Input: AnyTensor]>([:])
    private static let mostInputs = 4096

    private static func tensors(_ arrays: [NDArray]) -> [AnyTensor] {
        inputs.withLock { known in
            if known.count >= mostInputs { known.removeAll() }
            return arrays.enumerated().map { position, array in
                let input = Input(position: position, type: ArrayType(array.dtype, array.shape))
                if let tensor = known[input] { return tensor }
                let tensor = AnyTensor.placeholder(array.dtype, shape: Shape(array.shape))
                known[input] = tensor
                return tensor
            }
        }
    }

    /// - Parameter session: Where the draws of random numbers come from; nil for no draws.
    static func results(
        _ arrays: [NDArray], in session: Session? = nil,
        _ compute: ([AnyTensor]) throws -> [AnyTensor]
    ) throws -> [NDArray] {
        let tensors = tensors(arrays)
        let outputs = try compute(tensors)
        let feeds = zip(tensors, arrays).map { Feeds.Pair(tensor: $0, array: $1) }
        let results = try (session ?? Self.session).run(outputs, feeds, nil)
        if session == nil { keep(outputs) }
        return results
    }

    /// Nobody else holds the nodes of a call: the next equal one would build them again. Large constants,
    /// which calls may take from outside, are not held for them.
    private static func keep(_ outputs: [AnyTensor]) {
        kept.withLock { kept in
            if outputs.allSatisfy(kept.contains) || holdLargeConstants(outputs) { return }
            if kept.count >= mostInputs { kept.removeAll() }
            kept.formUnion(outputs)
        }
    }

    private static let mostConstantBytes = 4096

    private static func holdLargeConstants(_ outputs: [AnyTensor]) -> Bool {
        var bytes = 0
        GraphWalk.visit(outputs.map(\.node)) { node in
            if case .primitive(.constant(let value)) = node.op { bytes += value.array.byteCount }
            return node.dependencies
        }
        return bytes > mostConstantBytes
    }

    private static let kept = Guarded<Set<AnyTensor>>([])
}

extension NDArray {
    /// What a function of one tensor makes of the array.
    func computed(_ compute: (AnyTensor) throws -> AnyTensor) throws -> NDArray {
        try ArrayComputation.results([self]) { [try compute($0[0])] }[0]
    }

    /// What a function of two tensors makes of the array and another.
    func computed(
        _ other: NDArray, _ compute: (AnyTensor, AnyTensor) throws -> AnyTensor
    ) throws -> NDArray {
        try ArrayComputation.results([self, other]) { [try compute($0[0], $0[1])] }[0]
    }

    /// What a function of two tensors, element by element, makes of the array and an operand beside it.
    func combined(
        _ other: some ArrayOperand, _ compute: (AnyTensor, AnyTensor) throws -> AnyTensor
    ) throws -> NDArray {
        try computed(other.array(beside: self), compute)
    }
}
