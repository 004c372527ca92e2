// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftImages
import WeftTestSupport

/// Sound files.
@Suite struct ReadingTests {
    @Test("PNG files of each kind, to the bit")
    func png() throws {
        for (name, expected) in try RecordedImages().images("png") {
            let path = RecordedImages.path(name)
            let image = try NDArray(
                image: path, depth: expected.dtype == .uint16 ? .bits16 : .bits8)
            #expect(image == expected && image.dtype == expected.dtype, "\(name)")
            let info = try ImageInfo(path)
            #expect(info.format == .png, "\(name)")
            #expect([info.height, info.width, info.channels.rawValue] == expected.shape, "\(name)")
            #expect(info.depth.rawValue == expected.dtype.size * 8, "\(name)")
            if expected.dtype == .uint16 {
                // The nearest number on the scale of 8 bits.
                let narrow = try NDArray(image: path)
                #expect(narrow.dtype == .uint8, "\(name)")
                #expect(
                    narrow.doubles == expected.doubles.map { ($0 / 257).rounded() }, "\(name)")
            } else {
                let wide = try NDArray(image: path, depth: .bits16)
                #expect(wide.dtype == .uint16, "\(name)")
                #expect(wide.doubles == expected.doubles.map { $0 * 257 }, "\(name)")
            }
        }
    }

    /// The transform that both use is exact, and versions of libjpeg-turbo since 1.5 give the same bits. Others, or
    /// such without processor instructions, may round colours otherwise: two levels of 256.
    @Test("JPEG files of each kind, as Pillow reads them")
    func jpeg() throws {
        for (name, expected) in try RecordedImages().images("jpeg") {
            let path = RecordedImages.path(name)
            let image = try NDArray(image: path)
            #expect(largestDifference(image, expected) <= 2, "\(name)")
            let info = try ImageInfo(path)
            #expect(info.format == .jpeg && info.depth == .bits8, "\(name)")
            #expect([info.height, info.width, info.channels.rawValue] == expected.shape, "\(name)")
        }
    }

    @Test("channels are made and left out as Pillow does it")
    func channels() throws {
        let modes: [String: ImageChannels] = [
            "L": .grey, "LA": .greyAlpha, "RGB": .rgb, "RGBA": .rgba,
        ]
        for name in ["rgb.png", "rgba.png", "grey.png", "grey_alpha.png"] {
            for (mode, expected) in try RecordedImages().images("modes", name) {
                let image = try NDArray(
                    image: RecordedImages.path(name), channels: modes[mode])
                #expect(image == expected, "\(name) as \(mode)")
            }
        }
        let deep = try NDArray(
            image: RecordedImages.path("rgb_16.png"), channels: .rgba, depth: .bits16)
        let colours = try NDArray(image: RecordedImages.path("rgb_16.png"), depth: .bits16).doubles
        #expect(deep.shape[2] == 4 && deep.doubles[3] == 65535)
        #expect(deep.doubles.prefix(3) == colours.prefix(3))
        let grey = try NDArray(
            image: RecordedImages.path("rgb_16.png"), channels: .grey, depth: .bits16)
        for (place, number) in grey.doubles.enumerated() {
            let exact =
                0.299 * colours[3 * place] + 0.587 * colours[3 * place + 1] + 0.114
                * colours[3 * place + 2]
            #expect(abs(number - exact) < 2)
        }
    }

    @Test("bytes and files are read alike, and headers without pixels")
    func bytes() throws {
        for name in ["rgb.png", "photo.jpg"] {
            let bytes = try RecordedImages.bytes(name)
            #expect(
                try NDArray(imageBytes: bytes) == NDArray(image: RecordedImages.path(name)))
            // The header is there long before the pixels are.
            let info = try ImageInfo(of: Array(bytes.prefix(bytes.count * 9 / 10)))
            #expect(try info == ImageInfo(RecordedImages.path(name)))
        }
    }

    @Test("files that were written are read again, by Weft")
    func writing() throws {
        try inFolder { folder in
            for channels in 1...4 {
                let image = try picture(13, 21, channels)
                let path = folder.appending(path: "x.png").path
                try image.write(png: path, level: channels)
                #expect(try NDArray(image: path) == image)
                let deep = try (image.cast(to: .uint16) * 200).cast(to: .uint16)
                #expect(try NDArray(imageBytes: deep.pngBytes(), depth: .bits16) == deep)
            }
            let flat = try picture(5, 7, 1)
            #expect(try NDArray(imageBytes: flat.reshaped(to: [5, 7]).pngBytes()) == flat)
            for channels in [1, 3] {
                let image = try picture(24, 40, channels)
                let path = folder.appending(path: "x.jpg").path
                try image.write(jpeg: path, quality: 100, halvesColours: false)
                // At this quality samples are rounded twice, to colours and to frequencies.
                #expect(try largestDifference(NDArray(image: path), image) <= 4)
                let (large, small) = (
                    try image.jpegBytes(quality: 95), try image.jpegBytes(quality: 20)
                )
                #expect(large.count > small.count)
                #expect(try NDArray(imageBytes: small).shape == image.shape)
            }
            // Larger than the first room for its bytes.
            var numbers: [UInt8] = []
            var state: UInt64 = 1
            for _ in 0..<300 * 400 * 3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                numbers.append(UInt8(truncatingIfNeeded: state >> 40))
            }
            let noise = try NDArray(numbers, shape: [300, 400, 3])
            #expect(try NDArray(imageBytes: noise.pngBytes()) == noise)
            #expect(try NDArray(imageBytes: noise.jpegBytes(quality: 100)).shape == noise.shape)
        }
    }

    @Test("what is no image is not written, and what was there stays")
    func unwritable() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.png").path
            try picture(2, 2, 1).write(png: path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let wrong: [NDArray] = [
                [1.0, 2.0], try NDArray(repeating: UInt8(0), shape: [2, 2, 5]),
                try NDArray(repeating: UInt8(0), shape: [0, 2, 3]),
                try NDArray(repeating: Float(0), shape: [2, 2, 3]),
                try NDArray(repeating: "a", shape: [2, 2, 3]),
            ]
            for image in wrong {
                #expect(throws: ArrayError.self) { try image.write(png: path) }
                #expect(throws: ArrayError.self) { try image.write(jpeg: path) }
            }
            let image = try picture(2, 2, 3)
            #expect(throws: ArrayError.self) { try image.pngBytes(level: 10) }
            #expect(throws: ArrayError.self) { try image.jpegBytes(quality: 0) }
            #expect(throws: ArrayError.self) { try picture(2, 2, 4).jpegBytes() }
            let wide = try NDArray(repeating: UInt8(0), shape: [1, 70_000, 1])
            #expect(errorText { _ = try wide.jpegBytes() }.contains("65500"))
            #expect(try NDArray(imageBytes: wide.pngBytes()) == wide)
            #expect(throws: FileError.self) { try image.write(png: "/nowhere/at/all.png") }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names == ["x.png"])
        }
    }

    private static let script = RecordedImages.folder.deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scripts/goldens/images.py")

    /// A Python with Pillow and NumPy; another one than the first can be named by `WEFT_PYTHON`.
    private static let python: URL? = {
        let named = ProcessInfo.processInfo.environment["WEFT_PYTHON"]
        let path = URL(fileURLWithPath: named ?? "/usr/bin/env")
        let run = try? FinishedProcess(
            path, (named == nil ? ["python3"] : []) + ["-c", "import numpy, PIL"])
        return run?.status == 0 ? path : nil
    }()

    @Test("Pillow reads what is written", .enabled(if: python != nil))
    func others() throws {
        try inFolder { folder in
            let modes = ["L", "LA", "RGB", "RGBA"]
            for channels in 1...4 {
                try picture(13, 21, channels).write(
                    png: folder.appending(path: "\(modes[channels - 1]).png").path)
            }
            let deep = try (picture(13, 21, 1).cast(to: .uint16) * 200).cast(to: .uint16)
            try deep.write(png: folder.appending(path: "I;16.png").path)
            try picture(13, 21, 3).write(jpeg: folder.appending(path: "RGB.jpg").path)
            let python = try #require(Self.python)
            let run = try FinishedProcess(
                python,
                (python.lastPathComponent == "env" ? ["python3"] : [])
                    + [Self.script.path, "--read", folder.path])
            #expect(run.status == 0, "\(run)")
            let read = try Golden.dictionary(
                JSONSerialization.jsonObject(with: Data(run.output.utf8)))
            #expect(read.count == 6)
            for (name, value) in read {
                let value = try Golden.dictionary(value)
                #expect("\(name)".hasPrefix("\(value["mode"] as? String ?? "?")."))
                let image = try NDArray(
                    image: folder.appending(path: name).path,
                    depth: name == "I;16.png" ? .bits16 : .bits8)
                let other = try RecordedImages.image(value["image"])
                #expect(
                    largestDifference(image, other) <= (name.hasSuffix("jpg") ? 2 : 0), "\(name)")
            }
        }
    }
}
