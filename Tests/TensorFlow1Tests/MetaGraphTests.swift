// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing
import WeftTensorFlow

/// Graphs with collections beside checkpoints.
@Suite struct MetaGraphTests {
    private static let files = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Goldens/tf_files").path

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("weft-meta-\(UUID().uuidString)").path
        try tf.gfile.MakeDirs(folder)
        defer { try? tf.gfile.DeleteRecursively(folder) }
        try body(folder)
    }

    @Test("a graph of TensorFlow's is taken over, put back and trained on")
    func imports() throws {
        try tf.Graph().as_default {
            let saver = try tf.train.import_meta_graph(Self.files + "/meta.meta")
            let graph = tf.get_default_graph()
            #expect(tf.trainable_variables().map(\.name).sorted() == ["b:0", "w:0"])
            #expect(tf.global_variables().contains { $0.name == "global_step:0" })
            #expect(tf.get_collection("outputs").count == 2)
            let session = tf.Session()
            try saver.restore(session, Self.files + "/meta")
            let logits = try graph.get_tensor_by_name("logits:0")
            let x: tf.FeedDict = ["x:0": [[1.0, 2.0], [3.0, -4.0]]]
            let before = try session.run(logits, feed_dict: x).doubles
            // Made by TensorFlow: see meta.json.
            for (a, b) in zip(before, [2.184999942779541, 1.2350000143051147]) {
                #expect(abs(a - b) < 1e-6)
            }
            try session.run(try graph.get_operation_by_name("train"), feed_dict: x)
            let after = try session.run(logits, feed_dict: x).doubles
            for (a, b) in zip(after, [2.0648000240325928, 1.2078001499176025]) {
                #expect(abs(a - b) < 1e-6)
            }
        }
    }

    @Test("what a program makes is written beside its checkpoints, and taken over by another")
    func writes() throws {
        try inFolder { folder in
            var wanted: [Double] = []
            try tf.Graph().as_default {
                let x = tf.placeholder(tf.float32, [nil, 2], name: "x")
                let w = tf.Variable([[1.0], [-2.0]], name: "w")
                let y = tf.identity(tf.matmul(x, w), name: "y")
                let train = try tf.train.AdamOptimizer(0.1).minimize(tf.reduce_mean(tf.square(y)))
                tf.add_to_collection("outputs", y)
                tf.add_to_collection("unnamed", y * 2.0)
                let session = tf.Session()
                try session.run(tf.global_variables_initializer())
                try session.run(train, feed_dict: [x: [[1.0, 1.0]]])
                let saver = tf.train.Saver(max_to_keep: 1)
                let first = try saver.save(session, folder + "/model", global_step: 1)
                #expect(tf.gfile.Exists(first + ".meta"))
                let second = try saver.save(session, folder + "/model", global_step: 2)
                #expect(!tf.gfile.Exists(first + ".meta") && tf.gfile.Exists(second + ".meta"))
                _ = try tf.train.Saver().save(
                    session, folder + "/bare", write_meta_graph: false)
                #expect(!tf.gfile.Exists(folder + "/bare.meta"))
                wanted = try session.run(y, feed_dict: [x: [[3.0, 4.0]]]).doubles
            }
            try tf.Graph().as_default {
                let saver = try tf.train.import_meta_graph(folder + "/model-2.meta")
                let session = tf.Session()
                try saver.restore(session, folder + "/model-2")
                let feeds: tf.FeedDict = ["x:0": [[3.0, 4.0]]]
                let outputs = tf.get_collection("outputs")
                #expect(outputs.count == 1)
                #expect(try session.run(outputs, feed_dict: feeds)[0].doubles == wanted)
                let double = try #require(tf.get_collection("unnamed").first)
                #expect(try session.run(double, feed_dict: feeds).doubles == wanted.map { 2 * $0 })
                // What was taken over and not changed is written as it was.
                let again = try tf.train.export_meta_graph(filename: folder + "/again.meta")
                #expect(again.collection_def["outputs"] == .nodes(["y:0"]))
                #expect(tf.gfile.Exists(folder + "/again.meta"))
            }
        }
    }

    @Test("tensors of a program stand in the place of a file's")
    func inputMap() throws {
        try inFolder { folder in
            try tf.Graph().as_default {
                let x = tf.placeholder(tf.float32, [2], name: "x")
                let y = tf.square(x, name: "y")
                tf.add_to_collection("outputs", y)
                let meta = try tf.train.export_meta_graph()
                try meta.metaGraph.graph.write(to: folder + "/graph.pb")
            }
            try tf.Graph().as_default {
                let definition = tf.GraphDef()
                try definition.ParseFromString(
                    try tf.gfile.FastGFile(folder + "/graph.pb", "rb").bytes())
                let own = tf.constant([2.0, 3.0])
                let y = try tf.import_graph_def(
                    definition, input_map: ["x:0": own], return_elements: ["y:0"])
                #expect(try tf.Session().run(y[0]).doubles == [4, 9])
                #expect(throws: (any Error).self) {
                    try tf.import_graph_def(definition, input_map: ["none:0": own])
                }
            }
        }
    }
}
