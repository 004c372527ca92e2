// SPDX-License-Identifier: Apache-2.0

/// Bytes that are read one after the other: a part of a file, or what is stored there compressed.
package protocol ByteInput: AnyObject {
    /// Where the next byte is, as `FileError.offset` counts.
    var position: Int { get }
    /// How many bytes there are still. The file has as many, or could unpack to as many.
    var remaining: Int { get }
    /// Fills `target` with the next bytes.
    ///
    /// - Throws: `FileError` when there are fewer.
    func read(into target: UnsafeMutableRawBufferPointer) throws
    /// An error at a position.
    func error(_ kind: FileError.Kind, at offset: Int?, _ reason: String) -> FileError
}

extension ByteInput {
    /// - Throws: `FileError` when there are fewer bytes.
    package func bytes(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= remaining else {
            throw error(
                .malformed, at: position,
                "\(count) bytes are wanted from here on, and there are \(remaining); the file was cut off, "
                    + "write or copy it again")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try read(into: $0) }
        return bytes
    }
}

/// A part of a file as it stands there.
package final class FileSection: ByteInput {
    private let file: ReadableFile
    private let entry: String?
    private let end: Int
    package private(set) var position: Int

    package init(_ file: ReadableFile, _ range: Range<Int>, entry: String? = nil) {
        self.file = file
        self.entry = entry
        position = range.lowerBound
        end = range.upperBound
    }

    package var remaining: Int { end - position }

    package func read(into target: UnsafeMutableRawBufferPointer) throws {
        guard target.count <= remaining else {
            throw error(
                .malformed, at: position,
                "\(target.count) bytes are wanted from here on, and there are \(remaining)")
        }
        try file.read(at: position, into: target)
        position += target.count
    }

    /// Passes over bytes of which there are as many.
    func skip(_ count: Int) { position += min(count, remaining) }

    package func error(_ kind: FileError.Kind, at offset: Int?, _ reason: String) -> FileError {
        file.error(kind, entry: entry, at: offset, reason)
    }
}
