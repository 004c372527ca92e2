// SPDX-License-Identifier: Apache-2.0

// Strings are bytes, one after the other in the array's memory; before them stands where each begins, and
// where the last one ends. An array of strings is made once; the bytes may be changed, their number not.

extension NDArray {
    /// An array of strings that are given as bytes, which need not be text.
    ///
    /// - Throws: `ArrayError` when the number of strings is not the product of the dimensions, or there is
    ///   no memory for them.
    public init(byteStrings: [[UInt8]], shape: [Int]) throws {
        guard ArraySize.count(shape) == byteStrings.count else {
            throw ArrayError(
                "\(byteStrings.count) strings do not fill the shape \(shape); "
                    + "the product of the dimensions must be the number of strings")
        }
        do {
            var packer = StringPacker()
            for string in byteStrings { try packer.append(string) }
            self = try packer.array(shape)
        } catch {
            throw ArrayError(error, .string, shape)
        }
    }

    /// The bytes of each string, in row-major order.
    ///
    /// - Throws: `ArrayError` when the array holds no strings.
    public func byteStrings() throws -> [[UInt8]] {
        guard dtype == .string else { throw ArrayError("the array holds \(dtype), not strings") }
        return (0..<count).map { withString($0) { Array($0) } }
    }

    /// The bytes of the string at `index` in row-major order. The array must hold strings.
    package func withString<R, E: Error>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try withExtendedLifetime(storage) { () throws(E) -> R in
            let starts = storage.address.assumingMemoryBound(to: Int.self)
            let bytes = (storage.address + Self.bytesOfStarts(count))
                .assumingMemoryBound(to: UInt8.self)
            return try body(
                UnsafeBufferPointer(
                    start: bytes + starts[index], count: starts[index + 1] - starts[index]))
        }
    }

    /// The strings at `indices` in row-major order, under a shape of as many elements.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package func strings(
        at indices: some Sequence<Int>, shape: [Int]
    ) throws(MemoryShortage) -> NDArray {
        var packer = StringPacker()
        for index in indices { try append(index, to: &packer) }
        return try packer.array(shape)
    }

    /// Adds the string at `index` in row-major order to those of a packer. The array must hold strings.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package func append(_ index: Int, to packer: inout StringPacker) throws(MemoryShortage) {
        try withString(index) { string throws(MemoryShortage) in try packer.append(string) }
    }

    /// All bytes of an array of strings.
    var stringBytes: UnsafeMutableRawBufferPointer {
        let start = Self.bytesOfStarts(count)
        return UnsafeMutableRawBufferPointer(
            start: storage.address + start, count: storage.byteCount - start)
    }

    /// All that the array has in memory: of strings also where they begin.
    var allBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage.address, count: byteCount)
    }

    /// The array of as many empty strings. The shape must be one of an array.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    static func emptyStrings(_ shape: [Int]) throws(MemoryShortage) -> NDArray {
        let storage = try Storage(allocatingZeros: bytesOfStarts(shape.reduce(1, *)))
        return NDArray(dtype: .string, shape: shape, storage: storage)
    }

    /// The array of the string of a scalar, as often as the shape says. The shape must be one of an array.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    static func repeatedString(
        _ scalar: NDArray, _ shape: [Int]
    ) throws(MemoryShortage) -> NDArray {
        let (count, string) = (shape.reduce(1, *), scalar.stringBytes)
        let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: string.count)
        let first = bytesOfStarts(count)
        let (size, isTooMuch) = first.addingReportingOverflow(bytes)
        if isTooLarge || isTooMuch { throw MemoryShortage(bytes: .max) }
        let storage = try Storage(allocating: size)
        let starts = storage.address.assumingMemoryBound(to: Int.self)
        for index in 0...count { starts[index] = index * string.count }
        if let base = string.baseAddress, !string.isEmpty {
            for index in 0..<count {
                (storage.address + first + starts[index]).copyMemory(
                    from: base, byteCount: string.count)
            }
        }
        return withExtendedLifetime(scalar) {
            NDArray(dtype: .string, shape: shape, storage: storage)
        }
    }

    static func bytesOfStarts(_ count: Int) -> Int { 8 * (count + 1) }
}

/// A string that is UTF-8. Bytes that are not have no `String`: ``NDArray/byteStrings()`` gives them.
extension String: OrderedScalar {
    /// The element type `string`.
    public static var dtype: DType { .string }
    /// The number as text.
    public init(converting number: Double) { self = "\(number)" }
    /// The number that the text says; NaN where it says none.
    public var doubleValue: Double { Double(self) ?? .nan }

    /// The vector of these strings.
    public static func array(of elements: [String]) -> NDArray {
        .copying([elements.count]) { packer throws(MemoryShortage) in
            for element in elements { try packer.append(element.utf8) }
        }
    }

    /// The strings of an array of strings.
    ///
    /// - Throws: `ArrayError` when one is not UTF-8.
    public static func scalars(of array: NDArray) throws -> [String] {
        try (0..<array.count).map { index in
            guard let text = array.withString(index, { String(validating: $0, as: UTF8.self) })
            else {
                throw ArrayError(
                    "string \(index) of the array is no text in UTF-8; "
                        + "read the bytes with `byteStrings()`")
            }
            return text
        }
    }
}

extension NDArray: ExpressibleByStringLiteral {
    /// A scalar string.
    public init(stringLiteral value: String) { self.init(value) }
}

extension NDArray {
    /// A string as a literal shows it, bytes that are not UTF-8 as `\xNN`.
    func stringText(_ index: Int) -> String {
        withString(index) { bytes in
            if let text = String(validating: bytes, as: UTF8.self) { return text.debugDescription }
            var text = "\""
            var rest = bytes[...]
            while let first = rest.first {
                // The longest valid beginning would need a second decoder: a byte at a time is enough.
                let length = (1...4).first {
                    rest.count >= $0 && String(validating: rest.prefix($0), as: UTF8.self) != nil
                }
                if let length, let part = String(validating: rest.prefix(length), as: UTF8.self) {
                    text += part.debugDescription.dropFirst().dropLast()
                    rest = rest.dropFirst(length)
                } else {
                    let digits = String(first, radix: 16, uppercase: true)
                    text += "\\x" + (first < 16 ? "0" : "") + digits
                    rest = rest.dropFirst()
                }
            }
            return text + "\""
        }
    }
}
