// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing

/// Records of examples, and numbers and pixels out of strings. Bytes and numbers are those of TensorFlow 2.21.
@Suite struct RecordTests {
    private static let exampleHex =
        "0a3b0a150a016112101a0e0a0c01feffffffffffffffff01030a110a0162120c120a0a080000003f0000c03f"
        + "0a0f0a0163120a0a080a0278790a0200ff"
    private static let fileHex =
        "3d000000000000006049f1ec\(exampleHex)6c391d1806000000000000007369d5377365636f6e64d3e0d3ca"

    private func bytes(_ hex: String) -> [UInt8] {
        var rest = hex[...]
        var result: [UInt8] = []
        while !rest.isEmpty {
            result.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return result
    }

    private var example: tf.train.Example {
        tf.train.Example(
            features: tf.train.Features(feature: [
                "a": tf.train.Feature(int64_list: tf.train.Int64List(value: [1, -2, 3])),
                "b": tf.train.Feature(float_list: tf.train.FloatList(value: [0.5, 1.5])),
                "c": tf.train.Feature(
                    bytes_list: tf.train.BytesList(value: [Array("xy".utf8), [0, 255]])),
            ]))
    }

    @Test("an example is TensorFlow's bytes, there and back")
    func examples() throws {
        #expect(try example.SerializeToString() == bytes(Self.exampleHex))
        var read = tf.train.Example()
        try read.ParseFromString(bytes(Self.exampleHex))
        #expect(read == example)
        #expect(read.features.feature["a"]?.int64_list.value == [1, -2, 3])
        #expect(read.features.feature["a"]?.float_list.value == [])
        #expect(read.features.feature["c"]?.bytes_list.value[1] == [0, 255])
        #expect(throws: (any Error).self) { try tf.train.Example.FromString([10, 200]) }
    }

    @Test("a file of records is TensorFlow's, there and back, and read by a graph")
    func files() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(UUID().uuidString).tfrecord"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = try tf.python_io.TFRecordWriter(path)
        try writer.write(example.SerializeToString())
        try writer.write("second".utf8)
        try writer.close()
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == bytes(Self.fileHex))
        let records = tf.python_io.tf_record_iterator(path)
        #expect(try records.next() == bytes(Self.exampleHex))
        #expect(try records.next() == Array("second".utf8))
        #expect(try records.next() == nil)
        try tf.Graph().as_default {
            let queue = tf.train.string_input_producer([path], num_epochs: 1)
            let (key, value) = tf.TFRecordReader().read(queue)
            let features = tf.parse_single_example(
                value, features: ["b": tf.FixedLenFeature([2], tf.float32)])
            try tf.with(tf.Session()) { session in
                let coord = tf.train.Coordinator()
                let threads = try tf.train.start_queue_runners(coord: coord)
                let (found, b) = try session.run((key, features["b"]))
                #expect(found == NDArray(path + ":0") && b.doubles == [0.5, 1.5])
                #expect(try session.run(key) == NDArray(path + ":77"))
                #expect(throws: tf.errors.OutOfRangeError.self) { try session.run(key) }
                coord.request_stop()
                try coord.join(threads)
            }
        }
    }

    @Test("records are parsed, one and many")
    func parsing() throws {
        try tf.Graph().as_default {
            let configuration: [String: any tf.FeatureConfiguration] = [
                "a": tf.FixedLenFeature([3], tf.int64),
                "z": tf.FixedLenFeature([], tf.float32, default_value: 9.0),
                "c": tf.VarLenFeature(tf.string),
            ]
            let record = try NDArray(byteStrings: [bytes(Self.exampleHex)], shape: [])
            let one = tf.parse_single_example(record, features: configuration)
            let session = tf.Session()
            #expect(one["a"].shape == [3])
            #expect(try session.run(one["a"]).doubles == [1, -2, 3])
            #expect(try session.run(one["z"]).doubles == [9])
            let dense = tf.sparse_tensor_to_dense(one[sparse: "c"], default_value: "")
            #expect(
                try session.run(dense).byteStrings() == [Array("xy".utf8), [0, 255]])
            #expect(one["c"].error != nil && one["none"].error != nil)
            let two = try NDArray(
                byteStrings: [bytes(Self.exampleHex), bytes(Self.exampleHex)], shape: [2])
            let many = tf.parse_example(two, features: configuration)
            let a = try session.run(many["a"])
            #expect(a.shape == [2, 3] && a.doubles == [1, -2, 3, 1, -2, 3])
            let missing = tf.parse_single_example(
                record, features: ["none": tf.FixedLenFeature([1], tf.int64)])
            #expect(throws: (any Error).self) { try session.run(missing["none"]) }
        }
    }

    @Test("numbers out of bytes and lines")
    func decoding() throws {
        try tf.Graph().as_default {
            let session = tf.Session()
            let raw = try NDArray(byteStrings: [[1, 2, 3, 4]], shape: [1])
            let numbers = try session.run(tf.decode_raw(raw, tf.int16))
            #expect(numbers.shape == [1, 2] && numbers.doubles == [513, 1027])
            let columns = tf.decode_csv(
                ["1,2.5,x", "3,,\"a,b\""], record_defaults: [[0], [7.0], [""]])
            let values = try session.run(columns)
            #expect(values[0].doubles == [1, 3] && values[1].doubles == [2.5, 7])
            #expect(values[2] == NDArray(["x", "a,b"]))
        }
    }

    @Test("pixels of PNG files exactly, of JPEG files nearly, and back")
    func images() throws {
        try tf.Graph().as_default {
            let png = bytes(
                "89504e470d0a1a0a0000000d4948445200000005000000040802000000c951621700000014494441540899"
                    + "636460e1e041022c363636a4f00188c804766d70d6bd0000000049454e44ae426082")
            let session = tf.Session()
            let file = try NDArray(byteStrings: [png], shape: [])
            let image = tf.image.decode_png(file, channels: 3)
            #expect(image.shape == [nil, nil, 3] && image.dtype == .uint8)
            let pixels = try session.run(image)
            #expect(pixels.shape == [4, 5, 3])
            #expect(pixels.doubles == (0..<60).map { Double($0 * 4) })
            let any = try session.run(tf.image.decode_image(file))
            #expect(any == pixels)
            // 0.299 r + 0.587 g + 0.114 b; TensorFlow's library rounds down where this one rounds.
            let grey = try session.run(tf.image.decode_png(file, channels: 1)).doubles
            for (index, value) in grey.enumerated() {
                #expect(abs(value - Double(3 + 12 * index)) <= 1)
            }
            let again = tf.image.decode_png(tf.image.encode_png(pixels))
            #expect(try session.run(again) == pixels)
            let resized = tf.image.resize_images(image, [2, 2])
            #expect(try session.run(resized).shape == [2, 2, 3])

            let jpeg = try #require(Data(base64Encoded: Self.jpeg))
            let photo = try session.run(
                tf.image.decode_jpeg(NDArray(byteStrings: [Array(jpeg)], shape: [])))
            #expect(photo.shape == [16, 16, 3])
            // TensorFlow's transform of JPEG is the library's fast one, which is off by a few.
            let wanted: [Double] = [
                1, 1, 1, 57, 3, 27, 114, 5, 60, 169, 6, 85, 2, 58, 33, 59, 59, 59, 115, 60, 91, 171,
                63,
                115, 6, 118, 62, 63, 120, 87, 119, 121, 120, 176, 122, 146, 8, 174, 92, 63, 175,
                117, 121,
                177, 152, 178, 178, 178,
            ]
            var place = 0
            for row in [0, 5, 10, 15] {
                for column in [0, 5, 10, 15] {
                    for value in photo[row][column].doubles {
                        #expect(abs(value - wanted[place]) <= 6, "pixel \(row), \(column)")
                        place += 1
                    }
                }
            }
            let written = try session.run(tf.image.decode_jpeg(tf.image.encode_jpeg(photo)))
            #expect(written.shape == photo.shape)
            #expect(throws: (any Error).self) {
                try session.run(tf.image.decode_jpeg(NDArray("no image")))
            }
        }
    }

    /// A square of 16 pixels with colours that grow along its sides, written by TensorFlow with quality 75.
    private static let jpeg = """
        /9j/4AAQSkZJRgABAQEBLAEsAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcp\
        LDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy\
        MjIyMjIyMjIyMjIyMjL/wAARCAAQABADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAA\
        AgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6\
        Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG\
        x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREA\
        AgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5\
        OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPE\
        xcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDymy0jp8tdFZaR0+Wtyy0jp8tdFZaR0+Wi\
        nUDKc221P//Z
        """
}
