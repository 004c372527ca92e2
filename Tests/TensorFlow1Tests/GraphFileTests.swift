// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing

/// Graphs of files in programs.
@Suite struct GraphFileTests {
    /// A field of a Protocol Buffers message that is text or a message.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func node(
        _ op: String, _ name: String, _ inputs: [String], _ attribute: String
    ) -> [UInt8] {
        // The attribute is of the kind "type" (field 6), and says DT_FLOAT.
        let type = field(1, Array(attribute.utf8)) + field(2, [6 << 3, 1])
        return field(
            1,
            field(1, Array(name.utf8)) + field(2, Array(op.utf8))
                + inputs.flatMap { field(3, Array($0.utf8)) } + field(5, type))
    }

    private static let bytes =
        node("Placeholder", "x", [], "dtype") + node("Neg", "y", ["x"], "T")
        + node("NoSuchOperation", "z", ["y"], "T")

    @Test(
        "a graph that was taken over is found by names, with and without a prefix, and fed by them")
    func imports() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("weft-graph-\(UUID().uuidString).pb").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(Self.bytes).write(to: URL(fileURLWithPath: path))
        try tf.Graph().as_default {
            let definition = tf.GraphDef()
            try definition.ParseFromString(try tf.gfile.FastGFile(path, "rb").bytes())
            #expect(definition.ByteSize() == Self.bytes.count)
            let elements = try tf.import_graph_def(
                definition, return_elements: ["x:0", "y:0"], name: "")
            let session = tf.Session()
            let y = try tf.get_default_graph().get_tensor_by_name("y:0")
            #expect(y == elements[1])
            #expect(try session.run(y, feed_dict: [elements[0]: 3.0]).doubles == [-3])
            #expect(try session.run(y, feed_dict: ["x:0": [1.0, 2.0]]).doubles == [-1, -2])
            try tf.import_graph_def(definition)
            let other = try tf.get_default_graph().get_tensor_by_name("import/y:0")
            #expect(try session.run(other, feed_dict: ["import/x:0": 4.0]).doubles == [-4])
            #expect(throws: (any Error).self) {
                try tf.get_default_graph().get_tensor_by_name("z:0")
            }
            #expect(throws: (any Error).self) {
                try tf.get_default_graph().get_tensor_by_name("w:0")
            }
            #expect(throws: (any Error).self) {
                try definition.ParseFromString([1, 2, 3] as [UInt8])
            }
        }
    }
}
