// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftData
import WeftFormats
import WeftTestSupport

/// IDX files, TFRecord files, and texts.
@Suite struct RecordFileTests {
    private func with(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        try inFolder { folder in
            let url = folder.appending(path: "x")
            try Data(bytes).write(to: url)
            try body(url.path)
        }
    }

    // MARK: IDX

    @Test("IDX arrays of each type, most significant byte first")
    func idx() throws {
        try with([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]) { (path) throws in
            let array = try NDArray(idx: path)
            #expect(array.dtype == .uint8 && array.shape == [2, 3])
            #expect(array.doubles == [1, 2, 3, 4, 5, 255])
        }
        let rows: [(UInt8, DType, [UInt8], Double)] = [
            (9, .int8, [0xFE], -2), (0x0B, .int16, [0xFF, 0xFE], -2),
            (0x0C, .int32, [0, 0, 1, 2], 258), (0x0D, .float32, [0x3F, 0xC0, 0, 0], 1.5),
            (0x0E, .float64, [0xC0, 0x04, 0, 0, 0, 0, 0, 0], -2.5),
        ]
        for (code, dtype, bytes, value) in rows {
            try with([0, 0, code, 1, 0, 0, 0, 1] + bytes) { (path) throws in
                let array = try NDArray(idx: path)
                #expect(array.dtype == dtype && array.doubles == [value])
            }
        }
        try with([0, 0, 8, 0, 7]) { (path) throws in #expect(try NDArray(idx: path).shape == []) }
    }

    @Test("no beginning of an IDX file, no lying header and no other file is one")
    func damagedIDX() throws {
        let whole: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2]
        for count in whole.indices {
            try with(Array(whole[..<count])) { (path) throws in
                #expect(throws: FileError.self, "\(count)") { try NDArray(idx: path) }
            }
        }
        let wrong: [[UInt8]] = [
            whole + [0], [0, 0, 8, 255] + [UInt8](repeating: 255, count: 1020),
            [0, 0, 14, 1, 255, 255, 255, 255, 0], [0, 0, 0x0A, 1, 0, 0, 0, 1, 0], [1] + whole,
            [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 30),
        ]
        for bytes in wrong {
            try with(bytes) { (path) throws in
                #expect(throws: FileError.self) { try NDArray(idx: path) }
            }
        }
        #expect(throws: FileError.self) { try NDArray(idx: "/nowhere/at/all") }
    }

    @Test("rows of a .npy file that is mapped, which are those of one that is read")
    func mappedRows() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.npy").path
            let array = try NDArray((0..<600_000).map(Float.init), shape: [1000, 600])
            try array.write(npy: path)
            let mapped = try NDArray(npy: path, mapsLargeArrays: true)
            #expect(mapped.hasSameBits(as: array))
            let batches = try Dataset(rowsOf: mapped).shuffled(seed: 1).batch(300).elements()
            #expect(batches.map(\.shape) == [[300, 600], [300, 600], [300, 600], [100, 600]])
            #expect(batches.flatMap(\.doubles).sorted() == (0..<600_000).map(Double.init))
            // What is written to is a copy.
            var changed = mapped
            try changed.assign(-1.0, at: 0)
            #expect(changed.doubles[0] == -1 && mapped.doubles[0] == 0)
            try Data(contentsOf: URL(fileURLWithPath: path)).prefix(2_000_000)
                .write(to: URL(fileURLWithPath: path))
            #expect(throws: FileError.self) { try NDArray(npy: path, mapsLargeArrays: true) }
        }
    }

    // MARK: TFRecord

    @Test("records are framed as TensorFlow frames them")
    func framing() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.tfrecord").path
            let writer = try TFRecordWriter(path)
            // The format's own test vector: this text has the masked sum C78AB0E5.
            let records: [[UInt8]] = [
                Array("123456789".utf8), [], [UInt8](repeating: 7, count: 100_001),
            ]
            for record in records { try writer.write(record) }
            #expect(!FileManager.default.fileExists(atPath: path))
            try writer.finish()
            #expect(throws: DataError.self) { try writer.write([1]) }
            #expect(throws: DataError.self) { try writer.finish() }
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(bytes[..<8] == [9, 0, 0, 0, 0, 0, 0, 0])
            #expect(bytes[12..<21] == records[0][...])
            #expect(bytes[21..<25] == [0xE5, 0xB0, 0x8A, 0xC7])
            let dataset = Dataset(tfRecord: path)
            #expect(try dataset.elements() == records)
            let stream = dataset.stream()
            _ = try stream.next()
            let other = Dataset(tfRecord: path).stream()
            try other.importState(stream.exportState())
            #expect(try other.next() == [] && stream.next() == [])
        }
    }

    @Test("no changed byte and no beginning of a TFRecord file goes unnoticed")
    func damagedRecords() throws {
        try inFolder { folder in
            let url = folder.appending(path: "x.tfrecord")
            let writer = try TFRecordWriter(url.path)
            for record in [[1, 2, 3], [4], [5, 6]] as [[UInt8]] { try writer.write(record) }
            try writer.finish()
            let bytes = try Data(contentsOf: url)
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 0x10
                try damaged.write(to: url)
                let stream = Dataset(tfRecord: url.path).stream()
                var (errors, records): ([String], [[UInt8]]) = ([], [])
                while stream.epoch == 0, errors.count < 9 {
                    do {
                        if let record = try stream.next() { records.append(record) }
                    } catch { errors.append("\(error)") }
                }
                // Records are 19, 17 and 18 bytes. Behind damaged data the next one is read, behind a damaged length
                // nothing is.
                let (number, start) = place < 19 ? (0, 0) : place < 36 ? (1, 19) : (2, 36)
                let isLength = place < start + 12
                #expect(records.count == (isLength ? number : 2), "byte \(place)")
                #expect(
                    errors.count == 1
                        && errors[0].contains("tfRecord, '\(url.path)', record \(number):"),
                    "byte \(place): \(errors)")
                try bytes.prefix(place).write(to: url)
                if ![0, 19, 36].contains(place) {
                    #expect(throws: DataError.self, "\(place)") {
                        try Dataset(tfRecord: url.path).elements()
                    }
                }
            }
        }
        #expect(throws: FileError.self) { try Dataset(tfRecord: "/nowhere").stream().next() }
    }

    @Test("files that TensorFlow has written are read, and the same bytes written")
    func goldenRecords() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Goldens/tf_records")
        let expected = try Golden("tf_records/expected.json").list("examples").map {
            try $0.mapValues { try #require($0 as? [Any]) }
        }
        let path = folder.appending(path: "examples.tfrecord").path
        let records = try Dataset(tfRecord: path).elements()
        #expect(try Dataset(tfRecord: path + ".gz").elements() == records)
        #expect(records.count == expected.count)
        for (record, expected) in zip(records, expected) {
            let example = try TensorFlowExample(serialized: record)
            #expect(Set(example.features.keys) == Set(expected.keys))
            for (name, values) in expected {
                switch example.features[name] {
                case .bytes(let list):
                    let texts = list.map { bytes in
                        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                    }
                    #expect(texts == values as? [String])
                case .floats(let list): #expect(list.map(Double.init) == values as? [Double])
                case .integers(let list): #expect(list == values as? [Int64])
                case nil: Issue.record("no '\(name)'")
                }
            }
            #expect(try example.serialized() == record)
        }
        try inFolder { folder in
            let copy = folder.appending(path: "x").path
            let writer = try TFRecordWriter(copy)
            for record in records { try writer.write(record) }
            try writer.finish()
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: copy))
                    == Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    @Test("a tf.Example has lists of three types")
    func examples() throws {
        let example = TensorFlowExample(features: [
            "image": .bytes([[1, 2], []]), "size": .integers([-1, .max]),
            "x": .floats([0.5, .infinity]),
        ])
        let bytes = try example.serialized()
        #expect(try bytes == example.serialized())
        #expect(try TensorFlowExample(serialized: bytes) == example)
        // As TensorFlow's own messages are: field 1, a map entry with key and feature, an unpacked list.
        let foreign: [UInt8] = [
            0x0A, 0x0D, 0x0A, 0x0B, 0x0A, 0x01, 0x61, 0x12, 0x06, 0x1A, 0x04, 0x08, 0x03, 0x08,
            0x05,
        ]
        #expect(try TensorFlowExample(serialized: foreign).features == ["a": .integers([3, 5])])
        #expect(try example.array(named: "size", shape: [2, 1]).shape == [2, 1])
        #expect(try example.array(named: "image").byteStrings() == [[1, 2], []])
        #expect(try example.array(named: "y", missing: [0.0]).doubles == [0])
        let error = errorText { _ = try example.array(named: "y") }
        #expect(error?.contains("there are 'image', 'size', 'x'") == true, "\(error ?? "")")
        #expect(throws: DataError.self) { try TensorFlowExample(serialized: [0x0A, 0xFF, 1]) }
        #expect(throws: ArrayError.self) { try example.array(named: "x", shape: [3]) }
    }

    // MARK: Text

    @Test("lines, characters and windows")
    func text() throws {
        try with(Array("\u{FEFF}one\r\ntwo\n\nfour".utf8)) { (path) throws in
            let lines = Dataset(linesOf: path)
            #expect(try lines.elements() == ["one", "two", "", "four"])
            #expect(try lines.dropFirst(3).elements() == ["four"])
        }
        try with(Array("a\n".utf8) + [0xFF, 10]) { (path) throws in
            let error = errorText { _ = try Dataset(linesOf: path).elements() }
            #expect(error?.contains("line 2: the line is no text") == true, "\(error ?? "")")
        }
        try with([]) { (path) throws in #expect(try Dataset(linesOf: path).elements().isEmpty) }
        let characters = CharacterVocabulary(of: "hello, ü!")
        #expect(characters.count == 8)
        let numbers = try characters.numbers(of: "hü!")
        #expect(numbers.dtype == .int32 && numbers.shape == [3])
        #expect(try characters.text(of: numbers) == "hü!")
        #expect(try characters.numbers(of: "xh", unknown: 9).doubles[0] == 9)
        #expect(throws: DataError.self) { try characters.numbers(of: "x") }
        #expect(throws: DataError.self) { try characters.text(of: [99]) }
        let windows = Dataset(windowsOf: NDArray((0..<7).map(Float.init)), length: 3, step: 2)
        #expect(try windows.elements().map(\.doubles) == [[0, 1, 2], [2, 3, 4], [4, 5, 6]])
        #expect(try Dataset(windowsOf: [1, 2], length: 3).elements().isEmpty)
        for (length, step) in [(0, 1), (1, 0), (.min, .max)] as [(Int, Int)] {
            #expect(throws: DataError.self) {
                try Dataset(windowsOf: [1, 2], length: length, step: step).stream().next()
            }
        }
    }
}
