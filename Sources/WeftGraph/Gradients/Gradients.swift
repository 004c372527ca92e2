// SPDX-License-Identifier: Apache-2.0

/// What stands for a gradient that no path leads to.
public enum UnconnectedGradients: Hashable, Sendable {
    /// nil.
    case none
    /// Zeros of the tensor's shape.
    case zeros
}

/// The gradients of the sum of `ys`, weighted by `seeds`, with respect to each of `xs`.
///
/// For each x it is Σₖ Σᵢ seedₖᵢ · ∂yₖᵢ/∂x, as new tensors of the graph: nothing is computed yet,
/// and they can be differentiated again. An x may be any tensor, one inside the graph too, and
/// a variable's value. An x given twice gets its gradient twice; y with respect to itself is ones.
/// Equal constants are one tensor: the gradient with respect to one counts wherever its numbers are
/// used. What is to be told apart is fed, or a variable.
///
/// The gradient of a real y with respect to a complex x = a + bi is ∂y/∂a + i · ∂y/∂b, as in TensorFlow:
/// the direction in which y grows fastest, so that optimizers subtract it. The seed u + vi of a complex y
/// weights the real part by u and the imaginary part by v.
///
/// ```swift
/// let dy = try gradients(of: [y], withRespectTo: [w, b])
/// ```
///
/// - Parameters:
///   - ys: What is differentiated. Several are added; integers and bool have no gradient. A complex one
///     needs a seed.
///   - xs: With respect to what.
///   - seeds: A weight for every element of each y, in the y's type and shape; nil means ones. It
///     counts as constant, whatever it is made from.
///   - stops: Tensors that count as constants. One that is among `xs` still gets its gradient.
///   - unconnected: What an x gets that no y depends on differentiably, integers included.
/// - Returns: One gradient for each x, in its type and shape.
/// - Throws: `GraphError` when a tensor was built wrongly, seeds do not fit, or an operation on
///   the way has no gradient.
@_disfavoredOverload  // Arrays of one type of tensors belong to the next one.
public func gradients(
    of ys: [any TensorConvertible], withRespectTo xs: [any TensorConvertible],
    seeds: [(any TensorConvertible)?]? = nil, stoppingAt stops: [any TensorConvertible] = [],
    unconnected: UnconnectedGradients = .none
) throws -> [AnyTensor?] {
    let ys = ys.map(\.anyTensor)
    let xs = xs.map(\.anyTensor)
    let stops = stops.map(\.anyTensor)
    for tensor in ys + xs + stops { try tensor.validated() }
    if let seeds, seeds.count != ys.count {
        throw GraphError(
            operation: "gradients",
            reason: "there are \(seeds.count) seeds for \(ys.count) tensors to differentiate; "
                + "give one for each, nil for ones")
    }
    let weights = try ys.indices.map { try seed(seeds?[$0]?.anyTensor, of: ys[$0], at: $0) }
    let pass = ReversePass(ys: ys, xs: xs, stops: Set(stops))
    let results = try pass.gradients(seeds: weights)
    switch unconnected {
    case .none: return results
    case .zeros: return zip(results, xs).map { $0 ?? AnyTensor.zeros(like: $1) }
    }
}

/// The checked seed of a y; ones by default, nil for a y that has no gradient.
private func seed(_ seed: AnyTensor?, of y: AnyTensor, at index: Int) throws -> AnyTensor? {
    if let seed {
        try seed.validated()
        guard seed.dtype == y.dtype, seed.shape.merged(with: y.shape) != nil else {
            throw GraphError(
                operation: "gradients", name: y.node.name,
                reason: "seed \(index) is \(seed.type), but it weights the elements of \(y); "
                    + "it must be of the same type and shape")
        }
    }
    if y.dtype.isComplex, seed == nil {
        throw GraphError(
            operation: "gradients", name: y.node.name,
            reason: "\(y) is complex and has no least value: differentiate a real number made of "
                + "it, such as its squared absolute value, or give a seed")
    }
    guard y.dtype.isDifferentiable else { return nil }
    return seed ?? y.node.differentiated { AnyTensor.filled(1, like: y) }
}

/// The gradients of the sum of `ys`, weighted by `seeds`, with respect to each of `xs`.
///
/// The rules are those of `gradients` on tensors of different types.
///
/// - Throws: `GraphError` when a tensor was built wrongly, seeds do not fit, or an operation on
///   the way has no gradient.
public func gradients<T: FloatingTensor>(
    of ys: [T], withRespectTo xs: [T], seeds: [T?]? = nil,
    stoppingAt stops: [any TensorConvertible] = [], unconnected: UnconnectedGradients = .none
) throws -> [T?] {
    let results: [AnyTensor?] = try gradients(
        of: ys.map { $0 as any TensorConvertible },
        withRespectTo: xs.map { $0 as any TensorConvertible },
        seeds: seeds?.map { $0.map { $0 as any TensorConvertible } }, stoppingAt: stops,
        unconnected: unconnected)
    return results.map { $0.map { T($0) } }
}

/// The gradients of the sum of `y`'s elements, weighted by `seed`, with respect to each of `xs`.
///
/// - Throws: `GraphError` when a tensor was built wrongly, the seed does not fit, or an operation
///   on the way has no gradient.
public func gradients<T: FloatingTensor>(
    of y: T, withRespectTo xs: [T], seed: T? = nil,
    stoppingAt stops: [any TensorConvertible] = [], unconnected: UnconnectedGradients = .none
) throws -> [T?] {
    try gradients(
        of: [y], withRespectTo: xs, seeds: [seed], stoppingAt: stops, unconnected: unconnected)
}

/// The gradient of the sum of `y`'s elements, weighted by `seed`, with respect to `x`.
///
/// - Returns: Σᵢ seedᵢ · ∂yᵢ/∂x in the shape of x; nil when y does not depend on x differentiably.
/// - Throws: `GraphError` when a tensor was built wrongly, the seed does not fit, or an operation
///   on the way has no gradient.
public func gradient<T: FloatingTensor>(
    of y: T, withRespectTo x: T, seed: T? = nil,
    stoppingAt stops: [any TensorConvertible] = []
) throws -> T? {
    try gradients(of: [y], withRespectTo: [x], seeds: [seed], stoppingAt: stops)[0]
}
