// SPDX-License-Identifier: Apache-2.0

/// The same values, which count as constant in gradients.
public func stopGradient<T: TensorProtocol>(_ x: T) -> T { T(.make(.stopGradient, [x.anyTensor])) }

/// The same values; the run throws when one of them is NaN or infinite.
///
/// - Parameter message: What the error says, besides how many values and where the first one is.
public func checkFinite<T: FloatingTensor>(
    _ x: T, _ message: String = "the values must be finite"
) -> T {
    T(.make(.check(.finite(message)), [x.anyTensor]))
}

/// The same values; the run throws when `condition`, a scalar, is false.
///
/// ```swift
/// let safe = check(loss, that: loss .< limit, "the loss explodes", showing: ["loss": loss, "norm": norm])
/// ```
///
/// - Parameters:
///   - message: What the error says.
///   - values: What it shows, by names. They are computed in each run, whether the condition holds or not.
///   - mostElements: How many elements of each are shown: the first ones.
public func check<T: TensorProtocol>(
    _ x: T, that condition: some LogicalTensor, _ message: String,
    showing values: KeyValuePairs<String, any TensorConvertible> = [:], mostElements: Int = 8
) -> T {
    let message = CheckMessage(message, names: values.map(\.key), mostElements: mostElements)
    return T(
        .make(
            .check(.condition(message)),
            [x.anyTensor, condition.anyTensor] + values.map(\.value.anyTensor)))
}

/// The values that `body` computes from `inputs`, with a gradient that the program gives.
///
/// The closures are part of the operation's identity: building it again makes another operation.
///
/// - Parameters:
///   - inputs: What `gradient` returns gradients for. Whatever else `body` uses counts as constant.
///   - body: Computes the values.
///   - gradient: From the inputs, the values and the values' gradients, the gradient of each
///     input, in its type and shape; nil where none flows. It may be differentiated in turn.
public func withCustomGradient(
    _ inputs: [AnyTensor], body: ([AnyTensor]) throws -> [AnyTensor],
    gradient:
        @escaping @Sendable (
            _ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]
        ) -> [AnyTensor?]
) rethrows -> [AnyTensor] {
    let values = try body(inputs)
    if values.isEmpty { return [] }
    return AnyTensor.makeAll(
        .customGradient(CustomGradient(gradient), outputs: values.count), values + inputs)
}

/// The value that `body` computes from `x`, with a gradient that the program gives.
///
/// ```swift
/// let clipped = withCustomGradient(x, body: { $0 }, gradient: { _, _, g in g.clipped(to: -1...1)
/// })
/// ```
///
/// - Parameter gradient: From x, the value and the value's gradient, the gradient of x.
public func withCustomGradient<Scalar: FloatingScalar>(
    _ x: Tensor<Scalar>, body: (Tensor<Scalar>) throws -> Tensor<Scalar>,
    gradient:
        @escaping @Sendable (
            _ x: Tensor<Scalar>, _ y: Tensor<Scalar>, _ gradient: Tensor<Scalar>
        ) -> Tensor<Scalar>
) rethrows -> Tensor<Scalar> {
    Tensor(
        try withCustomGradient(
            [x.anyTensor], body: { [try body(Tensor($0[0])).anyTensor] },
            gradient: { [gradient(Tensor($0[0]), Tensor($1[0]), Tensor($2[0])).anyTensor] })[0])
}

/// What `body` computes from `inputs`, computed again in the backward pass instead of kept for it.
///
/// It saves the memory of everything inside `body` for the time of a second forward pass.
///
/// - Parameters:
///   - inputs: Where the body begins; they are kept.
///   - body: Computes the results from stand-ins for the inputs. What depends on none of these, such as
///     weights, belongs outside: it is computed once and kept.
public func rematerialized(
    _ inputs: [AnyTensor], body: ([AnyTensor]) throws -> [AnyTensor]
) rethrows -> [AnyTensor] {
    if let error = nestingError("rematerialized") {
        return Array(repeating: error, count: max(try body(inputs).count, 1))
    }
    let region = try Region.build(parameters: inputs.map(\.type), body)
    if region.outputs.isEmpty { return [] }
    let attributes = CallAttributes(body: region, name: "rematerialized", policy: .recomputing)
    return AnyTensor.makeAll(.call(attributes), inputs)
}

/// What `body` computes from `x`, computed again in the backward pass instead of kept for it.
public func rematerialized<Input: TensorProtocol, Output: TensorProtocol>(
    _ x: Input, body: (Input) throws -> Output
) rethrows -> Output {
    Output(try rematerialized([x.anyTensor]) { [try body(Input($0[0])).anyTensor] }[0])
}
