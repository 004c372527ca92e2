// SPDX-License-Identifier: Apache-2.0
import CWeftImages
public import WeftArrays
import WeftFormats

extension NDArray {
    /// Writes an image as a PNG file, which takes the place of an earlier one when it is whole.
    ///
    /// - Parameters:
    ///   - path: Where the file is to be.
    ///   - level: How much time is spent to make it small, from 0 to 9.
    /// - Throws: `ArrayError` when this is no image `[height, width, channels]` or `[height, width]` of `u8` or `u16`
    ///   with one to four channels; `FileError` when the file cannot be written.
    public func write(png path: String, level: Int = 6) throws {
        try Self.write(path) { try pngBytes(level: level) }
    }

    /// The bytes of an image's PNG file.
    ///
    /// - Parameter level: How much time is spent to make it small, from 0 to 9.
    /// - Throws: `ArrayError` as for a file, or when there is no memory.
    public func pngBytes(level: Int = 6) throws -> [UInt8] {
        let header = try imageHeader("PNG", channels: [1, 2, 3, 4], dtypes: [.uint8, .uint16])
        guard (0...9).contains(level) else {
            throw ArrayError("a level of \(level) for PNG; give from 0 to 9")
        }
        return try encoded { weft_png_write($0, header, Int32(level), &$1) }
    }

    /// Writes an image as a JPEG file, which takes the place of an earlier one when it is whole.
    ///
    /// - Parameters:
    ///   - path: Where the file is to be.
    ///   - quality: From 1 to 100: how near to the image the file stays.
    ///   - halvesColours: Whether colours, not how light they are, are kept for four pixels at a time, which the eye
    ///     hardly sees.
    /// - Throws: `ArrayError` when this is no image `[height, width, channels]` or `[height, width]` of `u8` with one or
    ///   three channels; `FileError` when the file cannot be written.
    public func write(jpeg path: String, quality: Int = 90, halvesColours: Bool = true) throws {
        try Self.write(path) {
            try jpegBytes(quality: quality, halvesColours: halvesColours)
        }
    }

    /// The bytes of an image's JPEG file.
    ///
    /// - Parameters:
    ///   - quality: From 1 to 100: how near to the image the file stays.
    ///   - halvesColours: Whether colours are kept for four pixels at a time.
    /// - Throws: `ArrayError` as for a file, or when there is no memory.
    public func jpegBytes(quality: Int = 90, halvesColours: Bool = true) throws -> [UInt8] {
        let header = try imageHeader("JPEG", channels: [1, 3], dtypes: [.uint8])
        guard (1...100).contains(quality) else {
            throw ArrayError("a quality of \(quality) for JPEG; give from 1 to 100")
        }
        return try encoded { weft_jpeg_write($0, header, Int32(quality), halvesColours, &$1) }
    }

    private static func write(_ path: String, _ bytes: () throws -> [UInt8]) throws {
        // Where nothing can be written is told before there is work done.
        let file = try AtomicFile(path)
        try file.write(bytes())
        try file.commit()
    }

    private func imageHeader(
        _ format: String, channels: [Int], dtypes: [DType]
    ) throws(ArrayError) -> ImageHeader {
        let shape = rank == 2 ? shape + [1] : shape
        guard shape.count == 3, channels.contains(shape[2]), dtypes.contains(dtype) else {
            let types = dtypes.map { "\($0)" }.joined(separator: " or ")
            throw ArrayError(
                "\(dtype)\(self.shape) is no image for \(format): give [height, width, channels] of \(types) with "
                    + "\(channels.map { "\($0)" }.joined(separator: ", ")) channels (cast others, and bring them to the "
                    + "scale)")
        }
        guard let height = UInt32(exactly: shape[0]), let width = UInt32(exactly: shape[1]),
            height > 0, width > 0, height < 1 << 31, width < 1 << 31
        else {
            throw ArrayError("an image of \(shape[0]) by \(shape[1]) pixels cannot be a file")
        }
        return ImageHeader(
            width: width, height: height, channels: UInt32(shape[2]),
            bits: dtype == .uint16 ? 16 : 8, least_bytes: 0)
    }

    private func encoded(
        _ encode: (UnsafeRawPointer, inout weft_image_output) -> weft_image_status
    ) throws -> [UInt8] {
        var output = weft_image_output()
        defer { weft_image_output_free(&output) }
        let status = withUnsafeBytes { bytes in
            bytes.baseAddress.map { encode($0, &output) } ?? WEFT_IMAGE_UNSUPPORTED
        }
        switch status {
        case WEFT_IMAGE_OK:
            return [UInt8](UnsafeBufferPointer(start: output.bytes, count: output.count))
        case WEFT_IMAGE_OUT_OF_MEMORY:
            throw ArrayError("there is no memory to encode an image of \(shape)")
        default:
            let message = Swift.withUnsafeBytes(of: output.message) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw ArrayError("an image of \(shape) cannot be encoded: \(message)")
        }
    }
}
