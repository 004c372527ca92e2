// SPDX-License-Identifier: Apache-2.0

/// The product of the Jacobian of `ys` with `tangents`: how the ys change when the xs move along
/// them.
///
/// For each y it is Σₖ ∂y/∂xₖ · tangentₖ, in the y's type and shape. It is computed as the
/// gradient of a gradient, which is linear in its seed, so it works wherever gradients do.
///
/// - Parameters:
///   - ys: What is differentiated.
///   - xs: What moves.
///   - tangents: A direction for each x, in its type and shape.
/// - Returns: One derivative for each y; nil for one that depends on no x differentiably.
/// - Throws: `GraphError` as `gradients` does, and when a tangent does not fit its x.
public func jvp(
    of ys: [any TensorConvertible], withRespectTo xs: [any TensorConvertible],
    tangents: [any TensorConvertible]
) throws -> [AnyTensor?] {
    let ys = ys.map(\.anyTensor)
    let xs = xs.map(\.anyTensor)
    let tangents = tangents.map(\.anyTensor)
    for tensor in ys + xs + tangents { try tensor.validated() }
    guard tangents.count == xs.count else {
        throw GraphError(
            operation: "jvp", .countsDiffer("tangents", tangents.count, for: "tensors", xs.count))
    }
    for (index, (x, tangent)) in zip(xs, tangents).enumerated()
    where x.dtype != tangent.dtype || x.shape.merged(with: tangent.shape) == nil {
        throw GraphError(
            operation: "jvp",
            reason: "tangent \(index) is \(tangent.type), but moves \(x); "
                + "it must be of the same type and shape")
    }
    let floating = ys.indices.filter { ys[$0].dtype.isDifferentiable }
    // The seeds must be leaves of their own; in the result nothing or ones stand for them.
    let seeds = floating.map {
        AnyTensor.source(.placeholder(Placeholder(id: NodeIdentity.next(), name: nil)), ys[$0].type)
    }
    let columns = try ReversePass(ys: floating.map { ys[$0] }, xs: xs, stops: [])
        .gradients(seeds: seeds)
    let used = columns.indices.filter { columns[$0] != nil }
    let rows = try ReversePass(ys: used.compactMap { columns[$0] }, xs: seeds, stops: [])
        .gradients(seeds: used.map { tangents[$0] })
    let ones = zip(seeds, floating).map { ($0, AnyTensor.filled(1, like: ys[$1])) }
    let rewriting = Rewriting(replacing: Dictionary(uniqueKeysWithValues: ones))
    var results = [AnyTensor?](repeating: nil, count: ys.count)
    let present = rows.indices.filter { rows[$0] != nil }
    let finished = try rewriting.apply(to: present.compactMap { rows[$0] })
    for (index, tensor) in zip(present, finished) { results[floating[index]] = tensor }
    return results
}

/// The product of the Jacobian of `y` at `x` with `tangent`.
///
/// - Returns: ∂y/∂x · tangent in the shape of y; nil when y does not depend on x differentiably.
/// - Throws: `GraphError` as `gradients` does, and when the tangent does not fit x.
public func jvp<T: FloatingTensor>(
    of y: T, withRespectTo x: T, tangent: T
) throws -> T? {
    try jvp(of: [y], withRespectTo: [x], tangents: [tangent])[0].map { T($0) }
}

/// All partial derivatives of the elements of `y` by those of `x`.
///
/// - Shape: y [m...], x [n...] → [m..., n...]
/// - Returns: Element [i, j] is ∂yᵢ/∂xⱼ; zeros when y does not depend on x differentiably.
/// - Throws: `GraphError` as `gradients` does, and when the shape of y or x is not fully known.
public func jacobian<T: FloatingTensor>(of y: T, withRespectTo x: T) throws -> T {
    T(try jacobian(y.anyTensor, x.anyTensor))
}

private func jacobian(_ y: AnyTensor, _ x: AnyTensor) throws -> AnyTensor {
    try y.validated()
    try x.validated()
    guard let rows = y.shape.dimensions, let columns = x.shape.dimensions else {
        throw GraphError(
            operation: "jacobian", name: y.node.name,
            reason: "the shapes must be fully known, but they are \(y.type) and \(x.type)")
    }
    guard y.dtype.isFloatingPoint, x.dtype.isFloatingPoint else {
        throw GraphError(
            operation: "jacobian", name: y.node.name,
            reason: "it takes floating-point tensors, not \(y.type) and \(x.type)")
    }
    let count = rows.reduce(1, *)
    if rows.isEmpty {
        let row = try ReversePass(ys: [y], xs: [x], stops: []).gradients(seeds: [
            .scalar(1, y.dtype)
        ])
        return row[0] ?? .zeros(like: x)
    }
    // One gradient in a loop over the rows of the identity.
    let identity = AnyTensor.identity(y.dtype, count, columns: count).reshaped(
        to: [count] + rows)
    let (_, outputs) = try scan(over: [identity]) { _, slices in
        let row = try ReversePass(ys: [y], xs: [x], stops: []).gradients(seeds: [slices[0]])
        return ([], [row[0] ?? .zeros(like: x)])
    }
    return try outputs[0].validated().reshaped(to: rows + columns)
}

/// All second partial derivatives of a scalar `y` by the elements of `x`.
///
/// - Shape: x [n...] → [n..., n...]
/// - Throws: `GraphError` as `gradients` does, and when y is no scalar or the shape of x is not
///   fully known.
public func hessian<T: FloatingTensor>(of y: T, withRespectTo x: T) throws -> T {
    try requireScalar(y.anyTensor, "hessian")
    guard let first = try gradient(of: y, withRespectTo: x) else {
        let columns = x.shape.dimensions ?? []
        return T(
            try AnyTensor.zeros(like: x).broadcasted(to: columns + columns)
                .validated())
    }
    return try jacobian(of: first, withRespectTo: x)
}

/// The product of the Hessian of a scalar `y` with `vector`, without making the Hessian.
///
/// - Returns: ∂²y/∂x² · vector in the shape of x; zeros when y is linear in x.
/// - Throws: `GraphError` as `gradients` does, and when y is no scalar or the vector does not fit
///   x.
public func hessianVectorProduct<T: FloatingTensor>(
    of y: T, withRespectTo x: T, vector: T
) throws -> T {
    try requireScalar(y.anyTensor, "hessianVectorProduct")
    guard let first = try gradient(of: y, withRespectTo: x),
        let second = try gradient(of: first, withRespectTo: x, seed: vector)
    else { return T(.zeros(like: x)) }
    return second
}

private func requireScalar(_ y: AnyTensor, _ operation: String) throws {
    try y.validated()
    guard y.shape.admits([]) else {
        throw GraphError(
            operation: operation, name: y.node.name,
            .wrongRank("what is differentiated", y.type, wanted: 0...0))
    }
}
