// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

extension SafetensorsFile {
    /// Writes arrays as a .safetensors file; an earlier file is replaced when the new one is complete and on the
    /// disk, and is as it was when that fails. Equal arrays make equal files.
    ///
    /// Arrays are in the order of the size of their elements, the largest first, then of their names. The first
    /// begins at a multiple of 64 bytes.
    ///
    /// - Parameters:
    ///   - arrays: The arrays by name. The format has no complex numbers of 64-bit parts and no strings.
    ///   - metadata: Strings that go with them.
    ///   - path: Where the file is to be.
    /// - Throws: `FileError` when the file cannot be written, or an array or a name has no place in the format.
    public static func write(
        _ arrays: [String: NDArray], metadata: [String: String] = [:], to path: String
    ) throws {
        let file = try AtomicFile(path)
        _ = try write(arrays, metadata: metadata, to: file)
        try file.commit()
    }

    /// - Returns: the bytes before the arrays, and the checksum of all bytes.
    package static func write(
        _ arrays: [String: NDArray], metadata: [String: String], to file: AtomicFile
    ) throws -> (header: [UInt8], checksum: UInt) {
        let sorted = arrays.sorted {
            ($1.value.dtype.size, $0.key) < ($0.value.dtype.size, $1.key)
        }
        let header = try header(sorted, metadata, path: file.path)
        try file.write(header)
        var sum = header.withUnsafeBytes { Checksum.crc32(0, $0) }
        for (_, array) in sorted {
            try array.withUnsafeBytes {
                sum = Checksum.crc32(sum, $0)
                try file.write($0)
            }
        }
        return (header, sum)
    }

    private static func header(
        _ arrays: [(key: String, value: NDArray)], _ metadata: [String: String], path: String
    ) throws -> [UInt8] {
        var parts: [String] = []
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }.map {
                "\($0.key.inJSON):\($0.value.inJSON)"
            }
            parts.append(
                "\(SafetensorsHeader.metadataKey.inJSON):{\(strings.joined(separator: ","))}")
        }
        var offset = 0
        for (name, array) in arrays {
            guard name != SafetensorsHeader.metadataKey else {
                throw FileError(
                    .unsupported, path, entry: name, "no array may have this name; give it another")
            }
            guard let dtype = SafetensorsType.name(of: array.dtype) else {
                throw FileError(
                    .unsupported, path, entry: name,
                    "the format has no \(array.dtype); "
                        + (array.dtype == .complex128
                            ? "cast it to complex64, or write its parts as arrays of their own"
                            : "write it as an .npy file"))
            }
            let shape = array.shape.map(String.init).joined(separator: ",")
            let end = offset + array.byteCount
            parts.append(
                "\(name.inJSON):{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var bytes = Array("{\(parts.joined(separator: ","))}".utf8)
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: (128 - (8 + bytes.count) % 64) % 64)
        guard bytes.count <= SafetensorsHeader.longest else {
            throw FileError(
                .unsupported, path,
                "names, shapes and metadata take \(bytes.count) bytes, and the format has room for "
                    + "\(SafetensorsHeader.longest)")
        }
        return (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }
}
