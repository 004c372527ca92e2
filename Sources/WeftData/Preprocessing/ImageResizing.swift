// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// What becomes of an image whose sides have another ratio than those of the size that it gets.
public enum ImageFit: Sendable, Hashable, CaseIterable {
    /// Both sides are brought to the size, and what the image shows becomes wider or higher.
    case stretched
    /// The middle is taken, as much of it as has the ratio.
    case cropped
    /// The whole image stands in the middle, zeros around it.
    case padded
}

extension NDArray {
    /// An image of another size: `[height, width, channels]` → `[size.height, size.width, channels]`.
    ///
    /// Bilinear, and where an image becomes smaller each pixel is the mean of all that it covers, weighted by a triangle:
    /// nothing is passed over, as by the function of tensors of that name. That is what Pillow's `resize` with `BILINEAR` does,
    /// and `torchvision` with `antialias`; of bytes the results are Pillow's, bit by bit.
    ///
    /// - Parameters:
    ///   - size: The new height and width; at least 1 each.
    ///   - fit: What becomes of an image whose sides have another ratio.
    /// - Throws: `DataError` when this is no image of `u8`, `u16` or `f32`, has no pixels, or the size makes no sense;
    ///   `ArrayError` when there is no memory.
    public func resizedImage(
        to size: (height: Int, width: Int), fit: ImageFit = .stretched
    ) throws -> NDArray {
        guard rank == 3, [.uint8, .uint16, .float32].contains(dtype) else {
            throw DataError(
                "resizedImage",
                "an image is [height, width, channels] of u8, u16 or f32, not \(dtype)\(shape)")
        }
        guard size.height > 0, size.width > 0, shape[0] > 0, shape[1] > 0 else {
            throw DataError(
                "resizedImage",
                "an image of \(shape[0]) by \(shape[1]) pixels cannot become one of \(size.height) by "
                    + "\(size.width); both have a pixel at least")
        }
        let result = [size.height, size.width, shape[2]]
        guard ArraySize.fits(result, dtype),
            ArraySize.fits([shape[0], size.width, shape[2]], dtype)
        else {
            throw ArrayError(
                "\(result) is not the shape of an array that fits the machine's memory")
        }
        do throws(MemoryShortage) {
            if count == 0 { return try NDArray(dtype: dtype, shape: result) { _ in } }
            switch fit {
            case .stretched:
                return try resampled(
                    size, rows: 0...Double(shape[0]), columns: 0...Double(shape[1]))
            case .cropped: return try cropped(size)
            case .padded: return try padded(size)
            }
        } catch {
            throw ArrayError(error, dtype, result)
        }
    }

    private func cropped(_ size: (height: Int, width: Int)) throws(MemoryShortage) -> NDArray {
        let (height, width) = (Double(shape[0]), Double(shape[1]))
        let ratio = Double(size.width) / Double(size.height)
        // Of sides whose ratios differ by rounding alone nothing is cut.
        let part = (
            height: width / height >= ratio ? height : Swift.min(height, width / ratio),
            width: width / height > ratio ? Swift.min(width, ratio * height) : width
        )
        let (top, left) = ((height - part.height) / 2, (width - part.width) / 2)
        return try resampled(
            size, rows: top...top + part.height, columns: left...left + part.width)
    }

    private func padded(_ size: (height: Int, width: Int)) throws(MemoryShortage) -> NDArray {
        let ratio = Double(shape[1]) / Double(shape[0])
        var inner = size
        if ratio > Double(size.width) / Double(size.height) {
            inner.height = Self.side(Double(size.width) / ratio, most: size.height)
        } else {
            inner.width = Self.side(Double(size.height) * ratio, most: size.width)
        }
        let image = try resampled(
            inner, rows: 0...Double(shape[0]), columns: 0...Double(shape[1]))
        let top = Int((Double(size.height - inner.height) / 2).rounded(.toNearestOrEven))
        let left = Int((Double(size.width - inner.width) / 2).rounded(.toNearestOrEven))
        let pixel = shape[2] * dtype.size
        var result = try NDArray(
            repeating: 0, dtype: dtype, shape: [size.height, size.width, shape[2]])
        result.withUnsafeMutableBytes { target in
            image.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for row in 0..<inner.height {
                    (to + ((top + row) * size.width + left) * pixel).copyMemory(
                        from: from + row * inner.width * pixel, byteCount: inner.width * pixel)
                }
            }
        }
        return result
    }

    private static func side(_ length: Double, most: Int) -> Int {
        Swift.max(1, Swift.min(most, Int(length.rounded(.toNearestOrEven))))
    }

    /// A part of the image, from places between pixels to others, as an image of a size.
    private func resampled(
        _ size: (height: Int, width: Int), rows: ClosedRange<Double>, columns: ClosedRange<Double>
    ) throws(MemoryShortage) -> NDArray {
        switch dtype {
        case .uint8: try resampled(as: UInt8.self, size, rows, columns)
        case .uint16: try resampled(as: UInt16.self, size, rows, columns)
        default: try resampled(as: Float.self, size, rows, columns)
        }
    }

    private func resampled<S: ResampledNumber>(
        as _: S.Type, _ size: (height: Int, width: Int), _ rows: ClosedRange<Double>,
        _ columns: ClosedRange<Double>
    ) throws(MemoryShortage) -> NDArray {
        var image = self
        let channels = shape[2]
        if size.width != shape[1] || columns != 0...Double(shape[1]) {
            let across = try Resampling<S>(columns, of: shape[1], to: size.width)
            image = try NDArray(dtype: dtype, shape: [shape[0], size.width, channels]) { target in
                image.withUnsafeBytes {
                    across.horizontally(
                        $0.bindMemory(to: S.self), rows: shape[0], channels: channels,
                        into: target.assumingMemoryBound(to: S.self))
                }
            }
        }
        if size.height != shape[0] || rows != 0...Double(shape[0]) {
            let along = try Resampling<S>(rows, of: shape[0], to: size.height)
            image = try NDArray(dtype: dtype, shape: [size.height, size.width, channels]) {
                target in
                image.withUnsafeBytes {
                    along.vertically(
                        $0.bindMemory(to: S.self), width: size.width * channels,
                        into: target.assumingMemoryBound(to: S.self))
                }
            }
        }
        return image
    }
}
