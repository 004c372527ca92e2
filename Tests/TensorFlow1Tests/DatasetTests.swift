// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing
import WeftTestSupport

/// Datasets that graphs pull from.
@Suite struct DatasetTests {
    @Test("each run takes an element, all its components; behind the last one it throws")
    func oneShot() throws {
        try tf.Graph().as_default {
            let features: NDArray = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
            let dataset = tf.data.Dataset.from_tensor_slices((features, [10, 20, 30] as NDArray))
            #expect(dataset.output_shapes.map(\.dimensions) == [[2], []])
            let next = dataset.make_one_shot_iterator().get_next()
            let sum = tf.reduce_sum(next[0]) + tf.cast(next[1], tf.float32)
            let session = tf.Session()
            #expect(try session.run(sum).doubles == [13])
            let (x, y) = try session.run((next[0], next[1]))
            #expect(x.doubles == [3, 4] && y.doubles == [20])
            #expect(try session.run(sum).doubles == [41])
            #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(sum) }
        }
    }

    @Test("batches whose last is smaller, of elements that are repeated, mapped, filtered")
    func batches() throws {
        try tf.Graph().as_default {
            let next = tf.data.Dataset.range(10)
                .map { x in x * 2 }
                .filter { tf.not_equal($0[0], tf.constant(4, dtype: tf.int64)) }
                .repeat(2).batch(7).prefetch(1)
                .make_one_shot_iterator().get_next()[0]
            #expect(next.shape.rank == 1 && next.shape[0] == nil)
            let session = tf.Session()
            var batches: [[Double]] = []
            do {
                while true { batches.append(try session.run(next * next).doubles) }
            } catch is tf.errors.OutOfRangeError {}
            let once = [0, 2, 6, 8, 10, 12, 14, 16, 18].map { Double($0 * $0) }
            let all = once + once
            #expect(batches == [Array(all[0..<7]), Array(all[7..<14]), Array(all[14...])])
        }
    }

    @Test("an initializer reads what is fed, and begins anew")
    func initializable() throws {
        try tf.Graph().as_default {
            let source = tf.placeholder(tf.float32, [nil, 2])
            let iterator = tf.data.Dataset.from_tensor_slices(source)
                .shuffle(100, seed: 3).batch(2, drop_remainder: true)
                .make_initializable_iterator()
            let next = iterator.get_next()[0]
            #expect(next.shape.dimensions == [2, 2])
            let session = tf.Session()
            #expect(throws: tf.errors.FailedPreconditionError.self) { try session.run(next) }
            for rows in [2, 5] {
                let array = try NDArray(
                    (0..<2 * rows).map { Float($0) }, shape: [rows, 2])
                try session.run(iterator.initializer, feed_dict: [source: array])
                var seen: [Double] = []
                do {
                    while true { seen += try session.run(next).doubles }
                } catch is tf.errors.OutOfRangeError {}
                #expect(seen.count == rows / 2 * 4 && Set(seen).count == seen.count)
            }
        }
    }

    @Test("one iterator goes through one dataset and then another; elements of different lengths")
    func switching() throws {
        try tf.Graph().as_default {
            let lists: [[NDArray]] = [[[1, 2, 3]], [[4]]]
            let padded = tf.data.Dataset.from_generator({ lists }, [tf.float32], [[nil]])
                .padded_batch(2)
            let pair = tf.data.Dataset.zip(
                (tf.data.Dataset.range(2, 6, 2), tf.data.Dataset.range(2)))
            #expect(pair.output_types == [tf.int64, tf.int64])
            let iterator = tf.data.Iterator.from_structure([tf.float32], [[nil, nil]])
            let next = iterator.get_next()[0]
            let session = tf.Session()
            try session.run(iterator.make_initializer(padded))
            let batch = try session.run(next)
            #expect(batch.shape == [2, 3] && batch.doubles == [1, 2, 3, 4, 0, 0])
            let other = tf.data.Dataset.from_tensor_slices([[[7.0], [8.0]]] as NDArray)
            try session.run(iterator.make_initializer(other))
            #expect(try session.run(next).doubles == [7, 8])
            #expect(throws: (any Error).self) {
                try session.run(iterator.make_initializer(pair))
            }
        }
    }

    @Test("threads stop together, and the first error is told")
    func coordinator() throws {
        struct Fault: Error {}
        let coordinator = tf.train.Coordinator()
        let count = 3
        let threads = (0..<count).map { number in
            Thread {
                while !coordinator.should_stop() {
                    if number == 1 { coordinator.request_stop(Fault()) }
                    Thread.sleep(forTimeInterval: 0.001)
                }
            }
        }
        for thread in threads { thread.start() }
        #expect(coordinator.wait_for_stop(timeout: 60))
        #expect(throws: Fault.self) { try coordinator.join(threads) }
        let quiet = tf.train.Coordinator()
        quiet.request_stop(tf.errors.OutOfRangeError("done"))
        try quiet.join()
    }
}
