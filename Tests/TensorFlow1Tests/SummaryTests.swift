// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing
import WeftTensorBoard

extension TensorFlow1Tests {
    /// Summaries as programs write them.
    @Suite("Summaries") struct SummaryTests {
        init() { tf.reset_default_graph() }

        private func inFolder(_ body: (String) throws -> Void) throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "weft-summaries-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try body(folder.path)
        }

        @Test("merge_all gives one string, which a writer takes at a step")
        func merged() throws {
            try inFolder { folder in
                let x = tf.placeholder(tf.float32, [nil, 2], name: "x")
                let w = tf.Variable(tf.ones([2, 1]), name: "w")
                let step = tf.Variable(0, trainable: false, name: "global_step")
                let loss = tf.name_scope("loss") { () -> tf.Tensor in
                    let loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
                    tf.summary.scalar("value", loss)
                    return loss
                }
                tf.summary.histogram("weights", w)
                tf.summary.scalar("twice", loss)
                tf.summary.scalar("twice", loss, family: nil)
                let image = try tf.constant(NDArray(repeating: Float(2), shape: [1, 4, 4, 1]))
                tf.summary.image("picture", image, max_outputs: 1)
                tf.summary.audio("sound", tf.zeros([2, 100]), 8000, max_outputs: 2)
                tf.summary.text("text", tf.constant("hello"))
                let train = try tf.train.GradientDescentOptimizer(0.01).minimize(
                    loss, global_step: step)
                let merged = tf.summary.merge_all()
                #expect(merged.dtype == tf.string && merged.shape == Shape([]))
                let sess = tf.Session()
                try sess.run(tf.global_variables_initializer())
                let writer = try tf.summary.FileWriter(folder, sess.graph)
                for number in 0..<3 {
                    let (summary, _, at) = try sess.run(
                        (merged, train, step), feed_dict: [x: [[1.0, 2.0]]])
                    if number < 2 {
                        try writer.add_summary(summary, number)
                    } else {
                        try writer.add_summary(summary, global_step: at)
                    }
                }
                try writer.add_summary(
                    tf.Summary(value: [tf.Summary.Value(tag: "own", simple_value: 0.5)]), 7)
                let options = tf.RunOptions(trace_level: tf.RunOptions.FULL_TRACE)
                let metadata = tf.RunMetadata()
                _ = try sess.run(
                    loss, feed_dict: [x: [[1.0, 2.0]]], options: options, run_metadata: metadata)
                #expect(metadata.profile?.steps.isEmpty == false)
                try writer.add_run_metadata(metadata, "step 3", 3)
                try writer.close()
                let log = try EventLog(folder)
                #expect(
                    log.values.keys.sorted() == [
                        "loss/value", "own", "picture/image", "sound/audio/0", "sound/audio/1",
                        "text", "twice", "twice_1", "weights",
                    ])
                #expect(log.scalars("loss/value").map(\.step).prefix(2) == [0, 1])
                #expect(log.scalars("loss/value")[0].value == 9)
                #expect(log.scalars("own")[0].value == 0.5)
                #expect(log.graph != nil && log.runMetadata["step 3"] != nil)
                let path = try #require(
                    FileManager.default.contentsOfDirectory(atPath: folder).first)
                let events = try tf.train.summary_iterator("\(folder)/\(path)")
                #expect(events.flatMap(\.summary.value).contains { $0.tag == "own" })
            }
        }

        @Test("chosen summaries, families, and a graph without any")
        func chosen() throws {
            let empty = tf.summary.merge_all()
            let a = tf.summary.scalar("a", tf.constant(1.0), family: "f")
            let b = tf.scalar_summary("b c", tf.constant(2.0))
            let both = tf.summary.merge([a, b])
            let sess = tf.Session()
            let tags = try SerializedSummary.scalars(sess.run(both).byteStrings()[0])
            #expect(tags.map(\.tag) == ["f/f/a", "b_c"] && tags.map(\.number) == [1, 2])
            #expect(tf.get_collection(tf.GraphKeys.SUMMARIES) == [a, b])
            try inFolder { folder in
                let writer = try tf.train.SummaryWriter(logdir: folder)
                try writer.add_summary(sess.run(empty))
                try writer.close()
                #expect(try EventLog(folder).values.isEmpty)
            }
        }

        @Test("pictures are spread over the bytes as TensorFlow does")
        func pictures() throws {
            // [0, 1, 2] without negative numbers: the greatest is 255; with them, 0 is 128.
            let x = tf.placeholder(tf.float32, [nil, nil, nil, nil])
            let summary = tf.summary.image("x", x)
            let sess = tf.Session()
            func file(_ numbers: NDArray) throws -> [UInt8] {
                try inImage(sess.run(summary, feed_dict: [x: numbers.reshaped(to: [1, 1, 3, 1])]))
            }
            let bytes = tf.placeholder(tf.uint8, [nil, nil, nil, nil])
            let plain = tf.summary.image("y", bytes)
            func expected(_ numbers: [UInt8]) throws -> [UInt8] {
                try inImage(
                    sess.run(plain, feed_dict: [bytes: NDArray(numbers, shape: [1, 1, 3, 1])]))
            }
            #expect(try file([0.0, 1.0, 2.0]) == expected([0, 127, 255]))
            #expect(try file([-1.0, 0.0, 1.0]) == expected([1, 128, 255]))
            #expect(try file([0.0, 0.0, 0.0]) == expected([0, 0, 0]))
        }

        /// The picture's file in a summary.
        private func inImage(_ summary: NDArray) throws -> [UInt8] {
            var file: [UInt8] = []
            try inFolder { folder in
                let writer = try tf.summary.FileWriter(folder)
                try writer.add_summary(summary)
                try writer.close()
                let log = try EventLog(folder)
                let value = try #require(log.values.values.first?.first?.value)
                if case .image(_, _, _, let bytes) = value.content { file = bytes }
            }
            return file
        }
    }
}
