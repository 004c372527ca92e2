// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftData
import WeftFormats
import WeftTestSupport

/// Texts as numbers of pieces, beside what the `tokenizers` package makes of them: `Scripts/goldens/tokens.py`.
@Suite struct TokenizerTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Goldens/tokens")

    private static func path(_ name: String) -> String { folder.appending(path: name).path }

    private static func rows(
        _ key: String
    ) throws -> [(text: String, numbers: [Int32], decoded: String)] {
        try Golden("tokens/expected.json").list(key).map { row in
            let numbers = try #require(row["numbers"] as? [Int])
            return (
                try #require(row["text"] as? String), numbers.map { Int32($0) },
                try #require(row["decoded"] as? String)
            )
        }
    }

    private static func bytePairs() throws -> BytePairTokenizer {
        try BytePairTokenizer(vocabulary: path("vocab.json"), merges: path("merges.txt"))
    }

    /// With other texts in the files.
    private func with(
        _ texts: String..., body: ([String]) throws -> Void
    ) throws {
        try inFolder { folder in
            let paths = texts.indices.map { folder.appending(path: "\($0)").path }
            for (text, path) in zip(texts, paths) {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
            try body(paths)
        }
    }

    @Test("word pieces are those of the other", arguments: ["uncased", "cased"])
    func wordPieces(_ name: String) throws {
        let tokenizer = try WordPieceTokenizer(
            vocabulary: Self.path("\(name).txt"), lowercases: name == "uncased")
        for (text, numbers, decoded) in try Self.rows(name) {
            let own = try tokenizer.numbers(of: text)
            #expect(own.dtype == .int32)
            #expect(try own.scalars(as: Int32.self) == numbers, "\(text.debugDescription)")
            #expect(
                try tokenizer.numbers(of: text, addsEnds: false).scalars(as: Int32.self)
                    == Array(numbers.dropFirst().dropLast()))
            let unknown = try tokenizer.text(of: own).replacing(" [UNK]", with: "")
                .replacing("[UNK]", with: "")
            // The other leaves unknown words out with the special ones.
            #expect(
                unknown.split(separator: " ") == decoded.split(separator: " "),
                "\(text.debugDescription)")
        }
    }

    @Test("ends, and what is cut off")
    func ends() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: Self.path("uncased.txt"))
        let text = "The weaver throws the shuttle."
        let all = try tokenizer.numbers(of: text).scalars(as: Int32.self)
        for most in 2..<12 {
            let some = try tokenizer.numbers(of: text, most: most).scalars(as: Int32.self)
            #expect(some == (most < all.count ? Array(all[..<(most - 1)]) + [3] : all), "\(most)")
            let bare = try tokenizer.numbers(of: text, addsEnds: false, most: most)
            #expect(
                try bare.scalars(as: Int32.self) == Array(all.dropFirst().dropLast().prefix(most)))
        }
        #expect(try tokenizer.numbers(of: text, addsEnds: false, most: 0).count == 0)
        #expect(throws: DataError.self) { try tokenizer.numbers(of: text, most: 1) }
        #expect(throws: DataError.self) {
            try tokenizer.numbers(of: text, addsEnds: false, most: -1)
        }
        #expect(tokenizer.number(of: "[MASK]") == 4 && tokenizer.number(of: "the") == all[1])
        #expect(tokenizer.number(of: "nothing like it") == nil)
        #expect(tokenizer.count == tokenizer.pieces.count)
        #expect(throws: DataError.self) { try tokenizer.text(of: [100_000]) }
        #expect(throws: DataError.self) { try tokenizer.text(of: [-1]) }
        let rows = try Dataset([text, "weft"]).map { try tokenizer.numbers(of: $0) }
            .paddedBatch(2).elements()
        #expect(rows[0].shape == [2, all.count])
    }

    @Test("vocabularies that are none")
    func wrongVocabularies() throws {
        try with("a\n##b\na\n", "a\n", "[UNK]\na\n##b\n") { (paths) throws in
            var error = errorText { _ = try WordPieceTokenizer(vocabulary: paths[0]) }
            #expect(error?.contains("line 3: the piece 'a' stands in line 1 already") == true)
            error = errorText { _ = try WordPieceTokenizer(vocabulary: paths[1]) }
            #expect(error?.contains("no piece '[UNK]'") == true)
            #expect(try WordPieceTokenizer(vocabulary: paths[1], unknown: "a").count == 1)
            let tokenizer = try WordPieceTokenizer(vocabulary: paths[2])
            error = errorText { _ = try tokenizer.numbers(of: "ab") }
            #expect(error?.contains("no piece '[CLS]'") == true)
            #expect(try tokenizer.numbers(of: "ab ba", addsEnds: false).doubles == [1, 2, 0])
        }
        #expect(throws: FileError.self) { try WordPieceTokenizer(vocabulary: "/nowhere") }
    }

    @Test("pairs of bytes are those of the other, and give the text back")
    func bytePairs() throws {
        let tokenizer = try Self.bytePairs()
        for (text, numbers, decoded) in try Self.rows("byte_pairs") {
            let own = try tokenizer.numbers(of: text)
            #expect(own.dtype == .int32)
            #expect(try own.scalars(as: Int32.self) == numbers, "\(text.debugDescription)")
            let back = try tokenizer.text(of: own)
            #expect(Array(back.utf8) == Array(text.utf8) && Array(back.utf8) == Array(decoded.utf8))
        }
        #expect(tokenizer.number(of: "<|endoftext|>") == 0)
        #expect(try tokenizer.text(of: [0]) == "<|endoftext|>")
        #expect(throws: DataError.self) { try tokenizer.text(of: [1_073_741_824]) }
        #expect(throws: DataError.self) { try tokenizer.text(of: [-1]) }
    }

    @Test("a word of a million letters takes no million times as long")
    func long() throws {
        let tokenizer = try Self.bytePairs()
        let text = String(repeating: "threading", count: 120_000)
        let start = Date()
        let numbers = try tokenizer.numbers(of: text)
        #expect(try tokenizer.text(of: numbers) == text)
        let pieces = try WordPieceTokenizer(vocabulary: Self.path("uncased.txt"))
        #expect(try pieces.numbers(of: text).count == 3)
        // Each pair looked at anew for each merge would take hours.
        #expect(Date().timeIntervalSince(start) < 60)
    }

    @Test("vocabularies and merges that are none")
    func wrongPairs() throws {
        func error(_ vocabulary: String, _ merges: String) throws -> String {
            var text: String?
            try with(vocabulary, merges) { (paths) throws in
                text = errorText {
                    _ = try BytePairTokenizer(vocabulary: paths[0], merges: paths[1])
                }
            }
            return text ?? "no error"
        }
        #expect(try error(#"{"a": 0, "b": 1, "ab": 2}"#, "#version: 0.2\na b\n") == "no error")
        let table: [(String, String, String)] = [
            (#"{"a": 0, "b": 1, "ab": 2}"#, "a b\nab c\n", "line 2: 'ab c' is no merge"),
            (#"{"a": 0, "b": 1}"#, "a b\n", "line 1: 'a b' is no merge"),
            (#"{"a": 0}"#, "a\n", "line 1"), (#"{"a": 0}"#, "a a a\n", "line 1"),
            (#"{"a": 0, "b": 0}"#, "", "two pieces have the number 0"),
            (#"{"a": 0, "a": 1}"#, "", "byte 9: the vocabulary: the piece 'a' has two numbers"),
            (#"{"a": -1}"#, "", "byte 6"), (#"{"a": 1.5}"#, "", "the vocabulary"),
            (#"{"a": 2147483647}"#, "", "has the number 2147483647, of 1 pieces"),
            (#"{"a": 4294967296}"#, "", "too large"), (#"{"a": 0"#, "", "byte 7"),
            ("", "", "byte 0"),
            ("[]", "", "byte 0"), (#"{"a": {}}"#, "", "byte 6"),
            (#"{"a": 0} x"#, "", "more follows"),
        ]
        for (vocabulary, merges, part) in table {
            let text = try error(vocabulary, merges)
            #expect(text.contains(part), "\(vocabulary) \(merges): \(text)")
        }
        try with(#"{"a": 0, "c": 7}"#, "") { (paths) throws in
            let tokenizer = try BytePairTokenizer(vocabulary: paths[0], merges: paths[1])
            #expect(tokenizer.count == 8)
            let text = errorText { _ = try tokenizer.numbers(of: "ab") }
            #expect(text?.contains("no piece for the byte 98") == true)
            #expect(throws: DataError.self) { try tokenizer.text(of: [3]) }
        }
        #expect(throws: FileError.self) {
            try BytePairTokenizer(vocabulary: "/nowhere", merges: "/nowhere")
        }
    }
}
