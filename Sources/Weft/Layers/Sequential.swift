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
    /// The layers, in their order.
    public let layers: [any Layer]
    private let first: @Sendable (Input, Mode) -> Output
    private let rest: [@Sendable (Output, Mode) -> Output]

    private init(
        layers: [any Layer], first: @escaping @Sendable (Input, Mode) -> Output,
        rest: [@Sendable (Output, Mode) -> Output]
    ) {
        self.layers = layers
        self.first = first
        self.rest = rest
    }

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
        self.init(
            layers: layers, first: { input, _ in input },
            rest: layers.map { layer in { layer($0, mode: $1) } })
    }

    /// One layer alone.
    init<L: Layer>(_ layer: L) where L.Input == Input, L.Output == Output {
        self.init(layers: [layer], first: { layer($0, mode: $1) }, rest: [])
    }

    /// What the last layer gives.
    public func callAsFunction(_ input: Input, mode: Mode) -> Output {
        rest.reduce(first(input, mode)) { value, layer in layer(value, mode) }
    }

    /// The layers' variables, in their order.
    public var variables: [VariableHandle] { LayerContents(of: layers).variables }
    /// The layers, named by their positions: `0`, `1`.
    public var sublayers: [(name: String, layer: any Layer)] { LayerContents(of: layers).sublayers }

    /// These layers and then others.
    func followed(by others: [Sequential<Output, Output>]) -> Sequential {
        Sequential(
            layers: layers + others.flatMap(\.layers), first: first,
            rest: rest + others.flatMap { [$0.first] + $0.rest })
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
