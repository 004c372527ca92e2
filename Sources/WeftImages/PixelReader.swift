// SPDX-License-Identifier: Apache-2.0
import CWeftImages
import WeftFormats

typealias ImageHeader = weft_image_header

/// Reads the pixels of a file in memory by the library of its format. The bytes must outlive it.
class PixelReader {
    let format: ImageFormat
    let name: String
    fileprivate(set) var header = ImageHeader()

    fileprivate init(_ format: ImageFormat, _ name: String) {
        self.format = format
        self.name = name
    }

    /// The reader of bytes whose header it has read.
    ///
    /// - Throws: `FileError` when they are none of a format, or the header is damaged.
    static func of(_ bytes: UnsafeRawBufferPointer, _ name: String) throws -> PixelReader {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            throw FileError(.malformed, name, at: 0, "the image is empty; write or copy it again")
        }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return try PNGReader(base, bytes.count, name)
        }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            return try JPEGReader(base, bytes.count, name)
        }
        throw FileError(
            .malformed, name, at: 0,
            "this is neither PNG nor JPEG, by its first bytes; convert it, or it is damaged")
    }

    /// Fills so many rows.
    func read(_ pixels: UnsafeMutableRawPointer, rowBytes: Int, keeps16 isDeep: Bool) throws {}

    fileprivate func require(_ status: weft_image_status, _ message: UnsafePointer<CChar>) throws {
        let reason = "the \(format.name) data: \(String(cString: message))"
        switch status {
        case WEFT_IMAGE_OK: return
        case WEFT_IMAGE_OUT_OF_MEMORY: throw Self.shortage(name)
        case WEFT_IMAGE_UNSUPPORTED:
            throw FileError(.unsupported, name, "\(reason); convert the image")
        default:
            throw FileError(
                .malformed, name,
                "\(reason); the image is damaged or was cut off, write or copy it again")
        }
    }

    fileprivate static func shortage(_ name: String) -> FileError {
        FileError(.memory, name, "there is no memory to read the image")
    }
}

private final class PNGReader: PixelReader {
    private let reader: OpaquePointer

    init(_ bytes: UnsafeRawPointer, _ count: Int, _ name: String) throws {
        guard let reader = weft_png_open(bytes, count) else { throw PixelReader.shortage(name) }
        self.reader = reader
        super.init(.png, name)
        try require(weft_png_read_header(reader, &header), weft_png_message(reader))
    }

    deinit { weft_png_close(reader) }

    override func read(
        _ pixels: UnsafeMutableRawPointer, rowBytes: Int, keeps16 isDeep: Bool
    ) throws {
        try require(
            weft_png_read_pixels(reader, isDeep, pixels, rowBytes), weft_png_message(reader))
    }
}

private final class JPEGReader: PixelReader {
    private let reader: OpaquePointer

    init(_ bytes: UnsafeRawPointer, _ count: Int, _ name: String) throws {
        guard let reader = weft_jpeg_open(bytes, count) else { throw PixelReader.shortage(name) }
        self.reader = reader
        super.init(.jpeg, name)
        try require(weft_jpeg_read_header(reader, &header), weft_jpeg_message(reader))
    }

    deinit { weft_jpeg_close(reader) }

    override func read(
        _ pixels: UnsafeMutableRawPointer, rowBytes: Int, keeps16 isDeep: Bool
    ) throws {
        try require(
            weft_jpeg_read_pixels(reader, pixels, rowBytes), weft_jpeg_message(reader))
    }
}
