// SPDX-License-Identifier: Apache-2.0

extension StringTensor {
    /// The code points of all strings, which UTF-8 writes, one after the other, and how many each string
    /// has. Bytes that are no UTF-8 give U+FFFD.
    ///
    /// How many there are the run finds: see `nonZero` for what follows from it.
    /// - Shape: [...] → points [count], counts [...].
    public func codePoints() -> (points: Order, counts: Indices) {
        let x = anyTensor
        let both = AnyTensor.composedAll("codePoints", [x], count: 2) {
            let counts = AnyTensor.make(.strings(of: CodePointCounts()), [x])
            let like = AnyTensor.shaped(by: counts.sum().reshaped(to: [1]))
            return [.make(.strings(of: CodePoints()), [x, like]), counts]
        }
        return (Order(both[0]), Indices(both[1]))
    }

    /// In Base64 with the letters for addresses (`-` and `_`), as TensorFlow has it.
    ///
    /// - Parameter isPadded: Whether `=` fills up to a multiple of four letters.
    /// - Shape: [...] → [...].
    public func base64Encoded(isPadded: Bool = false) -> Self {
        Self(.make(.strings(of: Base64Encoded(isPadded: isPadded)), [anyTensor]))
    }

    /// What is written in Base64, with the letters for addresses (`-` and `_`).
    ///
    /// A string that is none fails the run.
    /// - Shape: [...] → [...].
    public func base64Decoded() -> Self {
        Self(.make(.strings(of: Base64Decoded()), [anyTensor]))
    }

    /// The numbers of as many buckets by FarmHash's 64-bit fingerprint, which are those of TensorFlow's
    /// `string_to_hash_bucket_fast`, in every process.
    ///
    /// - Parameter count: How many buckets, at least 1.
    /// - Shape: [...] → [...].
    public func hashBuckets(count: Int) -> Indices {
        Indices(
            .composed("hashBuckets", [anyTensor]) {
                guard count > 0 else {
                    throw RuleViolation(
                        .invalidArgument("the count", value: "\(count)", wanted: "1 or more"))
                }
                return .make(.strings(of: HashBuckets(count: UInt64(count))), [anyTensor])
            })
    }
}

extension IntegerTensor {
    /// The strings that the code points along the last axis are in UTF-8; what is no code point counts
    /// as U+FFFD.
    ///
    /// - Shape: [..., n] → [...].
    public func encodedCodePoints() -> Text {
        Text(
            .composed("encodedCodePoints", [anyTensor]) {
                try requireElements(anyTensor.dtype, .integer)
                return .make(.strings(of: EncodedCodePoints()), [anyTensor.cast(to: .int64)])
            })
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Calls `body` with each code point; what is no UTF-8 gives U+FFFD.
    fileprivate func forEachCodePoint(_ body: (Unicode.Scalar) throws -> Void) rethrows {
        var bytes = makeIterator()
        var decoder = UTF8()
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): try body(scalar)
            case .emptyInput: return
            case .error: try body("\u{FFFD}")
            }
        }
    }
}

private struct CodePointCounts: StringMeasure {
    var name: String { "codePointCounts" }

    func number(of string: UnsafeBufferPointer<UInt8>) -> Int64 {
        var count: Int64 = 0
        string.forEachCodePoint { _ in count += 1 }
        return count
    }
}

/// (strings, like): the code points, as many as `like`, a vector, has.
private struct CodePoints: StringFunction {
    var name: String { "codePoints" }
    var operandCount: Int? { 2 }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireStrings(operands[0])
        return [TensorType(.int32, operands[1].shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let x = call.operands[0]
        var points: [Int64] = []
        var watch = call.watch
        for index in 0..<x.count {
            try x.withString(index) {
                try $0.forEachCodePoint { scalar in
                    try watch.note()
                    try points.makeRoom(for: 1)
                    points.append(Int64(scalar.value))
                }
            }
        }
        try call.require(points.count)
        return [try NDArray(wrapping: points, dtype: .int32, shape: call.shape)]
    }
}

private struct EncodedCodePoints: StringFunction {
    var name: String { "encodedCodePoints" }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let dims = operands[0].shape.dims else { return [TensorType(.string, .unknown)] }
        guard !dims.isEmpty else {
            throw RuleViolation(.wrongRank("the code points", operands[0], wanted: 1...Int.max))
        }
        return [TensorType(.string, Shape(dims: Array(dims.dropLast())))]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let length = call.operands[0].shape.last ?? 0
        let points = call.operands[0].integers ?? []
        var writer = call.writer
        for row in 0..<call.shape.reduce(1, *) {
            for point in points[row * length..<(row + 1) * length] {
                let scalar = UInt32(exactly: point).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
                try writer.add(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
            try writer.end()
        }
        return [try writer.array(call.shape)]
    }
}

private struct HashBuckets: StringMeasure {
    let count: UInt64

    var name: String { "hashBuckets" }
    var attributeText: String { "count: \(count)" }

    func number(of string: UnsafeBufferPointer<UInt8>) -> Int64 {
        Int64(FarmHash.fingerprint(string) % count)
    }
}

/// Three bytes in four letters, of which one stands for six bits.
private enum Base64 {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// The letters of a piece: of a multiple of three bytes, unless it is the last one.
    static func encoded(_ bytes: UnsafeBufferPointer<UInt8>, isPadded: Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var bits: UInt32 = 0
            for place in 0..<3 {
                bits = bits << 8 | (place < count ? UInt32(bytes[start + place]) : 0)
            }
            for letter in 0..<4 {
                if letter <= count {
                    text.append(letters[Int(bits >> UInt32(18 - 6 * letter) & 63)])
                } else if isPadded {
                    text.append(UInt8(ascii: "="))
                }
            }
        }
        return text
    }

    /// What of a text are letters that mean bytes; nil where no bytes have so many.
    static func unpadded(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        var letters = text[...]
        var padding = 0
        while letters.last == UInt8(ascii: "="), padding < 2 {
            letters.removeLast()
            padding += 1
        }
        guard letters.count % 4 != 1, padding == 0 || text.count % 4 == 0 else { return nil }
        return UnsafeBufferPointer(rebasing: letters)
    }

    /// The bytes of a piece: of a multiple of four letters, unless it is the last one; nil for what is no
    /// letter.
    static func decoded(_ letters: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count / 4 * 3 + 2)
        var (bits, count) = (UInt32(0), 0)
        for letter in letters {
            guard let value = values[Int(letter)] else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}

private struct Base64Encoded: EachString {
    let isPadded: Bool

    var name: String { "base64Encoded" }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [
            try call.mapStrings { bytes, _, writer in
                try writer.addChunks(of: bytes) { Base64.encoded($0, isPadded: isPadded) }
            }
        ]
    }
}

private struct Base64Decoded: EachString {
    var name: String { "base64Decoded" }
    var cannotFail: Bool { false }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [
            try call.mapStrings { text, index, writer in
                func fault() -> RunError {
                    call.error(
                        .other(
                            .kernelFailure,
                            "string \(index) is not Base64 with the letters for addresses"))
                }
                guard let letters = Base64.unpadded(text) else { throw fault() }
                try writer.addChunks(of: letters) {
                    guard let bytes = Base64.decoded($0) else { throw fault() }
                    return bytes
                }
            }
        ]
    }
}
