// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Queues of the rows of a tensor, again and again: what input pipelines begin with.
extension tf.train {
    /// A queue of the rows of a tensor, filled by a runner of the graph.
    ///
    /// - Parameters:
    ///   - num_epochs: How often all rows come; nil without end. Counted on the host, so that no local variable needs a first value.
    ///   - shuffle: Whether the rows of each round are in a random order.
    public static func input_producer(
        _ input_tensor: some TensorOperand, num_epochs: Int? = nil, shuffle: Bool = true,
        seed: Int? = nil, capacity: Int = 32, name: String = "input_producer"
    ) -> tf.FIFOQueue {
        let input = input_tensor.tensor(nil)
        let queue = tf.FIFOQueue(
            capacity, [input.dtype], shapes: [input.shape.droppingFirst], name: name)
        let state = Guarded(
            (epochs: 0, random: SplitMix(seed: seed, name: queue.name)))
        queue.whenReopened = { state.withLock { $0.epochs = 0 } }
        let produce = HostFunction("InputProducer", results: [], isStateful: true) { inputs in
            let rows = inputs[0].shape.first ?? 0
            guard rows > 0 else {
                throw GraphError(operation: name, reason: "it requires a non-null input tensor")
            }
            let order = try state.withLock { state -> [Int] in
                if let num_epochs, state.epochs >= num_epochs {
                    throw tf.errors.OutOfRangeError("Reached limit of \(num_epochs)")
                }
                state.epochs += 1
                let order = Array(0..<rows)
                return shuffle ? order.shuffled(using: &state.random) : order
            }
            try queue.put(order.map { [inputs[0][$0]] })
            return []
        }
        let operation = tf.Operation(hostUpdate(produce, [input]), name: "\(name)/enqueue")
        add_queue_runner(QueueRunner(queue, [operation]))
        return queue
    }

    /// A queue of strings, such as names of files, filled by a runner of the graph.
    public static func string_input_producer(
        _ string_tensor: some TensorOperand, num_epochs: Int? = nil, shuffle: Bool = true,
        seed: Int? = nil, capacity: Int = 32, name: String = "input_producer"
    ) -> tf.FIFOQueue {
        input_producer(
            string_tensor, num_epochs: num_epochs, shuffle: shuffle, seed: seed,
            capacity: capacity, name: name)
    }
    /// A queue of strings, the order before the rounds.
    public static func string_input_producer(
        _ string_tensor: some TensorOperand, shuffle: Bool, num_epochs: Int?
    ) -> tf.FIFOQueue {
        input_producer(string_tensor, num_epochs: num_epochs, shuffle: shuffle)
    }

    /// A queue of the numbers from 0 to below `limit`, of `int32`, filled by a runner of the graph.
    public static func range_input_producer(
        _ limit: some TensorOperand, num_epochs: Int? = nil, shuffle: Bool = true,
        seed: Int? = nil, capacity: Int = 32, name: String = "input_producer"
    ) -> tf.FIFOQueue {
        input_producer(
            tf.range(limit.tensor(.int32), dtype: .int32), num_epochs: num_epochs,
            shuffle: shuffle, seed: seed, capacity: capacity, name: name)
    }

    /// The parts of tensors along their first axes, one of each in a run, filled by a runner of the graph.
    public static func slice_input_producer(
        _ tensor_list: [any TensorOperand], num_epochs: Int? = nil, shuffle: Bool = true,
        seed: Int? = nil, capacity: Int = 32, name: String = "input_producer"
    ) -> [tf.Tensor] {
        let tensors = tensor_list.map { $0.tensor(nil) }
        guard let first = tensors.first else { return [] }
        let queue = range_input_producer(
            tf.shape(first)[0], num_epochs: num_epochs, shuffle: shuffle, seed: seed,
            capacity: capacity, name: name)
        let index: tf.Tensor = queue.dequeue()
        return tensors.map { tf.gather($0, index) }
    }
    /// The parts of two tensors along their first axes, one of each in a run.
    public static func slice_input_producer(
        _ tensor_list: (some TensorOperand, some TensorOperand), num_epochs: Int? = nil,
        shuffle: Bool = true, seed: Int? = nil, capacity: Int = 32, name: String = "input_producer"
    ) -> (tf.Tensor, tf.Tensor) {
        let parts = slice_input_producer(
            [tensor_list.0, tensor_list.1], num_epochs: num_epochs, shuffle: shuffle, seed: seed,
            capacity: capacity, name: name)
        return (parts[0], parts[1])
    }
}
