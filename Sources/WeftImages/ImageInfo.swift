// SPDX-License-Identifier: Apache-2.0
import CWeftImages
import WeftFormats

/// The formats of image files, which are told by their first bytes.
public enum ImageFormat: Sendable, Hashable, CaseIterable {
    /// Portable Network Graphics: all pixels exactly, of 8 or 16 bits.
    case png
    /// JPEG: photographs, with small differences that the eye does not see.
    case jpeg

    var name: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        }
    }
}

/// The samples of a pixel.
public enum ImageChannels: Int, Sendable, Hashable, CaseIterable {
    /// One: how light it is.
    case grey = 1
    /// Two: how light and how opaque it is.
    case greyAlpha
    /// Three: red, green and blue.
    case rgb
    /// Four: red, green, blue, and how opaque it is.
    case rgba
}

/// The type of samples.
public enum ImageDepth: Int, Sendable, Hashable, CaseIterable {
    /// `u8`, from 0 to 255.
    case bits8 = 8
    /// `u16`, from 0 to 65535.
    case bits16 = 16
}

/// What the header of an image file says.
public struct ImageInfo: Sendable, Hashable {
    /// The file's format.
    public let format: ImageFormat
    /// The number of rows of pixels.
    public let height: Int
    /// The number of pixels of a row.
    public let width: Int
    /// The samples of a pixel: of a palette's colours and of CMYK these are RGB, a transparent colour makes an alpha.
    public let channels: ImageChannels
    /// The type of samples that keeps all that is in the file.
    public let depth: ImageDepth

    /// More pixels than these are not read unless that is asked for: twelve thousand by twelve thousand.
    public static let usualMostPixels = 144_000_000

    /// Reads the header of a file, as little of it as that takes.
    ///
    /// - Throws: `FileError` when the file cannot be read, is no PNG or JPEG file, or its header is damaged.
    public init(_ path: String) throws {
        let file = try ReadableFile(path)
        // Profiles and previews may come before what is looked for.
        for count in [1 << 16, 1 << 20] where count < file.size {
            let beginning = try file.bytes(at: 0, count: count)
            if let info = try? ImageInfo(of: beginning, named: path) {
                self = info
                return
            }
        }
        try self.init(of: ImageFile.bytes(of: file), named: path)
    }

    /// Reads the header of a file that is in memory.
    ///
    /// - Parameters:
    ///   - bytes: The file's bytes, or its beginning.
    ///   - name: What errors call it.
    /// - Throws: `FileError` as for a file.
    public init(of bytes: [UInt8], named name: String = "image") throws {
        self = try bytes.withUnsafeBytes { bytes in
            let reader = try PixelReader.of(bytes, name)
            return try ImageInfo(reader.format, reader.header, name)
        }
    }

    init(_ format: ImageFormat, _ header: ImageHeader, _ name: String) throws {
        guard let channels = ImageChannels(rawValue: Int(header.channels)),
            let depth = ImageDepth(rawValue: Int(header.bits))
        else {
            throw FileError(
                .unsupported, name, "pixels of \(header.channels) samples of \(header.bits) bits")
        }
        self.format = format
        height = Int(header.height)
        width = Int(header.width)
        self.channels = channels
        self.depth = depth
    }
}
