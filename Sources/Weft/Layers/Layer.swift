// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A function with variables: a part of a model, or a whole one.
///
/// A layer of one's own states what it holds and what it computes; its variables and sublayers are
/// found among the stored properties:
///
/// ```swift
/// struct Residual: Layer {
///     let norm: BatchNorm<Float>
///     let dense: Dense<Float>
///
///     func callAsFunction(_ x: Tensor<Float>, mode: Mode) -> Tensor<Float> {
///         x + relu(dense(norm(x, mode: mode)))
///     }
/// }
/// ```
///
/// A layer is made once and may be called often: calls share its variables. It names them when it is
/// made, under the name scope around, and holds no values; those are the session's. What is the same in
/// training and inference is a ``ModelessLayer``; what only applies one layer after the other is
/// ``Sequential``.
public protocol Layer<Input, Output>: Sendable {
    /// What goes in: a tensor, or a tuple or structure of several.
    associatedtype Input
    /// What comes out.
    associatedtype Output

    /// The layer's output. What does not fit makes a tensor that carries a `GraphError`.
    func callAsFunction(_ input: Input, mode: Mode) -> Output

    /// The layer's variables and those of its sublayers, trainable and not, each once and always in the
    /// same order.
    ///
    /// By default those that its stored properties hold, in the order of their declaration: variables,
    /// layers, and optionals, arrays, dictionaries (in the order of the keys' text), tuples, structures
    /// and enumerations of them. Sets and objects that are no layers are not looked into.
    var variables: [VariableHandle] { get }

    /// The layers that this one is made of, with their names in it.
    ///
    /// By default those that its stored properties hold, found as `variables` are, and named by the
    /// properties: `norm`, `blocks.0`, `heads.left`.
    var sublayers: [(name: String, layer: any Layer)] { get }
}

extension Layer {
    /// What the stored properties hold.
    public var variables: [VariableHandle] { LayerContents(of: self).variables }
    /// What the stored properties hold.
    public var sublayers: [(name: String, layer: any Layer)] { LayerContents(of: self).sublayers }

    /// Those of `variables` that optimizers change unless told otherwise.
    public var trainableVariables: [VariableHandle] { variables.filter(\.isTrainable) }
}

/// A layer that is the same in training and inference, so that it may be called without a mode.
public protocol ModelessLayer<Input, Output>: Layer {
    /// What goes in.
    associatedtype Input
    /// What comes out.
    associatedtype Output

    /// The layer's output.
    func callAsFunction(_ input: Input) -> Output
}

extension ModelessLayer {
    /// The layer's output, whatever the mode.
    public func callAsFunction(_ input: Input, mode: Mode) -> Output { callAsFunction(input) }
}

/// A function as a layer: what stands between layers in a ``Sequential``.
public struct Lambda<Input, Output>: ModelessLayer {
    private let function: @Sendable (Input) -> Output

    /// The layer that is `function`. Variables that it uses are not the layer's.
    public init(_ function: @escaping @Sendable (Input) -> Output) { self.function = function }

    /// What the function makes of the input.
    public func callAsFunction(_ input: Input) -> Output { function(input) }
}
