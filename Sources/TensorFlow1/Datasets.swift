// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftData

extension tf {
    /// Streams of elements that graphs pull from when they run.
    public enum data {}
}

/// An element of a dataset: an array for each component.
struct DataRow: Batchable {
    var arrays: [NDArray]

    static func batch(_ elements: [DataRow], padding: BatchPadding?) throws -> DataRow {
        let count = elements.first?.arrays.count ?? 0
        return DataRow(
            arrays: try (0..<count).map { component in
                try NDArray.batch(elements.map { $0.arrays[component] }, padding: padding)
            })
    }
}

extension tf.data {
    /// A stream of elements to be, each of one or several arrays. Nothing is read before an iterator's
    /// first element. Stages are those of `WeftData`; functions of `map` and `filter` are small graphs, which
    /// run for each element.
    public struct Dataset: Sendable {
        /// What it is made from where a run says so: tensors that the iterator's initializer reads.
        let sources: [AnyTensor]
        /// The types of an element's components, their shapes as far as they are known.
        let types: [TensorType]
        /// The elements, from the values of `sources`.
        let make: @Sendable ([NDArray]) throws -> WeftData.Dataset<DataRow>

        init(
            _ sources: [AnyTensor], _ types: [TensorType],
            _ make: @escaping @Sendable ([NDArray]) throws -> WeftData.Dataset<DataRow>
        ) {
            self.sources = sources
            self.types = types
            self.make = make
        }

        /// The element types of the components.
        public var output_types: [DType] { types.map(\.dtype) }
        /// The shapes of the components, as far as they are known.
        public var output_shapes: [Shape] { types.map(\.shape) }

        // MARK: Sources

        /// The parts of tensors or arrays along their first axis, those of all side by side.
        public static func from_tensor_slices(_ tensors: [any TensorOperand]) -> Dataset {
            let sources = tensors.map { $0.tensor(nil) }
            let types = sources.map { TensorType($0.dtype, $0.shape.droppingFirst) }
            return Dataset(sources, types) { arrays in
                let counts = Set(arrays.map { $0.shape.first ?? -1 })
                guard counts.count == 1, let count = counts.first, count >= 0 else {
                    throw GraphError(
                        operation: "from_tensor_slices",
                        reason:
                            "the first dimensions differ, or there are none: \(arrays.map(\.shape))"
                    )
                }
                return WeftData.Dataset(count: count) { index in
                    DataRow(arrays: arrays.map { $0[index] })
                }
            }
        }
        /// The parts of a tensor or array along its first axis.
        public static func from_tensor_slices(_ tensor: some TensorOperand) -> Dataset {
            from_tensor_slices([tensor])
        }
        /// The parts of two tensors or arrays along their first axes: features and labels.
        public static func from_tensor_slices(
            _ tensors: (some TensorOperand, some TensorOperand)
        ) -> Dataset {
            from_tensor_slices([tensors.0, tensors.1])
        }

        /// One element, which is these.
        public static func from_tensors(_ tensors: [any TensorOperand]) -> Dataset {
            let sources = tensors.map { $0.tensor(nil) }
            return Dataset(sources, sources.map { TensorType($0.dtype, $0.shape) }) { arrays in
                WeftData.Dataset([DataRow(arrays: arrays)])
            }
        }

        /// What a function of the program gives, called anew for each pass: a sequence of elements, each an
        /// array for each component, whose numbers become of the declared types.
        public static func from_generator<S: Sequence & SendableMetatype>(
            _ generator: @escaping @Sendable () -> S, _ output_types: [DType],
            _ output_shapes: [Shape]? = nil
        ) -> Dataset where S.Element == [NDArray] {
            let shapes = output_shapes ?? output_types.map { _ in .unknown }
            let types = Swift.zip(output_types, shapes).map { TensorType($0, $1) }
            return Dataset([], types) { _ in
                WeftData.Dataset<DataRow> { (_: Int) in
                    generator().lazy.map { DataRow(arrays: $0) }
                }.map { row in
                    DataRow(
                        arrays: try Swift.zip(row.arrays, output_types).map { array, dtype in
                            array.dtype == dtype
                                ? array : try array.converted(to: dtype, for: "an element")
                        })
                }
            }
        }

        /// The numbers from 0 on, of int64.
        public static func range(_ count: Int) -> Dataset {
            range(0, count)
        }
        /// The numbers from `start` up to but without `stop`, of int64.
        public static func range(_ start: Int, _ stop: Int, _ step: Int = 1) -> Dataset {
            Dataset([], [TensorType(.int64, [])]) { _ in
                let (distance, overflows) = stop.subtractingReportingOverflow(start)
                guard step != 0, step != .min, !overflows else {
                    throw GraphError(
                        operation: "range",
                        reason: "from \(start) to \(stop) by \(step) are no numbers to count")
                }
                let steps = distance / step + (distance % step == 0 ? 0 : 1)
                let isEmpty = distance == 0 || (distance > 0) != (step > 0)
                return WeftData.Dataset(count: isEmpty ? 0 : steps) {
                    DataRow(arrays: [NDArray(Int64(start + $0 * step))])
                }
            }
        }

        /// The elements of two datasets, pair by pair, as long as both have some.
        public static func zip(_ datasets: (Dataset, Dataset)) -> Dataset {
            let (first, second) = datasets
            let split = first.sources.count
            return Dataset(first.sources + second.sources, first.types + second.types) { arrays in
                WeftData.zip(
                    try first.make(Array(arrays[..<split])),
                    try second.make(Array(arrays[split...]))
                ).map { DataRow(arrays: $0.arrays + $1.arrays) }
            }
        }
    }
}

extension Shape {
    /// Without the first dimension.
    var droppingFirst: Shape {
        guard let rank, rank > 0 else { return .unknown }
        return Shape((1..<rank).map { self[$0] })
    }
}
