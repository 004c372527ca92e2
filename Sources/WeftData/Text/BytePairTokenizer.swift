// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
import WeftFormats

/// Texts as numbers of pieces that are made of pairs of bytes, as GPT-2 and its kin take them. Any text can be written
/// with them, and comes back as it was.
///
/// ```swift
/// let tokenizer = try BytePairTokenizer(vocabulary: "vocab.json", merges: "merges.txt")
/// let numbers = try tokenizer.numbers(of: "Hello, world")
/// ```
///
/// A text is cut into words with the blank before them, numbers, signs and blanks. Of each the pieces are joined two by two,
/// those first that stand first among the merges.
public struct BytePairTokenizer: Sendable {
    /// The bytes of each piece; their places are their numbers. Nil where the vocabulary has no such number.
    private let bytes: [[UInt8]?]
    private let numbers: [String: Int32]
    /// The piece of each byte.
    private let alphabet: [Int32?]
    private let merges: BytePairMerges

    /// Reads a vocabulary, an object in JSON that has a number for each piece, and merges, two pieces a line.
    ///
    /// - Throws: `FileError` when a file cannot be read or is no JSON; `DataError` when a merge is none of the vocabulary's
    ///   pieces, or numbers are missing or too large.
    public init(vocabulary path: String, merges mergesPath: String) throws {
        let numbers = try Self.vocabulary(path)
        let most = 4 * numbers.count + 1024
        var bytes: [[UInt8]?] = []
        for (piece, number) in numbers {
            // What is asked for by number must not take more memory than the file does.
            guard number < most else {
                throw DataError(
                    "bytePairs", file: path,
                    "the piece '\(piece.shortened)' has the number \(number), of \(numbers.count) pieces"
                )
            }
            while bytes.count <= number { bytes.append(nil) }
            if let other = bytes[Int(number)] {
                throw DataError(
                    "bytePairs", file: path,
                    "two pieces have the number \(number); one of them is '\(String(decoding: other, as: UTF8.self))'"
                )
            }
            bytes[Int(number)] = ByteAlphabet.bytes(of: piece)
        }
        self.bytes = bytes
        self.numbers = numbers
        alphabet = (0...UInt8.max).map { numbers[String(ByteAlphabet.character(of: $0))] }
        merges = try BytePairMerges(mergesPath, numbers)
    }

    private static func vocabulary(_ path: String) throws -> [String: Int32] {
        let file = try ReadableFile(path)
        do {
            // The bytes, and the pieces.
            try MachineMemory.require(4 * file.size)
        } catch {
            throw file.error(.memory, at: nil, "the vocabulary: \(error)")
        }
        var numbers: [String: Int32] = [:]
        var scanner = JSONScanner(try file.bytes(at: 0, count: file.size))
        do throws(JSONScanner.Fault) {
            try scanner.object { (scanner, piece, place) throws(JSONScanner.Fault) in
                let count = try scanner.count()
                guard let number = Int32(exactly: count) else {
                    throw JSONScanner.Fault(
                        offset: place, reason: "the number \(count) is too large")
                }
                if numbers.updateValue(number, forKey: piece) != nil {
                    throw JSONScanner.Fault(
                        offset: place, reason: "the piece '\(piece.shortened)' has two numbers")
                }
            }
            try scanner.end()
        } catch {
            throw file.error(at: error.offset, "the vocabulary: \(error.reason)")
        }
        return numbers
    }

    /// One more than the largest number of a piece.
    public var count: Int { bytes.count }

    /// The number of a piece as it stands in the vocabulary, such as `<|endoftext|>`; nil when there is none.
    public func number(of piece: String) -> Int32? { numbers[piece] }

    /// The numbers of a text's pieces: `i32[n]`.
    ///
    /// - Parameter text: The text. Names of pieces in it, such as `<|endoftext|>`, are text like any other.
    /// - Throws: `DataError` when the vocabulary has no piece for one of its bytes.
    public func numbers(of text: String) throws -> NDArray {
        var result: [Int32] = []
        // Words come again and again.
        var known: [ArraySlice<UInt8>: [Int32]] = [:]
        let bytes = Array(text.utf8)
        var place = 0
        for count in ByteLevelWords.counts(of: text) {
            let word = bytes[place..<place + count]
            place += count
            if let numbers = known[word] {
                result += numbers
                continue
            }
            let numbers = merges.merged(
                try word.map { byte in
                    guard let number = alphabet[Int(byte)] else {
                        throw DataError(
                            "bytePairs", "the vocabulary has no piece for the byte \(byte)")
                    }
                    return number
                })
            if count <= Self.mostKept { known[word] = numbers }
            result += numbers
        }
        return NDArray(result)
    }

    /// Longer ones hardly come again.
    private static let mostKept = 64

    /// The text of numbers, which are those of an array in row-major order. Where their bytes are no text in UTF-8, such
    /// as in the middle of a character, U+FFFD stands.
    ///
    /// - Throws: `DataError` when a number is none of a piece, `ArrayError` when the array has no numbers.
    public func text(of numbers: NDArray) throws -> String {
        var text: [UInt8] = []
        for number in try numbers.cast(to: .int64).scalars(as: Int64.self) {
            guard let place = Int(exactly: number), bytes.indices.contains(place),
                let piece = bytes[place]
            else {
                throw DataError("bytePairs", "\(number) is the number of no piece")
            }
            text += piece
        }
        return String(decoding: text, as: UTF8.self)
    }
}
