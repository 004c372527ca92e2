// SPDX-License-Identifier: Apache-2.0

/// Functions made of several operations report errors under their own name: people look for what
/// they called, not for what it is made of.
extension AnyTensor {
    /// What `body` makes of `inputs`.
    ///
    /// The first error among the inputs is handed on. A rule that `body` violates, or an error that
    /// arises inside it, becomes an error of `operation`.
    package static func composed(
        _ operation: String, _ inputs: [AnyTensor], _ body: () throws -> AnyTensor
    ) -> AnyTensor {
        composedAll(operation, inputs, count: 1) { [try body()] }[0]
    }

    /// `composed` for functions with several results; with an error there are `count` of them.
    package static func composedAll(
        _ operation: String, _ inputs: [AnyTensor], count: Int, _ body: () throws -> [AnyTensor]
    ) -> [AnyTensor] {
        for input in inputs {
            if let error = input.error { return invalidAll(error, count: count) }
        }
        do {
            let results = try Origin.inside(operation, body)
            guard let inner = results.lazy.compactMap(\.error).first else { return results }
            let error = GraphError(
                operation: operation, name: Origin.name(ofOperation: operation), inner.kind,
                site: inner.site)
            return invalidAll(error, count: count)
        } catch {
            return invalidAll(
                GraphError(
                    operation: operation, name: Origin.name(ofOperation: operation),
                    GraphError.Kind(error), site: (error as? GraphError)?.site ?? .current),
                count: count)
        }
    }

    private static func invalidAll(_ error: GraphError, count: Int) -> [AnyTensor] {
        // A count may be what is wrong: as many tensors as it says could fill the memory.
        Array(repeating: invalid(error), count: Swift.min(Swift.max(count, 1), 1 << 20))
    }

    /// The tensor in the type that composed functions compute in. They cast their result back, so
    /// that values, and gradients too, are rounded to 16 bits once.
    package var widened: AnyTensor { cast(to: dtype.computing) }

    /// The number of dimensions.
    ///
    /// - Throws: `RuleViolation` when it is unknown.
    package func knownRank() throws -> Int {
        guard let rank = shape.rank else {
            throw RuleViolation(.unknownRank(type))
        }
        return rank
    }

    /// Non-negative axes in ascending order; all of them for nil.
    ///
    /// - Throws: `RuleViolation` when one is not an axis of the tensor.
    package func resolvedAxes(_ axes: [Int]?) throws -> [Int] {
        let rank = try knownRank()
        guard let axes else { return Array(0..<rank) }
        let resolved = try axes.map { try resolvedAxis($0) }
        if Set(resolved).count != resolved.count {
            throw RuleViolation(.axisRepeated(axes, rank: rank))
        }
        return resolved.sorted()
    }

    /// A non-negative axis.
    ///
    /// - Throws: `RuleViolation` when it is none of the tensor's.
    package func resolvedAxis(_ axis: Int) throws -> Int {
        let rank = try knownRank()
        guard axis >= -rank, axis < rank else {
            throw RuleViolation(.axisOutOfRange(axis, rank: rank, type: type))
        }
        return axis < 0 ? axis + rank : axis
    }

    /// The size of an axis.
    ///
    /// - Throws: `RuleViolation` when it is unknown.
    package func knownSize(_ axis: Int) throws -> Int {
        guard let size = shape[axis] else {
            throw RuleViolation(.unknownSize(axis: axis, type))
        }
        return size
    }

    /// - Throws: `RuleViolation` when the tensor is not of floating-point numbers.
    package func requireFloating() throws {
        guard dtype.isFloatingPoint else {
            throw RuleViolation(
                .wrongElementType(.operand, dtype, wanted: DTypeClass.floating.dtypes))
        }
    }

    /// - Throws: `RuleViolation` when the tensor is of neither floating-point nor complex numbers.
    package func requireFloatingOrComplex() throws {
        if !dtype.isComplex { try requireFloating() }
    }

    /// - Throws: `RuleViolation` when the element types differ.
    package static func requireSameDType(_ tensors: [AnyTensor]) throws {
        guard let first = tensors.first else { return }
        if let other = tensors.first(where: { $0.dtype != first.dtype }) {
            throw RuleViolation(.elementTypesDiffer(first.type, other.type))
        }
    }
}

extension TensorProtocol {
    /// What `body` makes of the tensor, with what it takes besides; see `composed` on untyped tensors.
    package func composed(
        _ operation: String, with others: [AnyTensor] = [],
        _ body: (_ x: AnyTensor) throws -> AnyTensor
    ) -> Self {
        let x = anyTensor
        return Self(AnyTensor.composed(operation, [x] + others) { try body(x) })
    }

    /// What `body` makes of two tensors of one element type.
    package static func composed(
        _ operation: String, _ a: Self, _ b: Self,
        _ body: (_ a: AnyTensor, _ b: AnyTensor) throws -> AnyTensor
    ) -> Self {
        let (a, b) = (a.anyTensor, b.anyTensor)
        return Self(
            AnyTensor.composed(operation, [a, b]) {
                try AnyTensor.requireSameDType([a, b])
                return try body(a, b)
            })
    }
}
