// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData

/// Datasets of the records and lines of files, one file behind the other.
extension tf.data {
    /// The records of TFRecord files, as strings.
    public static func TFRecordDataset(_ filenames: some TensorOperand) -> Dataset {
        files(filenames) { path in
            WeftData.Dataset(tfRecord: path).map { record in
                DataRow(arrays: [try NDArray(byteStrings: [record], shape: [])])
            }
        }
    }
    /// The lines of files without their ends, as strings.
    public static func TextLineDataset(_ filenames: some TensorOperand) -> Dataset {
        files(filenames) { path in
            WeftData.Dataset(linesOf: path).map { line in DataRow(arrays: [NDArray(line)]) }
        }
    }

    private static func files(
        _ names: some TensorOperand,
        _ one: @escaping @Sendable (String) -> WeftData.Dataset<DataRow>
    ) -> Dataset {
        Dataset([names.tensor(.string)], [TensorType(.string, [])]) { arrays in
            let paths = try arrays[0].byteStrings().map { String(decoding: $0, as: UTF8.self) }
            return WeftData.Dataset(paths).interleaved(1) { one($0) }
        }
    }
}
