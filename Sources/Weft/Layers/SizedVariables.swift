// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The variables of a layer that takes sizes from its input: made at once where the program says the size, else by
/// the first call with an input of which it is known. From then on they stay.
///
/// A layer is a value, and its copies share this object: all of them have the variables that any of them makes.
final class SizedVariables<Variables: Sendable>: Sendable, LateContents {
    /// The name scope of the layer, whose name the variables' names begin with.
    let scope: String
    private let make: @Sendable (_ size: Int) -> Variables
    private let variables: Guarded<Variables?>

    /// Variables in the scope of a layer of that name.
    init(
        _ name: String, size: Int?, make: @escaping @Sendable (_ size: Int) -> Variables
    ) {
        let scope = NameScope.qualified(name)
        self.scope = scope
        self.make = make
        variables = Guarded(
            size.map { size in NameScope.$path.withValue(scope) { make(size) } })
    }

    /// Variables that there are.
    init(scope: String, made: Variables) {
        self.scope = scope
        make = { _ in made }
        variables = Guarded(made)
    }

    /// The variables; nil before they are made.
    var made: Variables? { variables.withLock { $0 } }

    var held: Any? { made }

    /// The variables, made for the size of an axis of `x` unless they are made.
    ///
    /// - Throws: `RuleViolation` when they are not, and the size is unknown or 0.
    func made(for x: AnyTensor, axis: Int = -1, argument: String = "inputs") throws -> Variables {
        if let made { return made }
        guard let size = x.shape[axis] else {
            throw RuleViolation(
                "the first input decides the sizes of the layer's variables, and the last one of \(x.type) is "
                    + "unknown; say it when the layer is made, by `\(argument):`")
        }
        guard size > 0 else {
            throw RuleViolation(
                "the first input decides the sizes of the layer's variables, and \(x.type) has a last axis of 0"
            )
        }
        return variables.withLock { variables in
            if let variables { return variables }
            let new = NameScope.$path.withValue(scope) { make(size) }
            variables = new
            return new
        }
    }

    /// Stands for a variable that is not made yet: what is made of it carries an error.
    func missing<Scalar: TensorScalar>(_ name: String) -> Variable<Scalar> {
        let name = NameScope.joined(scope, name)
        return Variable(
            unchecked: VariableHandle(
                name, dtype: Scalar.dtype, shape: [], initializer: .zeros, isTrainable: false,
                owner: nil,
                misuse:
                    "it is not made yet: the layer's first input decides its size; call the layer, or size "
                    + "the model with `sized(for:)`"))
    }

    /// What `body` makes of the layer's input, in the layer's name scope. An error of the input is handed on, a
    /// rule that is violated becomes an error of `operation`.
    func output(
        _ operation: String, _ x: AnyTensor, _ body: () throws -> AnyTensor
    ) -> AnyTensor {
        if x.error != nil { return x }
        return NameScope.$path.withValue(scope) {
            do {
                return try body()
            } catch {
                return .invalid(operation, nil, GraphError.Kind(error))
            }
        }
    }
}

/// What holds the contents of a layer that may not be there yet.
protocol LateContents: AnyObject {
    /// The contents; nil as long as there are none.
    var held: Any? { get }
}

extension Layer {
    /// The layer, after the variables were made whose sizes an input of this shape decides.
    ///
    /// Layers that were made without the sizes of their inputs make their variables when they are called first. That
    /// is what this does, with a placeholder: afterwards `variables` has all of them.
    ///
    /// ```swift
    /// let model = try Sequential {
    ///     Dense<Float>("hidden", units: 128)
    ///     relu
    ///     Dense("logits", units: 10)
    /// }.sized(for: [nil, 64])
    /// ```
    ///
    /// - Throws: `GraphError` when the layer does not take inputs of this shape.
    @discardableResult
    public func sized<Scalar: TensorScalar, Made: TensorProtocol>(for shape: Shape) throws -> Self
    where Input == Tensor<Scalar>, Output == Made {
        try self(Tensor<Scalar>.placeholder(shape: shape), mode: .inference).validated()
        return self
    }
}
