// SPDX-License-Identifier: Apache-2.0

/// Reads JSON from its beginning to its end (RFC 8259), by what the caller expects next.
///
/// Strict: no comments, no further commas, no number but whole ones where one is asked for, and only UTF-8.
package struct JSONScanner {
    package struct Fault: Error {
        package let offset: Int
        package let reason: String

        package init(offset: Int, reason: String) {
            self.offset = offset
            self.reason = reason
        }
    }

    private static let mostNested = 64
    private let bytes: [UInt8]
    private(set) var place = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Goes through an object: `body` is called with each key and where it stands, and reads the value.
    package mutating func object(
        _ body: (inout JSONScanner, String, Int) throws(Fault) -> Void
    ) throws(Fault) {
        try require("{")
        if take("}") { return }
        repeat {
            skipBlanks()
            let start = place
            let key = try string()
            try require(":")
            try body(&self, key, start)
        } while take(",")
        try require("}")
    }

    /// Goes through an array: `body` reads each value.
    mutating func array(_ body: (inout JSONScanner) throws(Fault) -> Void) throws(Fault) {
        try require("[")
        if take("]") { return }
        repeat { try body(&self) } while take(",")
        try require("]")
    }

    /// A whole number that is not negative.
    package mutating func count() throws(Fault) -> Int {
        skipBlanks()
        let start = place
        while place < bytes.count, isDigit(place) { place += 1 }
        let isPadded = place - start > 1 && bytes[start] == UInt8(ascii: "0")
        guard !isPadded, !isOneOf(".eE"),
            let number = Int(String(decoding: bytes[start..<place], as: UTF8.self))
        else {
            throw Fault(offset: start, reason: "a whole number from 0 to \(Int.max) must be here")
        }
        return number
    }

    mutating func string() throws(Fault) -> String {
        try require("\"")
        let start = place
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            guard bytes[place] >= 0x20 else {
                throw Fault(offset: place, reason: "a control character stands in a string")
            }
            if bytes[place] == UInt8(ascii: "\\") {
                try escaped(into: &text)
            } else {
                text.append(bytes[place])
                place += 1
            }
        }
        try require("\"")
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Fault(offset: start, reason: "a string is no text in UTF-8")
        }
        return string
    }

    /// Reads a value of any kind and lets it go.
    mutating func skip(depth: Int = 0) throws(Fault) {
        skipBlanks()
        guard depth < Self.mostNested else {
            throw Fault(offset: place, reason: "values are nested too deep")
        }
        guard place < bytes.count else { throw Fault(offset: place, reason: "a value is missing") }
        switch bytes[place] {
        case UInt8(ascii: "{"):
            try object { (scanner, _, _) throws(Fault) in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array { (scanner) throws(Fault) in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        default: try skipWord()
        }
    }

    /// - Throws: `Fault` unless nothing but blanks follows.
    package mutating func end() throws(Fault) {
        skipBlanks()
        if place < bytes.count { throw Fault(offset: place, reason: "more follows the value") }
    }

    private mutating func skipWord() throws(Fault) {
        for word in ["true", "false", "null"] where bytes[place...].starts(with: word.utf8) {
            place += word.utf8.count
            return
        }
        let start = place
        if isOneOf("-") { place += 1 }
        try skipDigits(from: start)
        if isOneOf(".") {
            place += 1
            try skipDigits(from: start)
        }
        if isOneOf("eE") {
            place += 1
            if isOneOf("+-") { place += 1 }
            try skipDigits(from: start)
        }
    }

    private mutating func skipDigits(from start: Int) throws(Fault) {
        guard place < bytes.count, isDigit(place) else {
            throw Fault(offset: start, reason: "no value that JSON has")
        }
        while place < bytes.count, isDigit(place) { place += 1 }
    }

    private func isDigit(_ place: Int) -> Bool { (0x30...0x39).contains(bytes[place]) }

    private func isOneOf(_ characters: String) -> Bool {
        place < bytes.count && characters.utf8.contains(bytes[place])
    }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    /// The blanks before a string's end belong to it.
    private mutating func require(_ character: Unicode.Scalar) throws(Fault) {
        if !take(character) { throw Fault(offset: place, reason: "'\(character)' must be here") }
    }

    private mutating func escaped(into text: inout [UInt8]) throws(Fault) {
        let start = place
        place += 1
        guard place < bytes.count else { throw Fault(offset: start, reason: "a string has no end") }
        let letter = bytes[place]
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try hexadecimal(start)]
            if 0xD800..<0xDC00 ~= units[0] {
                guard isOneOf("\\"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "u")
                else { throw Fault(offset: start, reason: "half a character") }
                place += 2
                units.append(try hexadecimal(start))
            }
            guard let string = String(validating: units, as: UTF16.self) else {
                throw Fault(offset: start, reason: "half a character")
            }
            text += string.utf8
        default: throw Fault(offset: start, reason: "no character can be escaped so")
        }
    }

    private mutating func hexadecimal(_ start: Int) throws(Fault) -> UInt16 {
        guard place + 4 <= bytes.count,
            bytes[place..<place + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(
                String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw Fault(offset: start, reason: "four hexadecimal digits must follow") }
        place += 4
        return unit
    }
}

extension String {
    /// The string as JSON has it, with its quotes.
    var inJSON: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
