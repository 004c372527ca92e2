// SPDX-License-Identifier: Apache-2.0

/// What a named body computes from `inputs`.
///
/// The name stays visible: messages, drawings, plans and profiles show the body under it. The values
/// are those of the body written in place, and an engine may run it so; a body that is called often
/// is one program for all calls. Equal bodies are one, so that calling the same one on the same
/// inputs again gives the same tensors.
///
/// ```swift
/// let y = call("swish", [x.anyTensor]) { [$0[0] * sigmoid($0[0])] }[0]
/// ```
///
/// Tensors from outside are used in the body as they are. What depends on none of its parameters is
/// computed outside, once, unless it is a branch, a loop or a call, may fail, stands in a branch, or
/// the body updates variables. The call is differentiable to any order.
///
/// - Parameters:
///   - name: For people.
///   - inputs: What the body's parameters stand for, in their types and shapes.
///   - gradient: From the inputs, the results and the results' gradients, the gradient of each input,
///     in its type and shape; nil where none flows. By default the body is differentiated. What
///     else the body uses counts as constant then.
///   - body: Builds the results, at least one, from the parameters.
/// - Returns: The results; tensors that carry an error when the body returns nothing or one that was
///   built wrongly.
public func call(
    _ name: String, _ inputs: [AnyTensor],
    gradient: (
        @Sendable (
            _ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]
        ) -> [AnyTensor?]
    )? = nil,
    body: ([AnyTensor]) throws -> [AnyTensor]
) rethrows -> [AnyTensor] {
    if let error = nestingError(name) {
        // The body says how many results the caller counts on.
        return Array(repeating: error, count: max(try body(inputs).count, 1))
    }
    let region = try Region.build(parameters: inputs.map(\.type), body)
    return AnyTensor.makeCall(CallAttributes(body: region, name: name), inputs, gradient)
}

/// What a named body computes from tensors; see `call` on untyped ones.
///
/// ```swift
/// let y = call("attend", q, k, v) { q, k, v in
///     matmul(softmax(matmul(q, k, transposingSecond: true), axis: -1), v)
/// }
/// ```
///
/// - Returns: The body's result.
public func call<each Input, Output>(
    _ name: String, _ inputs: repeat Tensor<each Input>,
    body: (repeat Tensor<each Input>) throws -> Tensor<Output>
) rethrows -> Tensor<Output> {
    var tensors: [AnyTensor] = []
    repeat tensors.append((each inputs).anyTensor)
    return Tensor(
        try call(name, tensors) { parameters in
            var next = TensorReader(parameters)
            return [try body(repeat next.read((each Input).self)).anyTensor]
        }[0])
}

/// What a named body with several results computes from tensors; see `call` on untyped ones.
///
/// ```swift
/// let (sum, product) = call("both", x, y) { x, y in (x + y, x * y) }
/// ```
///
/// - Returns: The body's results.
public func call<each Input, each Output>(
    _ name: String, _ inputs: repeat Tensor<each Input>,
    body: (repeat Tensor<each Input>) throws -> (repeat Tensor<each Output>)
) rethrows -> (repeat Tensor<each Output>) {
    var tensors: [AnyTensor] = []
    repeat tensors.append((each inputs).anyTensor)
    let results = try call(name, tensors) { parameters in
        var next = TensorReader(parameters)
        let values = try body(repeat next.read((each Input).self))
        var result: [AnyTensor] = []
        repeat result.append((each values).anyTensor)
        return result
    }
    var next = TensorReader(results)
    return (repeat next.read((each Output).self))
}

/// A function that is defined once and called in many places.
///
/// Its body is built once for arguments of the same types, not once for each call: functions that call
/// each other give a graph as large as their bodies, however often each of them runs. Only a body
/// that updates variables is built for each call, so that each call updates for itself. A draw in a
/// body is one draw, as equal draws of one stream are everywhere: in one run all calls that are nested
/// as deep have the same numbers. A body that calls its own function is an error: it would have no end.
///
/// ```swift
/// let block = Function("block") { x in [tanh(x[0] * 2)] }
/// let y = block(block([x]))
/// ```
public final class Function: Sendable {
    /// What messages, profiles and drawings call it.
    public let name: String
    private let body: @Sendable ([AnyTensor]) -> [AnyTensor]
    private let gradient: (@Sendable ([AnyTensor], [AnyTensor], [AnyTensor]) -> [AnyTensor?])?
    private let regions = Guarded<[Key: Region]>([:])
    /// By the number of arguments: how many results there are, where no body can be built any more.
    private let resultCounts = Guarded<[Int: Int]>([:])

    private struct Key: Hashable {
        let level: Int
        let types: [TensorType]
    }

    /// A function with a body, and a gradient of its own if it is to have one; see `call`.
    public init(
        _ name: String,
        gradient: (
            @Sendable (
                _ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]
            ) -> [AnyTensor?]
        )? = nil,
        body: @escaping @Sendable ([AnyTensor]) -> [AnyTensor]
    ) {
        self.name = name
        self.gradient = gradient
        self.body = body
    }

    /// What the function computes from `inputs`.
    ///
    /// - Returns: The results; tensors that carry an error when the body returns nothing or one that
    ///   was built wrongly.
    public func callAsFunction(_ inputs: [AnyTensor]) -> [AnyTensor] {
        if let error = nestingError(name) {
            return Array(repeating: error, count: resultCount(inputs))
        }
        let key = Key(level: Region.currentLevel + 1, types: inputs.map(\.type))
        let region: Region
        if let known = regions.withLock({ $0[key] }) {
            region = known
        } else {
            region = Region.build(parameters: key.types, body)
            if !region.outputs.contains(where: \.node.hasEffects) {
                regions.withLock { $0[key] = region }
            }
        }
        return AnyTensor.makeCall(CallAttributes(body: region, name: name), inputs, gradient)
    }

    /// How many results the caller counts on; asked of the body once, since bodies that call others
    /// twice would be asked without end.
    private func resultCount(_ inputs: [AnyTensor]) -> Int {
        let known = resultCounts.withLock { counts -> Int? in
            if let known = counts[inputs.count] { return known }
            // For a body that comes back here.
            counts[inputs.count] = 1
            return nil
        }
        if let known { return known }
        let count = max(body(inputs).count, 1)
        resultCounts.withLock { $0[inputs.count] = count }
        return count
    }
}

extension AnyTensor {
    /// The results of a call, with a gradient of its own if it has one.
    fileprivate static func makeCall(
        _ attributes: CallAttributes, _ inputs: [AnyTensor],
        _ gradient: (@Sendable ([AnyTensor], [AnyTensor], [AnyTensor]) -> [AnyTensor?])?
    ) -> [AnyTensor] {
        guard let gradient else { return makeAll(.call(attributes), inputs) }
        return withCustomGradient(
            inputs, body: { makeAll(.call(attributes), $0) }, gradient: gradient)
    }

    /// The results of a body that an engine may have a kernel for, as a call that says so.
    ///
    /// Where bodies are nested as deep as they may be, the body stands in place.
    package static func hinted(
        _ hint: CallHint, _ name: String, _ inputs: [AnyTensor],
        policy: CallPolicy = .keeping, body: ([AnyTensor]) throws -> [AnyTensor]
    ) rethrows -> [AnyTensor] {
        if Region.currentLevel >= Region.maximumLevel { return try body(inputs) }
        let region = try Region.build(parameters: inputs.map(\.type), body)
        return makeAll(
            .call(CallAttributes(body: region, name: name, hint: hint, policy: policy)), inputs)
    }
}
