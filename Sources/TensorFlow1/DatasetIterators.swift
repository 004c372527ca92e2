// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftData

extension tf.data.Dataset {
    /// An iterator that goes through the dataset once, and needs no initializer. The dataset must not depend on
    /// placeholders.
    public func make_one_shot_iterator() -> tf.data.Iterator {
        tf.data.Iterator(types, first: self)
    }
    /// An iterator that its initializer puts to the dataset's beginning.
    public func make_initializable_iterator() -> tf.data.Iterator {
        let iterator = tf.data.Iterator(types, first: nil)
        iterator.own = self
        return iterator
    }
}

extension tf.data {
    /// Goes through a dataset, an element for each run that uses what `get_next` gives. It is one for all
    /// sessions, and behind the last element a run throws `tf.errors.OutOfRangeError`.
    public final class Iterator: @unchecked Sendable {
        private let types: [TensorType]
        private let first: Dataset?
        fileprivate var own: Dataset?
        private let state = Guarded<State>(State())

        private struct State {
            var stream: DataStream<DataRow>?
            var element: [NDArray] = []
        }

        init(_ types: [TensorType], first: Dataset?) {
            self.types = types
            self.first = first
        }

        /// An iterator over datasets of these types, which `make_initializer` puts to one of them.
        public static func from_structure(
            _ output_types: [DType], _ output_shapes: [Shape]? = nil
        ) -> Iterator {
            let shapes = output_shapes ?? output_types.map { _ in .unknown }
            return Iterator(zip(output_types, shapes).map { TensorType($0, $1) }, first: nil)
        }

        /// Puts the iterator to the beginning of the dataset that it was made from.
        public var initializer: tf.Operation {
            guard let own else {
                return tf.Operation(
                    .invalid(
                        "Iterator", nil,
                        "the iterator was made from no dataset; use make_initializer"))
            }
            return make_initializer(own)
        }

        /// Puts the iterator to the beginning of a dataset.
        public func make_initializer(_ dataset: Dataset, name: String? = nil) -> tf.Operation {
            guard dataset.types.map(\.dtype) == types.map(\.dtype) else {
                return tf.Operation(
                    .invalid(
                        "Iterator", name,
                        "the dataset has elements of \(dataset.types), and the iterator of \(types)"
                    ))
            }
            let begin = HostFunction("MakeIterator", results: [], isStateful: true) { arrays in
                let stream = try dataset.make(arrays).stream()
                self.state.withLock { $0.stream = stream }
                return []
            }
            return tf.Operation(hostUpdate(begin, dataset.sources), name: name)
        }

        /// The components of the next element: tensors of which each run that needs one of them takes a
        /// new element.
        public func get_next(name: String? = nil) -> [tf.Tensor] {
            // Sizes that only the element tells are found in the run before what has them.
            let open = types.map { type in
                (0..<(type.shape.rank ?? 0)).filter { type.shape[$0] == nil }
            }
            guard types.allSatisfy({ $0.shape.rank != nil }) else {
                return types.map { _ in
                    .invalid(
                        "IteratorGetNext", name,
                        "the elements' ranks must be known: give output_shapes, with nil for sizes")
                }
            }
            let sizes = HostFunction(
                "IteratorGetNext", results: [.array(.int64, [1 + open.joined().count])],
                isStateful: true
            ) { arrays in
                let element = try self.advance(arrays)
                let found = zip(element, open).flatMap { array, axes in
                    axes.map { Int64(array.shape[$0]) }
                }
                return [NDArray([0] + found)]
            }
            let found = hostCall(sizes, first?.sources ?? [])[0]
            var position = 0
            let shapes = zip(types, open).map { type, axes in
                let places = axes.map { axis in
                    position += 1
                    return (axis: axis, operand: position)
                }
                return (type, places)
            }
            let results = shapes.map { type, places in
                HostResult.array(type.dtype) { operands in
                    Shape(
                        (0..<(type.shape.rank ?? 0)).map { axis in
                            places.first { $0.axis == axis }.map { operands[$0.operand][0] }
                                ?? type.shape[axis]
                        })
                }
            }
            let read = HostFunction("IteratorElement", results: results, isStateful: true) { _ in
                self.state.withLock { $0.element }
            }
            // An operand as long as a size makes the size known where the results' shapes are asked for.
            let lengths = (0..<position).map { place in tf.range(found[place + 1]) }
            return tf.named(hostCall(read, [found] + lengths), name)
        }

        private func advance(_ sources: [NDArray]) throws -> [NDArray] {
            let stream = try state.withLock { state -> DataStream<DataRow> in
                if let stream = state.stream { return stream }
                guard let first else {
                    throw tf.errors.FailedPreconditionError(
                        "the iterator has not been initialized; run its initializer first")
                }
                let stream = try first.make(sources).stream()
                state.stream = stream
                return stream
            }
            guard let row = try stream.next() else {
                throw tf.errors.OutOfRangeError("End of sequence")
            }
            guard row.arrays.count == types.count else {
                throw GraphError(
                    operation: "IteratorGetNext",
                    reason:
                        "an element has \(row.arrays.count) components, and \(types.count) are declared"
                )
            }
            state.withLock { $0.element = row.arrays }
            return row.arrays
        }
    }
}
