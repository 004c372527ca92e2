// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing

/// Queues, what fills them, and what reads files by them. The numbers are those of TensorFlow 1's operations.
@Suite struct QueueTests {
    @Test("elements come in their order; a closed queue gives the rest and is at its end")
    func order() throws {
        try tf.Graph().as_default {
            let queue = tf.FIFOQueue(10, [tf.float32], shapes: [[]])
            let enqueue = queue.enqueue_many([[1.0, 2.0, 3.0]])
            let two: tf.Tensor = queue.dequeue_many(2)
            let rest: tf.Tensor = queue.dequeue_up_to(2)
            let size = queue.size()
            #expect(two.shape == [2] && rest.shape == [nil] && size.dtype == .int32)
            let session = tf.Session()
            try session.run(enqueue)
            #expect(try session.run(size).doubles == [3])
            #expect(try session.run(two).doubles == [1, 2])
            #expect(try session.run(size).doubles == [1])
            #expect(try session.run(queue.is_closed()).doubles == [0])
            try session.run(queue.close())
            #expect(try session.run(queue.is_closed()).doubles == [1])
            #expect(try session.run(rest).doubles == [3])
            #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(rest) }
            #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(two) }
            #expect(throws: tf.errors.CancelledError.self) { try session.run(enqueue) }
        }
    }

    @Test("the shapes are those of what is put in; wrong elements are told")
    func shapes() throws {
        try tf.Graph().as_default {
            let queue = tf.FIFOQueue(3, [tf.int32, tf.float32])
            let early: [tf.Tensor] = queue.dequeue()
            #expect(early[0].error != nil)
            let x = tf.placeholder(tf.float32, [nil, 2])
            let enqueue = queue.enqueue_many(([1, 2] as NDArray, x))
            let (number, row) = queue.dequeue()
            #expect(number.shape == [] && row.shape == [2])
            let session = tf.Session()
            try session.run(enqueue, [x: [[0.5, 1.5], [2.5, 3.5]]])
            let (a, b) = try session.run((number, row))
            #expect(a.doubles == [1] && b.doubles == [0.5, 1.5])
            #expect(throws: (any Error).self) {
                try session.run(enqueue, [x: [[0.5, 1.5]]])
            }
            #expect(queue.enqueue([1]).anyTensor.error != nil)
            let single: tf.Tensor = queue.dequeue()
            #expect(single.error != nil)
        }
    }

    @Test("a queue that shuffles keeps some back, and gives each once")
    func shuffles() throws {
        try tf.Graph().as_default {
            let queue = tf.RandomShuffleQueue(
                capacity: 100, min_after_dequeue: 0, dtypes: [tf.int32], shapes: [[]], seed: 3)
            let session = tf.Session()
            try session.run(queue.enqueue_many([tf.range(50)]))
            let all: tf.Tensor = queue.dequeue_many(50)
            let drawn = try session.run(all).doubles
            #expect(drawn != drawn.sorted() && drawn.sorted() == (0..<50).map { Double($0) })
            let holding = tf.RandomShuffleQueue(100, 10, [tf.int32], shapes: [[]])
            try session.run(holding.enqueue_many([tf.range(12)]))
            let two: tf.Tensor = holding.dequeue_many(2)
            _ = try session.run(two)
            let left: tf.Tensor = holding.dequeue_many(10)
            try session.run(holding.close())
            #expect(try session.run(left).count == 10)
        }
    }

    @Test("elements of different sizes are filled up")
    func padding() throws {
        try tf.Graph().as_default {
            let queue = tf.PaddingFIFOQueue(
                capacity: 4, dtypes: [tf.float32], shapes: [[nil]])
            let x = tf.placeholder(tf.float32, [nil])
            let enqueue = queue.enqueue([x])
            let two: tf.Tensor = queue.dequeue_many(2)
            let session = tf.Session()
            try session.run(enqueue, [x: [1.0, 2.0, 3.0]])
            try session.run(enqueue, [x: [4.0]])
            let batch = try session.run(two)
            #expect(batch.shape == [2, 3] && batch.doubles == [1, 2, 3, 4, 0, 0])
        }
    }

    @Test("threads fill a small queue while a training step takes, and end when they are told")
    func runners() throws {
        try tf.Graph().as_default {
            let queue = tf.FIFOQueue(capacity: 4, dtypes: [tf.float32], shapes: [[]])
            let enqueue = queue.enqueue_many([[1.0, 1.0, 1.0]])
            let total = tf.Variable(0.0)
            let x: tf.Tensor = queue.dequeue()
            let add = tf.assign_add(total, x)
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let runner = tf.train.QueueRunner(queue, [enqueue, enqueue])
            let coord = tf.train.Coordinator()
            let threads = runner.create_threads(session, coord: coord, start: true)
            for _ in 0..<100 { try session.run(add) }
            #expect(try session.run(total).doubles == [100])
            coord.request_stop()
            try coord.join(threads)
            #expect(threads.allSatisfy { $0.isFinished })
        }
    }

    @Test("what a thread fails with is what the coordinator throws")
    func failures() throws {
        try tf.Graph().as_default {
            let queue = tf.FIFOQueue(capacity: 4, dtypes: [tf.float32], shapes: [[]])
            let never = tf.placeholder(tf.float32, [])
            tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue([never])]))
            let x: tf.Tensor = queue.dequeue()
            let session = tf.Session()
            let coord = tf.train.Coordinator()
            let threads = try tf.train.start_queue_runners(sess: session, coord: coord)
            #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(x) }
            #expect(throws: (any Error).self) { try coord.join(threads) }
            #expect(throws: (any Error).self) { try tf.train.start_queue_runners() }
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "queues-\(UInt64.random(in: 0...(.max)))"
        ).path
        try tf.gfile.MakeDirs(folder)
        defer { try? tf.gfile.DeleteRecursively(folder) }
        try body(folder)
    }

    @Test("lines of files in batches, the last one smaller")
    func lines() throws {
        try inFolder { folder in
            let path = folder + "/lines.txt"
            try Data("head\none\ntwo\nthree\n".utf8).write(to: URL(fileURLWithPath: path))
            try tf.Graph().as_default {
                let files = tf.train.string_input_producer([path], num_epochs: 1, shuffle: false)
                let (key, value) = tf.TextLineReader(skip_header_lines: 1).read(files)
                let (keys, values) = tf.train.batch(
                    (key, value), batch_size: 2, allow_smaller_final_batch: true)
                try tf.with(tf.Session()) { session in
                    try session.run(tf.local_variables_initializer())
                    let coord = tf.train.Coordinator()
                    let threads = try tf.train.start_queue_runners(coord: coord)
                    let first = try session.run([keys, values])
                    #expect(first[0] == NDArray([path + ":2", path + ":3"]))
                    #expect(first[1] == NDArray(["one", "two"]))
                    let last = try session.run([keys, values])
                    #expect(last[0] == NDArray([path + ":4"]) && last[1] == NDArray(["three"]))
                    #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(keys) }
                    coord.request_stop()
                    try coord.join(threads)
                }
            }
        }
    }

    @Test("whole files, and records of one length")
    func wholeFiles() throws {
        try inFolder { folder in
            let path = folder + "/bytes.bin"
            try Data([9, 1, 2, 3, 4, 5, 6]).write(to: URL(fileURLWithPath: path))
            try tf.Graph().as_default {
                let files = tf.train.string_input_producer([path])
                let (key, value) = tf.WholeFileReader().read(files)
                let reader = tf.FixedLengthRecordReader(record_bytes: 3, header_bytes: 1)
                let (_, record) = reader.read(files)
                let numbers = tf.decode_raw(record, tf.uint8)
                try tf.with(tf.Session()) { session in
                    let coord = tf.train.Coordinator()
                    let threads = try tf.train.start_queue_runners(coord: coord)
                    #expect(try session.run(key) == NDArray(path))
                    #expect(
                        try session.run(value).byteStrings() == [[9, 1, 2, 3, 4, 5, 6]])
                    #expect(try session.run(numbers).doubles == [1, 2, 3])
                    #expect(try session.run(numbers).doubles == [4, 5, 6])
                    #expect(try session.run(reader.num_records_produced()).doubles == [2])
                    coord.request_stop()
                    try coord.join(threads)
                }
                let missing = tf.train.string_input_producer([folder + "/none"])
                let (_, nothing) = tf.WholeFileReader().read(missing)
                let session = tf.Session()
                let coord = tf.train.Coordinator()
                let threads = try tf.train.start_queue_runners(sess: session, coord: coord)
                #expect(throws: (any Error).self) { try session.run(nothing) }
                coord.request_stop()
                try coord.join(threads)
            }
        }
    }

    @Test("slices of tensors go together, each once a round, in shuffled batches")
    func slices() throws {
        try tf.Graph().as_default {
            let x: NDArray = [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5], [3.0, 3.5]]
            let y = NDArray([Int32(0), 1, 2, 3])
            let (row, number) = tf.train.slice_input_producer(
                (x, y), num_epochs: 2, shuffle: true, seed: 1)
            let (rows, numbers) = tf.train.shuffle_batch(
                (row, number), batch_size: 4, capacity: 20, min_after_dequeue: 4)
            #expect(rows.shape == [4, 2] && numbers.shape == [4])
            try tf.with(tf.Session()) { session in
                let coord = tf.train.Coordinator()
                let threads = try tf.train.start_queue_runners(sess: session, coord: coord)
                var seen: [Double] = []
                for _ in 0..<2 {
                    let (a, b) = try session.run((rows, numbers))
                    for index in 0..<4 { #expect(a[index].doubles[0] == b.doubles[index]) }
                    seen += b.doubles
                }
                #expect(seen.sorted() == [0, 0, 1, 1, 2, 2, 3, 3])
                #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(rows) }
                coord.request_stop()
                try coord.join(threads)
            }
        }
    }
}
