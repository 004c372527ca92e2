// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftData

extension tf.data.Dataset {
    /// The same with a stage behind it that leaves the elements' types.
    private func staged(
        _ stage: @escaping @Sendable (WeftData.Dataset<DataRow>) -> WeftData.Dataset<DataRow>
    ) -> Self {
        Self(sources, types) { stage(try make($0)) }
    }

    /// The elements in a random order: each is drawn from `buffer_size` of them, anew in each pass.
    public func shuffle(
        _ buffer_size: Int, seed: Int? = nil, reshuffle_each_iteration: Bool = true
    ) -> Self {
        // Without a seed, one that is the operation's own.
        let seed = SplitMix(seed: seed, name: tf.Graph.current.unique_name("shuffle")).state
        return staged { $0.shuffled(seed: seed, bufferSize: buffer_size) }
    }
    /// The elements in a random order, the size labelled.
    public func shuffle(buffer_size: Int, seed: Int? = nil) -> Self {
        shuffle(buffer_size, seed: seed)
    }

    /// The elements so many times, or without end.
    public func `repeat`(_ count: Int? = nil) -> Self {
        staged { $0.repeated(count.flatMap { $0 < 0 ? nil : $0 }) }
    }

    /// Elements put together along a new first axis; the last batch is smaller unless it is dropped.
    public func batch(_ batch_size: Int, drop_remainder: Bool = false) -> Self {
        batched(drop_remainder ? batch_size : nil, types.map(\.shape)) {
            $0.batch(batch_size, droppingRemainder: drop_remainder)
        }
    }
    /// Elements put together, the size labelled.
    public func batch(batch_size: Int, drop_remainder: Bool = false) -> Self {
        batch(batch_size, drop_remainder: drop_remainder)
    }

    /// Elements of different lengths put together: each component is filled up with zeros to the longest.
    public func padded_batch(
        _ batch_size: Int, padded_shapes: [Shape]? = nil, drop_remainder: Bool = false
    ) -> Self {
        let shapes = padded_shapes ?? types.map(\.shape)
        let open = shapes.map { shape in
            shape.rank.map { rank in Shape((0..<rank).map { _ in nil }) } ?? shape
        }
        return batched(drop_remainder ? batch_size : nil, open) {
            $0.paddedBatch(batch_size, droppingRemainder: drop_remainder)
        }
    }

    private func batched(
        _ size: Int?, _ shapes: [Shape],
        _ stage: @escaping @Sendable (WeftData.Dataset<DataRow>) -> WeftData.Dataset<DataRow>
    ) -> Self {
        let batches = Swift.zip(types, shapes).map { type, shape in
            let parts = shape.rank.map { rank in Shape([size] + (0..<rank).map { shape[$0] }) }
            return TensorType(type.dtype, parts ?? .unknown)
        }
        return Self(sources, batches) { stage(try make($0)) }
    }

    /// Reads ahead on a thread of its own.
    public func prefetch(_ buffer_size: Int) -> Self {
        buffer_size < 1 ? self : staged { $0.prefetch(buffer_size) }
    }
    /// Reads ahead, the size labelled.
    public func prefetch(buffer_size: Int) -> Self { prefetch(buffer_size) }

    /// The first `count` elements; all for a negative one.
    public func take(_ count: Int) -> Self { count < 0 ? self : staged { $0.prefix(count) } }

    /// The elements behind the first `count`.
    public func skip(_ count: Int) -> Self { staged { $0.dropFirst(count) } }

    /// Every `num_shards`-th element from the `index`-th on.
    public func shard(_ num_shards: Int, _ index: Int) -> Self {
        staged { $0.shard(index, of: num_shards) }
    }

    /// The elements kept in memory when they have been read once.
    public func cache() -> Self { staged { $0.cached() } }

    // MARK: Functions

    /// What a function of tensors makes of each element's components.
    ///
    /// - Parameters:
    ///   - map_func: Builds a graph, once; what it takes beside its arguments must be constant.
    ///   - num_parallel_calls: How many elements are computed in advance, on as many threads.
    public func map(
        _ map_func: ([tf.Tensor]) throws -> [tf.Tensor], num_parallel_calls: Int? = nil
    ) rethrows -> Self {
        let inputs = types.map { AnyTensor.placeholder($0.dtype, shape: $0.shape) }
        let outputs = try map_func(inputs)
        let session = Weft.Session(.init(engine: .cpu(threads: 1)))
        return Self(sources, outputs.map { TensorType($0.dtype, $0.shape) }) { arrays in
            try make(arrays).map(threads: num_parallel_calls) { row in
                DataRow(
                    arrays: try session.run(
                        outputs, feeding: Feeds(Array(Swift.zip(inputs, row.arrays)))))
            }
        }
    }
    /// What a function of one tensor makes of each element.
    public func map(
        _ map_func: (tf.Tensor) throws -> tf.Tensor, num_parallel_calls: Int? = nil
    ) rethrows -> Self {
        try map({ [try map_func($0[0])] }, num_parallel_calls: num_parallel_calls)
    }
    /// What a function of two tensors makes of each element.
    public func map(
        _ map_func: (tf.Tensor, tf.Tensor) throws -> (tf.Tensor, tf.Tensor),
        num_parallel_calls: Int? = nil
    ) rethrows -> Self {
        try map(
            {
                let results = try map_func($0[0], $0[1])
                return [results.0, results.1]
            }, num_parallel_calls: num_parallel_calls)
    }

    /// The elements for which a function of tensors gives true.
    public func filter(_ predicate: ([tf.Tensor]) throws -> tf.Tensor) rethrows -> Self {
        let inputs = types.map { AnyTensor.placeholder($0.dtype, shape: $0.shape) }
        let output = try predicate(inputs)
        let session = Weft.Session(.init(engine: .cpu(threads: 1)))
        return staged { elements in
            elements.filter { row in
                try session.run(output, feeding: Feeds(Array(Swift.zip(inputs, row.arrays))))
                    .scalar()
            }
        }
    }
}
