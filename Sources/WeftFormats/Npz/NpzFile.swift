// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// The arrays of an .npz file, by name, as NumPy's `savez` and `savez_compressed` write them: a zip file of .npy
/// files.
///
/// ```swift
/// let file = try NpzFile("digits.npz")
/// let images = try file.array(named: "images")
/// ```
///
/// The directory of the file is read at once, an array when it is asked for; its checksum is compared then. Files
/// above 4 GiB are read and written, too.
public struct NpzFile: Sendable {
    /// Where the file is.
    public let path: String
    /// The names of the arrays, in the file's order. Entries that are no .npy files are left out.
    public let names: [String]
    private let archive: ZipArchive
    private let entries: [String: ZipArchive.Entry]
    private static let suffix = ".npy"

    /// Opens a file.
    ///
    /// - Throws: `FileError` when it cannot be read, is no zip file, is damaged or cut off, or has two entries of
    ///   one name.
    public init(_ path: String) throws {
        self.path = path
        archive = try ZipArchive(ReadableFile(path))
        var names: [String] = []
        var entries: [String: ZipArchive.Entry] = [:]
        for entry in archive.entries where entry.name.hasSuffix(Self.suffix) {
            let name = String(entry.name.dropLast(Self.suffix.count))
            names.append(name)
            entries[name] = entry
        }
        self.names = names
        self.entries = entries
    }

    /// The array of a name.
    ///
    /// - Parameters:
    ///   - name: The name without `.npy`.
    ///   - dtype: What elements are that the file has no type for: `.bfloat16`, which NumPy writes as `<V2`.
    /// - Throws: `FileError` when there is none of the name, it is damaged, or it is no array here.
    public func array(named name: String, as dtype: DType? = nil) throws -> NDArray {
        guard let entry = entries[name] else {
            throw FileError.noEntry(path, name, among: names)
        }
        let input = try ZipEntryInput(archive, entry)
        let array = try NDArray(npy: input, as: dtype)
        guard input.remaining == 0 else {
            throw input.error(
                .malformed, at: input.position, "\(input.remaining) bytes follow the array")
        }
        return array
    }

    /// All arrays by name.
    ///
    /// - Throws: `FileError` when one is damaged or is no array here.
    public func arrays() throws -> [String: NDArray] {
        try names.reduce(into: [:]) { $0[$1] = try array(named: $1) }
    }

    /// Writes arrays as an .npz file, which NumPy's `load` reads; as with `NDArray.write(npy:)`, an earlier file is
    /// replaced by a complete one or not at all. Equal arrays make equal files.
    ///
    /// - Parameters:
    ///   - arrays: The arrays by name, which are written in the order of their names.
    ///   - path: Where the file is to be.
    ///   - compressed: Whether arrays are deflated, as by `savez_compressed`.
    /// - Throws: `FileError` when the file cannot be written, or a name or an array has no place in the format.
    public static func write(
        _ arrays: [String: NDArray], to path: String, compressed: Bool = false
    ) throws {
        let file = try AtomicFile(path)
        try write(arrays, to: file, compressed: compressed, largeFrom: 0xFFFF_FFFF)
        try file.commit()
    }

    package static func write(
        _ arrays: [String: NDArray], to file: AtomicFile, compressed: Bool, largeFrom limit: Int
    ) throws {
        let writer = ZipWriter(file, largeFrom: limit)
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
            guard name.utf8.count < 65_000, !name.isEmpty, !name.utf8.contains(0) else {
                throw FileError(
                    .unsupported, file.path, entry: name,
                    "a name must not be empty, longer than 65000 bytes, or have a zero byte")
            }
            let npy = try NpyFile(array, for: file.path, entry: name)
            try writer.add(name + suffix, byteCount: npy.byteCount, isDeflated: compressed) {
                try npy.write(to: $0)
            }
        }
        try writer.finish()
    }
}

extension FileError {
    /// There is nothing of that name.
    package static func noEntry(_ path: String, _ name: String, among names: [String]) -> FileError
    {
        let shown = names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        let more = names.count > 20 ? " and \(names.count - 20) more" : ""
        let all = names.isEmpty ? "it has none" : "it has \(shown)\(more)"
        return FileError(.noEntry, path, "there is no array '\(name)'; \(all)")
    }
}
