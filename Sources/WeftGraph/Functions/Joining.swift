// SPDX-License-Identifier: Apache-2.0

/// Tensors of parts of a tensor, and a tensor of several.
extension TensorProtocol {
    /// The tensor as many tensors, one for each index of an axis, which goes away.
    ///
    /// The axis must have a known size of at most 1,048,576; else there is one tensor, with an error.
    public func unstacked(axis: Int = 0) -> [Self] {
        composedAll("unstack", count: shape[axis] ?? 0) { x in
            let axis = try x.resolvedAxis(axis)
            let size = try x.knownSize(axis)
            try AnyTensor.requireParts(size)
            return (0..<size).map {
                x.sliced(axis: axis, $0, $0 + 1).squeezed(axes: [axis])
            }
        }
    }

    /// The tensor cut into equal parts along an axis of known size.
    ///
    /// What cannot be cut gives as many tensors with an error, at least one and at most 1,048,576,
    /// which is also the most parts there may be.
    public func split(into count: Int, axis: Int = 0) -> [Self] {
        composedAll("split", count: count) { x in
            let axis = try x.resolvedAxis(axis)
            let size = try x.knownSize(axis)
            guard count > 0, size % count == 0 else {
                throw RuleViolation(
                    "axis \(axis) of \(x.type) cannot be split into \(count) equal parts; "
                        + "use `split(sizes:axis:)`")
            }
            try AnyTensor.requireParts(count)
            return x.split(sizes: Array(repeating: size / count, count: count), axis: axis)
        }
    }

    /// The tensor cut into parts of the given sizes along an axis; as many tensors with an error when
    /// the sizes do not fit.
    public func split(sizes: [Int], axis: Int = 0) -> [Self] {
        composedAll("split", count: sizes.count) { x in
            let axis = try x.resolvedAxis(axis)
            guard sizes.allSatisfy({ $0 >= 0 }), let total = CheckedSize(sum: sizes).value else {
                throw RuleViolation("the sizes of the parts must not be negative or huge: \(sizes)")
            }
            if let size = x.shape[axis], size != total {
                throw RuleViolation(
                    "the parts \(sizes) make \(total), but axis \(axis) of \(x.type) has \(size)")
            }
            var start = 0
            return sizes.map { size in
                defer { start += size }
                return x.sliced(axis: axis, start, start + size)
            }
        }
    }

    package func composedAll(
        _ operation: String, with others: [AnyTensor] = [], count: Int,
        _ body: (_ x: AnyTensor) throws -> [AnyTensor]
    ) -> [Self] {
        let x = anyTensor
        return AnyTensor.composedAll(operation, [x] + others, count: count) { try body(x) }
            .map { Self($0) }
    }
}

/// The tensors one after the other along an axis; their other dimensions must be equal.
///
/// - Shape: [a, n], [b, n] → [a + b, n] along axis 0.
public func concatenated<T: TensorProtocol>(_ tensors: [T], axis: Int = 0) -> T {
    let tensors = tensors.map(\.anyTensor)
    return T(
        .composed("concatenate", tensors) {
            guard let first = tensors.first else {
                throw RuleViolation("there is nothing to concatenate")
            }
            let ranked = tensors.first { $0.rank != nil } ?? first
            return .concatenated(tensors, axis: try ranked.resolvedAxis(axis))
        })
}

/// Tensors of one shape along a new axis.
///
/// - Shape: k times [a, b] → [k, a, b] for axis 0.
public func stacked<T: TensorProtocol>(_ tensors: [T], axis: Int = 0) -> T {
    let tensors = tensors.map(\.anyTensor)
    return T(
        .composed("stack", tensors) {
            guard let first = tensors.first else {
                throw RuleViolation("there is nothing to stack")
            }
            let rank = try first.knownRank() + 1
            let place = try normalizedAxis(axis, rank: rank)
            for tensor in tensors where tensor.shape.merged(with: first.shape) == nil {
                throw RuleViolation(
                    "the tensors must have one shape: \(first.shape) and \(tensor.shape) differ")
            }
            return .concatenated(
                tensors.map { $0.expandingDimensions(at: [place]) }, axis: place)
        })
}

/// Each vector along its own axis, repeated along those of the others.
///
/// - Shape: [a], [b], ... → [a, b, ...] each.
public func meshgrid<T: TensorProtocol>(_ vectors: [T]) -> [T] {
    let vectors = vectors.map(\.anyTensor)
    return AnyTensor.composedAll("meshgrid", vectors, count: vectors.count) {
        try AnyTensor.requireSameDType(vectors)
        if let bad = vectors.first(where: { $0.rank != 1 }) {
            throw RuleViolation("it takes vectors, not \(bad.type)")
        }
        let aligned = vectors.indices.map { i in
            vectors[i].expandingDimensions(at: vectors.indices.filter { $0 != i })
        }
        if let sizes = vectors.map({ $0.shape[0] }) as? [Int] {
            return aligned.map { $0.broadcasted(to: sizes) }
        }
        // The shape of all is that of any function of all.
        let flags = aligned.map { $0 .== $0 }
        let like = flags.dropFirst().reduce(flags[0], .&)
        return aligned.map { $0.broadcasted(like: like) }
    }.map { T($0) }
}

extension AnyTensor {
    /// A list of tensors with errors in it has no more than these: what is wrong may be the count.
    package static let mostParts = 1 << 20

    package static func requireParts(_ count: Int) throws {
        guard count <= mostParts else {
            throw RuleViolation("\(count) parts are too many; there may be \(mostParts)")
        }
    }
}
