// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftArrays

/// Random changes of images that leave what they show as it is: a flip, a part of the image with a margin around it, and
/// numbers brought to a scale. Images are `[height, width, channels]`.
///
/// ```swift
/// let augment = ImageAugmentation(
///     flipProbability: 0.5, padding: 4, cropSize: (32, 32), scale: 1 / 255, mean: [0.5], standardDeviation: [0.25])
/// let training = images.shuffled(seed: 1).map(seed: 2, threads: 2) { image, random in
///     try augment(image, &random)
/// }
/// ```
public struct ImageAugmentation: Sendable {
    /// How likely left and right change places, from 0 to 1.
    public var flipProbability: Double
    /// How likely top and bottom change places, from 0 to 1.
    public var verticalFlipProbability: Double
    /// How many pixels of zeros are put around the image, on each side.
    public var padding: Int
    /// Height and width of the part that is taken, at a random place; nil for the image with its margin.
    public var cropSize: (height: Int, width: Int)?
    /// What numbers are multiplied by before a mean is taken from them: 1/255 for the bytes of image files.
    public var scale: Float
    /// What is taken from each channel, one number or one for each; empty to leave numbers as they are.
    public var mean: [Float]
    /// What each channel is divided by after that, one number or one for each; empty for 1.
    public var standardDeviation: [Float]

    /// An augmentation from its parts.
    public init(
        flipProbability: Double = 0, verticalFlipProbability: Double = 0, padding: Int = 0,
        cropSize: (height: Int, width: Int)? = nil, scale: Float = 1, mean: [Float] = [],
        standardDeviation: [Float] = []
    ) {
        self.flipProbability = flipProbability
        self.verticalFlipProbability = verticalFlipProbability
        self.padding = padding
        self.cropSize = cropSize
        self.scale = scale
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The image, changed at random. The same number of random numbers is drawn whatever the image is. With a scale, a
    /// mean or a standard deviation the result is `f32`.
    ///
    /// - Throws: `DataError` when the image has not three axes, is smaller with its margin than the part that is to be
    ///   taken, or a parameter makes no sense; `ArrayError` when there is no memory.
    public func callAsFunction(_ image: NDArray, _ random: inout RandomStream) throws -> NDArray {
        let draws = (0..<4).map { _ in random.nextUniform() }
        return try changed(
            image, flips: draws[0] < flipProbability,
            flipsVertically: draws[1] < verticalFlipProbability
        ) { spare in (Int(draws[2] * Double(spare.y + 1)), Int(draws[3] * Double(spare.x + 1))) }
    }

    /// The image as a test has it: not flipped, the part from the middle, on the same scale.
    ///
    /// - Throws: as with random numbers.
    public func centered(_ image: NDArray) throws -> NDArray {
        try changed(image, flips: false, flipsVertically: false) { ($0.y / 2, $0.x / 2) }
    }

    private static let mostPadding = 1 << 30

    private func changed(
        _ image: NDArray, flips: Bool, flipsVertically: Bool,
        at place: (_ spare: (y: Int, x: Int)) -> (y: Int, x: Int)
    ) throws -> NDArray {
        guard image.rank == 3, image.dtype.isNumeric || image.dtype == .bool else {
            throw DataError(
                "augment",
                "an image is [height, width, channels] of numbers, not \(image.dtype)\(image.shape)"
            )
        }
        guard (0...Self.mostPadding).contains(padding),
            let height = (CheckedSize(image.shape[0]) + CheckedSize(2 * padding)).value,
            let width = (CheckedSize(image.shape[1]) + CheckedSize(2 * padding)).value
        else {
            throw DataError(
                "augment",
                "a margin of \(padding) pixels is none; give from 0 to \(Self.mostPadding)")
        }
        let size = cropSize ?? (height, width)
        guard (0...height).contains(size.height), (0...width).contains(size.width) else {
            throw DataError(
                "augment",
                "a part of \(size.height) by \(size.width) pixels is none of an image of \(height) by \(width), "
                    + "its margin counted")
        }
        let origin = place((height - size.height, width - size.width))
        let part = Part(
            size: size, top: origin.y - padding, left: origin.x - padding, flips: flips,
            flipsVertically: flipsVertically)
        return try scaled(try part.taken(from: image))
    }

    private func scaled(_ image: NDArray) throws -> NDArray {
        if scale == 1, mean.isEmpty, standardDeviation.isEmpty { return image }
        let channels = image.shape[2]
        for numbers in [mean, standardDeviation] where !numbers.isEmpty {
            guard numbers.count == 1 || numbers.count == channels else {
                throw DataError("augment", "\(numbers.count) numbers for \(channels) channels")
            }
        }
        var result = try image.cast(to: .float32)
        guard result.count > 0 else { return result }
        func each(_ numbers: [Float], otherwise number: Float) -> [Float] {
            numbers.count == channels
                ? numbers : Array(repeating: numbers.first ?? number, count: channels)
        }
        let (means, divisors) = (each(mean, otherwise: 0), each(standardDeviation, otherwise: 1))
        try result.makeUnshared()
        result.withUnsafeMutableBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for pixel in stride(from: 0, to: numbers.count, by: channels) {
                for channel in 0..<channels {
                    let number = numbers[pixel + channel] * scale
                    numbers[pixel + channel] = (number - means[channel]) / divisors[channel]
                }
            }
        }
        return result
    }
}

/// A part of an image, which may reach beyond its sides.
private struct Part {
    let size: (height: Int, width: Int)
    let top: Int
    let left: Int
    let flips: Bool
    let flipsVertically: Bool

    /// The part, with zeros where there is no image.
    func taken(from image: NDArray) throws -> NDArray {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let shape = [size.height, size.width, channels]
        guard ArraySize.fits(shape, image.dtype) else {
            throw ArrayError("\(shape) is not the shape of an array that fits the machine's memory")
        }
        let pixel = channels * image.dtype.size
        do {
            var result = try NDArray(repeating: 0, dtype: image.dtype, shape: shape)
            result.withUnsafeMutableBytes { target in
                image.withUnsafeBytes { source in
                    guard pixel > 0, let to = target.baseAddress, let from = source.baseAddress
                    else {
                        return
                    }
                    // The columns of the part that are there in the image, without a flip.
                    let columns = max(0, -left)..<max(max(0, -left), min(size.width, width - left))
                    for y in 0..<size.height {
                        let row = top + (flipsVertically ? size.height - 1 - y : y)
                        guard (0..<height).contains(row), !columns.isEmpty else { continue }
                        let (start, first) = (y * size.width, row * width + left)
                        if !flips {
                            (to + (start + columns.lowerBound) * pixel).copyMemory(
                                from: from + (first + columns.lowerBound) * pixel,
                                byteCount: columns.count * pixel)
                            continue
                        }
                        for x in columns {
                            (to + (start + size.width - 1 - x) * pixel).copyMemory(
                                from: from + (first + x) * pixel, byteCount: pixel)
                        }
                    }
                }
            }
            return result
        } catch {
            throw ArrayError(error, image.dtype, shape)
        }
    }
}
