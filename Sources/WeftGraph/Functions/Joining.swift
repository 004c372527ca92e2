// SPDX-License-Identifier: Apache-2.0

/// Tensors of parts of a tensor, and a tensor of several.
extension TensorProtocol {
    /// The tensor as many tensors, one for each index of an axis, which goes away.
    ///
    /// - Parameter count: How many there are, where the axis has no known size; a run in which it has
    ///   another fails. At most 1,048,576; else there is one tensor, with an error.
    public func unstacked(axis: Int = 0, count: Int? = nil) -> [Self] {
        composedAll("unstack", count: count ?? shape[axis] ?? 0) { x in
            let axis = try x.resolvedAxis(axis)
            let size = try count ?? x.knownSize(axis)
            try AnyTensor.requireParts(size)
            guard size >= 0 else {
                throw RuleViolation(
                    .invalidArgument("the count", value: "\(size)", wanted: "0 or more"))
            }
            if let own = x.shape[axis], own != size {
                throw RuleViolation(
                    .countsDiffer(
                        "tensors", size, for: "elements of axis \(axis) of \(x.type)", own))
            }
            let parts = x.parts(axis, sizes: Array(repeating: 1, count: size))
            return parts.map { $0.squeezed(axes: [axis]) }
        }
    }

    /// The tensor cut into equal parts along an axis.
    ///
    /// What cannot be cut gives as many tensors with an error, at least one and at most 1,048,576,
    /// which is also the most parts there may be.
    public func split(into count: Int, axis: Int = 0) -> [Self] {
        composedAll("split", count: count) { x in
            let axis = try x.resolvedAxis(axis)
            guard count > 0, (x.shape[axis] ?? 0) % count == 0 else {
                throw RuleViolation(
                    "axis \(axis) of \(x.type) cannot be split into \(count) equal parts; "
                        + "use `split(sizes:axis:)`")
            }
            try AnyTensor.requireParts(count)
            if let size = x.shape[axis] {
                return x.parts(axis, sizes: Array(repeating: size / count, count: count))
            }
            let kept = (0..<(try x.knownRank())).map { GroupedAxis.product($0..<$0 + 1) }
            let parted = x.regrouped(
                kept[..<axis] + [.size(count), .quotient(axis: axis, by: count)]
                    + kept[(axis + 1)...])
            return parted.parts(axis, sizes: Array(repeating: 1, count: count)).map {
                $0.squeezed(axes: [axis])
            }
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
            return x.parts(axis, sizes: sizes)
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
                throw RuleViolation(.nothingTo("concatenate"))
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
                throw RuleViolation(.nothingTo("stack"))
            }
            let rank = try first.knownRank() + 1
            let place = try normalizedAxis(axis, rank: rank)
            for tensor in tensors where tensor.shape.merged(with: first.shape) == nil {
                throw RuleViolation(.shapesDiffer("the tensors", first.shape, tensor.shape))
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

    /// Parts of these sizes, one behind the other. Where nothing is known of the axis, a run in which
    /// they are not all of it fails.
    fileprivate func parts(_ axis: Int, sizes: [Int]) -> [AnyTensor] {
        if shape[axis] == nil { return split(sizes: AnyTensor.numbers(sizes), axis: axis) }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return sliced(axis: axis, start, start + size)
        }
    }

    package static func requireParts(_ count: Int) throws {
        guard count <= mostParts else {
            throw RuleViolation("\(count) parts are too many; there may be \(mostParts)")
        }
    }
}
