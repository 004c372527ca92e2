// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
import WeftFormats

extension NDArray {
    /// The array of an IDX file, as MNIST's images and labels come in, also where gzip has compressed it.
    ///
    /// ```swift
    /// let digits = Dataset(
    ///     rowsOf: try NDArray(idx: "train-images-idx3-ubyte.gz"),
    ///     try NDArray(idx: "train-labels-idx1-ubyte.gz"))
    /// ```
    ///
    /// - Parameter path: Where the file is.
    /// - Throws: `FileError` when the file cannot be read, is no IDX file, is damaged or cut off, or there is no
    ///   memory for the array.
    public init(idx path: String) throws {
        let stream = try ByteStream(path)
        let (dtype, shape) = try Self.idxHeader(stream)
        guard let count = ArraySize.count(shape),
            let size = (CheckedSize(count) * CheckedSize(dtype.size)).value,
            size <= stream.mostRemaining
        else {
            throw stream.error(
                at: 4,
                "an array of \(dtype)\(shape) takes more bytes than follow; the file is damaged or was cut off, "
                    + "write or copy it again")
        }
        let storage: Storage
        do {
            storage = try Storage(allocating: size)
        } catch {
            throw stream.error(.memory, at: 4, "an array of \(dtype)\(shape): \(error)")
        }
        let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: size)
        try stream.read(into: bytes)
        Self.toMachineOrder(bytes, unit: dtype.size)
        guard try stream.read() == nil else {
            throw stream.error(at: stream.position - 1, "more bytes follow the array")
        }
        self.init(dtype: dtype, shape: shape, storage: storage)
    }

    private static let idxTypes: [UInt8: DType] = [
        0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]

    private static func idxHeader(_ stream: ByteStream) throws -> (DType, [Int]) {
        let magic = try stream.bytes(4)
        guard magic[0] == 0, magic[1] == 0, let dtype = idxTypes[magic[2]] else {
            throw stream.error(
                at: 0,
                "this is no IDX file: it must begin with two zeros and the type of the elements")
        }
        let shape = try (0..<Int(magic[3])).map { _ in
            try stream.bytes(4).reduce(0) { $0 << 8 | Int($1) }
        }
        return (dtype, shape)
    }

    /// IDX files have the most significant byte first.
    private static func toMachineOrder(_ bytes: UnsafeMutableRawBufferPointer, unit: Int) {
        guard unit > 1, UInt16(bigEndian: 1) != 1 else { return }
        for start in stride(from: 0, to: bytes.count - bytes.count % unit, by: unit) {
            for place in 0..<unit / 2 { bytes.swapAt(start + place, start + unit - 1 - place) }
        }
    }
}
