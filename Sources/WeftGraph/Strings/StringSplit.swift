// SPDX-License-Identifier: Apache-2.0

/// Where strings are cut.
public enum StringSeparator: Hashable, Sendable {
    /// At spaces, tabs and line ends (of ASCII), of which several count as one; those at the ends count
    /// for nothing.
    case whitespace
    /// At each place of a string, which must not be empty; between two of them is an empty part.
    case string(String)
    /// At each of the bytes of a string; empty parts are left out.
    case anyByte(of: String)
    /// Between any two bytes.
    case bytes
    /// Between any two characters, as UTF-8 writes them.
    case characters
}

extension StringTensor {
    /// The parts of all strings, one after the other, and how many each string has.
    ///
    /// How many there are the run finds: see `nonZero` for what follows from it.
    /// - Parameter maxSplits: After so many cuts the rest of a string is its last part, if there is any
    ///   between white space; nil for any number.
    /// - Shape: [...] → parts [count], counts [...].
    public func split(
        by separator: StringSeparator = .whitespace, maxSplits: Int? = nil
    ) -> (parts: Self, counts: Indices) {
        let x = anyTensor
        let both = AnyTensor.composedAll("split", [x], count: 2) {
            let split = try StringSplit(separator, maxSplits)
            let counts = AnyTensor.make(.strings(of: PartCounts(split: split)), [x])
            let like = AnyTensor.shaped(by: counts.sum().reshaped(to: [1]))
            return [.make(.strings(of: Parts(split: split, isPadded: false)), [x, like]), counts]
        }
        return (Self(both[0]), Indices(both[1]))
    }

    /// The parts of each string in a row of its own, behind them empty strings, and how many there are.
    ///
    /// How long the rows are the run finds: see `nonZero` for what follows from it.
    /// - Parameter maxSplits: After so many cuts the rest of a string is its last part, if there is any
    ///   between white space; nil for any number.
    /// - Shape: [...] → rows [..., most], counts [...].
    public func splitRows(
        by separator: StringSeparator = .whitespace, maxSplits: Int? = nil
    ) -> (rows: Self, counts: Indices) {
        let x = anyTensor
        let both = AnyTensor.composedAll("splitRows", [x], count: 2) {
            let split = try StringSplit(separator, maxSplits)
            let counts = AnyTensor.make(.strings(of: PartCounts(split: split)), [x])
            let none = AnyTensor.scalar(0, .int64).reshaped(to: [1])
            // So that there is a greatest one of no strings, too.
            let most = concatenated([counts.flattened(), none]).max().reshaped(to: [1])
            let rows = AnyTensor.make(
                .strings(of: Parts(split: split, isPadded: true)), [x, .shaped(by: most)])
            return [rows, counts]
        }
        return (Self(both[0]), Indices(both[1]))
    }
}

/// How strings are cut.
private struct StringSplit: Hashable, Sendable {
    let separator: StringSeparator
    private let bytes: [UInt8]
    private let maxSplits: Int

    init(_ separator: StringSeparator, _ maxSplits: Int?) throws {
        self.separator = separator
        switch separator {
        case .string(let text):
            bytes = Array(text.utf8)
            if bytes.isEmpty {
                throw RuleViolation(
                    "an empty string separates nothing; cut between `.bytes` or `.characters`")
            }
        case .anyByte(let text): bytes = Array(text.utf8)
        case .whitespace, .bytes, .characters: bytes = []
        }
        if let maxSplits, maxSplits < 0 {
            throw RuleViolation(.negative("maxSplits", value: "\(maxSplits)"))
        }
        self.maxSplits = maxSplits ?? .max
    }

    var text: String { "by: \(separator)" + (maxSplits < .max ? ", at most: \(maxSplits)" : "") }

    func parts(_ string: UnsafeBufferPointer<UInt8>) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        switch separator {
        case .whitespace: return runs(string) { $0.isSpace }
        case .anyByte: return runs(string) { bytes.contains($0) }
        case .bytes: return cut(string) { _ in true }
        case .characters: return cut(string) { !$0.isContinuation }
        case .string: return separated(string)
        }
    }

    /// The parts between runs of separating bytes.
    private func runs(
        _ string: UnsafeBufferPointer<UInt8>, _ isSeparator: (UInt8) -> Bool
    ) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        var parts: [Slice<UnsafeBufferPointer<UInt8>>] = []
        var rest = string[...].drop(while: isSeparator)
        while !rest.isEmpty {
            if parts.count == maxSplits {
                parts.append(rest)
                break
            }
            let part = rest.prefix { !isSeparator($0) }
            parts.append(part)
            rest = rest[part.endIndex...].drop(while: isSeparator)
        }
        return parts
    }

    /// The parts that begin at bytes of some kind, the first one at the beginning.
    private func cut(
        _ string: UnsafeBufferPointer<UInt8>, _ begins: (UInt8) -> Bool
    ) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        var parts: [Slice<UnsafeBufferPointer<UInt8>>] = []
        var start = 0
        for place in string.indices.dropFirst() where begins(string[place]) {
            if parts.count == maxSplits { break }
            parts.append(string[start..<place])
            start = place
        }
        if !string.isEmpty { parts.append(string[start...]) }
        return parts
    }

    private func separated(
        _ string: UnsafeBufferPointer<UInt8>
    ) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        var parts: [Slice<UnsafeBufferPointer<UInt8>>] = []
        var (start, place) = (0, 0)
        while parts.count < maxSplits, place + bytes.count <= string.count {
            if string[place] == bytes[0], string[place..<place + bytes.count].elementsEqual(bytes) {
                parts.append(string[start..<place])
                place += bytes.count
                start = place
            } else {
                place += 1
            }
        }
        parts.append(string[start...])
        return parts
    }
}

private struct PartCounts: EachString {
    let split: StringSplit

    var name: String { "partCounts" }
    var attributeText: String { split.text }
    var result: DType { .int64 }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [try call.mapNumbers { string, _ in Int64(split.parts(string).count) }]
    }
}

/// (strings, like): the parts of all strings, as many as `like`, a vector, has; padded, those of each.
private struct Parts: StringFunction {
    let split: StringSplit
    let isPadded: Bool

    var name: String { "split" }
    var attributeText: String { split.text }
    var operandCount: Int? { 2 }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireStrings(operands[0])
        guard isPadded else { return [TensorType(.string, operands[1].shape)] }
        guard let dims = operands[0].shape.dims else { return [TensorType(.string, .unknown)] }
        return [TensorType(.string, Shape(dims: dims + [operands[1].shape[0] ?? -1]))]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let x = call.operands[0]
        let width = call.operands[1].count
        var packer = StringPacker()
        var watch = call.watch
        for index in 0..<x.count {
            try x.withString(index) { string in
                try watch.note(1 + string.count)
                let parts = split.parts(string)
                for part in parts { packer.append(part) }
                if isPadded { for _ in parts.count..<max(width, parts.count) { packer.append([]) } }
            }
        }
        try call.require(packer.count)
        return [try packer.array(call.shape)]
    }
}
