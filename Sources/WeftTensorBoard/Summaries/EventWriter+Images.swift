// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import WeftArrays
import WeftProtos

extension EventWriter {
    /// Adds a picture of a step.
    ///
    /// - Parameters:
    ///   - tag: What it is called.
    ///   - image: Height × width × channels, with 1 channel for grey, 2 for grey and opacity, 3 for red, green and blue, 4
    ///     for these and opacity; without the last axis it is grey. Bytes (`u8`) are taken as they are; floating-point
    ///     numbers are from 0 to 1, what is outside is cut off, and NaN is black.
    ///   - step: Where in the training it belongs.
    /// - Throws: `SummaryError` for another shape or element type; as `addScalar`.
    public func addImage(_ tag: String, _ image: NDArray, step: Int, time: Date? = nil) throws {
        let image = image.rank == 2 ? try image.reshaped(to: image.shape + [1]) : image
        try add([ImageEncoding.value(tag, image)], step: step, time: time)
    }

    /// Adds the first pictures of a batch; where there are several, each under a tag with its number: `tag/image/0`.
    ///
    /// - Parameters:
    ///   - images: Count × height × width × channels, as `addImage` takes one.
    ///   - most: How many are written at most.
    /// - Throws: as `addImage`.
    public func addImages(
        _ tag: String, _ images: NDArray, step: Int, most: Int = 3, time: Date? = nil
    ) throws {
        let values = try ImageEncoding.values(tag, images, most: most)
        if !values.isEmpty { try add(values, step: step, time: time) }
    }
}

/// Arrays as pictures.
enum ImageEncoding {
    /// The first pictures of a batch.
    static func values(_ tag: String, _ images: NDArray, most: Int) throws -> [TFSummary.Value] {
        guard images.rank == 4 else {
            throw SummaryError(
                .shape, tag,
                "pictures are of shape [count, height, width, channels], and these are of shape \(images.shape)"
            )
        }
        guard most >= 1 else {
            throw SummaryError(
                .invalidArgument, tag, "at least 1 picture must be allowed, not \(most)")
        }
        let count = min(images.shape[0], most)
        return try (0..<count).map { index in
            let image = try images.slice(index)
            return try value(most == 1 ? "\(tag)/image" : "\(tag)/image/\(index)", image)
        }
    }

    /// One picture, of three axes.
    static func value(_ tag: String, _ image: NDArray) throws -> TFSummary.Value {
        guard image.rank == 3, (1...4).contains(image.shape[2]), image.count > 0,
            image.count <= PNG.mostBytes
        else {
            throw SummaryError(
                .shape, tag,
                "a picture is of shape [height, width, channels] with 1 to 4 channels, at least one pixel and at "
                    + "most \(PNG.mostBytes) bytes, and this is of shape \(image.shape)")
        }
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let pixels = try bytes(tag, image)
        let file = pixels.withUnsafeBytes {
            PNG.encoded($0, width: width, height: height, channels: channels)
        }
        guard let file else {
            throw SummaryError(
                .shape, tag, "there is no memory to compress a picture of \(image.shape)")
        }
        var value = TFSummary.Value()
        value.tag = tag
        value.image.height = Int32(height)
        value.image.width = Int32(width)
        value.image.colorspace = Int32(channels)
        value.image.encodedImageString = Data(file)
        return value
    }

    static func bytes(_ tag: String, _ image: NDArray) throws -> [UInt8] {
        if image.dtype == .uint8 { return image.withUnsafeBytes { Array($0) } }
        guard image.dtype.isFloatingPoint else {
            throw SummaryError(
                .shape, tag,
                "a picture is of u8 or of floating-point numbers from 0 to 1, and this is of \(image.dtype)"
            )
        }
        let numbers: [Float] = try image.cast(to: .float32).scalars()
        // NaN is in no order: `max` with the number first gives it up.
        return numbers.map { $0 > 0 ? UInt8(min($0, 1) * 255 + 0.5) : 0 }
    }
}

extension NDArray {
    /// The part at an index of the first axis.
    func slice(_ index: Int) throws -> NDArray {
        let rest = Array(shape.dropFirst())
        let size = rest.reduce(1, *) * dtype.size
        return try withUnsafeBytes {
            try NDArray(
                dtype: dtype, shape: rest,
                bytes: UnsafeRawBufferPointer(rebasing: $0[index * size..<(index + 1) * size]))
        }
    }
}
