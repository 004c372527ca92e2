// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// Texts as numbers of word pieces, as BERT and its kin take them.
///
/// ```swift
/// let tokenizer = try WordPieceTokenizer(vocabulary: "vocab.txt")
/// let rows = Dataset(linesOf: "reviews.txt")
///     .map { try tokenizer.numbers(of: $0, most: 128) }
///     .paddedBatch(32)
/// ```
///
/// A text is cut at blanks, at punctuation and around each Chinese character; with `lowercases` capital letters and accents go.
/// A word becomes the longest piece that it begins with, and so on with the rest; pieces inside of words begin with `##` in the
/// vocabulary. A word of which a part is no piece, or of more than a hundred characters, is unknown as a whole.
public struct WordPieceTokenizer: Sendable {
    /// The pieces as they stand in the vocabulary; their places are their numbers.
    public let pieces: [String]
    private let lowercases: Bool
    private let unknown: Int32
    /// The numbers of pieces that words begin with, and of others, without their marks.
    private var beginnings: [ArraySlice<UInt8>: Int32] = [:]
    private var continuations: [ArraySlice<UInt8>: Int32] = [:]
    private static let mark = Array("##".utf8)
    private static let mostCharacters = 100
    /// What stands before and behind a text, and fills up shorter ones.
    private static let (first, last, filler) = ("[CLS]", "[SEP]", "[PAD]")

    /// Reads a vocabulary: a piece a line.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - lowercases: Whether capital letters and accents go, as of models called uncased.
    ///   - unknown: The piece that stands for unknown words.
    /// - Throws: `FileError` when the file cannot be read; `DataError` when it is no text, has a piece twice, or not
    ///   the one for unknown words.
    public init(
        vocabulary path: String, lowercases: Bool = true, unknown: String = "[UNK]"
    ) throws {
        self.lowercases = lowercases
        var pieces: [String] = []
        let lines = Dataset(linesOf: path).stream()
        while let line = try lines.next() {
            guard let number = Int32(exactly: pieces.count) else {
                throw DataError("wordPieces", file: path, "there are too many pieces")
            }
            let bytes = Array(line.utf8)
            let earlier =
                bytes.starts(with: Self.mark)
                ? continuations.updateValue(number, forKey: bytes.dropFirst(Self.mark.count))
                : beginnings.updateValue(number, forKey: bytes[...])
            if let earlier {
                throw DataError(
                    "wordPieces", file: path, line: pieces.count + 1,
                    "the piece '\(line.shortened)' stands in line \(earlier + 1) already")
            }
            pieces.append(line)
        }
        guard let number = beginnings[Array(unknown.utf8)[...]] else {
            throw DataError(
                "wordPieces", file: path,
                "there is no piece '\(unknown)' for unknown words; name the one there is with `unknown:`"
            )
        }
        self.unknown = number
        self.pieces = pieces
    }

    /// How many pieces there are.
    public var count: Int { pieces.count }

    /// The number of a piece as it stands in the vocabulary, such as `[MASK]` or `##s`; nil when there is none.
    public func number(of piece: String) -> Int32? {
        let bytes = Array(piece.utf8)
        return bytes.starts(with: Self.mark)
            ? continuations[bytes.dropFirst(Self.mark.count)] : beginnings[bytes[...]]
    }

    /// The numbers of a text's pieces: `i32[n]`.
    ///
    /// - Parameters:
    ///   - text: The text. Names of pieces in it, such as `[MASK]`, are text like any other.
    ///   - addsEnds: Whether `[CLS]` stands before the text and `[SEP]` behind it.
    ///   - most: How many numbers there are at most, the ends counted; what is too much is cut off the text's end.
    /// - Throws: `DataError` when the vocabulary has no ends, or `most` has no room for them.
    public func numbers(of text: String, addsEnds: Bool = true, most: Int? = nil) throws -> NDArray
    {
        let ends = addsEnds ? 2 : 0
        if let most, most < ends {
            throw DataError("wordPieces", "\(most) numbers have no room for the \(ends) ends")
        }
        var numbers: [Int32] = []
        if addsEnds { numbers.append(try end(Self.first)) }
        let room = most.map { $0 - ends / 2 } ?? .max
        BertText.forEachWord(of: text, lowercases: lowercases) { word in
            append(word, to: &numbers)
            return numbers.count < room
        }
        if numbers.count > room { numbers.removeLast(numbers.count - room) }
        if addsEnds { numbers.append(try end(Self.last)) }
        return NDArray(numbers)
    }

    private func end(_ piece: String) throws -> Int32 {
        guard let number = number(of: piece) else {
            throw DataError(
                "wordPieces",
                "the vocabulary has no piece '\(piece)'; leave the ends out with `addsEnds: false`")
        }
        return number
    }

    private func append(_ word: [UInt8], to numbers: inout [Int32]) {
        let start = numbers.count
        // Bytes that begin a character.
        let characters = word.count { $0 & 0xC0 != 0x80 }
        var place = 0
        while place < word.count {
            var end = characters > Self.mostCharacters ? place : word.count
            var number: Int32?
            while end > place {
                if end == word.count || word[end] & 0xC0 != 0x80 {
                    let part = word[place..<end]
                    number = place == 0 ? beginnings[part] : continuations[part]
                    if number != nil { break }
                }
                end -= 1
            }
            guard let number else {
                numbers.removeLast(numbers.count - start)
                numbers.append(unknown)
                return
            }
            numbers.append(number)
            place = end
        }
    }

    /// The text of numbers, which are those of an array in row-major order: words with a blank between them, without ends
    /// and filling. What was lost, such as capital letters, stays so.
    ///
    /// - Throws: `DataError` when a number is none of a piece, `ArrayError` when the array has no numbers.
    public func text(of numbers: NDArray) throws -> String {
        var text = ""
        for number in try numbers.cast(to: .int64).scalars(as: Int64.self) {
            guard let place = Int(exactly: number), pieces.indices.contains(place) else {
                throw DataError("wordPieces", "\(number) is the number of none of \(count) pieces")
            }
            let piece = pieces[place]
            if [Self.first, Self.last, Self.filler].contains(piece) { continue }
            if piece.hasPrefix("##"), !text.isEmpty {
                text += piece.dropFirst(2)
            } else {
                text += text.isEmpty ? piece : " " + piece
            }
        }
        return text
    }
}
