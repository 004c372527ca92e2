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
        private let stream = Guarded<DataStream<DataRow>?>(nil)

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
                self.stream.withLock { $0 = stream }
                return []
            }
            return tf.Operation(hostUpdate(begin, dataset.sources), name: name)
        }

        /// The components of the next element: tensors of which each run that needs one of them takes a
        /// new element.
        public func get_next(name: String? = nil) -> [tf.Tensor] {
            tf.pulled("IteratorGetNext", types, first?.sources ?? [], name) { arrays in
                try self.advance(arrays)
            }
        }

        /// The two components of the next element: `let (features, labels) = iterator.get_next()`.
        @_disfavoredOverload
        public func get_next(name: String? = nil) -> (tf.Tensor, tf.Tensor) {
            let parts: [tf.Tensor] = get_next(name: name)
            guard parts.count == 2 else {
                let none = AnyTensor.invalid(
                    "IteratorGetNext", name, "an element has \(parts.count) components, not two")
                return (none, none)
            }
            return (parts[0], parts[1])
        }

        private func advance(_ sources: [NDArray]) throws -> [NDArray] {
            let stream = try stream.withLock { known -> DataStream<DataRow> in
                if let known { return known }
                guard let first else {
                    throw tf.errors.FailedPreconditionError(
                        "the iterator has not been initialized; run its initializer first")
                }
                let stream = try first.make(sources).stream()
                known = stream
                return stream
            }
            guard let row = try stream.next() else {
                throw tf.errors.OutOfRangeError("End of sequence")
            }
            return row.arrays
        }
    }
}
