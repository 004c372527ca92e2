// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension HashTable {
    /// From the words of a file, one a line, to their numbers, which count from 0.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - buckets: How many numbers behind those of the words there are for other strings, by their hash as
    ///     `hashBuckets` has it; 0 for none.
    ///   - defaultValue: The number of other strings where there are no buckets.
    /// - Throws: `ArrayError` when the file cannot be read or is not UTF-8, when a word stands there twice, or
    ///   the number of buckets is negative.
    public static func vocabulary(
        contentsOf path: String, buckets: Int = 0, defaultValue: Int64 = -1,
        name: String = "vocabulary"
    ) throws -> HashTable {
        guard let bytes = bytes(ofFile: path) else {
            throw ArrayError("the vocabulary '\(path)' cannot be read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArrayError("the vocabulary '\(path)' is no text in UTF-8")
        }
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return try vocabulary(
            lines.map(String.init), buckets: buckets, defaultValue: defaultValue, name: name)
    }

    private static func bytes(ofFile path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            bytes += block.prefix(count)
            if count < block.count { return ferror(file) == 0 ? bytes : nil }
        }
    }
}
