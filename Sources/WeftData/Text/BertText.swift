// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Texts as BERT's pre-trained models saw them.
enum BertText {
    /// Calls `body` with each word's bytes, as long as it says that it wants more.
    static func forEachWord(of text: String, lowercases: Bool, _ body: ([UInt8]) -> Bool) {
        let cleaned = lowercases ? plain(clean(text)) : clean(text)
        var word: [UInt8] = []
        for scalar in cleaned.unicodeScalars {
            let isBlank = scalar.properties.isWhitespace
            let isMark = !isBlank && isPunctuation(scalar)
            if isBlank || isMark {
                if !word.isEmpty, !body(word) { return }
                word.removeAll(keepingCapacity: true)
            }
            if isMark {
                if !body(Array(String(scalar).utf8)) { return }
            } else if !isBlank, let bytes = UTF8.encode(scalar) {
                word += bytes
            }
        }
        if !word.isEmpty { _ = body(word) }
    }

    /// Without control characters, blanks of one kind, and Chinese characters apart.
    private static func clean(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t", "\n", "\r": result.append(" ")
            case "\0", "\u{FFFD}": continue
            case _ where isControl(scalar): continue
            case _ where scalar.properties.isWhitespace: result.append(" ")
            case _ where isChinese(scalar): result.append(contentsOf: [" ", scalar, " "])
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Without accents and capital letters, each character by itself.
    private static func plain(_ text: String) -> String {
        // Of ASCII there is nothing to take apart.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        var result = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars
        where scalar.properties.generalCategory != .nonspacingMark {
            result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    /// The blocks of characters that words are written with without blanks between them, not those of Japanese syllables
    /// or Korean.
    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    /// Of ASCII all that is no letter, digit or blank, such as `$`, which Unicode counts among other symbols.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 33...47, 58...64, 91...96, 123...126: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }
}
