// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Batches of what a graph computes one by one, through a queue that a runner of the graph fills.
extension tf.train {
    /// What a batching queue is made of.
    private struct Batches {
        var size: Int
        var isMany: Bool
        var isLastSmaller: Bool
        var shapes: [Shape]?
        var isPadded = false

        /// A queue's batches, which the lists fill, each by `threads` threads.
        func made(
            _ lists: [[any TensorOperand]], threads: Int,
            _ queue: ([DType], [Shape]) -> tf.QueueBase
        ) -> [tf.Tensor] {
            let tensors = lists.map { $0.map { $0.tensor(nil) } }
            guard let first = tensors.first, size > 0 else {
                return lists.first?.map { _ in
                    .invalid("batch", nil, "a batch of \(size) elements")
                } ?? []
            }
            if let error = tensors.joined().first(where: { $0.error != nil }) {
                return first.map { _ in error }
            }
            let shapes = shapes ?? first.map { isMany ? $0.shape.droppingFirst : $0.shape }
            let isKnown = shapes.allSatisfy { isPadded ? $0.rank != nil : $0.isFullyKnown }
            guard isKnown else {
                let reason =
                    "All shapes must be fully defined: \(shapes). Use `set_shape`, `shapes:` or `dynamic_pad:`"
                return first.map { _ in .invalid("batch", nil, reason) }
            }
            let queue = queue(first.map(\.dtype), shapes)
            let enqueues = tensors.flatMap { list -> [tf.Operation] in
                let operation =
                    isMany ? queue.enqueue_many(list) : queue.enqueue(list)
                return Array(repeating: operation, count: max(1, threads))
            }
            add_queue_runner(QueueRunner(queue, enqueues))
            return isLastSmaller ? queue.dequeue_up_to(size) : queue.dequeue_many(size)
        }
    }

    /// Batches of tensors that are computed one by one, in their order where one thread computes them.
    ///
    /// - Parameters:
    ///   - num_threads: How many threads compute elements.
    ///   - enqueue_many: Whether each of the tensors holds several elements along its first axis.
    ///   - dynamic_pad: Whether elements of different sizes are filled up with zeros.
    ///   - allow_smaller_final_batch: Whether what is left at the end is a batch.
    public static func batch(
        _ tensors: [any TensorOperand], batch_size: Int, num_threads: Int = 1, capacity: Int = 32,
        enqueue_many: Bool = false, shapes: [Shape]? = nil, dynamic_pad: Bool = false,
        allow_smaller_final_batch: Bool = false, name: String = "batch"
    ) -> [tf.Tensor] {
        batch_join(
            Array(repeating: tensors, count: 1), batch_size: batch_size, capacity: capacity,
            enqueue_many: enqueue_many, shapes: shapes, dynamic_pad: dynamic_pad,
            allow_smaller_final_batch: allow_smaller_final_batch, name: name, threads: num_threads)
    }
    /// Batches of one tensor.
    @_disfavoredOverload
    public static func batch(
        _ tensors: some TensorOperand, batch_size: Int, num_threads: Int = 1, capacity: Int = 32,
        enqueue_many: Bool = false, allow_smaller_final_batch: Bool = false, name: String = "batch"
    ) -> tf.Tensor {
        batch(
            [tensors], batch_size: batch_size, num_threads: num_threads, capacity: capacity,
            enqueue_many: enqueue_many, allow_smaller_final_batch: allow_smaller_final_batch,
            name: name)[0]
    }
    /// Batches of two tensors side by side.
    public static func batch(
        _ tensors: (some TensorOperand, some TensorOperand), batch_size: Int, num_threads: Int = 1,
        capacity: Int = 32, enqueue_many: Bool = false, allow_smaller_final_batch: Bool = false,
        name: String = "batch"
    ) -> (tf.Tensor, tf.Tensor) {
        let parts = batch(
            [tensors.0, tensors.1], batch_size: batch_size, num_threads: num_threads,
            capacity: capacity, enqueue_many: enqueue_many,
            allow_smaller_final_batch: allow_smaller_final_batch, name: name)
        return (parts[0], parts[1])
    }

    /// Batches of elements that several lists of tensors compute, each list by a thread.
    public static func batch_join(
        _ tensors_list: [[any TensorOperand]], batch_size: Int, capacity: Int = 32,
        enqueue_many: Bool = false, shapes: [Shape]? = nil, dynamic_pad: Bool = false,
        allow_smaller_final_batch: Bool = false, name: String = "batch_join"
    ) -> [tf.Tensor] {
        batch_join(
            tensors_list, batch_size: batch_size, capacity: capacity, enqueue_many: enqueue_many,
            shapes: shapes, dynamic_pad: dynamic_pad,
            allow_smaller_final_batch: allow_smaller_final_batch, name: name, threads: 1)
    }

    private static func batch_join(
        _ lists: [[any TensorOperand]], batch_size: Int, capacity: Int, enqueue_many: Bool,
        shapes: [Shape]?, dynamic_pad: Bool, allow_smaller_final_batch: Bool, name: String,
        threads: Int
    ) -> [tf.Tensor] {
        Batches(
            size: batch_size, isMany: enqueue_many, isLastSmaller: allow_smaller_final_batch,
            shapes: shapes, isPadded: dynamic_pad
        ).made(lists, threads: threads) { dtypes, shapes in
            dynamic_pad
                ? tf.PaddingFIFOQueue(capacity, dtypes, shapes, name: "\(name)/padding_fifo_queue")
                : tf.FIFOQueue(capacity, dtypes, shapes: shapes, name: "\(name)/fifo_queue")
        }
    }

    /// Batches of random ones of the elements that are computed one by one.
    ///
    /// - Parameter min_after_dequeue: How many elements are kept to choose among.
    public static func shuffle_batch(
        _ tensors: [any TensorOperand], batch_size: Int, capacity: Int, min_after_dequeue: Int,
        num_threads: Int = 1, seed: Int? = nil, enqueue_many: Bool = false,
        shapes: [Shape]? = nil, allow_smaller_final_batch: Bool = false,
        name: String = "shuffle_batch"
    ) -> [tf.Tensor] {
        Batches(
            size: batch_size, isMany: enqueue_many, isLastSmaller: allow_smaller_final_batch,
            shapes: shapes
        ).made([tensors], threads: num_threads) { dtypes, shapes in
            tf.RandomShuffleQueue(
                capacity, min_after_dequeue, dtypes, shapes: shapes, seed: seed,
                name: "\(name)/random_shuffle_queue")
        }
    }
    /// Batches of random ones of the elements, the threads before the sizes.
    public static func shuffle_batch(
        _ tensors: [any TensorOperand], batch_size: Int, num_threads: Int, capacity: Int,
        min_after_dequeue: Int
    ) -> [tf.Tensor] {
        shuffle_batch(
            tensors, batch_size: batch_size, capacity: capacity,
            min_after_dequeue: min_after_dequeue, num_threads: num_threads)
    }
    /// Batches of random pairs of the elements.
    public static func shuffle_batch(
        _ tensors: (some TensorOperand, some TensorOperand), batch_size: Int, capacity: Int,
        min_after_dequeue: Int, num_threads: Int = 1, seed: Int? = nil, enqueue_many: Bool = false,
        allow_smaller_final_batch: Bool = false, name: String = "shuffle_batch"
    ) -> (tf.Tensor, tf.Tensor) {
        let parts = shuffle_batch(
            [tensors.0, tensors.1], batch_size: batch_size, capacity: capacity,
            min_after_dequeue: min_after_dequeue, num_threads: num_threads, seed: seed,
            enqueue_many: enqueue_many, allow_smaller_final_batch: allow_smaller_final_batch,
            name: name)
        return (parts[0], parts[1])
    }
    /// Batches of random pairs of the elements, the threads before the sizes.
    public static func shuffle_batch(
        _ tensors: (some TensorOperand, some TensorOperand), batch_size: Int, num_threads: Int,
        capacity: Int, min_after_dequeue: Int
    ) -> (tf.Tensor, tf.Tensor) {
        shuffle_batch(
            tensors, batch_size: batch_size, capacity: capacity,
            min_after_dequeue: min_after_dequeue, num_threads: num_threads)
    }
}
