// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    func reduction(_ kind: ReductionKind, _ axes: [Int]) throws -> [AnyTensor?] {
        let x = inputs[0]
        switch kind {
        case .sum: return first(gradient.spread(over: x, axes: axes))
        case .product:
            let product = try productGradient(
                gradient.forProducts, x.forProducts, axes[...])
            return first(product.cast(to: x.dtype))
        case .maximum, .minimum:
            // Equal extremes share the gradient evenly, as in TensorFlow.
            let isExtreme = AnyTensor.compare(.equal, output.spread(over: x, axes: axes), x)
                .cast(to: x.dtype.computing)
            let count = isExtreme.reduced(.sum, axes: axes).spread(over: x, axes: axes)
            let spread = gradient.widened.spread(over: x, axes: axes)
            return first((isExtreme / count * spread).cast(to: x.dtype))
        case .all, .any: return nothing
        }
    }

    /// Each element's gradient is the product of the others. Dividing the product by the element
    /// would be wrong at zeros; the products of what stands before and of what comes after are not.
    private func productGradient(
        _ gradient: AnyTensor, _ x: AnyTensor, _ axes: ArraySlice<Int>
    ) throws -> AnyTensor {
        // One axis after the other, the last one first: the others' positions stay.
        guard let last = axes.last else { return gradient }
        let rest = axes.dropLast()
        let inner =
            rest.isEmpty
            ? gradient
            : try productGradient(
                gradient, x.reduced(.product, axes: [last]), rest)
        func products(isReversed: Bool) -> AnyTensor {
            .make(
                .cumulative(
                    CumulativeAttributes(
                        kind: .product, axis: last, isExclusive: true, isReversed: isReversed)), [x]
            )
        }
        return inner.spread(over: x, axes: [last])
            * (products(isReversed: false) * products(isReversed: true))
    }

    func cumulative(_ attributes: CumulativeAttributes) throws -> [AnyTensor?] {
        switch attributes.kind {
        case .sum:
            var mirrored = attributes
            mirrored.isReversed.toggle()
            return first(.make(.cumulative(mirrored), [gradient]))
        case .product: return first(try cumulativeProductGradient(attributes))
        case .maximum, .minimum: return first(try cumulativeExtremeGradient(attributes))
        case .all, .any: return nothing
        }
    }

    /// What stands before element i is a factor of every product that i is in. The rest is a linear
    /// recurrence from the far end, sᵢ = gᵢ + xᵢ₊₁ · sᵢ₊₁, which is right at zeros, where dividing
    /// is not.
    private func cumulativeProductGradient(
        _ attributes: CumulativeAttributes
    ) throws -> AnyTensor {
        let x = inputs[0].forProducts
        var before = attributes
        before.isExclusive = true
        let rest = try backwards(attributes, [gradient.forProducts, x]) { carry, slices in
            let (g, x) = (slices[0], slices[1])
            return attributes.isExclusive
                ? (g + x * carry, carry) : (x * (g + carry), g + carry)
        }
        return (AnyTensor.make(.cumulative(before), [x]) * rest).cast(to: inputs[0].dtype)
    }

    /// A running extreme changes at records; each record gets the gradients up to the next one.
    private func cumulativeExtremeGradient(
        _ attributes: CumulativeAttributes
    ) throws -> AnyTensor {
        let x = inputs[0]
        var before = attributes
        before.isExclusive = true
        let isRecord = AnyTensor.compare(
            attributes.kind == .maximum ? .greater : .less, x,
            AnyTensor.make(.cumulative(before), [x]))
        return try backwards(attributes, [gradient, isRecord]) { carry, slices in
            let (g, isRecord) = (slices[0], slices[1])
            let zero = AnyTensor.scalar(0, g.dtype)
            let sum = attributes.isExclusive ? carry : g + carry
            let kept = AnyTensor.select(isRecord, zero, sum)
            return (attributes.isExclusive ? g + kept : kept, AnyTensor.select(isRecord, sum, zero))
        }
    }

    /// A loop along the axis against the direction of the accumulation, from a carry of zeros.
    private func backwards(
        _ attributes: CumulativeAttributes, _ sequences: [AnyTensor],
        _ step: (AnyTensor, [AnyTensor]) -> (next: AnyTensor, output: AnyTensor)
    ) throws -> AnyTensor {
        guard let rank = inputs[0].shape.rank else {
            throw failure("the rank of \(inputs[0].type) is unknown")
        }
        let axis = attributes.axis
        let toFront = [axis] + (0..<rank).filter { $0 != axis }
        let moved = sequences.map { $0.transposed(permutation: toFront) }
        let slices = moved.map {
            TensorType($0.dtype, Shape(dims: $0.shape.dims.map { Array($0.dropFirst()) }))
        }
        let start = AnyTensor.zeros(
            like: moved[0].reduced(.sum, axes: [0]))
        let body = Region.build(parameters: [start.type] + slices) { parameters in
            let (next, output) = step(parameters[0], Array(parameters.dropFirst()))
            return [next, output]
        }
        let loop = AnyTensor.makeAll(
            .scan(ScanAttributes(body: body, carries: 1, isReversed: !attributes.isReversed)),
            [start] + moved)
        guard loop.count == 2 else { throw loop[0].error ?? failure("its loop is invalid") }
        return loop[1].transposed(permutation: inverse(of: toFront))
    }
}

/// The permutation that undoes `permutation`.
func inverse(of permutation: [Int]) -> [Int] {
    var result = permutation
    for (index, axis) in permutation.enumerated() { result[axis] = index }
    return result
}

extension AnyTensor {
    /// Of 16-bit floats in f64: products of some numbers of bf16 leave the range of f32, and infinity
    /// times 0 is NaN.
    fileprivate var forProducts: AnyTensor {
        dtype.computing == dtype ? self : cast(to: .float64)
    }

    /// Repeated along the `axes` that a reduction of `x` removed, to the shape of `x`.
    func spread(over x: AnyTensor, axes: [Int]) -> AnyTensor {
        if axes.isEmpty { return self }
        guard let rank = x.shape.rank else {
            // Adding repeats whatever the rank turns out to be.
            return AnyTensor.make(.expand(axes: axes), [self])
                + AnyTensor.filled(0, like: x, dtype: dtype)
        }
        let kept = (0..<rank).filter { !axes.contains($0) }
        if let dims = x.shape.dimensions {
            return .make(.broadcast(shape: dims, axes: kept), [self])
        }
        return .make(.broadcastLike(axes: kept), [self, x])
    }
}
