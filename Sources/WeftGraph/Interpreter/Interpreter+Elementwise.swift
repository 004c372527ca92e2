// SPDX-License-Identifier: Apache-2.0

extension Step {
    func unary(_ kind: UnaryKind) throws -> NDArray {
        let row = kind.descriptor
        let operand = inputs[0]
        if operand.dtype.isFloatingPoint {
            return Double.store(Double.load(operand).map(row.reference), dtype, shape)
        }
        guard let integer = row.integer else {
            throw unsupported("it takes \(row.operands.description), not \(operand.dtype)")
        }
        let numbers = Int64.load(operand).map { integer($0, operand.dtype) }
        return Int64.store(numbers, dtype, shape)
    }

    func binary(_ kind: BinaryKind) throws -> NDArray {
        let operands = inputs[0].dtype
        if !operands.isFloatingPoint, kind.descriptor.integer == nil {
            throw unsupported("it takes \(kind.descriptor.operands.description), not \(operands)")
        }
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let function = T.function(kind, operands)
            let (a, b) = (T.load(inputs[0]), T.load(inputs[1]))
            let fromA = RowMajor.broadcastSources(inputs[0].shape, to: shape)
            let fromB = RowMajor.broadcastSources(inputs[1].shape, to: shape)
            var result: [T] = []
            result.reserveCapacity(fromA.count)
            for i in fromA.indices {
                guard let value = function(a[fromA[i]], b[fromB[i]]) else {
                    throw failure(
                        "element \(i) of \(fromA.count) divides an integer by zero; make the "
                            + "divisor nonzero, for example with `select`, or divide floats")
                }
                result.append(value)
            }
            return T.store(result, dtype, shape)
        }
        return try widened(operands) { try evaluate($0) }
    }

    func compare(_ kind: ComparisonKind) throws -> NDArray {
        let operands = inputs[0].dtype
        let fromA = RowMajor.broadcastSources(inputs[0].shape, to: shape)
        let fromB = RowMajor.broadcastSources(inputs[1].shape, to: shape)
        func results<T: Comparable>(_ a: [T], _ b: [T]) -> NDArray {
            let results = fromA.indices.map { kind.holds(a[fromA[$0]], b[fromB[$0]]) }
            return Int64.store(results.map { $0 ? 1 : 0 }, .bool, shape)
        }
        if operands.isFloatingPoint {
            return results(Double.load(inputs[0]), Double.load(inputs[1]))
        }
        let (a, b) = (Int64.load(inputs[0]), Int64.load(inputs[1]))
        if operands.isUnsignedInteger {
            return results(a.map { UInt64(bitPattern: $0) }, b.map { UInt64(bitPattern: $0) })
        }
        return results(a, b)
    }

    /// (condition, a, b); elements are copied, so that NaNs keep their bits.
    func select() throws -> NDArray {
        let condition = Int64.load(inputs[0])
        let from = inputs.map { RowMajor.broadcastSources($0.shape, to: shape) }
        let (a, b) = (inputs[1], inputs[2])
        let size = a.dtype.size
        return NDArray(dtype: dtype, shape: shape) { target in
            a.withUnsafeBytes { first in
                b.withUnsafeBytes { second in
                    for i in from[0].indices {
                        let isFirst = condition[from[0][i]] != 0
                        let source = isFirst ? first : second
                        let position = isFirst ? from[1][i] : from[2][i]
                        if let base = source.baseAddress {
                            (target + i * size).copyMemory(
                                from: base + position * size, byteCount: size)
                        }
                    }
                }
            }
        }
    }

    func cast() throws -> NDArray { inputs[0].cast(to: dtype) }

    /// The index along an axis; integers wrap.
    func iota(_ axis: Int) throws -> NDArray {
        var indices: [Int64] = []
        RowMajor.forEach(shape) { indices.append(Int64($0[axis])) }
        if dtype.isFloatingPoint { return Double.store(indices.map { Double($0) }, dtype, shape) }
        return Int64.store(indices, dtype, shape)
    }
}
