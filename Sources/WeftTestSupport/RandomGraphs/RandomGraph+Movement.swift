// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension RandomGraph {
    /// Axes put together or divided.
    mutating func addReshape(_ x: AnyTensor) {
        var own = dims(x)
        switch random.index(below: 4) {
        case 0: own = [volume(own)]
        case 1: own.insert(1, at: random.index(below: own.count + 1))
        case 2 where own.count > 1:
            let axis = random.index(below: own.count - 1)
            own[axis] *= own.remove(at: axis + 1)
        default:
            guard !own.isEmpty else { return }
            let axis = random.index(below: own.count)
            let factors = [2, 3, 4, 8, 10, 16].filter { own[axis] > 0 && own[axis] % $0 == 0 }
            guard !factors.isEmpty else { return }
            let factor = factors[random.index(below: factors.count)]
            own[axis] /= factor
            own.insert(factor, at: axis + random.index(below: 2))
        }
        if own.count <= 5 { keep(x.reshaped(to: own)) }
    }

    mutating func addTransposition(_ x: AnyTensor) {
        let axes = Array(dims(x).indices)
        guard axes.count > 1 else { return }
        keep(x.transposed(permutation: axes.shuffled(using: &random)))
    }

    /// A part of an array, two put together, or one with zeros around it.
    mutating func addPiece(_ x: AnyTensor) {
        let own = dims(x)
        guard !own.isEmpty else { return }
        let axis = random.index(below: own.count)
        switch random.index(below: 4) {
        case 0, 1:
            let start = random.index(below: own[axis] + 1)
            let limit = start + random.index(below: own[axis] - start + 1)
            var (starts, limits) = (own.map { _ in 0 }, own)
            (starts[axis], limits[axis]) = (start, limit)
            var strides = own.map { _ in 1 }
            if random.index(below: 3) == 0 { strides[axis] = 2 }
            keep(x.sliced(starts: starts, limits: limits, strides: strides))
        case 2:
            let other = values.first { value in
                let dims = dims(value)
                return dims.count == own.count
                    && dims.indices.allSatisfy { $0 == axis || dims[$0] == own[$0] }
            }
            keep(.concatenated([x, other ?? x], axis: axis))
        default:
            var (low, high) = (own.map { _ in 0 }, own.map { _ in 0 })
            low[axis] = random.index(below: 3)
            high[axis] = random.index(below: 3)
            keep(x.padded(low: low, high: high))
        }
    }

    /// Repeated along a new axis, or along one of a single element.
    mutating func addRepetition(_ x: AnyTensor) {
        var own = dims(x)
        let count = [2, 3, 10, 16, 64][random.index(below: 5)]
        guard volume(own) * count <= mostElements else { return }
        if let single = own.firstIndex(of: 1) {
            own[single] = count
        } else if own.count < 5 {
            own.insert(count, at: 0)
        }
        keep(x.broadcasted(to: own))
    }

    mutating func addCumulative(_ x: AnyTensor) {
        let own = dims(x)
        guard !own.isEmpty else { return }
        let axis = random.index(below: own.count)
        if random.index(below: 3) == 0 { return keep(x.reversed(axes: [axis])) }
        // Long sums of many numbers grow.
        guard own[axis] <= 128 else { return }
        keep(
            x.cumulative(
                .sum, axis: axis, isExclusive: random.index(below: 2) == 0,
                isReversed: random.index(below: 2) == 0))
    }
}
