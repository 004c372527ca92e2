// SPDX-License-Identifier: Apache-2.0

extension ReductionKind {
    /// The operation of two elements. All and any are those of bool, as numbers 0 and 1.
    var binary: BinaryKind {
        switch self {
        case .sum: .add
        case .product: .multiply
        case .maximum: .maximum
        case .minimum: .minimum
        case .all: .and
        case .any: .or
        }
    }

    /// What the operation leaves everything else as it is with.
    func identity<T: WideNumber>(_: T.Type, _ dtype: DType) -> T {
        switch self {
        case .sum, .any: T.zero
        case .product, .all: T.one
        case .maximum: T.extreme(greatest: false, dtype)
        case .minimum: T.extreme(greatest: true, dtype)
        }
    }
}

extension Step {
    func reduce(_ kind: ReductionKind, _ axes: [Int]) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let operand = inputs[0]
            let elements = T.load(operand)
            let function = T.function(kind.binary, operand.dtype)
            var result = [T](
                repeating: kind.identity(T.self, operand.dtype), count: shape.reduce(1, *))
            let strides = keptStrides(operand.shape, without: axes)
            var position = 0
            RowMajor.forEach(operand.shape) { index in
                let target = RowMajor.offset(index, strides)
                result[target] = function(result[target], elements[position]) ?? result[target]
                position += 1
            }
            return T.store(result, dtype, shape)
        }
        return widened(inputs[0].dtype) { evaluate($0) }
    }

    /// For each axis of the operand how far it moves in the output: not at all if it is reduced.
    private func keptStrides(_ operand: [Int], without axes: [Int]) -> [Int] {
        let kept = operand.indices.filter { !axes.contains($0) }
        let output = RowMajor.strides(kept.map { operand[$0] })
        var strides = [Int](repeating: 0, count: operand.count)
        for (position, axis) in kept.enumerated() { strides[axis] = output[position] }
        return strides
    }

    /// The first of equal extremes; the first NaN wins over all numbers.
    func argReduce(_ kind: ArgReductionKind, _ axis: Int) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let operand = inputs[0]
            let elements = T.load(operand)
            let count = shape.reduce(1, *)
            guard operand.shape[axis] > 0 || count == 0 else {
                throw failure(
                    "axis \(axis) of \(operand.shape) is empty and has no extreme element")
            }
            var best = [(element: T, index: Int64)?](repeating: nil, count: count)
            let strides = keptStrides(operand.shape, without: [axis])
            var position = 0
            RowMajor.forEach(operand.shape) { index in
                let target = RowMajor.offset(index, strides)
                let element = elements[position]
                position += 1
                if let current = best[target] {
                    guard
                        isMoreExtreme(
                            element, than: current.element, greatest: kind == .argMax,
                            operand.dtype)
                    else { return }
                }
                best[target] = (element, Int64(index[axis]))
            }
            return Int64.store(best.map { $0?.index ?? 0 }, dtype, shape)
        }
        return try widened(inputs[0].dtype) { try evaluate($0) }
    }

    func isMoreExtreme<T: WideNumber>(
        _ a: T, than b: T, greatest: Bool, _ dtype: DType
    ) -> Bool {
        if T.isNaN(b) { return false }
        if T.isNaN(a) { return true }
        return greatest ? T.isAscending(b, a, dtype) : T.isAscending(a, b, dtype)
    }

    /// Every element is rounded once, from a running result that is not.
    func cumulative(_ attributes: CumulativeAttributes) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let elements = T.load(inputs[0])
            let function = T.function(attributes.kind.binary, dtype)
            var result = elements
            let stride = RowMajor.strides(shape)[attributes.axis]
            let length = shape[attributes.axis]
            var firsts = shape
            firsts[attributes.axis] = 1
            let strides = RowMajor.strides(shape)
            RowMajor.forEach(firsts) { index in
                let first = RowMajor.offset(index, strides)
                var running = attributes.kind.identity(T.self, dtype)
                for i in 0..<length {
                    let place = first + (attributes.isReversed ? length - 1 - i : i) * stride
                    let next = function(running, elements[place]) ?? running
                    result[place] = attributes.isExclusive ? running : next
                    running = next
                }
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }
}
