// SPDX-License-Identifier: Apache-2.0

/// What strings are counted in.
public enum StringUnit: Hashable, Sendable, CaseIterable {
    /// Bytes.
    case bytes
    /// Characters as UTF-8 writes them: code points. A byte that continues none counts with the one before;
    /// those before all others are a part of their own, but count for nothing in a length.
    case characters
}

/// Which letters there are.
public enum StringAlphabet: Hashable, Sendable, CaseIterable {
    /// A to Z; all other bytes stay as they are.
    case ascii
    /// Those of Unicode; every string must be UTF-8 then.
    case unicode
}

extension StringTensor {
    /// How many bytes or characters each string has.
    ///
    /// - Shape: [...] → [...].
    public func lengths(in unit: StringUnit = .bytes) -> Indices {
        Indices(.make(.strings(of: StringLengths(unit: unit)), [anyTensor]))
    }

    /// A part of each string.
    ///
    /// A part that would go on beyond the end of a string ends there. A start that lies before the
    /// beginning or behind the end of a string fails the run, as TensorFlow has it.
    /// - Parameters:
    ///   - start: The first unit; negative ones count from the end.
    ///   - count: How many units; not negative.
    /// - Shape: [...], start and count scalars or of a shape that is broadcast → the broadcast shape.
    public func substrings(
        from start: some IntegerTensor, count: some IntegerTensor, in unit: StringUnit = .bytes
    ) -> Self {
        let (start, count) = (start.anyTensor, count.anyTensor)
        return composed("substrings", with: [start, count]) { x in
            for (name, numbers) in [("the start", start), ("the count", count)] {
                try requireElements(numbers.dtype, .integer, of: .argument(name))
            }
            return .make(
                .strings(of: Substrings(unit: unit)),
                [x, start.cast(to: .int64), count.cast(to: .int64)])
        }
    }

    /// The same part of each string.
    ///
    /// - Parameters: as those of the form with tensors.
    /// - Shape: [...] → [...].
    public func substrings(
        from start: Int, count: Int, in unit: StringUnit = .bytes
    ) -> Self {
        substrings(
            from: AnyTensor(NDArray(Int64(start))), count: AnyTensor(NDArray(Int64(count))),
            in: unit)
    }

    /// Without the spaces, tabs and line ends (of ASCII) at both ends.
    ///
    /// - Shape: [...] → [...].
    public func stripped() -> Self { Self(.make(.strings(of: Stripped()), [anyTensor])) }

    /// In capital letters.
    ///
    /// - Shape: [...] → [...].
    public func uppercased(_ alphabet: StringAlphabet = .ascii) -> Self {
        Self(.make(.strings(of: Recased(isUpper: true, alphabet: alphabet)), [anyTensor]))
    }

    /// In small letters.
    ///
    /// - Shape: [...] → [...].
    public func lowercased(_ alphabet: StringAlphabet = .ascii) -> Self {
        Self(.make(.strings(of: Recased(isUpper: false, alphabet: alphabet)), [anyTensor]))
    }
}

/// - Throws: `RuleViolation` when it is no type of strings.
func requireStrings(_ type: TensorType) throws {
    guard type.dtype == .string else {
        throw RuleViolation(.wrongElementType(.operand, type.dtype, wanted: [.string]))
    }
}

/// A function of each string by itself.
protocol EachString: StringFunction {
    var result: DType { get }
}

extension EachString {
    var result: DType { .string }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireStrings(operands[0])
        return [TensorType(result, operands[0].shape)]
    }
}

/// An integer that follows from each string by itself.
protocol StringMeasure: EachString {
    func number(of string: UnsafeBufferPointer<UInt8>) -> Int64
}

extension StringMeasure {
    var result: DType { .int64 }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [try call.mapNumbers { string, _, _ in number(of: string) }]
    }
}

private struct StringLengths: StringMeasure {
    let unit: StringUnit

    var name: String { "lengths" }
    var attributeText: String { "in: \(unit)" }

    func number(of string: UnsafeBufferPointer<UInt8>) -> Int64 { Int64(string.count(in: unit)) }
}

/// (strings, starts, counts).
private struct Substrings: StringFunction {
    let unit: StringUnit

    var name: String { "substrings" }
    var attributeText: String { "in: \(unit)" }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireStrings(operands[0])
        let numbers = try Shape.broadcast(operands[1].shape, operands[2].shape)
        return [TensorType(.string, try Shape.broadcast(operands[0].shape, numbers))]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let sources = (0..<3).map(call.sources)
        let (starts, counts) = (call.operands[1].integers ?? [], call.operands[2].integers ?? [])
        var writer = call.writer
        for place in sources[0].indices {
            let index = sources[0][place]
            let (start, count) = (starts[sources[1][place]], counts[sources[2][place]])
            try call.operands[0].withString(index) { bytes in
                try writer.note(1 + bytes.count)
                let length = Int64(bytes.partCount(in: unit))
                let first = start < 0 ? length + max(start, -length - 1) : start
                guard first >= 0, first <= length, count >= 0 else {
                    throw call.error(
                        .other(
                            .kernelFailure,
                            "string \(index) has \(length) \(unit): there are no \(count) from "
                                + "\(start) on; starts lie in \(-length)...\(length)"))
                }
                let end = first + min(count, length - first)
                try writer.append(bytes.part(Int(first)..<Int(end), in: unit))
            }
        }
        return [try writer.array(call.shape)]
    }
}

private struct Stripped: EachString {
    var name: String { "stripped" }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [try call.mapStrings { bytes, _, writer in try writer.add(bytes.stripped) }]
    }
}

private struct Recased: EachString {
    let isUpper: Bool
    let alphabet: StringAlphabet

    var name: String { isUpper ? "uppercased" : "lowercased" }
    var attributeText: String { "\(alphabet)" }
    var cannotFail: Bool { alphabet == .ascii }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let first: UInt8 = isUpper ? 0x61 : 0x41
        func recased(_ letter: UInt8) -> UInt8 {
            letter >= first && letter < first + 26 ? letter ^ 0x20 : letter
        }
        return [
            try call.mapStrings { bytes, index, writer in
                if alphabet == .ascii {
                    return try writer.addChunks(of: bytes) { $0.map(recased) }
                }
                var place = 0
                while place < bytes.count {
                    let (code, length) = bytes.code(at: place)
                    place += length
                    guard let scalar = Unicode.Scalar(code) else {
                        throw call.error(
                            .other(
                                .kernelFailure,
                                "string \(index) is no text in UTF-8, whose letters are wanted"))
                    }
                    if scalar.isASCII {
                        try writer.add(CollectionOfOne(recased(UInt8(code))))
                        continue
                    }
                    let properties = scalar.properties
                    let text = isUpper ? properties.uppercaseMapping : properties.lowercaseMapping
                    try writer.add(text.utf8)
                }
            }
        ]
    }
}

extension UInt8 {
    /// Whether it is a space, tab or line end of ASCII.
    var isSpace: Bool { self == 0x20 || self >= 0x09 && self <= 0x0D }

    /// Whether it begins no character of UTF-8.
    var isContinuation: Bool { self & 0xC0 == 0x80 }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    var stripped: SubSequence {
        guard let first = firstIndex(where: { !$0.isSpace }) else { return prefix(0) }
        var end = endIndex
        while self[end - 1].isSpace { end -= 1 }
        return self[first..<end]
    }

    func count(in unit: StringUnit) -> Int {
        unit == .bytes ? count : reduce(0) { $0 + ($1.isContinuation ? 0 : 1) }
    }

    /// How many units there are to take parts of.
    func partCount(in unit: StringUnit) -> Int {
        count(in: unit) + (unit == .characters && first?.isContinuation == true ? 1 : 0)
    }

    /// The units of a range that they have.
    func part(_ range: Range<Int>, in unit: StringUnit) -> SubSequence {
        if unit == .bytes {
            return self[startIndex + range.lowerBound..<startIndex + range.upperBound]
        }
        var (start, end) = (endIndex, endIndex)
        var number = -1
        for place in indices where place == startIndex || !self[place].isContinuation {
            number += 1
            if number == range.lowerBound { start = place }
            if number == range.upperBound {
                end = place
                break
            }
        }
        return self[Swift.min(start, end)..<end]
    }
}
