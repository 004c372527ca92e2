// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// A queue that gives elements in the order in which they were put in.
    public final class FIFOQueue: QueueBase, @unchecked Sendable {
        /// A queue of at most `capacity` elements.
        ///
        /// - Parameter shapes: The components' shapes; nil for those of what is put in first, which is to be
        ///   built before what takes out.
        public init(
            _ capacity: Int, _ dtypes: [DType], shapes: [Shape]? = nil, name: String = "fifo_queue"
        ) {
            super.init("FIFOQueue", name, capacity, dtypes, shapes)
        }
        /// A queue of one component.
        public convenience init(
            _ capacity: Int, _ dtypes: DType, shapes: Shape? = nil, name: String = "fifo_queue"
        ) {
            self.init(capacity, [dtypes], shapes: shapes.map { [$0] }, name: name)
        }
        /// A queue, all by labels.
        public convenience init(
            capacity: Int, dtypes: [DType], shapes: [Shape]? = nil, name: String = "fifo_queue"
        ) {
            self.init(capacity, dtypes, shapes: shapes, name: name)
        }
    }

    /// A queue of elements of different sizes: batches are filled up with zeros to the largest.
    public final class PaddingFIFOQueue: QueueBase, @unchecked Sendable {
        /// A queue of at most `capacity` elements.
        ///
        /// - Parameter shapes: The components' shapes, nil for the sizes that differ.
        public init(
            _ capacity: Int, _ dtypes: [DType], _ shapes: [Shape],
            name: String = "padding_fifo_queue"
        ) {
            super.init("PaddingFIFOQueue", name, capacity, dtypes, shapes, isPadded: true)
        }
        /// A queue, all by labels.
        public convenience init(
            capacity: Int, dtypes: [DType], shapes: [Shape], name: String = "padding_fifo_queue"
        ) {
            self.init(capacity, dtypes, shapes, name: name)
        }
    }

    /// A queue that gives a random one of its elements.
    public final class RandomShuffleQueue: QueueBase, @unchecked Sendable {
        /// A queue of at most `capacity` elements.
        ///
        /// - Parameters:
        ///   - min_after_dequeue: How many elements stay behind while the queue is open, to choose among.
        ///   - shapes: The components' shapes; nil for those of what is put in first.
        public init(
            _ capacity: Int, _ min_after_dequeue: Int, _ dtypes: [DType], shapes: [Shape]? = nil,
            seed: Int? = nil, name: String = "random_shuffle_queue"
        ) {
            super.init(
                "RandomShuffleQueue", name, capacity, dtypes, shapes, least: min_after_dequeue,
                generator: SplitMix(seed: seed, name: Graph.current.unique_name(name)))
        }
        /// A queue, all by labels.
        public convenience init(
            capacity: Int, min_after_dequeue: Int, dtypes: [DType], shapes: [Shape]? = nil,
            seed: Int? = nil, name: String = "random_shuffle_queue"
        ) {
            self.init(
                capacity, min_after_dequeue, dtypes, shapes: shapes, seed: seed, name: name)
        }
    }
}
