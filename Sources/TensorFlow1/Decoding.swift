// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Numbers and pixels out of strings, and files in graphs.
extension tf {
    /// The bytes of strings as numbers: a further axis. The strings must be of one length.
    public static func decode_raw(
        _ bytes: some TensorOperand, _ out_type: DType, little_endian: Bool = true,
        name: String? = nil
    ) -> Tensor {
        call(
            "DecodeRaw", [bytes.tensor(.string)],
            ["out_type": .type(out_type), "little_endian": .bool(little_endian)], name)
    }

    /// The columns of lines whose fields are separated by a character.
    ///
    /// - Parameter record_defaults: One for each column: its type, and what stands for a field that is empty; an empty
    ///   vector where none may be.
    public static func decode_csv(
        _ records: some TensorOperand, _ record_defaults: [any TensorOperand],
        field_delim: String = ",", use_quote_delim: Bool = true, na_value: String = "",
        select_cols: [Int] = [], name: String? = nil
    ) -> [Tensor] {
        calls(
            "DecodeCSV", [records.tensor(.string)] + record_defaults.map { $0.tensor(nil) },
            [
                "field_delim": .string(field_delim), "use_quote_delim": .bool(use_quote_delim),
                "na_value": .string(na_value), "select_cols": .ints(select_cols),
            ], name)
    }
    /// The columns of lines, the defaults labelled.
    public static func decode_csv(
        _ records: some TensorOperand, record_defaults: [any TensorOperand],
        field_delim: String = ","
    ) -> [Tensor] {
        decode_csv(records, record_defaults, field_delim: field_delim)
    }

    /// The bytes of a file, when it is run.
    public static func read_file(_ filename: some TensorOperand, name: String? = nil) -> Tensor {
        call("ReadFile", [filename.tensor(.string)], [:], name)
    }

    /// Files and records.
    public enum io {
        /// What is read of a record: a list of fixed length.
        public typealias FixedLenFeature = tf.FixedLenFeature
        /// What is read of a record: a list of any length.
        public typealias VarLenFeature = tf.VarLenFeature
        /// Writes a file of records.
        public typealias TFRecordWriter = tf.python_io.TFRecordWriter
        /// Files of the machine.
        public typealias gfile = tf.gfile

        /// The bytes of a file, when it is run.
        public static func read_file(
            _ filename: some TensorOperand, name: String? = nil
        ) -> Tensor { tf.read_file(filename, name: name) }
        /// The lists of one record.
        public static func parse_single_example(
            _ serialized: some TensorOperand, _ features: [String: any FeatureConfiguration]
        ) -> ParsedFeatures { tf.parse_single_example(serialized, features: features) }
        /// The lists of a vector of records.
        public static func parse_example(
            _ serialized: some TensorOperand, _ features: [String: any FeatureConfiguration]
        ) -> ParsedFeatures { tf.parse_example(serialized, features: features) }
        /// The bytes of strings as numbers.
        public static func decode_raw(
            _ bytes: some TensorOperand, _ out_type: DType
        ) -> Tensor { tf.decode_raw(bytes, out_type) }
        /// The columns of lines whose fields are separated by a character.
        public static func decode_csv(
            _ records: some TensorOperand, _ record_defaults: [any TensorOperand],
            field_delim: String = ","
        ) -> [Tensor] { tf.decode_csv(records, record_defaults, field_delim: field_delim) }
    }
}

extension tf.image {
    /// The pixels of a JPEG file, `[height, width, channels]`; a PNG file is read, too.
    ///
    /// - Parameter channels: 1 for grey, 3 for colours, 0 for what the file has.
    public static func decode_jpeg(
        _ contents: some TensorOperand, channels: Int = 0, name: String? = nil
    ) -> tf.Tensor {
        tf.call("DecodeJpeg", [contents.tensor(.string)], ["channels": .int(channels)], name)
    }
    /// The pixels of a PNG file, `[height, width, channels]`; a JPEG file is read, too.
    ///
    /// - Parameters:
    ///   - channels: From 1 to 4, or 0 for what the file has.
    ///   - dtype: `tf.uint8` or `tf.uint16`.
    public static func decode_png(
        _ contents: some TensorOperand, channels: Int = 0, dtype: DType = .uint8,
        name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "DecodePng", [contents.tensor(.string)],
            ["channels": .int(channels), "dtype": .type(dtype)], name)
    }
    /// The pixels of a JPEG or PNG file, `[height, width, channels]`.
    ///
    /// - Parameters:
    ///   - channels: As for the formats.
    ///   - dtype: `tf.uint8`, `tf.uint16`, or `tf.float32` for numbers from 0 to 1.
    public static func decode_image(
        _ contents: some TensorOperand, channels: Int = 0, dtype: DType = .uint8,
        name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "DecodeImage", [contents.tensor(.string)],
            ["channels": .int(channels), "dtype": .type(dtype)], name)
    }
    /// The bytes of a PNG file of an image.
    public static func encode_png(
        _ image: some TensorOperand, compression: Int = -1, name: String? = nil
    ) -> tf.Tensor {
        tf.call("EncodePng", [image.tensor(.uint8)], ["compression": .int(compression)], name)
    }
    /// The bytes of a JPEG file of an image.
    ///
    /// - Parameters:
    ///   - quality: From 1 to 100: how near to the image the file stays.
    ///   - chroma_downsampling: Whether colours are kept for four pixels at a time.
    public static func encode_jpeg(
        _ image: some TensorOperand, format: String = "", quality: Int = 95,
        chroma_downsampling: Bool = true, name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "EncodeJpeg", [image.tensor(.uint8)],
            [
                "format": .string(format), "quality": .int(quality),
                "chroma_downsampling": .bool(chroma_downsampling),
            ], name)
    }
}
