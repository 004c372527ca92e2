// SPDX-License-Identifier: Apache-2.0

/// What moves elements sends the gradients back where the elements came from, and adds where one
/// went to several places.
extension GradientRule {
    func reshape() -> [AnyTensor?] { first(gradient.reshaped(like: inputs[0])) }

    func broadcast(_ axes: [Int]) throws -> [AnyTensor?] {
        let x = inputs[0]
        guard let rank = output.shape.rank else {
            if axes.isEmpty { return first(gradient.unbroadcast(like: x)) }
            throw failure("the rank of \(output.type) is unknown")
        }
        if axes == Array(rank - axes.count..<rank) { return first(gradient.unbroadcast(like: x)) }
        let sum = gradient.reduced(.sum, axes: (0..<rank).filter { !axes.contains($0) })
        let order = axes.sorted()
        let inOrder = sum.transposed(permutation: axes.map { order.firstIndex(of: $0) ?? 0 })
        return first(inOrder.unbroadcast(like: x))
    }

    func unbroadcast() -> [AnyTensor?] {
        let x = inputs[0]
        if gradient.shape.rank != nil, x.shape.rank != nil {
            return first(gradient.broadcast(like: x))
        }
        return first(gradient + AnyTensor.zeros(like: x))
    }

    func transpose(_ permutation: [Int]) -> [AnyTensor?] {
        first(gradient.transposed(permutation: inverse(of: permutation)))
    }

    func slice(_ attributes: SliceAttributes) -> [AnyTensor?] {
        first(.make(.sliceGradient(attributes), [gradient, inputs[0]]))
    }

    func sliceGradient(_ attributes: SliceAttributes) -> [AnyTensor?] {
        first(.make(.slice(attributes), [gradient]))
    }

    func dynamicSlice() -> [AnyTensor?] {
        let (x, starts) = (inputs[0], inputs[1])
        return first(.make(.dynamicUpdateSlice, [.zeros(like: x), gradient, starts]))
    }

    func dynamicUpdateSlice() throws -> [AnyTensor?] {
        let (update, starts) = (inputs[1], inputs[2])
        return try each {
            if $0 == 0 {
                return .make(.dynamicUpdateSlice, [gradient, .zeros(like: update), starts])
            }
            guard let sizes = update.shape.dimensions else {
                throw failure("the shape of the update, \(update.type), must be known")
            }
            return .make(.dynamicSlice(sizes: sizes), [gradient, starts])
        }
    }

    func pad(_ attributes: PadAttributes) -> [AnyTensor?] {
        let x = inputs[0]
        return each {
            if $0 == 0 {
                // Cropped by what was added, filled up with zeros where the padding had cropped.
                let whole =
                    attributes.low.allSatisfy { $0 == 0 } && attributes.high.allSatisfy { $0 == 0 }
                let inner =
                    whole
                    ? gradient
                    : gradient.padded(
                        low: attributes.low.map { -$0 }, high: attributes.high.map { -$0 })
                if attributes.interior.allSatisfy({ $0 == 0 }) { return inner }
                return inner.sliced(
                    starts: attributes.interior.map { _ in 0 },
                    limits: attributes.interior.map { _ in Int.max },
                    strides: attributes.interior.map { $0 + 1 })
            }
            let isPadding = AnyTensor.make(
                .pad(attributes), [.zeros(like: x), .scalar(1, x.dtype)])
            let zero = AnyTensor.scalar(0, gradient.dtype)
            let outside = AnyTensor.select(
                .compare(.greater, isPadding, zero), gradient, zero)
            return outside.reduced(.sum, axes: Array(attributes.low.indices))
        }
    }

    func concatenate(_ axis: Int) -> [AnyTensor?] {
        let sizes = inputs.map { $0.shape[axis] }
        guard let rank = output.shape.rank, sizes.allSatisfy({ $0 != nil }) else {
            return each { .make(.concatenateSlice(axis: axis, index: $0), [gradient] + inputs) }
        }
        var ends: [Int] = []
        for size in sizes { ends.append((ends.last ?? 0) + (size ?? 0)) }
        return each { index in
            var starts = Array(repeating: 0, count: rank)
            var limits = Array(repeating: Int.max, count: rank)
            starts[axis] = ends[index] - (sizes[index] ?? 0)
            limits[axis] = ends[index]
            return gradient.sliced(starts: starts, limits: limits)
        }
    }

    func concatenateSlice(_ axis: Int, _ index: Int) -> [AnyTensor?] {
        var parts = inputs.dropFirst().map { AnyTensor.filled(0, like: $0, dtype: gradient.dtype) }
        parts[index] = gradient
        return first(AnyTensor.concatenated(parts, axis: axis))
    }

    func reverse(_ axes: [Int]) -> [AnyTensor?] { first(gradient.reversed(axes: axes)) }
}
