// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

@Suite struct SmallFloatTests {
    @Test("every pattern of 16 bits survives the way to Float and back")
    func allPatterns() {
        for bits in UInt16.min...UInt16.max {
            let number = BFloat16(bitPattern: bits)
            let back = BFloat16(number.floatValue)
            if number.floatValue.isNaN {
                #expect(back.floatValue.isNaN)
            } else {
                #expect(back.bitPattern == bits)
                #expect(BFloat16(converting: Double(number.floatValue)).bitPattern == bits)
            }
            let half = Float16(bitPattern: bits)
            if !half.isNaN { #expect(Float16(converting: Double(half)).bitPattern == bits) }
        }
    }

    /// The nearest of the two neighbours, the even one in the middle, found by comparing distances.
    private func nearest(_ value: Double) -> UInt16 {
        if value.isNaN { return 0x7FC0 }
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let magnitude = value.magnitude
        // Half a step above the greatest number rounds to infinity.
        if magnitude >= 0x1.FFp127 { return sign | 0x7F80 }
        var low: UInt16 = 0
        var high: UInt16 = 0x7F80
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if Double(BFloat16(bitPattern: middle).floatValue) <= magnitude {
                low = middle
            } else {
                high = middle
            }
        }
        let below = Double(BFloat16(bitPattern: low).floatValue)
        let above = high == 0x7F80 ? 0x1p128 : Double(BFloat16(bitPattern: high).floatValue)
        let (down, up) = (magnitude - below, above - magnitude)
        if down < up || (down == up && low & 1 == 0) { return sign | low }
        return sign | high
    }

    @Test("rounding is to the nearest, ties to even, from Float and from Double")
    func rounding() {
        var state: UInt64 = 42
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<20_000 {
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: next()))
            if !float.isNaN {
                #expect(BFloat16(float).bitPattern == nearest(Double(float)), "\(float)")
            }
            // Near the middle of two neighbours, where rounding twice goes wrong.
            let base = Double(
                BFloat16(bitPattern: UInt16(truncatingIfNeeded: next()) & 0x7F7F).floatValue)
            let middle = base * (1 + 0x1p-8)
            for value in [middle, middle.nextUp, middle.nextDown, -middle.nextUp] {
                #expect(BFloat16(converting: value).bitPattern == nearest(value), "\(value)")
                #expect(BFloat16(floatLiteral: value).bitPattern == nearest(value), "\(value)")
            }
        }
        #expect(BFloat16(Float.nan).floatValue.isNaN)
        #expect(BFloat16(Float(bitPattern: 0x7F80_0001)).floatValue.isNaN)
        #expect(BFloat16(Float.greatestFiniteMagnitude).floatValue == .infinity)
        #expect(BFloat16(Float.leastNonzeroMagnitude).floatValue == 0)
        #expect(BFloat16(integerLiteral: 257).floatValue == 256)
        #expect(BFloat16(integerLiteral: 259).floatValue == 260)
    }
}
