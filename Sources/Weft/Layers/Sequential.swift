// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Layers one after the other: each gets what the one before gives.
///
/// ```swift
/// let model = Sequential {
///     Dense<Float>("hidden", inputs: 64, units: 128)
///     relu
///     Dropout("dropout", rate: 0.4)
///     Dense("logits", inputs: 128, units: 10)
/// }
/// let logits = model(images, mode: .training)
/// ```
///
/// The first layer states the element type. All give values of one type; only the first may take another,
/// such as the indices of an ``Embedding``. Functions stand in the list by their name, closures in a
/// ``Lambda``, and `if` and `for` choose and repeat layers. A `Sequential` is a layer, so that it may stand
/// in another one.
public struct Sequential<Input, Output>: Layer {
    private let first: SequenceStep<Input, Output>
    private let rest: [SequenceStep<Output, Output>]

    private init(first: SequenceStep<Input, Output>, rest: [SequenceStep<Output, Output>]) {
        self.first = first
        self.rest = rest
    }

    /// The layers, in their order.
    public var layers: [any Layer] { ([first.layer] + rest.map(\.layer)).compactMap { $0 } }

    /// The layers that a list gives, in its order.
    ///
    /// - Parameter name: A name scope in which they are made, so that it stands before their names.
    public init(
        _ name: String? = nil, @LayerBuilder<Output> layers: () throws -> Sequential
    ) rethrows {
        self = if let name { try withNameScope(name, layers) } else { try layers() }
    }

    /// The layers of an array, in its order. Of none the output is the input.
    public init(_ layers: [any Layer<Output, Output>]) where Input == Output {
        self.init(first: SequenceStep(), rest: layers.map { Self.step($0) })
    }

    private static func step<L: Layer>(_ layer: L) -> SequenceStep<Output, Output>
    where L.Input == Output, L.Output == Output { SequenceStep(layer) }

    /// One layer alone.
    init<L: Layer>(_ layer: L) where L.Input == Input, L.Output == Output {
        self.init(first: SequenceStep(layer), rest: [])
    }

    /// What the last layer gives.
    public func callAsFunction(_ input: Input, mode: Mode) -> Output {
        rest.reduce(first.call(input, mode)) { value, step in step.call(value, mode) }
    }

    /// The layers' variables, in their order.
    public var variables: [VariableHandle] { LayerContents(of: layers).variables }
    /// The layers, named by their positions: `0`, `1`.
    public var sublayers: [(name: String, layer: any Layer)] { LayerContents(of: layers).sublayers }

    /// These layers and then others.
    func followed(by others: [Sequential<Output, Output>]) -> Sequential {
        Sequential(
            first: first, rest: rest + others.flatMap { [$0.first] + $0.rest })
    }
}

/// A layer, and how it is called; no layer where a value is handed on as it is.
private struct SequenceStep<Input, Output>: Sendable {
    let layer: (any Layer)?
    let call: @Sendable (Input, Mode) -> Output
    /// The same, entering rows of a summary.
    let summarize: @Sendable (Input, inout SummaryTable) -> Output

    init<L: Layer>(_ layer: L) where L.Input == Input, L.Output == Output {
        self.layer = layer
        call = { layer($0, mode: $1) }
        summarize = { $1.called(layer, $0) }
    }

    /// What hands a value on.
    init() where Input == Output {
        layer = nil
        call = { input, _ in input }
        summarize = { input, _ in input }
    }
}

extension Sequential: SummarizedInParts {
    func summarized(_ input: Any, in table: inout SummaryTable) -> Any? {
        guard let input = input as? Input else { return nil }
        var value = first.summarize(input, &table)
        for step in rest { value = step.summarize(value, &table) }
        return value
    }
}

/// What the lists of ``Sequential`` are read by.
@resultBuilder public enum LayerBuilder<Value> {
    /// A layer.
    public static func buildExpression<L: Layer>(_ layer: L) -> Sequential<L.Input, Value>
    where L.Output == Value { Sequential(layer) }

    /// A function.
    public static func buildExpression(
        _ function: @escaping @Sendable (Value) -> Value
    ) -> Sequential<Value, Value> { Sequential(Lambda(function)) }

    /// A closure, whose parameter's type is known so.
    public static func buildExpression(
        _ function: Lambda<Value, Value>
    ) -> Sequential<Value, Value> { Sequential(function) }

    /// The first layer.
    public static func buildPartialBlock<Input>(
        first: Sequential<Input, Value>
    ) -> Sequential<Input, Value> { first }

    /// The layers so far and the next.
    public static func buildPartialBlock<Input>(
        accumulated: Sequential<Input, Value>, next: Sequential<Value, Value>
    ) -> Sequential<Input, Value> { accumulated.followed(by: [next]) }

    /// Layers of an `if` without `else`.
    public static func buildOptional(
        _ layers: Sequential<Value, Value>?
    ) -> Sequential<Value, Value> { layers ?? Sequential([]) }

    /// Layers of an `if`.
    public static func buildEither<Input>(
        first layers: Sequential<Input, Value>
    ) -> Sequential<Input, Value> { layers }

    /// Layers of an `else`.
    public static func buildEither<Input>(
        second layers: Sequential<Input, Value>
    ) -> Sequential<Input, Value> { layers }

    /// Layers of a loop.
    public static func buildArray(
        _ layers: [Sequential<Value, Value>]
    ) -> Sequential<Value, Value> { Sequential([]).followed(by: layers) }
}
