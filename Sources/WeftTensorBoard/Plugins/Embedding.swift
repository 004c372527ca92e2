// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
public import WeftArrays
import WeftFormats
import WeftProtos

extension EventWriter {
    /// What is known of each vector of an embedding: a column of the projector's table.
    public struct Column: Hashable, Sendable {
        /// The heading.
        public let name: String
        /// One for each vector.
        public let values: [String]

        /// A column.
        public init(_ name: String, _ values: [String]) {
            (self.name, self.values) = (name, values)
        }
    }

    private static let configName = "projector_config.pbtxt"
    /// The greatest picture that TensorBoard's page can take.
    private static let mostSpritePixels = 8192

    /// Writes vectors for TensorBoard's projector, which draws them in two or three dimensions: files in a folder of
    /// their name below this one, and an entry in `projector_config.pbtxt`. One of the same name is replaced.
    ///
    /// - Parameters:
    ///   - name: What they are called.
    ///   - vectors: Count × dimensions, of numbers.
    ///   - columns: What is known of each vector; the first is the one that points are labelled by.
    ///   - images: A picture of each vector, as `addImages` takes them.
    /// - Throws: `SummaryError` when shapes or counts do not fit; `FileError` when a file cannot be written.
    public func addEmbedding(
        _ name: String, _ vectors: NDArray, columns: [Column] = [], images: NDArray? = nil
    ) throws {
        guard vectors.rank == 2, vectors.count > 0, vectors.dtype.isNumeric else {
            throw SummaryError(
                .shape, name,
                "an embedding is of numbers of shape [count, dimensions], and this is "
                    + "\(vectors.dtype)\(vectors.shape)")
        }
        let place = String(
            name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" })
        guard place.contains(where: { $0 != "." }) else {
            throw SummaryError(.invalidArgument, name, "an embedding needs a name of letters")
        }
        let below = "\(folder)/\(place)"
        try Folder.make(below)
        var info = TBEmbeddingInfo()
        info.tensorName = name
        info.tensorShape = vectors.shape.map { UInt32(clamping: $0) }
        info.tensorPath = "\(place)/tensors.tsv"
        try write(Self.table(vectors), to: "\(below)/tensors.tsv")
        if !columns.isEmpty {
            info.metadataPath = "\(place)/metadata.tsv"
            let table = try Self.table(columns, count: vectors.shape[0], name)
            try write(table, to: "\(below)/metadata.tsv")
        }
        if let images {
            let (file, height, width) = try Self.sprite(images, count: vectors.shape[0], name)
            info.sprite.imagePath = "\(place)/sprite.png"
            info.sprite.singleImageDim = [UInt32(width), UInt32(height)]
            try write(file, to: "\(below)/sprite.png")
        }
        try Self.configs.withLock { try enter(info) }
    }

    /// Held by whoever changes a list of embeddings.
    private static let configs = Lock()

    private func enter(_ info: TBEmbeddingInfo) throws {
        let path = "\(folder)/\(Self.configName)"
        var config = TBProjectorConfig()
        if Folder.has(path) {
            let file = try ReadableFile(path)
            let text = String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self)
            do {
                config = try TBProjectorConfig(textFormatString: text)
            } catch {
                throw FileError(
                    .malformed, path, "the list of embeddings cannot be read: \(error); remove it")
            }
        }
        config.embeddings.removeAll { $0.tensorName == info.tensorName }
        config.embeddings.append(info)
        try write(Array(config.textFormatString().utf8), to: path)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try AtomicFile(path)
        try file.write(bytes)
        try file.commit()
    }

    private static func table(_ vectors: NDArray) throws -> [UInt8] {
        let numbers: [Float] = try vectors.cast(to: .float32).scalars()
        let width = vectors.shape[1]
        var text: [UInt8] = []
        for row in 0..<vectors.shape[0] {
            for column in 0..<width {
                if column > 0 { text.append(UInt8(ascii: "\t")) }
                text += Array("\(numbers[row * width + column])".utf8)
            }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// TensorBoard takes the first line as headings only where there are several columns.
    private static func table(
        _ columns: [Column], count: Int, _ name: String
    ) throws -> [UInt8] {
        for column in columns where column.values.count != count {
            throw SummaryError(
                .shape, name,
                "column '\(column.name)' has \(column.values.count) values for \(count) vectors")
        }
        func line(_ cells: [String]) -> String {
            cells.map {
                String($0.map { "\t\n\r".contains($0) || $0 == "\r\n" ? " " : $0 })
            }.joined(separator: "\t") + "\n"
        }
        var text = columns.count > 1 ? line(columns.map(\.name)) : ""
        for row in 0..<count { text += line(columns.map { $0.values[row] }) }
        return Array(text.utf8)
    }

    /// All pictures in one, row by row in a square.
    private static func sprite(
        _ images: NDArray, count: Int, _ name: String
    ) throws -> (file: [UInt8], height: Int, width: Int) {
        guard images.rank == 4, images.shape[0] == count, (1...4).contains(images.shape[3]) else {
            throw SummaryError(
                .shape, name,
                "the pictures of \(count) vectors are of shape [\(count), height, width, channels], and these are "
                    + "of shape \(images.shape)")
        }
        let side = Int(Double(count).squareRoot().rounded(.up))
        let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
        guard height >= 1, width >= 1, max(height, width) <= mostSpritePixels / side else {
            throw SummaryError(
                .shape, name,
                "\(count) pictures of \(height) × \(width) make one of more than \(mostSpritePixels) × "
                    + "\(mostSpritePixels), which browsers cannot show; give fewer or smaller ones")
        }
        let pixels = try ImageEncoding.bytes(name, images)
        let rowBytes = width * channels
        var sheet = [UInt8](repeating: 0, count: side * side * height * rowBytes)
        for index in 0..<count {
            let (row, column) = (index / side, index % side)
            for line in 0..<height {
                let from = (index * height + line) * rowBytes
                let to = ((row * height + line) * side + column) * rowBytes
                sheet.replaceSubrange(to..<to + rowBytes, with: pixels[from..<from + rowBytes])
            }
        }
        let file = sheet.withUnsafeBytes {
            PNG.encoded($0, width: side * width, height: side * height, channels: channels)
        }
        guard let file else {
            throw SummaryError(.shape, name, "there is no memory to compress the pictures")
        }
        return (file, height, width)
    }
}
