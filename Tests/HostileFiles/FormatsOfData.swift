// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftArrays
import WeftData
import WeftImages
import WeftTensorBoard

/// The files that programs take their data from, and those that they write their course to.
extension Format {
    static let data: [Format] = [
        Format("csv", { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }, readTable),
        Format("idx", { $0.contains("-idx") && !$0.hasSuffix(".json") }) {
            _ = try NDArray(idx: $0)
        },
        Format("lines", { $0.hasSuffix(".text") || $0.hasSuffix(".text.gz") }) { path in
            let lines = Dataset(linesOf: path).stream()
            while try lines.next() != nil {}
        },
        Format("records", { $0.hasSuffix(".tfrecord") || $0.hasSuffix(".tfrecord.gz") }) { path in
            let examples = Dataset(tfRecord: path).map { try TensorFlowExample(serialized: $0) }
                .stream()
            let copy = try TFRecordWriter(path + ".copy")
            defer { unlink(path + ".copy") }
            while let example = try examples.next() { try copy.write(try example.serialized()) }
            try copy.finish()
        }.mended(by: Checksums.mend(records:)),
        Format("events", { $0.contains("tfevents") }) { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let log = try EventLog(folder)
            for tag in log.scalarTags { _ = log.scalars(tag) }
        }.mended(by: Checksums.mend(records:)),
        Format("image", { name in [".png", ".jpg", ".jpeg"].contains { name.hasSuffix($0) } }) {
            _ = try ImageInfo($0)
            _ = try NDArray(image: $0)
            _ = try NDArray(image: $0, channels: .rgba, depth: .bits16)
        },
        Format("word-pieces", { $0.hasSuffix("cased.txt") }) { path in
            let pieces = try WordPieceTokenizer(vocabulary: path)
            // What it has no pieces for is no fault of the file.
            let numbers = try? pieces.numbers(of: "unaffordable, \u{E9}t\u{E9} \u{6F22}")
            if let numbers { _ = try pieces.text(of: numbers) }
        },
        Format("byte-pairs", { $0 == "vocab.json" || $0 == "merges.txt" }) { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let pieces = try BytePairTokenizer(
                vocabulary: folder + "/vocab.json", merges: folder + "/merges.txt")
            let numbers = try? pieces.numbers(of: "the weather, \u{E9}t\u{E9}")
            if let numbers { _ = try pieces.text(of: numbers) }
        },
    ]

    /// Reads each column as all that it can be.
    private static func readTable(_ path: String) throws {
        let file = try CSVFile(path)
        let summary = try file.summary(mostValues: 3)
        let records = file.records().stream()
        var first: (any Error)?
        while let record = try records.next() {
            for name in file.columns {
                let values = summary.column(name)?.values ?? []
                do {
                    _ = try record.category(name, among: values, missing: 0)
                    _ = try record.number(name, missing: 0)
                    _ = try record.integer(name)
                } catch {
                    first = first ?? error
                }
            }
        }
        if let first { throw first }
    }
}
