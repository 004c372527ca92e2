// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing

/// What stands around a program's graph: the digits' reader, tests of its own, optimizers of its own.
@Suite struct ProgramTests {
    @Test("MNIST's files are read as TensorFlow reads them; batches go on into the next round")
    func mnist() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ header: [UInt8], _ content: [UInt8]) throws {
            try Data([0, 0, 8] + header + content).write(to: folder.appendingPathComponent(name))
        }
        func size(_ number: UInt8) -> [UInt8] { [0, 0, 0, number] }
        let pixels = (0..<7 * 4).map { UInt8($0) }
        try write("train-images-idx3-ubyte", [3] + size(7) + size(2) + size(2), pixels)
        try write("train-labels-idx1-ubyte", [1] + size(7), [0, 1, 2, 3, 4, 5, 6])
        try write("t10k-images-idx3-ubyte", [3] + size(1) + size(2) + size(2), [255, 0, 51, 0])
        try write("t10k-labels-idx1-ubyte", [1] + size(1), [9])

        typealias InputData = tf.examples.tutorials.mnist.input_data
        let mnist = try InputData.read_data_sets(
            folder.path, one_hot: true, validation_size: 2, seed: 1)
        #expect(mnist.train.num_examples == 5 && mnist.validation.num_examples == 2)
        #expect(mnist.test.images.shape == [1, 4] && mnist.test.labels.shape == [1, 10])
        #expect(mnist.test.images.doubles == [1, 0, Double(Float(51) * (1 / 255)), 0])
        #expect(mnist.test.labels.doubles == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        var seen: [Double] = []
        for _ in 0..<5 {
            let (images, labels) = try mnist.train.next_batch(2)
            let numbers = try labels.argMax(axis: 1).doubles
            for (row, number) in numbers.enumerated() {
                #expect(abs(images[row].doubles[0] * 255 - 4 * number) < 1e-3)
            }
            seen += numbers
        }
        #expect(seen.prefix(5).sorted() == [2, 3, 4, 5, 6])
        #expect(seen.suffix(5).sorted() == [2, 3, 4, 5, 6])
        #expect(mnist.train.epochs_completed == 1)
        #expect(throws: (any Error).self) { try mnist.train.next_batch(6) }
        #expect(throws: (any Error).self) { try mnist.train.next_batch(0) }

        let plain = try InputData.read_data_sets(
            folder.path, dtype: tf.uint8, reshape: false, validation_size: 0)
        #expect(plain.train.images.shape == [7, 2, 2, 1] && plain.train.labels.shape == [7])
        let (first, _) = try plain.train.next_batch(1, shuffle: false)
        #expect(first.doubles == [0, 1, 2, 3])
        #expect(throws: (any Error).self) {
            try InputData.read_data_sets(folder.path, validation_size: 8)
        }
        #expect(throws: (any Error).self) { try InputData.read_data_sets(folder.path + "/none") }
    }

    @Test("the digits that Weft ships stand for MNIST")
    func digits() throws {
        typealias InputData = tf.examples.tutorials.mnist.input_data
        let digits = try InputData.shipped_digits(one_hot: true)
        #expect(digits.train.images.shape == [1337, 784])
        #expect(digits.validation.num_examples == 100 && digits.test.num_examples == 360)
        let most = try digits.train.images.max().doubles[0]
        #expect(most <= 1 && most > 0.9)
        let small = try InputData.shipped_digits(size: 8)
        #expect(small.test.images.shape == [360, 64])
    }

    private final class Sample: tf.test.TestCase {
        var log: [String] = []
        override var tests: [String: () throws -> Void] {
            ["good": good, "bad": bad, "raises": raises]
        }
        override func setUp() throws { log.append("up") }
        override func tearDown() throws { log.append("down") }
        func good() throws {
            try session { sess in
                #expect(tf.global_variables().isEmpty)
                _ = tf.Variable(1.0)
                try assertAllClose(sess.run(tf.square([1.0, 2.0])), [1.0, 4.0])
                try assertAllEqual(tf.constant([1, 2]), [1, 2])
                try assertEqual(evaluate(tf.constant(3)).doubles, [3])
                try assertNear(1, 1.05, 0.1)
            }
        }
        func bad() throws { try assertAllClose([1.0, 2.0], [1.0, 2.1]) }
        func raises() throws {
            try assertRaises(tf.errors.OutOfRangeError.self) {
                throw tf.errors.OutOfRangeError("end")
            }
            try assertTrue(true)
            try assertFalse(false)
        }
    }

    @Test("a program's own tests run in graphs of their own, and say what failed")
    func ownTests() throws {
        let sample = Sample()
        let failures = sample.run()
        #expect(failures.keys.map(\.description) == ["Sample.bad"])
        #expect("\(failures.values.map { $0 })".contains("1 of 2 elements differ"))
        #expect(sample.log == ["up", "down", "up", "down", "up", "down"])
        #expect(throws: tf.test.AssertionError.self) { try tf.test.main([Sample()]) }
        #expect(tf.gfile.IsDirectory(tf.test.get_temp_dir()))
    }

    private final class Halving: tf.train.Optimizer {
        override func apply_gradients(
            _ grads_and_vars: [(tf.Tensor?, tf.Variable)], global_step: tf.Variable? = nil,
            name: String? = nil
        ) throws -> tf.Operation {
            tf.group(
                grads_and_vars.map { gradient, variable in
                    gradient.map { variable.assign_sub(0.5 * $0) }
                })
        }
    }

    @Test("an optimizer of a program's own")
    func ownOptimizer() throws {
        try tf.Graph().as_default {
            let x = tf.Variable([4.0, -2.0])
            let optimizer = Halving(false, "Halving")
            #expect(optimizer.get_name() == "Halving")
            let train = try optimizer.minimize(tf.reduce_sum(tf.square(x)) / 2)
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            try session.run(train)
            #expect(try session.run(x).doubles == [2, -1])
            #expect(throws: (any Error).self) { try optimizer.minimize(tf.constant(1.0)) }
            #expect(throws: (any Error).self) {
                try tf.train.Optimizer(false, "None").minimize(tf.reduce_sum(x))
            }
        }
    }

    @Test("a cell over a list of inputs stops at each example's end")
    func lengths() throws {
        try tf.Graph().as_default {
            let x = try NDArray((0..<12).map { Float($0) * 0.1 }, shape: [2, 3, 2])
            let kernel = try NDArray((0..<8).map { Float($0) / 7 - 0.5 }, shape: [4, 2])
            let cell = tf.contrib.rnn.BasicRNNCell(2)
            let (outputs, last) = try tf.contrib.rnn.static_rnn(
                cell, tf.unstack(x, 3, 1), dtype: tf.float32, sequence_length: [1, 3])
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let variables = tf.trainable_variables()
            try variables[0].load(kernel, session)
            try variables[1].load([0.1, -0.1], session)
            let found = try session.run([tf.stack(outputs, axis: 1), last.h])
            let wanted: [[Double]] = [
                [
                    0.07841014, -0.10673475, 0, 0, 0, 0, -0.33637556, -0.34898344, -0.56593418,
                    -0.60218751, -0.71198845, -0.74341905,
                ], [0.07841014, -0.10673475, -0.71198845, -0.74341905],
            ]
            for (array, numbers) in zip(found, wanted) {
                for (a, b) in zip(array.doubles, numbers) { #expect(abs(a - b) < 1e-6) }
            }
        }
    }

    @Test("graphs with a session's values in them are written, and taken over again")
    func frozen() throws {
        let graph = tf.Graph()
        let folder = tf.test.get_temp_dir() + "/frozen-\(UUID().uuidString)"
        defer { try? tf.gfile.DeleteRecursively(folder) }
        let path = try graph.as_default {
            let x = tf.placeholder(tf.float32, [nil, 2], name: "x")
            let w = tf.Variable([[1.0], [2.0]], name: "w")
            let y = tf.matmul(x, w, name: "y")
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let definition = try tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), ["y"])
            withExtendedLifetime(y) {}
            try tf.train.write_graph(graph, folder, "graph.pbtxt")
            return try tf.train.write_graph(definition, folder, "frozen.pb", as_text: false)
        }
        #expect(try tf.gfile.GFile(folder + "/graph.pbtxt").read().contains("MatMul"))
        try tf.Graph().as_default {
            let definition = tf.GraphDef()
            try definition.ParseFromString(tf.gfile.GFile(path, "rb").bytes())
            let y = try tf.import_graph_def(definition, return_elements: ["y:0"], name: "")[0]
            let x = try tf.get_default_graph().get_tensor_by_name("x:0")
            #expect(try tf.Session().run(y, [x: [[3.0, 4.0]]]).doubles == [11])
        }
    }
}
