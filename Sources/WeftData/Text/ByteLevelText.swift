// SPDX-License-Identifier: Apache-2.0

/// Characters that stand for bytes in vocabularies, where blanks and control characters could not be told.
enum ByteAlphabet {
    /// Bytes that stand for themselves as characters of Latin-1; the others have characters from U+0100 on.
    private static let visible: Set<UInt8> = Set(33...126).union(161...172).union(174...255)
    private static let scalars: [Unicode.Scalar] = {
        var next: UInt16 = 0x100
        return (0...UInt8.max).map { (byte: UInt8) -> Unicode.Scalar in
            if visible.contains(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? " "
        }
    }()
    private static let numbers: [Unicode.Scalar: UInt8] = scalars.enumerated().reduce(into: [:]) {
        $0[$1.element] = UInt8(truncatingIfNeeded: $1.offset)
    }

    static func character(of byte: UInt8) -> Unicode.Scalar { scalars[Int(byte)] }

    /// The bytes of a piece; those of its characters, when they stand for none.
    static func bytes(of piece: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in piece.unicodeScalars {
            guard let byte = numbers[scalar] else { return Array(piece.utf8) }
            bytes.append(byte)
        }
        return bytes
    }
}

/// The words of a text that pairs are joined in.
///
/// GPT-2 cuts a text by the regular expression `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
/// which is followed here by hand, since texts are long.
enum ByteLevelWords {
    private enum Kind: UInt8 { case letter, number, blank, sign }

    private static let endings = ["s", "t", "re", "ve", "m", "ll", "d"].map {
        Array($0.unicodeScalars)
    }

    /// How many bytes each word has, one after the other.
    static func counts(of text: String) -> [Int] {
        let scalars = Array(text.unicodeScalars)
        let kinds = scalars.map(kind)
        var counts: [Int] = []
        var place = 0
        while place < scalars.count {
            let end = end(of: place, scalars, kinds)
            counts.append(scalars[place..<end].reduce(0) { $0 + UTF8.width($1) })
            place = end
        }
        return counts
    }

    private static func end(of place: Int, _ scalars: [Unicode.Scalar], _ kinds: [Kind]) -> Int {
        if scalars[place] == "'" {
            let rest = scalars[(place + 1)...]
            if let ending = endings.first(where: { rest.starts(with: $0) }) {
                return place + 1 + ending.count
            }
        }
        func run(from start: Int) -> Int {
            kinds[start...].firstIndex { $0 != kinds[start] } ?? kinds.count
        }
        let isSpaced =
            scalars[place] == " " && place + 1 < kinds.count && kinds[place + 1] != .blank
        if isSpaced { return run(from: place + 1) }
        let end = run(from: place)
        // The last of several blanks goes with what follows.
        return kinds[place] == .blank && end < kinds.count && end > place + 1 ? end - 1 : end
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.isASCII {
            switch scalar.value {
            case 65...90, 97...122: return .letter
            case 48...57: return .number
            case 9...13, 32: return .blank
            default: return .sign
            }
        }
        if scalar.properties.isWhitespace { return .blank }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .sign
        }
    }
}
