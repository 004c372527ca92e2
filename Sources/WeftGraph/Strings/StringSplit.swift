// SPDX-License-Identifier: Apache-2.0

/// Where strings are cut.
public enum StringSeparator: Hashable, Sendable {
    /// At spaces, tabs and line ends (of ASCII), of which several count as one; those at the ends count
    /// for nothing: as Python has it, and TensorFlow's documentation. With a largest number of cuts
    /// TensorFlow's kernel gives an empty last part where white space ends a string before it.
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
    /// As ``StringSeparator``, in bytes: equal `String`s need not have the same.
    enum Separator: Hashable, Sendable {
        case whitespace
        case string([UInt8])
        case anyByte([UInt8])
        case bytes
        case characters
    }

    let separator: Separator
    let maxSplits: Int

    init(_ separator: StringSeparator, _ maxSplits: Int?) throws {
        self.separator =
            switch separator {
            case .whitespace: .whitespace
            case .string(let text): .string(Array(text.utf8))
            case .anyByte(let text): .anyByte(Array(text.utf8))
            case .bytes: .bytes
            case .characters: .characters
            }
        if self.separator == .string([]) {
            throw RuleViolation(
                "an empty string separates nothing; cut between `.bytes` or `.characters`")
        }
        if let maxSplits, maxSplits < 0 {
            throw RuleViolation(.negative("maxSplits", value: "\(maxSplits)"))
        }
        self.maxSplits = maxSplits ?? .max
    }

    var text: String {
        let separator =
            switch separator {
            case .string(let bytes): bytes.quoted
            case .anyByte(let bytes): "any of \(bytes.quoted)"
            case .whitespace, .bytes, .characters: "\(separator)"
            }
        return "by: \(separator)" + (maxSplits < .max ? ", at most: \(maxSplits)" : "")
    }
}

/// Cuts strings.
private struct StringCutter {
    typealias Part = Slice<UnsafeBufferPointer<UInt8>>

    private enum Kind {
        /// At each place of a text.
        case text(ByteSearch, length: Int)
        /// At runs of bytes, of each of which it is known whether it separates.
        case runs([Bool])
        case bytes
        case characters
    }

    private let kind: Kind
    private let maxSplits: Int
    private var watch: Watch

    init(_ split: StringSplit, _ watch: Watch) throws {
        self.watch = watch
        maxSplits = split.maxSplits
        switch split.separator {
        case .string(let text):
            kind = .text(try ByteSearch(text, &self.watch), length: text.count)
        case .anyByte(let text):
            var separates = [Bool](repeating: false, count: 256)
            for byte in text { separates[Int(byte)] = true }
            kind = .runs(separates)
        case .whitespace: kind = .runs((0...UInt8.max).map(\.isSpace))
        case .bytes: kind = .bytes
        case .characters: kind = .characters
        }
    }

    /// Calls `body` with each part of a string, in order.
    mutating func forEachPart(
        of string: UnsafeBufferPointer<UInt8>, _ body: (Part) throws -> Void
    ) throws {
        switch kind {
        case .text(let search, let length): try cut(string, at: search, length, body)
        case .runs(let separates): try cut(string, atRuns: separates, body)
        case .bytes: try cut(string, body) { _ in true }
        case .characters: try cut(string, body) { !$0.isContinuation }
        }
    }

    mutating func partCount(of string: UnsafeBufferPointer<UInt8>) throws -> Int {
        var count = 0
        try forEachPart(of: string) { _ in count += 1 }
        return count
    }

    private mutating func cut(
        _ string: UnsafeBufferPointer<UInt8>, at search: ByteSearch, _ length: Int,
        _ body: (Part) throws -> Void
    ) throws {
        var (start, count) = (0, 0)
        while count < maxSplits, let place = try search.first(in: string, from: start, &watch) {
            try body(string[start..<place])
            start = place + length
            count += 1
        }
        try body(string[start...])
    }

    private mutating func cut(
        _ string: UnsafeBufferPointer<UInt8>, atRuns separates: [Bool],
        _ body: (Part) throws -> Void
    ) throws {
        /// The first place from `start` on that separates, or does not.
        func next(_ start: Int, _ wanted: Bool) throws -> Int {
            var place = start
            while place < string.count, separates[Int(string[place])] != wanted {
                try watch.note()
                place += 1
            }
            return place
        }
        var start = try next(0, false)
        var count = 0
        while start < string.count {
            let end = count == maxSplits ? string.count : try next(start, true)
            try body(string[start..<end])
            count += 1
            start = try next(end, false)
        }
    }

    /// Cuts before bytes of some kind.
    private mutating func cut(
        _ string: UnsafeBufferPointer<UInt8>, _ body: (Part) throws -> Void,
        before begins: (UInt8) -> Bool
    ) throws {
        if string.isEmpty { return }
        var (start, count) = (0, 0)
        for place in string.indices.dropFirst() where begins(string[place]) {
            try watch.note()
            if count == maxSplits { break }
            try body(string[start..<place])
            start = place
            count += 1
        }
        try body(string[start...])
    }
}

private struct PartCounts: EachString {
    let split: StringSplit

    var name: String { "partCounts" }
    var attributeText: String { split.text }
    var result: DType { .int64 }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        var cutter = try StringCutter(split, call.watch)
        return [try call.mapNumbers { string, _, _ in Int64(try cutter.partCount(of: string)) }]
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
        var cutter = try StringCutter(split, call.watch)
        var writer = call.writer
        for index in 0..<x.count {
            try x.withString(index) { string in
                try writer.note(1 + string.count)
                let first = writer.count
                try cutter.forEachPart(of: string) { try writer.append($0) }
                while isPadded, writer.count < first + width { try writer.append([]) }
            }
        }
        try call.require(writer.count)
        return [try writer.array(call.shape)]
    }
}
