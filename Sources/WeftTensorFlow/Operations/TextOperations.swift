// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// Arrays as text for people, and sequences of words.
enum TextOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition(
            "StringFormat", defaults: ["template": "%s", "placeholder": "%s", "summarize": 3]
        ) { call in
            let (template, place) = (try call.bytes("template"), try call.bytes("placeholder"))
            let most = try call.int("summarize")
            return call.hosted([.array(.string, [])], try call.tensors()) { inputs in
                var rest = template[...]
                var text: [UInt8] = []
                for input in inputs {
                    guard !place.isEmpty, let range = rest.firstRange(of: place) else {
                        throw HostProblem("the template has fewer places than there are arrays")
                    }
                    text += rest[..<range.lowerBound]
                    text += try ArrayText(input, most: most).bytes
                    rest = rest[range.upperBound...]
                }
                return [try NDArray(byteStrings: [text + rest], shape: [])]
            }[0]
        },
        OperationDefinition(
            "StringNGrams", outputs: ["ngrams", "ngrams_splits"],
            tensors: { call in
                let grams = WordSequences(
                    separator: try call.bytes("separator"), widths: try call.ints("ngram_widths"),
                    left: try call.bytes("left_pad"), right: try call.bytes("right_pad"),
                    padding: try call.int("pad_width"),
                    keepsShort: try call.bool("preserve_short_sequences"))
                guard !grams.widths.contains(where: { $0 < 1 || $0 > 1 << 20 }) else {
                    throw call.error(.malformed, "sequences of \(grams.widths) words")
                }
                let type = try call.tensor(1).dtype
                return call.measured([(.string, 1), (type, 1)], try call.tensors(to: 2)) { inputs in
                    let (words, splits) = (try inputs[0].byteStrings(), try inputs[1].integers)
                    guard splits.first ?? 0 == 0, splits.last ?? 0 == words.count,
                        zip(splits, splits.dropFirst()).allSatisfy({ $0 <= $1 })
                    else { throw HostProblem("the rows \(splits) of \(words.count) words") }
                    let rows = zip(splits, splits.dropFirst()).map {
                        grams.sequences(Array(words[$0..<$1]))
                    }
                    let ends = rows.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
                    let all = rows.flatMap { $0 }
                    return [
                        try NDArray(byteStrings: all, shape: [all.count]),
                        try NDArray.longs(splits.isEmpty ? [] : ends).cast(to: type),
                    ]
                }
            }),
    ]
}

/// Sequences of words that follow each other.
private struct WordSequences: Sendable {
    let separator: [UInt8]
    let widths: [Int]
    let left: [UInt8]
    let right: [UInt8]
    /// How many pads stand at each end at most; −1 for as many as a sequence may have.
    let padding: Int
    let keepsShort: Bool

    func sequences(_ words: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for width in widths {
            let pads = padding < 0 ? width - 1 : min(padding, width - 1)
            let count = max(words.count + 2 * pads - width + 1, 0)
            for start in 0..<count {
                result.append(joined(words, start - pads, width))
            }
        }
        if keepsShort, result.isEmpty, !words.isEmpty {
            // Words that are too few for any are one sequence.
            let pads = padding < 0 ? (widths.first ?? 1) - 1 : padding
            result.append(joined(words, -pads, words.count + 2 * pads))
        }
        return result
    }

    private func joined(_ words: [[UInt8]], _ start: Int, _ width: Int) -> [UInt8] {
        Array(
            (start..<start + width).map { place in
                place < 0 ? left : place >= words.count ? right : words[place]
            }.joined(separator: separator))
    }
}

/// An array as TensorFlow prints it: rows in brackets, of long ones the ends.
struct ArrayText {
    private let array: NDArray
    private let elements: [[UInt8]]
    private let most: Int

    /// - Parameter most: How many elements are shown at each end of an axis; negative for all.
    init(_ array: NDArray, most: Int) throws {
        self.array = array
        self.most = most < 0 ? Int.max / 2 : most
        if array.dtype == .string {
            elements = try array.byteStrings().map { Self.quoted($0) }
        } else if array.dtype == .bool || array.dtype.isInteger {
            elements = try array.integers.map { Array("\($0)".utf8) }
        } else if array.dtype.isFloatingPoint {
            elements = array.doubles.map { Array(Self.number($0, array.dtype).utf8) }
        } else {
            throw HostProblem("an array of \(array.dtype) has no text here")
        }
    }

    var bytes: [UInt8] {
        var text: [UInt8] = []
        write(axis: 0, from: 0, count: elements.count, &text)
        return text
    }

    private func write(axis: Int, from start: Int, count: Int, _ text: inout [UInt8]) {
        let shape = array.shape
        guard axis < shape.count else {
            text += elements[start]
            return
        }
        let size = shape[axis]
        let each = size > 0 ? count / size : 0
        func space() {
            if axis == shape.count - 1 {
                text.append(0x20)
            } else {
                text += Array(repeating: 0x0A, count: shape.count - axis - 1)
                text += Array(repeating: 0x20, count: axis + 1)
            }
        }
        text.append(UInt8(ascii: "["))
        for index in 0..<min(most, size) {
            if index > 0 { space() }
            write(axis: axis + 1, from: start + index * each, count: each, &text)
        }
        if size > 2 * most {
            space()
            text += Array("...".utf8)
        }
        for index in max(most, size - most)..<max(size, most, size - most) where index < size {
            space()
            write(axis: axis + 1, from: start + index * each, count: each, &text)
        }
        text.append(UInt8(ascii: "]"))
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            switch byte {
            case 0x0A: text += Array("\\n".utf8)
            case 0x0D: text += Array("\\r".utf8)
            case 0x09: text += Array("\\t".utf8)
            case 0x22, 0x27, 0x5C: text += [0x5C, byte]
            case 0x20..<0x7F, 0x80...: text.append(byte)
            default: text += Array(("\\" + String(byte, radix: 8).leftPadded(to: 3)).utf8)
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    /// As few digits as read back, at least six.
    private static func number(_ number: Double, _ dtype: DType) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        func isSame(_ text: String) -> Bool {
            dtype == .float64 ? Double(text) == number : Float(text) == Float(number)
        }
        let (few, all) = dtype == .float64 ? (15, 17) : (6, 9)
        for digits in few..<all {
            let text = String(format: "%.\(digits)g", number)
            if isSame(text) { return text }
        }
        return String(format: "%.\(all)g", number)
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(width - count, 0)) + self
    }
}
