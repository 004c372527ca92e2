// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Whether a layer trains: a truth value, or a scalar of `tf.bool`.
public protocol TrainingMode: Sendable {
    /// The mode.
    var trainingMode: Mode { get }
}

extension Bool: TrainingMode {
    /// True trains.
    public var trainingMode: Mode { self ? .training : .inference }
}

extension AnyTensor: TrainingMode {
    /// A run decides.
    public var trainingMode: Mode { .decided(by: Weft.Tensor<Bool>(self)) }
}

extension Weft.Tensor: TrainingMode {
    /// A run decides.
    public var trainingMode: Mode { .decided(by: Weft.Tensor<Bool>(anyTensor)) }
}

extension tf {
    /// What stood in `tf.contrib`.
    public enum contrib {
        /// Layers that make their variables in the current variable scope.
        public enum layers {}
    }

    /// Layers that make their variables in the current variable scope.
    public enum layers {}

    /// What a layer computes behind its weights: `tf.nn.relu`.
    public typealias Activation = (Tensor) -> Tensor

    /// Builds a layer in a variable scope; an error of its variables is carried by what it gives.
    static func layer(
        _ kind: String, _ name: String?, _ reuse: (any ReuseConvertible)?,
        _ body: () throws -> Tensor
    ) -> Tensor {
        do {
            return try variable_scope(name, default_name: kind, reuse: reuse, body)
        } catch {
            let reason = (error as? GraphError)?.reason ?? "\(error)"
            return .invalid(kind, name, reason)
        }
    }

    /// A size that a layer needs.
    static func known(_ size: Int?, _ what: String, of x: AnyTensor) throws -> Int {
        if let size { return size }
        throw GraphError(operation: "layer", reason: "\(what) of \(x.type) must be known")
    }
}
