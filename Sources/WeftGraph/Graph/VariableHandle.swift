// SPDX-License-Identifier: Apache-2.0

/// A named place for an array that outlives a run; the array itself is the session's.
public final class VariableHandle: Sendable, Hashable {
    /// Never used again, not even after the variable is gone.
    package let id: UInt64
    /// The name under which it is saved and its initial value drawn.
    public let name: String
    /// The type of the elements.
    public let dtype: DType
    /// The dimensions.
    public let shape: [Int]
    /// How it gets its first value.
    public let initializer: Initializer
    /// Whether optimizers change it unless told otherwise.
    public let isTrainable: Bool
    /// Where the program made it.
    public let location: SourceLocation?

    /// A variable; its name is put under the current name scope.
    public init(
        _ name: String, dtype: DType, shape: [Int], initializer: Initializer, isTrainable: Bool = true
    ) {
        id = NodeIdentity.next()
        self.name = NameScope.qualified(name)
        self.dtype = dtype
        self.shape = shape
        self.initializer = initializer
        self.isTrainable = isTrainable
        location = nil
    }

    /// The value at the start of the run, or, inside a loop that updates the variable, of the iteration.
    public var value: AnyTensor { .source(.readVariable(self), TensorType(dtype, shape)) }

    public static func == (a: VariableHandle, b: VariableHandle) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// How a variable gets its first value.
public struct Initializer: Sendable {
    package enum Source: Sendable {
        /// From the session's seed and the variable's name.
        case function(@Sendable (_ dtype: DType, _ shape: [Int], _ stream: inout RandomStream) -> NDArray)
        /// Only by an assignment that the program runs, as in TensorFlow 1.
        case explicit
    }

    package let source: Source
    package init(source: Source) { self.source = source }

    /// Any function of type, shape and a stream of random numbers that belongs to the variable.
    public init(
        _ function: @escaping @Sendable (_ dtype: DType, _ shape: [Int], _ stream: inout RandomStream)
            -> NDArray
    ) {
        source = .function(function)
    }

    /// No value until the program assigns one; reading before is an error.
    public static let explicit = Initializer(source: .explicit)
}
