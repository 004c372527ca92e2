// SPDX-License-Identifier: Apache-2.0
import CWeftImages
public import WeftArrays
import WeftFormats

extension NDArray {
    /// The pixels of a PNG or JPEG file: `[height, width, channels]`, rows from top to bottom.
    ///
    /// ```swift
    /// let image = try NDArray(image: "cat.jpg", channels: .rgb)
    /// ```
    ///
    /// Samples are as they stand in the file: neither gamma nor colour profiles nor the orientation that a camera notes are
    /// looked at. Of CMYK the colours are computed, of a palette they are looked up. The sizes are read first, and no memory is
    /// taken for an image that is too large or for which the file has too few bytes.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - channels: The samples of a pixel; nil for those of the file. Grey is 0.299 of red, 0.587 of green and 0.114
    ///     of blue; an alpha that the file has is left out, one that it has not is opaque.
    ///   - depth: The type of samples: `u8` or `u16`. Those of the other one are brought to its scale.
    ///   - mostPixels: How many pixels an image may have.
    /// - Throws: `FileError` when the file cannot be read, is no PNG or JPEG file, is damaged or cut off, has more
    ///   pixels, or there is no memory for them.
    public init(
        image path: String, channels: ImageChannels? = nil, depth: ImageDepth = .bits8,
        mostPixels: Int = ImageInfo.usualMostPixels
    ) throws {
        try self.init(
            imageBytes: ImageFile.bytes(of: ReadableFile(path)), named: path, channels: channels,
            depth: depth, mostPixels: mostPixels)
    }

    /// The pixels of a PNG or JPEG file that is in memory, such as one of a `tf.Example`.
    ///
    /// - Parameters:
    ///   - bytes: The file's bytes.
    ///   - name: What errors call it.
    ///   - channels: The samples of a pixel; nil for those of the file.
    ///   - depth: The type of samples.
    ///   - mostPixels: How many pixels an image may have.
    /// - Throws: `FileError` as for a file.
    public init(
        imageBytes bytes: [UInt8], named name: String = "image", channels: ImageChannels? = nil,
        depth: ImageDepth = .bits8, mostPixels: Int = ImageInfo.usualMostPixels
    ) throws {
        let image = try bytes.withUnsafeBytes { bytes in
            let reader = try PixelReader.of(bytes, name)
            return try Self.pixels(
                reader, byteCount: bytes.count, keeps16: depth == .bits16, mostPixels)
        }
        let wanted = channels ?? ImageChannels(rawValue: image.shape[2]) ?? .grey
        do throws(MemoryShortage) {
            self = try image.withChannels(wanted).withDepth(depth)
        } catch {
            throw FileError(.memory, name, "an image of \(image.shape): \(error)")
        }
    }

    private static func pixels(
        _ reader: PixelReader, byteCount: Int, keeps16 isDeep: Bool, _ mostPixels: Int
    ) throws -> NDArray {
        let info = try ImageInfo(reader.format, reader.header, reader.name)
        let name = reader.name
        guard let count = (CheckedSize(info.height) * CheckedSize(info.width)).value,
            count <= mostPixels
        else {
            throw FileError(
                .unsupported, name,
                "the image has \(info.height) by \(info.width) pixels, and \(mostPixels) are allowed in all; if it "
                    + "is meant to be so large, allow more with `mostPixels:`")
        }
        guard reader.header.least_bytes <= byteCount else {
            throw FileError(
                .malformed, name,
                "an image of \(info.height) by \(info.width) pixels takes \(reader.header.least_bytes) bytes at least, "
                    + "and the file has \(byteCount); it is damaged or was cut off, write or copy it again"
            )
        }
        let dtype: DType = isDeep && info.depth == .bits16 ? .uint16 : .uint8
        let shape = [info.height, info.width, info.channels.rawValue]
        guard ArraySize.fits(shape, dtype) else {
            throw FileError(.memory, name, "an image of \(shape) does not fit the machine's memory")
        }
        let rowBytes = info.width * info.channels.rawValue * dtype.size
        let storage: Storage
        do {
            storage = try Storage(allocating: info.height * rowBytes)
        } catch {
            throw FileError(.memory, name, "an image of \(shape): \(error)")
        }
        try reader.read(storage.address, rowBytes: rowBytes, keeps16: isDeep)
        return NDArray(dtype: dtype, shape: shape, storage: storage)
    }
}

extension ImageFile {
    /// All bytes of a file.
    static func bytes(of file: ReadableFile) throws -> [UInt8] {
        do {
            try MachineMemory.require(file.size)
        } catch {
            throw file.error(.memory, at: nil, "\(error)")
        }
        return try file.bytes(at: 0, count: file.size)
    }
}
