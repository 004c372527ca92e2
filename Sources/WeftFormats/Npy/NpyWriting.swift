// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

extension NDArray {
    /// Writes the array as a .npy file, which NumPy's `load` reads.
    ///
    /// Numbers of bf16, which NumPy does not have, are written as f32. Strings are written as `U` where all of them
    /// are text in UTF-8, else as `S`. An earlier file is replaced when the new one is complete and on the disk;
    /// when that fails, it is as it was.
    ///
    /// - Throws: `FileError` when the file cannot be written, a string ends in a zero byte, which the format
    ///   does not keep, or there are more than the 64 axes of NumPy.
    public func write(npy path: String) throws {
        let file = try AtomicFile(path)
        try NpyFile(self, for: path).write(to: file)
        try file.commit()
    }
}

/// An array on its way into a .npy file.
package struct NpyFile {
    private let array: NDArray
    private let header: [UInt8]
    /// How wide strings are, in bytes or characters.
    private let width: Int
    private let isText: Bool

    /// - Parameter path: For errors.
    /// - Throws: `FileError` for a string that the format does not keep, and for more than 64 axes.
    package init(_ array: NDArray, for path: String, entry: String? = nil) throws {
        self.array = array
        guard array.rank <= 64 else {
            throw FileError(
                .unsupported, path, entry: entry,
                "an array of \(array.rank) axes, and NumPy has 64 at most; reshape it first")
        }
        guard array.dtype == .string else {
            (width, isText) = (0, false)
            header =
                NpyHeader(descr: NpyElement.descr(of: array.dtype).descr, shape: array.shape).bytes
            return
        }
        var isText = true
        var (longest, longestText) = (1, 1)
        for index in 0..<array.count {
            try array.withString(index) { bytes in
                if bytes.last == 0 {
                    throw FileError(
                        .unsupported, path, entry: entry,
                        "string \(index) ends in a zero byte, which NumPy's arrays of strings do not keep"
                    )
                }
                longest = Swift.max(longest, bytes.count)
                if let text = String(validating: bytes, as: UTF8.self) {
                    longestText = Swift.max(longestText, text.unicodeScalars.count)
                } else {
                    isText = false
                }
            }
        }
        self.isText = isText
        width = isText ? longestText : longest
        let size = CheckedSize(product: array.shape) * CheckedSize(width) * 4
        guard size.value != nil, width < 1 << 29 else {
            throw FileError(
                .unsupported, path, entry: entry,
                "all strings of an array take the room of the longest, which is too long here")
        }
        header =
            NpyHeader(descr: isText ? "<U\(width)" : "|S\(width)", shape: array.shape)
            .bytes
    }

    /// The bytes of the whole file.
    package var byteCount: Int {
        let element =
            array.dtype == .string
            ? (isText ? 4 * width : width) : NpyElement.descr(of: array.dtype).written.size
        return header.count + array.count * element
    }

    package func write(to output: any ByteOutput) throws {
        try output.write(header)
        switch array.dtype {
        case .string: try writeStrings(to: output)
        case .bfloat16: try writeWidened(to: output)
        default: try array.withUnsafeBytes { try output.write($0) }
        }
    }

    private func writeStrings(to output: any ByteOutput) throws {
        for index in 0..<array.count {
            let bytes: [UInt8] = array.withString(index) { bytes in
                guard isText else { return Array(bytes) }
                var words: [UInt8] = []
                for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                    withUnsafeBytes(of: scalar.value) { words += $0 }
                }
                return words
            }
            try output.write(bytes)
            let size = isText ? 4 * width : width
            try output.write([UInt8](repeating: 0, count: size - bytes.count))
        }
    }

    /// The bits of a bf16 are the upper half of an f32's.
    private func writeWidened(to output: any ByteOutput) throws {
        try array.withUnsafeBytes { bytes in
            let halves = bytes.bindMemory(to: UInt16.self)
            for start in stride(from: 0, to: halves.count, by: 1 << 14) {
                let block = halves[start..<min(start + 1 << 14, halves.count)]
                try block.map { UInt32($0) << 16 }.withUnsafeBytes { try output.write($0) }
            }
        }
    }
}
