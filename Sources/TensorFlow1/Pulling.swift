// SPDX-License-Identifier: Apache-2.0
import Weft

extension tf {
    /// Values that a run has taken, until the tensors that have their sizes give them.
    private struct Taken: Sendable {
        /// A run that needs sizes alone leaves its values here; more than these are none that are still wanted.
        static let most = 64
        var next: Int64 = 0
        var values: [Int64: [NDArray]] = [:]
    }

    /// Tensors of which each run that needs one of them takes new values, all by one call of `pull`.
    ///
    /// Sizes that only the values tell are found in the run before what has them; the ranks must be known.
    static func pulled(
        _ operation: String, _ types: [TensorType], _ inputs: [AnyTensor], _ name: String?,
        _ pull: @escaping @Sendable ([NDArray]) throws -> [NDArray]
    ) -> [Tensor] {
        guard types.allSatisfy({ $0.shape.rank != nil }) else {
            return types.map { _ in
                .invalid(
                    operation, name,
                    "the ranks of what it gives must be known: give the shapes, with nil for sizes")
            }
        }
        let open = types.map { type in
            (0..<(type.shape.rank ?? 0)).filter { type.shape[$0] == nil }
        }
        if open.allSatisfy(\.isEmpty) {
            let results = types.map { HostResult.array($0.dtype, $0.shape.dimensions ?? []) }
            let function = HostFunction(operation, results: results, isStateful: true) {
                try checked(pull($0), types, operation)
            }
            return named(hostCall(function, inputs), name)
        }
        let taken = Guarded(Taken())
        // The number of the values, and behind it their sizes.
        let sizes = HostFunction(
            operation, results: [.array(.int64, [1 + open.joined().count])], isStateful: true
        ) { arrays in
            let values = try checked(pull(arrays), types, operation)
            let found = zip(values, open).flatMap { array, axes in
                axes.map { Int64(array.shape[$0]) }
            }
            let number = taken.withLock { taken in
                let number = taken.next
                taken.next += 1
                taken.values[number] = values
                taken.values[number - Int64(Taken.most)] = nil
                return number
            }
            return [NDArray([number] + found)]
        }
        let found = hostCall(sizes, inputs)[0]
        var position = 0
        let results = zip(types, open).map { type, axes in
            let places = axes.map { axis in
                position += 1
                return (axis: axis, operand: position)
            }
            return HostResult.array(type.dtype) { operands in
                Shape(
                    (0..<(type.shape.rank ?? 0)).map { axis in
                        places.first { $0.axis == axis }.map { operands[$0.operand][0] }
                            ?? type.shape[axis]
                    })
            }
        }
        let read = HostFunction("\(operation).values", results: results, isStateful: true) {
            let number = try $0[0].scalars(as: Int64.self).first ?? 0
            guard let values = taken.withLock({ $0.values.removeValue(forKey: number) }) else {
                throw GraphError(operation: operation, reason: "the values were taken before")
            }
            return values
        }
        // An operand as long as a size makes the size known where the results' shapes are asked for.
        let lengths = (0..<position).map { place in tf.range(found[place + 1]) }
        return named(hostCall(read, [found] + lengths), name)
    }

    private static func checked(
        _ values: [NDArray], _ types: [TensorType], _ operation: String
    ) throws -> [NDArray] {
        guard values.count == types.count else {
            throw GraphError(
                operation: operation,
                reason: "an element has \(values.count) components, and \(types.count) are declared"
            )
        }
        for (value, type) in zip(values, types) {
            guard value.dtype == type.dtype, type.shape.admits(value.shape) else {
                throw GraphError(
                    operation: operation,
                    reason: "an element is \(value.dtype)\(value.shape), and \(type) is declared")
            }
        }
        return values
    }
}

extension Shape {
    /// Whether these sizes are possible ones.
    func admits(_ sizes: [Int]) -> Bool {
        guard let rank else { return true }
        return rank == sizes.count && (0..<rank).allSatisfy { self[$0] ?? sizes[$0] == sizes[$0] }
    }
}
