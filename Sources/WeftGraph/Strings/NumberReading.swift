// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The number that each string says.
struct NumberOfText: EachString {
    let result: DType

    var name: String { "numbers" }
    var attributeText: String { "as: \(result)" }
    var cannotFail: Bool { false }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        func number<T>(
            _ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ read: (String) -> T?
        ) throws -> T {
            let text = String(decoding: bytes.stripped, as: UTF8.self)
            guard let number = read(text) else {
                throw call.error(
                    .unreadableNumber(
                        String(decoding: bytes.prefix(64), as: UTF8.self),
                        at: RowMajor.index(of: index, in: call.operands[0].shape), wanted: result))
            }
            return number
        }
        if result == .uint64 {
            return [
                try call.mapNumbers { bytes, index, _ in
                    try number(bytes, index) { UInt64($0).map { Int64(bitPattern: $0) } }
                }
            ]
        }
        if let range = result.integers {
            return [
                try call.mapNumbers { bytes, index, _ in
                    try number(bytes, index) { Int64($0).flatMap { range.contains($0) ? $0 : nil } }
                }
            ]
        }
        var watch = call.watch
        let numbers = try (0..<call.operands[0].count).map { index in
            try call.operands[0].withString(index) { bytes in
                try watch.note(1 + bytes.count)
                let value = try number(bytes, index, real)
                // A NaN is one without a sign.
                return value.isNaN ? .nan : value
            }
        }
        return [try Double.store(numbers, result, call.shape)]
    }

    /// The number that a text says, which rounding to the type of the result, if still to be done, makes
    /// that which is nearest to what stands there.
    private func real(_ text: String) -> Double? {
        switch result {
        case .float16: nearest(text) { Double(Float16(converting: $0)) }
        case .bfloat16: nearest(text) { BFloat16(converting: $0).doubleValue }
        case .float32: Float(text).map { Double($0) }
        default: Double(text)
        }
    }

    /// A `Double` that is rounded as the text itself would be. The one that is nearest to the text is rounded
    /// otherwise only where it stands just between two numbers of the type, and the text beside it.
    private func nearest(_ text: String, _ round: (Double) -> Double) -> Double? {
        guard let near = Double(text), near.isFinite else { return Double(text) }
        let rounded = round(near)
        let isBetween: Bool
        if rounded.isInfinite {
            isBetween = round(near.sign == .minus ? near.nextUp : near.nextDown).isFinite
        } else {
            // As far beyond it as the rounded one stands before it.
            let other = 2 * near - rounded
            isBetween = rounded != near && round(other) == other
        }
        guard isBetween else { return near }
        let order = WrittenNumber(text).order(WrittenNumber(near, like: text))
        if order == 0 { return near }
        return (order > 0) == (near > 0) ? near.nextUp : near.nextDown
    }
}

/// The magnitude of a number as it is written: digits, or bits of what is written in hexadecimal, without
/// zeros at the ends, and how many of them stand before the point.
private struct WrittenNumber {
    private var digits: ArraySlice<UInt8>
    private var point: Int

    /// What a text says that `Double` reads as a number that is finite.
    init(_ text: String) {
        let text = text.lowercased()
        let isHexadecimal = text.contains("x")
        let parts = text.drop { $0 == "+" || $0 == "-" }.split(
            separator: isHexadecimal ? "p" : "e", maxSplits: 1)
        let mantissa = isHexadecimal ? parts[0].dropFirst(2) : parts[0]
        let before = mantissa.prefix { $0 != "." }.count
        var digits: [UInt8] = []
        for digit in mantissa {
            guard let value = digit.hexDigitValue.map(UInt8.init) else { continue }
            digits += isHexadecimal ? [3, 2, 1, 0].map { value >> $0 & 1 } : [value]
        }
        point = before * (isHexadecimal ? 4 : 1) + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        self.digits = digits[...]
        trim()
    }

    /// A number that has few bits, written in bits or decimal digits as a text is.
    init(_ number: Double, like text: String) {
        if text.contains("x") || text.contains("X") {
            let bits = number.significandBitPattern | 1 << 52
            digits = (0...52).map { UInt8(bits >> (52 - UInt64($0)) & 1) }[...]
            point = Int(number.exponent) + 1
            trim()
        } else {
            // All digits of what lies between two numbers of 16 bits; there are no hundred.
            let most = 120
            let arguments: [any CVarArg] = [Int32(most), number.magnitude]
            self = withVaList(arguments) { list in
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: most + 20) { buffer in
                    let length = vsnprintf(buffer.baseAddress, buffer.count, "%.*e", list)
                    return WrittenNumber(
                        String(
                            decoding: UnsafeRawBufferPointer(buffer).prefix(Int(max(length, 0))),
                            as: UTF8.self))
                }
            }
        }
    }

    private mutating func trim() {
        while digits.first == 0 {
            digits.removeFirst()
            point -= 1
        }
        while digits.last == 0 { digits.removeLast() }
    }

    /// Less than 0 where the magnitude is less than another, 0 where both are equal.
    func order(_ other: WrittenNumber) -> Int {
        if point != other.point { return point < other.point ? -1 : 1 }
        if digits.elementsEqual(other.digits) { return 0 }
        return digits.lexicographicallyPrecedes(other.digits) ? -1 : 1
    }
}
