// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftImages

/// Files that are cut off, changed or lie.
@Suite struct DamagedImageTests {
    private static let files = [
        "rgb.png", "palette_alpha.png", "interlaced.png", "rgba_16.png", "photo.jpg",
        "progressive.jpeg",
        "inks.jpg",
    ]

    @Test("no beginning of a file is an image", arguments: files)
    func cutOff(_ name: String) throws {
        let whole = try RecordedImages.bytes(name)
        for count in whole.indices {
            let error = errorText {
                _ = try NDArray(imageBytes: Array(whole[..<count]), named: "x.y")
            }
            #expect(error.hasPrefix("'x.y'"), "\(count) bytes: \(error)")
        }
        #expect(throws: FileError.self) { try ImageInfo(of: Array(whole.prefix(20))) }
    }

    /// JPEG has no checksums: most changes make other pixels. None may do more than that.
    @Test("a changed byte is an error or another image of the size", arguments: files)
    func changed(_ name: String) throws {
        let whole = try RecordedImages.bytes(name)
        var errors = 0
        for place in whole.indices {
            for bits: UInt8 in [0xFF, 0x01, 0x80] {
                var bytes = whole
                bytes[place] ^= bits
                do {
                    let image = try NDArray(imageBytes: bytes, mostPixels: 1 << 20)
                    #expect(image.rank == 3)
                } catch is FileError {
                    errors += 1
                }
            }
        }
        // PNG has checksums of all that is read; only what is passed over may change.
        let share = Double(errors) / Double(3 * whole.count)
        #expect(share > (name.hasSuffix("png") ? 0.99 : 0.05), "\(share)")
    }

    /// A PNG header with the size that it claims, and nothing behind it.
    private func claiming(_ width: UInt32, _ height: UInt32) throws -> [UInt8] {
        var bytes = try picture(1, 1, 3).pngBytes()
        func bigEndian(_ number: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
        bytes.replaceSubrange(16..<24, with: bigEndian(width) + bigEndian(height))
        bytes.replaceSubrange(29..<33, with: bigEndian(crc32(bytes[12..<29])))
        return bytes
    }

    private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
        }
        return ~sum
    }

    @Test("sizes are looked at before memory is taken")
    func sizes() throws {
        var bytes = try claiming(100_000, 100_000)
        var error = errorText { _ = try NDArray(imageBytes: bytes, named: "x") }
        #expect(
            error.contains("100000 by 100000 pixels, and 144000000 are allowed")
                && error.contains("mostPixels"),
            "\(error)")
        // What is allowed still needs bytes that it could come from.
        error = errorText { _ = try NDArray(imageBytes: bytes, mostPixels: .max) }
        #expect(error.contains("takes 29069864 bytes at least, and the file has"), "\(error)")
        bytes = try claiming(0x7FFF_FFFF, 0x7FFF_FFFF)
        error = errorText { _ = try NDArray(imageBytes: bytes, mostPixels: .max) }
        #expect(error.contains("bytes at least"), "\(error)")
        #expect(try ImageInfo(of: bytes).width == 0x7FFF_FFFF)
        for (width, height) in [(0, 1), (1, 0), (1 << 31, 1), (.max, .max)] as [(UInt32, UInt32)] {
            let bytes = try claiming(width, height)
            #expect(throws: FileError.self) { try NDArray(imageBytes: bytes, mostPixels: .max) }
        }
        // JPEG: the frame's header has the size.
        var photo = try RecordedImages.bytes("photo.jpg")
        let frame = try #require(
            photo.indices.first { photo[$0] == 0xFF && photo[$0 + 1] == 0xC0 })
        photo.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        error = errorText { _ = try NDArray(imageBytes: photo) }
        #expect(error.contains("65500 by 65500 pixels"), "\(error)")
        error = errorText { _ = try NDArray(imageBytes: photo, mostPixels: .max) }
        #expect(error.contains("bytes at least"), "\(error)")
        let small = try RecordedImages.bytes("rgb.png")
        #expect(throws: FileError.self) { try NDArray(imageBytes: small, mostPixels: 98) }
        #expect(throws: FileError.self) { try NDArray(imageBytes: small, mostPixels: .min) }
        #expect(try NDArray(imageBytes: small, mostPixels: 99).shape == [9, 11, 3])
    }

    @Test("other files, no files, and texts that unpack to much")
    func others() throws {
        #expect(
            errorText { _ = try NDArray(imageBytes: []) }.contains(
                "'image', byte 0: the image is empty"))
        let gif = Array("GIF89a, not a PNG".utf8)
        #expect(errorText { _ = try NDArray(imageBytes: gif) }.contains("neither PNG nor JPEG"))
        #expect(throws: FileError.self) { try NDArray(image: "/nowhere/at/all.png") }
        #expect(throws: FileError.self) { try ImageInfo("/nowhere/at/all.png") }
        try inFolder { folder in
            #expect(throws: FileError.self) { try NDArray(image: folder.path) }
            let path = folder.appending(path: "x.png").path
            try Data(gif).write(to: URL(fileURLWithPath: path))
            #expect(errorText { _ = try NDArray(image: path) }.hasPrefix("'\(path)'"))
            #expect(errorText { _ = try ImageInfo(path) }.hasPrefix("'\(path)'"))
        }
        // A profile in front of the pixels is passed over, whatever is in it.
        let whole = try RecordedImages.bytes("rgb.png")
        let content =
            Array("iCCP".utf8) + Array("x\0\0".utf8) + [UInt8](repeating: 7, count: 200_000)
        let sum = crc32(content[...])
        let profile =
            [0, 3, 13, 0x43] + content
            + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
        let long = Array(whole[..<33]) + profile + whole[33...]
        #expect(try NDArray(imageBytes: long) == NDArray(imageBytes: whole))
        // Its header ends behind what is read of a file at first.
        try inFolder { folder in
            let url = folder.appending(path: "x.png")
            try Data(long).write(to: url)
            #expect(try ImageInfo(url.path).width == 11)
        }
    }
}
