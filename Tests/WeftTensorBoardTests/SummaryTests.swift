// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorBoard
import WeftTestSupport

/// What values become in event files.
@Suite struct SummaryTests {
    @Test("histograms are TensorFlow's, bucket by bucket")
    func histograms() throws {
        let records = try Golden("tensorboard/histograms.json").root
        let cases = try Golden.dictionary(records["cases"])
        #expect(cases.count >= 6)
        for (name, record) in cases {
            let record = try Golden.dictionary(record)
            func numbers(_ key: String) throws -> [Double] {
                try #require(record[key] as? String).split(separator: " ").compactMap { Double($0) }
            }
            let histogram = try Histogram(NDArray(numbers("elements")))
            #expect(try histogram.limits == numbers("limits"), "\(name)")
            #expect(try histogram.counts == numbers("counts"), "\(name)")
            // Both sum from the first element on.
            let facts = [
                histogram.minimum, histogram.maximum, histogram.count, histogram.sum,
                histogram.sumOfSquares,
            ]
            // Squares below the least normal number are 0 where the processor is told so.
            for (own, other) in zip(facts, try numbers("facts")) {
                #expect(own == other || max(abs(own), abs(other)) < 1e-307, "\(name)")
            }
        }
    }

    @Test("all element types are counted, and what is no number is an error")
    func histogramTypes() throws {
        let three = try Histogram(NDArray([Float(1), 2, 3]))
        for dtype in DType.arrayTypes where dtype.isNumeric {
            #expect(try Histogram(NDArray([Float(1), 2, 3]).cast(to: dtype)) == three, "\(dtype)")
        }
        #expect(try Histogram(NDArray([true, false, true])).sum == 2)
        let empty = try Histogram(NDArray([Float]()))
        #expect(empty.limits == [.greatestFiniteMagnitude] && empty.counts == [0])
        #expect(empty.count == 0 && empty.minimum == 0)
        let text = try error(SummaryError.self) { _ = try Histogram(NDArray("x")) }
        #expect(text.kind == .shape)
        let nan = try error(SummaryError.self) {
            _ = try Histogram(NDArray([1, Float.nan, .infinity]))
        }
        #expect(nan.kind == .notFinite && "\(nan)".contains("2 of 3"))
    }

    @Test("pictures are bytes or numbers from 0 to 1")
    func images() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            try writer.addImage("bytes", NDArray([UInt8(0), 128, 255, 7], shape: [2, 2]), step: 0)
            try writer.addImage(
                "floats", NDArray([Float(-1), 0.5, .infinity, .nan], shape: [2, 2, 1]), step: 0)
            try writer.addImages(
                "batch", NDArray(repeating: Float(1), shape: [5, 2, 3, 3]), step: 0, most: 2)
            for shape in [[2, 2, 5], [0, 2, 1], [4], [1, 2, 2, 1]] {
                let array = try NDArray(repeating: Float(0), shape: shape)
                let fault = try error(SummaryError.self) {
                    try writer.addImage("wrong", array, step: 0)
                }
                #expect(
                    fault.kind == .shape && fault.tag == "wrong" && "\(fault)".contains("\(shape)"))
            }
            let whole = try NDArray(repeating: Int32(0), shape: [2, 2])
            #expect(
                try error(SummaryError.self) { try writer.addImage("i", whole, step: 0) }.kind
                    == .shape)
            try writer.close()
            func picture(_ tag: String) throws -> (Int, Int, Int, [UInt8]) {
                guard
                    case .image(let width, let height, let channels, let file) =
                        try #require(values(folder, tag).first).content
                else { throw NothingThrown() }
                return (width, height, channels, file)
            }
            let (width, height, channels, file) = try picture("bytes")
            #expect((width, height, channels) == (2, 2, 1))
            #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10])
            let batch = try picture("batch/image/1")
            #expect((batch.0, batch.1, batch.2) == (3, 2, 3))
            #expect(try values(folder, "batch/image/2").isEmpty)
            // By TensorFlow or a browser: Scripts/tensorboard.sh. Here, that equal pictures are equal files.
            try inFolder { other in
                let writer = try EventWriter(other)
                try writer.addImage(
                    "bytes", NDArray([UInt8(0), 128, 255, 0], shape: [2, 2]), step: 0)
                try writer.close()
                guard
                    case .image(_, _, _, let expected) =
                        try #require(values(other, "bytes").first).content
                else { throw NothingThrown() }
                #expect(try picture("floats").3 == expected)
            }
        }
    }

    @Test("sounds are WAV files of 16 bits")
    func audio() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            let sound = try NDArray([Float(0), 1, -1, 0.5, 2, -2], shape: [3, 2])
            try writer.addAudio("sound", sound, sampleRate: 8000, step: 1)
            for (array, rate) in [
                (sound, 0.0), (sound, .nan),
                (try NDArray(repeating: Float(0), shape: [1, 2, 3]), 8000),
                (NDArray([1, 2]), 8000), (NDArray([Float.nan]), 8000),
            ] {
                _ = try error(SummaryError.self) {
                    try writer.addAudio("wrong", array, sampleRate: rate, step: 0)
                }
            }
            try writer.close()
            guard
                case .audio(let rate, let channels, let frames, let file) =
                    try #require(values(folder, "sound").first).content
            else { throw NothingThrown() }
            #expect(rate == 8000 && channels == 2 && frames == 3)
            let expected: [UInt8] =
                Array("RIFF".utf8) + [48, 0, 0, 0] + Array("WAVEfmt ".utf8) + [
                    16, 0, 0, 0, 1, 0, 2, 0,
                ]
                + [0x40, 0x1F, 0, 0, 0x00, 0x7D, 0, 0, 4, 0, 16, 0] + Array("data".utf8) + [
                    12, 0, 0, 0,
                ]
                + [0, 0, 0xFF, 0x7F, 0x01, 0x80, 0x00, 0x40, 0xFF, 0x7F, 0x01, 0x80]
            #expect(file == expected)
        }
    }

    @Test("text, tables and curves of precision are arrays of their plugins")
    func plugins() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            try writer.addText("text", "*ü*", step: 0)
            try writer.addTable("table", header: ["a", "b"], rows: [["1|2", "x\ny"]], step: 0)
            let ragged = try error(SummaryError.self) {
                try writer.addTable("table", header: ["a", "b"], rows: [["1"]], step: 0)
            }
            #expect(ragged.kind == .shape)
            let predictions: NDArray = [0.0, 0.3, 0.6, 1.0]
            try writer.addPRCurve(
                "curve", predictions: predictions, labels: NDArray([false, true, false, true]),
                thresholds: 3, step: 0)
            _ = try error(SummaryError.self) {
                try writer.addPRCurve("c", predictions: predictions, labels: [true], step: 0)
            }
            _ = try error(SummaryError.self) {
                try writer.addPRCurve("c", predictions: [1.5], labels: [true], step: 0)
            }
            _ = try error(SummaryError.self) {
                try writer.addPRCurve(
                    "c", predictions: [NDArray(Double.nan)], labels: [true], step: 0)
            }
            _ = try error(SummaryError.self) {
                try writer.addPRCurve(
                    "c", predictions: predictions, labels: predictions, thresholds: 1, step: 0)
            }
            try writer.close()
            func array(_ tag: String, _ plugin: String) throws -> NDArray {
                let value = try #require(values(folder, tag).first)
                #expect(value.plugin == plugin)
                guard case .array(let array) = value.content else { throw NothingThrown() }
                return array
            }
            #expect(try array("text", "text") == NDArray("*ü*"))
            #expect(
                try array("table", "text") == NDArray("| a | b |\n| --- | --- |\n| 1\\|2 | x y |"))
            let curve = try array("curve", "pr_curves")
            #expect(curve.shape == [6, 3])
            let rows: [Float] = try curve.scalars()
            #expect(Array(rows[..<3]) == [2, 1, 1])
            #expect(Array(rows[3..<6]) == [2, 1, 0])
            #expect(Array(rows[6..<9]) == [0, 1, 2])
            #expect(Array(rows[9..<12]) == [0, 1, 1])
            #expect(Array(rows[12..<15]) == [0.5, 0.5, 1])
            #expect(Array(rows[15...]) == [1, 0.5, 0.5])
        }
    }

    @Test("hyperparameters must be of one kind each")
    func hyperparameters() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            try writer.beginTrial(["rate": 0.1, "name": "x", "on": true, "layers": 3])
            try writer.endTrial()
            for values: [HyperparameterValue] in [[], [1, "x"]] {
                let fault = try error(SummaryError.self) {
                    try writer.addExperiment([Hyperparameter("h", .values(values))], metrics: [])
                }
                #expect(fault.kind == .invalidArgument && fault.tag == "h")
            }
            try writer.close()
            #expect(
                try EventLog(folder).values.keys.sorted() == [
                    "_hparams_/session_end_info", "_hparams_/session_start_info",
                ])
        }
    }

    @Test("vectors are files beside the events, and a list of them")
    func embeddings() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            let vectors = try NDArray([Float(1), 2, 3, 4, 5, 6], shape: [3, 2])
            let images = try NDArray(repeating: Float(0.5), shape: [3, 2, 2, 1])
            try writer.addEmbedding("a/b", vectors)
            try writer.addEmbedding(
                "a/b", vectors,
                columns: [.init("word", ["x", "y\tz", "w"]), .init("n", ["1", "2", "3"])],
                images: images)
            try writer.addEmbedding("second", vectors, columns: [.init("word", ["x", "y", "w"])])
            let config = try String(
                contentsOfFile: "\(folder)/projector_config.pbtxt", encoding: .utf8)
            #expect(config.split(separator: "a_b/tensors.tsv").count == 2, "\(config)")
            #expect(config.contains("second/metadata.tsv"))
            #expect(
                try String(contentsOfFile: "\(folder)/a_b/metadata.tsv", encoding: .utf8)
                    == "word\tn\nx\t1\ny z\t2\nw\t3\n")
            #expect(
                try String(contentsOfFile: "\(folder)/second/metadata.tsv", encoding: .utf8)
                    == "x\ny\nw\n")
            #expect(
                try String(contentsOfFile: "\(folder)/a_b/tensors.tsv", encoding: .utf8)
                    == "1.0\t2.0\n3.0\t4.0\n5.0\t6.0\n")
            for body: () throws -> Void in [
                { try writer.addEmbedding("x", [1.0]) },
                { try writer.addEmbedding("..", vectors) },
                { try writer.addEmbedding("x", vectors, columns: [.init("c", ["1"])]) },
                { try writer.addEmbedding("x", vectors, images: vectors) },
                {
                    try writer.addEmbedding(
                        "x", vectors, images: NDArray(repeating: Float(0), shape: [3, 5000, 2, 1]))
                },
            ] { _ = try error(SummaryError.self, body) }
            try write(Array("embeddings {".utf8), to: "\(folder)/projector_config.pbtxt")
            #expect(
                try error(FileError.self) { try writer.addEmbedding("x", vectors) }.kind
                    == .malformed)
        }
    }
}
