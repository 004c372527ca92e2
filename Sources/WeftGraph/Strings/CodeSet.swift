// SPDX-License-Identifier: Apache-2.0

/// A set of code points.
struct CodeSet: Hashable, Sendable {
    /// In order, none next to another.
    let ranges: [ClosedRange<UInt32>]
    /// Which code points of ASCII it has, a bit for each.
    private let low: UInt64
    private let high: UInt64

    static let last: UInt32 = 0x10_FFFF
    static let all = CodeSet(ranges: [0...last])
    static let digit = CodeSet("0"..."9")
    static let space = CodeSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = CodeSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The code points of all of the ranges, which may overlap.
    init(ranges: [ClosedRange<UInt32>]) {
        var joined: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = joined.last, range.lowerBound <= before.upperBound + 1 {
                joined[joined.count - 1] =
                    before.lowerBound...max(before.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        self.ranges = joined
        func bits(from first: UInt32) -> UInt64 {
            var bits: UInt64 = 0
            for range in joined where range.lowerBound < first + 64 && range.upperBound >= first {
                let start = max(range.lowerBound, first) - first
                let end = min(range.upperBound, first + 63) - first
                bits |= (~0 >> UInt64(63 - (end - start))) << UInt64(start)
            }
            return bits
        }
        low = bits(from: 0)
        high = bits(from: 64)
    }

    init(_ range: ClosedRange<Unicode.Scalar>) {
        self.init(ranges: [range.lowerBound.value...range.upperBound.value])
    }

    func contains(_ code: UInt32) -> Bool {
        if code < 64 { return low >> UInt64(code) & 1 != 0 }
        if code < 128 { return high >> UInt64(code - 64) & 1 != 0 }
        var (start, end) = (0, ranges.count)
        while start < end {
            let middle = (start + end) / 2
            if ranges[middle].upperBound < code { start = middle + 1 } else { end = middle }
        }
        return start < ranges.count && ranges[start].contains(code)
    }

    var inverted: CodeSet {
        var inverse: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { inverse.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.last { inverse.append(next...Self.last) }
        return CodeSet(ranges: inverse)
    }

    /// With the letters of ASCII in both sizes where they are in one.
    var withBothCases: CodeSet {
        var both = ranges
        for (own, other) in [(0x41, 0x61), (0x61, 0x41)] as [(UInt32, UInt32)] {
            for letter in 0..<UInt32(26) where contains(own + letter) {
                both.append(other + letter...other + letter)
            }
        }
        return CodeSet(ranges: both)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The code point at a place and its bytes: none at the end, no code point for a byte that is no UTF-8.
    func code(at place: Int) -> (code: UInt32, length: Int) {
        guard place < count else { return (0, 0) }
        let first = self[place]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        let none = (code: UInt32.max, length: 1)
        guard first >= 0xC2, first < 0xF5, place + length <= count else { return none }
        var code = UInt32(first) & (0x7F >> UInt32(length))
        for next in place + 1..<place + length {
            guard self[next].isContinuation else { return none }
            code = code << 6 | UInt32(self[next] & 0x3F)
        }
        // What could be written shorter, and what is no scalar, is no UTF-8.
        let isShortest = length == 2 || code >= (length == 3 ? 0x800 : 0x1_0000)
        return isShortest && Unicode.Scalar(code) != nil ? (code, length) : none
    }
}
