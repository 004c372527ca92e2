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
    public var location: SourceLocation? { site.location }
    package let site = CallSite.current
    /// Why it must not be used, if so.
    private let misuse: String?
    /// What made the variable for its own use, if something did.
    package let owner: VariableOwner?
    /// Variables that belong to this one and live no longer than it does, by owner and name.
    package let slots = Guarded<[SlotKey: VariableHandle]>([:])

    /// A variable; its name is put under the current name scope.
    public convenience init(
        _ name: String, dtype: DType, shape: [Int], initializer: Initializer,
        isTrainable: Bool = true
    ) {
        self.init(
            NameScope.qualified(name), dtype: dtype, shape: shape, initializer: initializer,
            isTrainable: isTrainable, owner: nil)
    }

    /// A variable of that very name that something makes for its own use.
    ///
    /// - Parameter misuse: Why there is no such variable: what is made of it carries the error.
    package init(
        _ name: String, dtype: DType, shape: [Int], initializer: Initializer, isTrainable: Bool,
        owner: VariableOwner?, misuse: String? = nil, id: UInt64 = NodeIdentity.next()
    ) {
        self.id = id
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.initializer = initializer
        self.isTrainable = isTrainable
        self.owner = owner
        self.misuse = misuse
        if misuse == nil { LivingVariables.enter(self) }
    }

    deinit { if misuse == nil { LivingVariables.remove(name, id) } }

    /// The value at the start of the run, or, inside a loop that updates the variable, of the iteration.
    public var value: AnyTensor {
        if let reason = shapeProblem {
            return .invalid("variable", name, reason, type: TensorType(dtype, .unknown))
        }
        return .source(.readVariable(self), TensorType(dtype, shape))
    }

    /// Why the variable has no value, if so: no array can be it, or it must not be used.
    package var shapeProblem: String? {
        if let misuse { return misuse }
        if dtype == .list { return "a list cannot be a variable" }
        if dtype == .string {
            return "strings cannot be a variable; feed them, or keep their numbers in a hash table"
        }
        guard ArraySize.fits(shape, dtype) else {
            return "\(shape) is not the shape of an array that fits the machine's memory; "
                + "all dimensions of a variable must be given"
        }
        return nil
    }

    /// Whether two things that make variables for their own use made these.
    package static func belongToDifferentOwners(_ a: VariableHandle, _ b: VariableHandle) -> Bool {
        guard let one = a.owner, let other = b.owner else { return false }
        return one !== other
    }

    /// Whether both are the same variable.
    public static func == (a: VariableHandle, b: VariableHandle) -> Bool { a === b }
    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// How a variable gets its first value.
public struct Initializer: Sendable {
    package enum Source: Sendable {
        /// From the session's seed and the variable's name.
        case function(
            @Sendable (_ dtype: DType, _ shape: [Int], _ stream: inout RandomStream) throws
                -> NDArray)
        /// Only by an assignment that the program runs, as in TensorFlow 1.
        case explicit
    }

    package let source: Source
    package init(source: Source) { self.source = source }

    /// Any function of type, shape and a stream of random numbers that belongs to the variable.
    ///
    /// What it throws for a type or a shape that it has no values for reaches whoever first reads
    /// the variable.
    public init(
        _ function:
            @escaping @Sendable (_ dtype: DType, _ shape: [Int], _ stream: inout RandomStream)
            throws -> NDArray
    ) {
        source = .function(function)
    }

    /// No value until the program assigns one; reading before is an error.
    public static let explicit = Initializer(source: .explicit)
}
