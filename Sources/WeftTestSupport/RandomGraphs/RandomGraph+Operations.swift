// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension RandomGraph {
    mutating func addOperation() {
        let x = pick()
        switch random.index(below: 24) {
        case 0...3: keep(unary(x))
        case 4...7: addBinary(x)
        case 8, 9: addReduction(x)
        case 10, 11, 12: addAndBack(x)
        case 13, 14: addProduct(x)
        case 15: addSelection(x)
        case 16, 17: addPick(x)
        case 18: addReshape(x)
        case 19: addTransposition(x)
        case 20: addPiece(x)
        case 21: addRepetition(x)
        case 22: addCumulative(x)
        default: addLossPerRow(x)
        }
    }

    /// Functions that keep numbers of moderate size so.
    private mutating func unary(_ x: AnyTensor) -> AnyTensor {
        if dtype == .int32 {
            return .unary([.negate, .abs, .not, .relu][random.index(below: 4)], x)
        }
        switch random.index(below: 14) {
        case 0: return tanh(x)
        case 1: return sigmoid(x)
        case 2, 3: return relu(x)
        case 4: return -x
        case 5: return exp(tanh(x))
        case 6: return log(x * x + 1)
        case 7: return sqrt(x * x + 0.25)
        case 8: return rsqrt(x * x + 0.5)
        case 9: return softplus(x)
        case 10: return gelu(x, isApproximate: false)
        case 11: return x * x
        case 12: return x * 0.5 + 0.25
        default: return .unary(.sin, x)
        }
    }

    /// A value or a new input that broadcasts with another.
    private mutating func partner(of x: AnyTensor) -> AnyTensor {
        let fitting = values.filter {
            guard let both = try? Shape.broadcast(x.shape, $0.shape).dims else { return false }
            return volume(both) <= mostElements
        }
        if !fitting.isEmpty, random.index(below: 2) == 0 {
            return fitting[random.index(below: fitting.count)]
        }
        var dims = dims(x)
        switch random.index(below: 5) {
        case 0: dims.removeFirst(random.index(below: dims.count + 1))
        case 1:
            for axis in dims.indices where random.index(below: 2) == 0 { dims[axis] = 1 }
        case 2: dims = dims.last.map { [$0] } ?? []
        case 3: if !dims.isEmpty { dims[dims.count - 1] = 1 }
        default: break
        }
        return addInput(dims)
    }

    private mutating func addBinary(_ x: AnyTensor) {
        var pair = [x, partner(of: x)]
        if random.index(below: 3) == 0 { pair.swapAt(0, 1) }
        if dtype == .int32 {
            let kinds: [BinaryKind] = [.add, .subtract, .multiply, .maximum, .xor]
            return keep(.binary(kinds[random.index(below: kinds.count)], pair[0], pair[1]))
        }
        switch random.index(below: 7) {
        case 0, 1: keep(pair[0] + pair[1])
        case 2: keep(pair[0] - pair[1])
        case 3, 4: keep(pair[0] * pair[1])
        case 5: keep(pair[0] / (pair[1] * pair[1] + 1))
        default: keep(maximum(pair[0], pair[1]))
        }
    }

    /// Some axes, or the last or first ones.
    private mutating func axes(of x: AnyTensor) -> [Int] {
        let all = Array(dims(x).indices)
        guard let last = all.last else { return [] }
        switch random.index(below: 5) {
        case 0, 1: return [last]
        case 2: return Array(all.dropLast())
        case 3: return all.filter { _ in random.index(below: 2) == 0 }
        default: return all
        }
    }

    private mutating func addReduction(_ x: AnyTensor) {
        let (axes, isKept) = (axes(of: x), random.index(below: 2) == 0)
        let isEmpty = axes.contains { dims(x)[$0] == 0 }
        switch random.index(below: 5) {
        case 0 where !isEmpty: keep(x.max(axes: axes, keepingDimensions: isKept))
        case 1 where !isEmpty: keep(x.min(axes: axes, keepingDimensions: isKept))
        case 2 where dtype != .int32 && !isEmpty:
            keep(x.mean(axes: axes, keepingDimensions: isKept))
        case 3 where dtype != .int32: keep((x * x).sum(axes: axes, keepingDimensions: isKept))
        default: keep(x.sum(axes: axes, keepingDimensions: isKept))
        }
    }

    /// Reductions whose result goes back to what was reduced.
    private mutating func addAndBack(_ x: AnyTensor) {
        let axes = axes(of: x)
        guard !axes.isEmpty, !axes.contains(where: { dims(x)[$0] == 0 }) else { return }
        if dtype == .int32 {
            return keep(x - x.max(axes: axes, keepingDimensions: true))
        }
        switch random.index(below: 6) {
        case 0: keep(softmax(x, axes: axes))
        case 1: keep(logSoftmax(x, axes: axes))
        case 2: keep(layerNormalized(x, axes: axes, epsilon: 0.01))
        case 3: keep(x * x.mean(axes: axes, keepingDimensions: true))
        case 4: keep(rmsNormalized(x, axes: axes, epsilon: 0.01))
        default:
            let total = x.unary(.abs).sum(axes: axes, keepingDimensions: true) + 1
            keep(x / total + log(total))
        }
    }

    private mutating func addProduct(_ x: AnyTensor) {
        let own = dims(x)
        guard let inner = own.last, inner > 0, own.count > 0 else { return }
        let rows = volume(own) / inner
        let sizes = [1, 2, 10, 16, 33, 64, 128, 1000].filter {
            $0 * rows <= mostElements && $0 * rows * inner <= mostProducts && $0 * inner <= 50_000
        }
        guard !sizes.isEmpty else { return }
        let outer = sizes[random.index(below: sizes.count)]
        let batch = own.count > 2 && random.index(below: 2) == 0 ? Array(own.dropLast(2)) : []
        guard volume(batch) * inner * outer <= mostElements else { return }
        let isTurned = random.index(below: 3) == 0 && own.count > 1
        let weights = addInput(batch + (isTurned ? [outer, inner] : [inner, outer]))
        var y = matmul(x, weights, transposingSecond: isTurned)
        if dtype != .int32, random.index(below: 2) == 0 { y = y * (1 / Double(inner).squareRoot()) }
        if random.index(below: 2) == 0 { y = y + addInput([outer]) }
        if random.index(below: 3) == 0 { y = y + addInput(dims(y)) }
        if random.index(below: 2) == 0 { y = relu(y) }
        keep(y)
    }

    private mutating func addSelection(_ x: AnyTensor) {
        let y = partner(of: x)
        let kinds: [ComparisonKind] = [.less, .greater, .lessOrEqual]
        let condition = AnyTensor.compare(kinds[random.index(below: kinds.count)], x, y)
        keep(select(condition, x, random.index(below: 2) == 0 ? y : .scalar(0, dtype)))
    }

    /// Elements by index: rows of a table, one of each row, or a sum with a one-hot array.
    private mutating func addPick(_ x: AnyTensor) {
        let own = dims(x)
        guard let last = own.last, !own.contains(0) else { return }
        let leading = Array(own.dropLast())
        switch random.index(below: 4) {
        case 0:
            let axis = random.index(below: own.count)
            let count = 1 + random.index(below: 40)
            guard volume(own) / own[axis] * count <= mostElements else { return }
            let isChecked = random.index(below: 2) == 0
            let places = indices([count], below: own[axis], mayMiss: !isChecked)
            keep(x.gathered(at: places, axis: axis, outOfBounds: isChecked ? .checked : .ignored))
        case 1:
            keep(
                x.gathered(
                    along: own.count - 1, at: indices(leading + [1], below: last)))
        case 2:
            let hot = isNumber(indices(leading, below: last, mayMiss: true), in: x)
            keep(select(hot, x, .scalar(0, dtype)).sum(axes: [own.count - 1]))
        default:
            let hot = isNumber(indices(leading, below: last, mayMiss: true), in: x)
            keep(x + select(hot, partner(of: x), .scalar(0, dtype)))
        }
    }

    /// Where the number of a column is the index of its row.
    private func isNumber(_ indices: AnyTensor, in x: AnyTensor) -> AnyTensor {
        let last = dims(x).count - 1
        return indices.expandingDimensions(at: [last])
            .== .iota(like: x, axis: last, dtype: indices.dtype)
    }

    private mutating func addLossPerRow(_ x: AnyTensor) {
        let own = dims(x)
        guard dtype != .int32, let last = own.last, !own.contains(0) else { return addBinary(x) }
        switch random.index(below: 4) {
        case 0, 1:
            keep(
                softmaxCrossEntropy(
                    logits: x, labels: indices(Array(own.dropLast()), below: last),
                    reduction: .none))
        case 2:
            keep(
                softmaxCrossEntropy(
                    logits: x, labels: softmax(addInput(own)), reduction: .none))
        default:
            keep(sigmoidCrossEntropy(logits: x, labels: sigmoid(addInput(own)), reduction: .none))
        }
    }

    /// A scalar of a value.
    mutating func loss(of x: AnyTensor) -> AnyTensor {
        let own = dims(x)
        if let last = own.last, own.count > 1, !own.contains(0), random.index(below: 3) == 0 {
            return softmaxCrossEntropy(
                logits: x, labels: indices(Array(own.dropLast()), below: last), reduction: .mean)
        }
        switch random.index(below: 4) {
        case 0: return x.sum()
        case 1: return (x * x).sum()
        case 2 where !own.contains(0): return x.mean()
        default: return (x * addInput(own)).sum()
        }
    }
}

extension AnyTensor {
    fileprivate func unary(_ kind: UnaryKind) -> AnyTensor { .unary(kind, self) }
}
