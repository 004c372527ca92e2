// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

extension NDArray {
    /// The array of a .npy file, as NumPy's `save` writes it.
    ///
    /// Versions 1 to 3 of the format, both byte orders, C's and Fortran's order of elements; booleans, integers,
    /// floating-point and complex numbers. Arrays of `S` and `U` become arrays of strings, the latter in UTF-8;
    /// zeros at the end of a string are none of it, as in NumPy. Refused are Python objects, records, times, and
    /// numbers of 80 or 128 bits.
    ///
    /// ```swift
    /// let images = try NDArray(npy: "images.npy")
    /// ```
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - dtype: What elements are that the file has no type for: `.bfloat16`, which NumPy writes as `<V2`.
    ///   - mapsLargeArrays: Whether an array of a megabyte or more is the file's own pages, as of
    ///     ``SafetensorsFile/init(_:mapsLargeArrays:)``: larger than memory, if need be. Only numbers in the
    ///     machine's byte order and C's order of elements can be.
    /// - Throws: `FileError` when the file cannot be read, is damaged or cut off, or has what is no array here.
    public init(npy path: String, as dtype: DType? = nil, mapsLargeArrays: Bool = false) throws {
        let file = try ReadableFile(path)
        let input = FileSection(file, 0..<file.size)
        try self.init(npy: input, as: dtype, mapping: mapsLargeArrays ? (file, input) : nil)
        if input.remaining > 0 {
            throw input.error(
                .malformed, at: input.position,
                "\(input.remaining) bytes follow the array; several arrays go into an .npz file")
        }
    }

    /// The array that comes next.
    ///
    /// - Parameter mapping: The file whose pages the array is to be, and where in it the array is read.
    init(
        npy input: any ByteInput, as hint: DType? = nil,
        mapping: (file: ReadableFile, section: FileSection)? = nil
    ) throws {
        let start = input.position
        let header = try NpyHeader(reading: input)
        let element = try NpyElement(header.descr, hint: hint) {
            input.error($0, at: start, $1)
        }
        guard let count = ArraySize.count(header.shape),
            let size = (CheckedSize(count) * CheckedSize(element.size)).value,
            // Strings without bytes would be as many as a header says.
            element.size > 0 || count == 0
        else {
            throw input.error(
                .malformed, at: start,
                "\(header.shape) of '\(header.descr)' is not the shape of an array"
                    + (element.size == 0 ? "; strings without bytes have no type here" : ""))
        }
        guard size <= input.remaining else {
            throw input.error(
                .malformed, at: input.position,
                "an array of \(header.shape) takes \(size) bytes from here on, and there are "
                    + "\(input.remaining); the file was cut off, write or copy it again")
        }
        if let mapping,
            let mapped = try Self.mapped(mapping.file, mapping.section, header, element, size)
        {
            self = mapped
            return
        }
        do {
            self =
                element.storage == .number
                ? try Self.numbers(header, element, input, byteCount: size)
                : try Self.strings(header, element, input, byteCount: size)
        } catch let error as MemoryShortage {
            throw input.error(.memory, at: start, "an array of \(header.shape): \(error)")
        }
    }

    /// From so many bytes on an array is mapped rather than copied.
    private static let mappedFrom = 1 << 20

    /// The pages of the file as an array, where they are what an array has in memory; nil elsewhere.
    private static func mapped(
        _ file: ReadableFile, _ section: FileSection, _ header: NpyHeader, _ element: NpyElement,
        _ byteCount: Int
    ) throws -> NDArray? {
        guard element.storage == .number, element.swapped == nil, element.dtype != .bool,
            !header.isFortranOrdered, byteCount >= mappedFrom,
            section.position % element.dtype.realPart.size == 0
        else { return nil }
        let pages = try FileMapping(file)
        let storage = Storage(
            pages.address + section.position, byteCount: byteCount, of: pages)
        section.skip(byteCount)
        return NDArray(dtype: element.dtype, shape: header.shape, storage: storage)
    }

    private static func numbers(
        _ header: NpyHeader, _ element: NpyElement, _ input: any ByteInput, byteCount: Int
    ) throws -> NDArray {
        let storage = try Storage(allocating: byteCount)
        let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: byteCount)
        try input.read(into: bytes)
        if let unit = element.swapped { ByteOrder.turnAround(bytes, unit: unit) }
        if element.dtype == .bool { ByteOrder.normalizeBooleans(bytes) }
        let array = NDArray(dtype: element.dtype, shape: header.shape, storage: storage)
        return header.isFortranOrdered ? try FortranOrder(header.shape).undone(array) : array
    }

    private static func strings(
        _ header: NpyHeader, _ element: NpyElement, _ input: any ByteInput, byteCount: Int
    ) throws -> NDArray {
        let count = ArraySize.count(header.shape) ?? 0
        // The bytes twice, and where each string begins, also twice while that grows.
        try MachineMemory.require(2 * byteCount + 4 * MemoryLayout<Int>.stride * (count + 1))
        var packer = StringPacker()
        let countAtOnce = max(1, bytesAtOnce / max(element.size, 1))
        for first in stride(from: 0, to: count, by: countAtOnce) {
            let start = input.position
            let places = 0..<min(countAtOnce, count - first)
            var bytes = try input.bytes(places.count * element.size)
            if let unit = element.swapped {
                bytes.withUnsafeMutableBytes { ByteOrder.turnAround($0, unit: unit) }
            }
            for place in places {
                let string = bytes[place * element.size..<(place + 1) * element.size]
                guard element.storage == .text else {
                    let end = string.lastIndex { $0 != 0 }.map { $0 + 1 } ?? string.startIndex
                    try packer.append(string[..<end])
                    continue
                }
                guard let text = utf8(string) else {
                    throw input.error(
                        .malformed, at: start + place * element.size,
                        "string \(first + place) has a number that is no character of Unicode")
                }
                try packer.append(text)
            }
        }
        let array = try packer.array(header.shape)
        guard header.isFortranOrdered else { return array }
        return try array.strings(
            at: FortranOrder(header.shape).places(), shape: header.shape)
    }

    /// How much of strings is read before it is taken apart.
    private static let bytesAtOnce = 1 << 20

    /// Code points as UTF-8, without the zeros at the end.
    private static func utf8(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var zeros = 0
        for place in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
            let word = bytes[place..<place + 4].withUnsafeBytes {
                $0.loadUnaligned(as: UInt32.self)
            }
            if word == 0 {
                zeros += 1
                continue
            }
            guard let scalar = Unicode.Scalar(word) else { return nil }
            result += [UInt8](repeating: 0, count: zeros)
            result += String(Character(scalar)).utf8
            zeros = 0
        }
        return result
    }
}
