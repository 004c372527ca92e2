// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
public import WeftData
import WeftFormats

/// A folder of images that has a sub-folder for each class, which lends it its name.
///
/// ```swift
/// let flowers = try ImageFolder("flowers")
/// let (training, validation) = try Dataset(flowers.files)
///     .split(validation: 0.2, seed: 1) { $0.label }
/// let batches = training.shuffled(seed: 2)
///     .decoded(size: (64, 64), fit: .cropped, threads: 2)
///     .batch(32)
///     .prefetch(2)
/// ```
///
/// Only names are read here; ``WeftData/Dataset/decoded(size:fit:channels:depth:mostPixels:threads:)`` reads each image when
/// it is its turn.
public struct ImageFolder: Sendable {
    /// Where the folder is.
    public let path: String
    /// The names of the classes, sorted; their places are their labels.
    public let classNames: [String]
    /// The images, class by class, sorted by their names.
    public let files: [ImageFile]

    /// Lists the sub-folders of a folder, and in each the files whose names end in `.png`, `.jpg` or `.jpeg`. Names that
    /// begin with a point are passed over.
    ///
    /// - Throws: `FileError` when a folder cannot be read; `DataError` when there is no sub-folder, or one without an
    ///   image.
    public init(_ path: String) throws {
        self.path = path
        classNames = try Self.names(in: path).filter {
            Folder.isFolder("\(path)/\($0)", followingLinks: true)
        }
        if classNames.isEmpty {
            throw DataError(
                "imageFolder", file: path,
                "there is no sub-folder; give a folder that has one with images for each class")
        }
        guard classNames.count <= Int(Int32.max) else {
            throw DataError("imageFolder", file: path, "\(classNames.count) classes are too many")
        }
        var files: [ImageFile] = []
        for (place, name) in classNames.enumerated() {
            let folder = "\(path)/\(name)"
            let images = try Self.names(in: folder).filter(Self.isImage)
            if images.isEmpty {
                throw DataError(
                    "imageFolder", file: folder,
                    "no file here ends in .png, .jpg or .jpeg; put the class's images here, or remove the folder"
                )
            }
            let label = Int32(truncatingIfNeeded: place)
            files += images.map { ImageFile(path: "\(folder)/\($0)", label: label) }
        }
        self.files = files
    }

    private static func names(in path: String) throws -> [String] {
        try Folder.names(in: path).filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func isImage(_ name: String) -> Bool {
        let name = name.lowercased()
        return [".png", ".jpg", ".jpeg"].contains { name.hasSuffix($0) }
    }
}

/// An image that is still in its file.
public struct ImageFile: Sendable, Hashable {
    /// Where the file is.
    public var path: String
    /// The number of the image's class.
    public var label: Int32

    /// An image from its parts.
    public init(path: String, label: Int32) {
        self.path = path
        self.label = label
    }
}

/// An image and its class. Of a batch the arrays have one more axis, the first.
public struct LabelledImage: Example {
    /// The pixels: `[height, width, channels]`.
    public var image: NDArray
    /// The number of the class: `i32[]`.
    public var label: NDArray
    /// Where the file is: `string[]`.
    public var path: NDArray

    /// An example from its parts.
    public init(image: NDArray, label: NDArray, path: NDArray) {
        self.image = image
        self.label = label
        self.path = path
    }

    /// The arrays.
    public static var arrays: [WritableKeyPath<LabelledImage, NDArray>] {
        [\.image, \.label, \.path]
    }
}

extension Dataset where Element == ImageFile {
    /// The images of files, read one by one.
    ///
    /// An image that cannot be read is an error of its element, which names the file; the next `next()` goes on behind
    /// it.
    ///
    /// - Parameters:
    ///   - size: The height and width that each image is brought to, so that they can be put together into batches; nil
    ///     for those of the file.
    ///   - fit: What becomes of an image whose sides have another ratio.
    ///   - channels: The samples of a pixel; nil for those of the file.
    ///   - depth: The type of samples.
    ///   - mostPixels: How many pixels an image may have.
    ///   - threads: How many threads read images in advance; nil to read an image when it is asked for.
    public func decoded(
        size: (height: Int, width: Int)? = nil, fit: ImageFit = .stretched,
        channels: ImageChannels? = .rgb, depth: ImageDepth = .bits8,
        mostPixels: Int = ImageInfo.usualMostPixels, threads: Int? = nil
    ) -> Dataset<LabelledImage> {
        map(threads: threads) { file in
            let image = try NDArray(
                image: file.path, channels: channels, depth: depth, mostPixels: mostPixels)
            return LabelledImage(
                image: try size.map { try image.resizedImage(to: $0, fit: fit) } ?? image,
                label: NDArray(file.label), path: NDArray(file.path))
        }
    }
}
