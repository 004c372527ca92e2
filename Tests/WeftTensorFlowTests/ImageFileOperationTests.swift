// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftImages
import WeftTensorFlow
import WeftTestSupport

/// Files of images within graphs; what their pixels are is in the tests of images.
@Suite struct ImageFileOperationTests {
    private static let folder = RecordedFiles.folder.deletingLastPathComponent()
        .appending(path: "images")

    private func contents(_ name: String) throws -> NDArray {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
        return try NDArray(byteStrings: [bytes], shape: [])
    }

    private func run(
        _ op: String, _ attributes: [String: String], _ inputs: [NDArray]
    ) throws -> NDArray {
        var text = GraphText()
        for (index, input) in inputs.enumerated() {
            text.placeholder("x\(index)", input.dtype == .string ? "DT_STRING" : "DT_INT32")
        }
        text.add(op, "y", inputs.indices.map { "x\($0)" }, attributes)
        let feeds = Dictionary(
            uniqueKeysWithValues: inputs.enumerated().map { ("x\($0)", $1) })
        let program = try text.graph().program(
            fetching: ["y"], feeding: feeds.mapValues { TensorType($0.dtype, Shape($0.shape)) })
        return try program.run(in: Session(), feeding: feeds)[0]
    }

    @Test(
        "files are read as they are by the reader of images",
        arguments: [
            ("DecodePng", "rgb.png", 0), ("DecodePng", "palette.png", 1),
            ("DecodeJpeg", "grey.jpg", 3), ("DecodeJpeg", "photo.jpg", 0),
            ("DecodeImage", "rgba.png", 4), ("DecodeJpeg", "rgb.png", 3),
        ])
    func decode(_ op: String, _ name: String, _ channels: Int) throws {
        let pixels = try run(op, ["channels": "i: \(channels)"], [contents(name)])
        #expect(
            try pixels
                == NDArray(
                    image: Self.folder.appending(path: name).path,
                    channels: ImageChannels(rawValue: channels)))
    }

    @Test func depthsAreKept() throws {
        let path = Self.folder.appending(path: "rgb_16.png").path
        let deep = try run("DecodePng", ["dtype": "type: DT_UINT16"], [contents("rgb_16.png")])
        #expect(try deep == NDArray(image: path, depth: .bits16))
        let shares = try run("DecodeImage", ["dtype": "type: DT_FLOAT"], [contents("rgb.png")])
        let bytes = try NDArray(image: Self.folder.appending(path: "rgb.png").path)
        for (share, byte) in zip(shares.doubles, bytes.doubles) {
            #expect(abs(share - byte / 255) < 1e-7)
        }
    }

    @Test func windowsAndShapes() throws {
        let whole = try NDArray(image: Self.folder.appending(path: "photo.jpg").path)
        let (height, width) = (Int32(whole.shape[0] - 2), Int32(whole.shape[1] - 3))
        let window = NDArray([1, 2, height, width] as [Int32])
        let part = try run("DecodeAndCropJpeg", [:], [contents("photo.jpg"), window])
        #expect(part.shape == [Int(height), Int(width), whole.shape[2]])
        let size = whole.shape[2]
        #expect(
            part.doubles.prefix(size)
                == whole.doubles[(whole.shape[1] + 2) * size..<(whole.shape[1] + 3) * size])
        #expect(
            try run("ExtractJpegShape", [:], [contents("photo.jpg")]).doubles
                == whole.shape.map { Double($0) })
        let outside = NDArray([0, 0, height + 9, width] as [Int32])
        #expect(throws: (any Error).self) {
            _ = try run("DecodeAndCropJpeg", [:], [contents("photo.jpg"), outside])
        }
    }

    @Test func whatIsNoImageNamesTheNode() throws {
        do {
            _ = try run("DecodeJpeg", [:], [NDArray("no image")])
            Issue.record("nothing is thrown")
        } catch {
            #expect("\(error)".contains("'y'"), "\(error)")
        }
        #expect(throws: TensorFlowError.self) {
            _ = try run("DecodePng", ["channels": "i: 9"], [contents("rgb.png")])
        }
    }

    @Test func filesAreWritten() throws {
        let pixels = try NDArray(image: Self.folder.appending(path: "rgb.png").path)
        var text = GraphText()
        text.placeholder("x", "DT_UINT8")
        text.add("EncodePng", "png", ["x"], ["T": "type: DT_UINT8"])
        text.add("EncodeJpeg", "jpeg", ["x"])
        text.add("DecodePng", "again", ["png"])
        let program = try text.graph().program(
            fetching: ["again", "jpeg"],
            feeding: ["x": TensorType(.uint8, Shape(pixels.shape))])
        let values = try program.run(in: Session(), feeding: ["x": pixels])
        #expect(values[0] == pixels)
        let jpeg = try NDArray(imageBytes: try #require(values[1].byteStrings().first))
        #expect(jpeg.shape == pixels.shape)
    }
}
