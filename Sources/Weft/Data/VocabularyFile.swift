// SPDX-License-Identifier: Apache-2.0
import WeftFormats
public import WeftGraph

extension HashTable {
    /// From the words of a file, one a line, to their numbers, which count from 0.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - buckets: How many numbers behind those of the words there are for other strings, by their hash as
    ///     `hashBuckets` has it; 0 for none.
    ///   - defaultValue: The number of other strings where there are no buckets.
    /// - Throws: `FileError` when the file cannot be read; `ArrayError` when it is not UTF-8, when a word
    ///   stands there twice, or the number of buckets is negative.
    public static func vocabulary(
        contentsOf path: String, buckets: Int = 0, defaultValue: Int64 = -1,
        name: String = "vocabulary"
    ) throws -> HashTable {
        try vocabulary(
            words(ofFile: path), buckets: buckets, defaultValue: defaultValue, name: name)
    }

    /// The lines of a file.
    ///
    /// - Throws: as a vocabulary of these words, but for words that stand there twice.
    package static func words(ofFile path: String) throws -> [String] {
        let file = try ReadableFile(path)
        do {
            // The bytes, the text, and the words.
            try MachineMemory.require(3 * file.size)
        } catch {
            throw ArrayError("the vocabulary '\(path)': \(error)")
        }
        let bytes = try file.bytes(at: 0, count: file.size)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArrayError("the vocabulary '\(path)' is no text in UTF-8")
        }
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }
}
