// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// The arrays of a .safetensors file, by name, and the strings that go with them.
///
/// ```swift
/// let file = try SafetensorsFile("model.safetensors")
/// for name in file.names { print(name, file.entry(named: name)!.shape) }
/// let kernel = try file.array(named: "dense/kernel")
/// ```
///
/// The header is read at once and must be right in all it says: arrays that overlap or leave gaps, two of one name,
/// or fewer bytes than there should be are errors. An array is read when it is asked for.
public struct SafetensorsFile: Sendable {
    /// What the file says of an array.
    public struct Entry: Sendable {
        /// The type as the file names it: `F32`.
        public let dtypeName: String
        /// The type of the array's elements; nil for one that arrays do not have here, such as `F8_E4M3`.
        public let dtype: DType?
        /// The dimensions.
        public let shape: [Int]
        /// The bytes of the file that the elements take.
        public let byteRange: Range<Int>
        let place: Int
    }

    /// Where the file is.
    public let path: String
    /// The names of the arrays, in the order of their bytes.
    public let names: [String]
    /// The strings beside the arrays.
    public let metadata: [String: String]
    private let entries: [String: Entry]
    private let file: ReadableFile
    private let mapping: FileMapping?
    /// Where the arrays begin.
    package let dataStart: Int

    /// From so many bytes on an array is mapped rather than copied.
    private static let mappedFrom = 1 << 20

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - mapsLargeArrays: Whether arrays of a megabyte or more are the file's own pages, which the system reads
    ///     when they are touched, shares among processes and may drop again. Writing to such an array makes a copy
    ///     first. The file must stay as it is while they are in use: a process that touches pages
    ///     which another one has cut off is ended. A file that is replaced, as Weft's own writing does, stays.
    /// - Throws: `FileError` when the file cannot be read, is damaged or cut off.
    public init(_ path: String, mapsLargeArrays: Bool = false) throws {
        self.path = path
        file = try ReadableFile(path)
        let header = try SafetensorsHeader(file)
        metadata = header.metadata
        dataStart = header.end
        names = header.entries.map(\.name)
        entries = header.entries.reduce(into: [:]) {
            $0[$1.name] = Entry(
                dtypeName: $1.dtypeName, dtype: SafetensorsType.dtype($1.dtypeName),
                shape: $1.shape, byteRange: $1.range, place: $1.place)
        }
        mapping = mapsLargeArrays ? try FileMapping(file) : nil
    }

    /// What the file says of an array; nil when it has none of the name.
    public func entry(named name: String) -> Entry? { entries[name] }

    /// The array of a name.
    ///
    /// - Throws: `FileError` when there is none, its type is none that arrays have here, the file is cut off
    ///   meanwhile, or there is no memory for it.
    public func array(named name: String) throws -> NDArray {
        guard let entry = entries[name] else {
            throw FileError.noEntry(path, name, among: names)
        }
        guard let dtype = entry.dtype else {
            throw file.error(
                .unsupported, entry: name, at: entry.place,
                "elements of \(entry.dtypeName) have no type here; write the array as F16, BF16 or F32"
            )
        }
        let storage: Storage
        do {
            storage = try mapped(entry, dtype) ?? read(entry)
        } catch let error as MemoryShortage {
            throw file.error(
                .memory, entry: name, at: entry.byteRange.lowerBound,
                "an array of \(dtype)\(entry.shape): \(error)")
        }
        if dtype == .bool {
            ByteOrder.normalizeBooleans(
                UnsafeMutableRawBufferPointer(start: storage.address, count: storage.byteCount))
        }
        return NDArray(dtype: dtype, shape: entry.shape, storage: storage)
    }

    /// All arrays by name.
    ///
    /// - Throws: `FileError` as for each of them.
    public func arrays() throws -> [String: NDArray] {
        try names.reduce(into: [:]) { $0[$1] = try array(named: $1) }
    }

    /// The bytes before the arrays.
    package func headerBytes() throws -> [UInt8] { try file.bytes(at: 0, count: dataStart) }

    /// The pages of the file as memory, where it is mapped and the array large; nil where they are not aligned.
    private func mapped(_ entry: Entry, _ dtype: DType) -> Storage? {
        guard let mapping, entry.byteRange.count >= Self.mappedFrom,
            entry.byteRange.lowerBound % dtype.realPart.size == 0, dtype != .bool
        else { return nil }
        return Storage(
            mapping.address + entry.byteRange.lowerBound, byteCount: entry.byteRange.count,
            of: mapping)
    }

    private func read(_ entry: Entry) throws -> Storage {
        let storage = try Storage(allocating: entry.byteRange.count)
        let bytes = UnsafeMutableRawBufferPointer(
            start: storage.address, count: entry.byteRange.count)
        try file.read(at: entry.byteRange.lowerBound, into: bytes)
        return storage
    }
}
