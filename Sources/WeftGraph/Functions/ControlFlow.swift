// SPDX-License-Identifier: Apache-2.0

/// One of two results, chosen when the graph runs; only the branch chosen is computed.
///
/// ```swift
/// let y = cond(x.sum() .> 0, then: { x * 2 }, else: { x - 1 })
/// ```
///
/// What only one branch uses belongs to it, wherever it was built: it is not computed when the other
/// one is taken. Updates belong to where they were made: those made inside a branch run when it is
/// taken, those made outside run whichever is. The gradient with respect to what only the branch not
/// taken uses is zero. A condition that differs from element to element is `select`'s.
///
/// - Parameters:
///   - predicate: A scalar.
///   - then: Builds the result for true.
///   - otherwise: Builds the result for false, of the same types and shapes. Where one branch does not
///     know a size, or another one than the other, the result does not: the run decides first, and is
///     then planned for the branch that it takes.
/// - Returns: The results of the branch chosen; as many tensors that carry an error, at least one,
///   when the branches do not fit together.
public func cond<T: TensorProtocol>(
    _ predicate: some LogicalTensor, then: () throws -> [T], else otherwise: () throws -> [T]
) rethrows -> [T] {
    if let error = nestingError("cond") {
        // The branch says how many results the caller counts on.
        return Array(repeating: T(error), count: max(try then().count, 1))
    }
    let a = try Region.build(parameters: []) { _ in try then().map(\.anyTensor) }
    let b = try Region.build(parameters: []) { _ in try otherwise().map(\.anyTensor) }
    return AnyTensor.makeAll(.cond(a, b), [predicate.anyTensor]).map { T($0) }
}

/// One of two values, tensors or lists, chosen when the graph runs; only the branch chosen is computed.
///
/// Of a list that is known which both branches agree in: where they give other counts, the run says
/// which it is.
public func cond<Value: GraphValue>(
    _ predicate: some LogicalTensor, then: () throws -> Value, else otherwise: () throws -> Value
) rethrows -> Value {
    if let error = nestingError("cond") { return Value(error, like: try then(), listType: nil) }
    let a = try Region.branch(then)
    let b = try Region.branch(otherwise)
    return Value(
        .make(.cond(a.region, b.region), [predicate.anyTensor]), like: a.value,
        listType: .joined(a.value.listType, b.value.listType))
}

/// Repeats `body` on the loop's variables for as long as `condition` holds.
///
/// ```swift
/// let results = whileLoop([i, sum], condition: isBelow, body: step)
/// ```
///
/// Tensors from outside are used in the body as they are. The loop is differentiable to any order:
/// its backward pass runs as many iterations and keeps what it needs of each. Only a branch or loop
/// inside of it that draws random numbers cannot be differentiated: draw them in the body itself.
///
/// A loop whose variables change shape, or inside of which sizes are found, is planned one iteration after
/// the other: each that the condition is known to allow in the same plan, else with a plan for each
/// shape, kept like those for shapes that are fed. Such a loop cannot update variables.
///
/// - Parameters:
///   - initial: What the variables are before the first iteration; at least one.
///   - maximumIterations: The loop ends after as many even if the condition still holds.
///   - shapeInvariants: What is known of each variable's shape in all iterations; by default the
///     initial value's shape. A size that it leaves open (`nil`) may be another in each iteration.
///   - condition: A scalar from the variables, before each iteration.
///   - body: The variables' next values, in their types and shapes.
/// - Returns: The variables when the condition no longer holds: the initial ones if it never did. As
///   many tensors that carry an error, at least one, when something does not fit.
public func whileLoop<Condition: LogicalTensor>(
    _ initial: [AnyTensor], maximumIterations: Int? = nil, shapeInvariants: [Shape]? = nil,
    condition: ([AnyTensor]) throws -> Condition, body: ([AnyTensor]) throws -> [AnyTensor]
) rethrows -> [AnyTensor] {
    if let error = nestingError("whileLoop") ?? initial.first(where: { $0.error != nil }) {
        return initial.isEmpty ? [error] : initial.map { _ in error }
    }
    if let invariants = shapeInvariants, invariants.count != initial.count {
        let error = AnyTensor.invalid(
            "whileLoop", nil,
            .countsDiffer("shape invariants", invariants.count, for: "variables", initial.count))
        return initial.isEmpty ? [error] : initial.map { _ in error }
    }
    for (index, invariant) in (shapeInvariants ?? []).enumerated()
    where invariant.merged(with: initial[index].shape) == nil
        || !ArraySize.isAddressable(invariant.dims ?? [])
    {
        let error = AnyTensor.invalid(
            "whileLoop", nil,
            "variable \(index), \(initial[index].type), does not have the shape that its invariant "
                + "\(invariant) says")
        return initial.map { _ in error }
    }
    let types = initial.indices.map {
        TensorType(initial[$0].dtype, shapeInvariants?[$0] ?? initial[$0].shape)
    }
    let test = try Region.build(parameters: types) { [try condition($0).anyTensor] }
    let step = try Region.build(parameters: types) { try body($0) }
    let loop = WhileAttributes(
        condition: test, body: step, maximumIterations: maximumIterations.map { max($0, 0) })
    return AnyTensor.makeAll(.whileLoop(loop), initial)
}

/// Repeats `body` on the loop's variables for as long as `condition` holds.
///
/// ```swift
/// let (zero, one) = (Tensor<Int32>(0), Tensor<Float>(1))
/// let (_, power) = whileLoop(zero, one, condition: { i, _ in i .< 5 }) { i, p in (i + 1, p * x) }
/// ```
///
/// - Parameter shapeInvariants: What is known of each variable's shape in all iterations; by default the
///   initial value's shape. A size that it leaves open (`nil`) may be another in each iteration.
/// A list of a fixed count keeps it where the body gives one of the same count. Where it does not, condition
/// and body are asked once more, and the run says the counts of lists in them.
///
/// - Returns: The variables when the condition no longer holds: the initial ones if it never did.
public func whileLoop<each Variable: GraphValue>(
    _ initial: repeat each Variable, maximumIterations: Int? = nil,
    shapeInvariants: [Shape]? = nil, condition: (repeat each Variable) throws -> Tensor<Bool>,
    body: (repeat each Variable) throws -> (repeat each Variable)
) rethrows -> (repeat each Variable) {
    var types = listTypes(repeat each initial).map { $0?.entering }
    var (results, left) = try whileLoop(
        repeat each initial, types: types, maximumIterations, shapeInvariants, condition, body)
    if zip(types, left).contains(where: { $0?.count != nil && $0?.count != $1?.count }) {
        types = types.map { $0?.counted(nil) }
        (results, left) = try ListType.$asksForCounts.withValue(true) {
            try whileLoop(
                repeat each initial, types: types, maximumIterations, shapeInvariants, condition,
                body)
        }
    }
    var next = TensorReader(results, listTypes: types)
    return (repeat next.read(like: each initial))
}

/// The loop whose variables that are lists are known to be of `types`, and the types of those that the body
/// leaves.
private func whileLoop<each Variable: GraphValue>(
    _ initial: repeat each Variable, types: [ListType?], _ maximumIterations: Int?,
    _ shapeInvariants: [Shape]?, _ condition: (repeat each Variable) throws -> Tensor<Bool>,
    _ body: (repeat each Variable) throws -> (repeat each Variable)
) rethrows -> (results: [AnyTensor], left: [ListType?]) {
    var left = types
    let results = try whileLoop(
        tensors(repeat each initial), maximumIterations: maximumIterations,
        shapeInvariants: shapeInvariants,
        condition: { variables in
            var next = TensorReader(variables, listTypes: types)
            return try condition(repeat next.read(like: each initial))
        },
        body: { variables in
            var next = TensorReader(variables, listTypes: types)
            let values = try body(repeat next.read(like: each initial))
            left = listTypes(repeat each values)
            return tensors(repeat each values)
        })
    return (results, left)
}

/// A loop over the first axis of `sequences`, which carries values from one slice to the next and
/// stacks what it returns for each.
///
/// The loop is differentiable to any order.
///
/// - Parameters:
///   - sequences: At least one; their first axes are equally long.
///   - initial: The carried values before the first slice.
///   - isReversed: Whether it goes from the last slice to the first. Outputs stand where the slices
///     stood.
///   - body: From the carried values and one slice of each sequence, the next carried values, in
///     their types and shapes, and one slice of each output.
/// - Returns: The carried values after the last slice, and the outputs along a new first axis; as
///   many tensors that carry an error when something does not fit.
public func scan(
    over sequences: [AnyTensor], initial: [AnyTensor] = [], isReversed: Bool = false,
    body: (_ carries: [AnyTensor], _ slices: [AnyTensor]) throws -> (
        carries: [AnyTensor], outputs: [AnyTensor]
    )
) rethrows -> (carries: [AnyTensor], outputs: [AnyTensor]) {
    if let error = nestingError("scan") ?? (sequences + initial).first(where: { $0.error != nil }) {
        // The body says how many outputs the caller counts on.
        let carries = initial.map { _ in error }
        let outputs = try body(carries, sequences.map { _ in error }).outputs
        return (carries, outputs.map { _ in error })
    }
    let slices = sequences.map { TensorType($0.dtype, $0.shape.withoutFirst) }
    var returned = initial.count
    let region = try Region.build(parameters: initial.map(\.type) + slices) { parameters in
        let (carries, outputs) = try body(
            Array(parameters.prefix(initial.count)), Array(parameters.dropFirst(initial.count)))
        returned = carries.count
        return carries + outputs
    }
    guard returned == initial.count else {
        let error = AnyTensor.invalid(
            "scan", nil,
            .countsDiffer("results of the body", returned, for: "carries", initial.count))
        return (
            initial.map { _ in error }, region.outputs.dropFirst(returned).map { _ in error }
        )
    }
    let loop = ScanAttributes(body: region, carries: initial.count, isReversed: isReversed)
    let results = AnyTensor.makeAll(.scan(loop), initial + sequences)
    if let error = results.first(where: { $0.error != nil }) {
        return (
            initial.map { _ in error }, region.outputs.dropFirst(initial.count).map { _ in error }
        )
    }
    return (Array(results.prefix(initial.count)), Array(results.dropFirst(initial.count)))
}

/// A tensor that carries an error when a region built here would be nested too deeply.
func nestingError(_ operation: String) -> AnyTensor? {
    guard Region.currentLevel >= Region.maximumLevel else { return nil }
    return .invalid(
        operation, nil, .nestedTooDeep(Region.currentLevel, most: Region.maximumLevel))
}
