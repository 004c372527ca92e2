// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The interpreter's elementwise functions")
struct InterpreterElementwiseTests {
    @Test("operands broadcast as in NumPy")
    func broadcasting() throws {
        let column = try floats([10, 20], [2, 1])
        let row = try floats([1, 2, 3])
        let sum = try reference(.binary(.add), [column, row], .float32, [2, 3])
        #expect(sum == (try floats([11, 12, 13, 21, 22, 23], [2, 3])))
        let none = try reference(
            .binary(.add), [try floats([]), try floats([1])], .float32, [0])
        #expect(none.count == 0)
    }

    @Test("rounding takes ties to the even neighbour, or away from zero when asked")
    func rounding() throws {
        let x = try floats([0.5, 1.5, 2.5, -0.5, -1.5, -2.5])
        #expect(
            try reference(.unary(.round), x).texts == ["0.0", "2.0", "2.0", "-0.0", "-2.0", "-2.0"])
        #expect(
            try reference(.unary(.roundAwayFromZero), x).doubles == [1, 2, 3, -1, -2, -3])
    }

    @Test("maximum and minimum hand NaN on and order the zeros")
    func extremes() throws {
        let a = try floats([.nan, 1, -0.0, 0, 3])
        let b = try floats([1, .nan, 0, -0.0, 2])
        #expect(
            try reference(.binary(.maximum), a, b).texts == ["nan", "nan", "0.0", "0.0", "3.0"])
        #expect(
            try reference(.binary(.minimum), a, b).texts == ["nan", "nan", "-0.0", "-0.0", "2.0"])
    }

    @Test("relu keeps NaN and makes −0 a plain zero")
    func relu() throws {
        let x = try floats([.nan, -0.0, -1, 2, .infinity, -.infinity])
        #expect(
            try reference(.unary(.relu), x).texts == ["nan", "0.0", "0.0", "2.0", "inf", "0.0"])
    }

    @Test("the sign keeps −0 and NaN")
    func sign() throws {
        let x = try floats([.nan, -0.0, 0, -3, .infinity])
        #expect(try reference(.unary(.sign), x).texts == ["nan", "-0.0", "0.0", "-1.0", "1.0"])
    }

    @Test("integers wrap")
    func wrapping() throws {
        let x = whole([127, -128, 100], .int8)
        let y = whole([1, 1, 100], .int8)
        #expect(try reference(.binary(.add), x, y) == whole([-128, -127, -56], .int8))
        #expect(try reference(.unary(.negate), x) == whole([-127, -128, -100], .int8))
        let u = whole([0, 5], .uint8)
        #expect(try reference(.unary(.negate), u) == whole([0, 251], .uint8))
        let wide = whole([.max], .int64)
        #expect(try reference(.binary(.multiply), wide, whole([2], .int64)) == whole([-2], .int64))
    }

    @Test("the least integer divided by −1 is itself, not a trap")
    func leastByMinusOne() throws {
        for dtype in [DType.int8, .int16, .int32, .int64] {
            let least = whole([-1 << Int64(dtype.size * 8 - 1)], dtype)
            let minusOne = whole([-1], dtype)
            #expect(try reference(.binary(.divide), least, minusOne) == least)
            #expect(try reference(.binary(.floorDivide), least, minusOne) == least)
            #expect(try reference(.binary(.remainder), least, minusOne) == whole([0], dtype))
            #expect(try reference(.binary(.floorModulo), least, minusOne) == whole([0], dtype))
        }
    }

    @Test("an integer divided by zero fails and says which instruction, what and how to avoid it")
    func divisionByZero() throws {
        let error = #expect(throws: RunError.self) {
            _ = try reference(
                .binary(.floorDivide), [whole([1, 2], .int32), whole([1, 0], .int32)], .int32, [2],
                name: "mean/count")
        }
        #expect(error?.code == .kernelFailure)
        let text = error?.description ?? ""
        #expect(text.contains("floorDivide 'mean/count'"))
        #expect(text.contains("element 1: an integer was divided by zero"))
        #expect(text.contains("make the divisor nonzero"))
        let quotients = try reference(
            .binary(.divide), try floats([1, -1, 0]), try floats([0, 0, 0]))
        #expect(quotients.doubles.prefix(2) == [.infinity, -.infinity])
        #expect(quotients.doubles[2].isNaN)
    }

    @Test("quotients and remainders have the signs of their names")
    func signsOfDivision() throws {
        let a = whole([7, -7, 7, -7], .int32)
        let b = whole([2, 2, -2, -2], .int32)
        #expect(try reference(.binary(.divide), a, b) == whole([3, -3, -3, 3], .int32))
        #expect(try reference(.binary(.remainder), a, b) == whole([1, -1, 1, -1], .int32))
        #expect(try reference(.binary(.floorDivide), a, b) == whole([3, -4, -4, 3], .int32))
        #expect(try reference(.binary(.floorModulo), a, b) == whole([1, 1, -1, -1], .int32))
        let x = try floats([7, -7, 7, -7])
        let y = try floats([2, 2, -2, -2])
        #expect(try reference(.binary(.remainder), x, y).doubles == [1, -1, 1, -1])
        #expect(try reference(.binary(.floorModulo), x, y).doubles == [1, 1, -1, -1])
        #expect(try reference(.binary(.floorDivide), x, y).doubles == [3, -4, -4, 3])
    }

    @Test("shifts beyond the width give zeros or signs, never undefined bits")
    func shifts() throws {
        let x = whole([-1, -1, 1, -128], .int8)
        let by = whole([8, 100, 7, 1], .int8)
        #expect(try reference(.binary(.shiftLeft), x, by) == whole([0, 0, -128, 0], .int8))
        #expect(
            try reference(.binary(.shiftRightArithmetic), x, by) == whole([-1, -1, 0, -64], .int8))
        #expect(try reference(.binary(.shiftRightLogical), x, by) == whole([0, 0, 0, 64], .int8))
    }

    @Test("unsigned 64-bit numbers compare and divide above the signed ones")
    func unsigned() throws {
        let big = whole([-1], .uint64)
        let one = whole([1], .uint64)
        #expect(try reference(.compare(.greater), [big, one], .bool, [1]) == NDArray([true]))
        #expect(try reference(.binary(.maximum), one, big) == big)
        #expect(try reference(.binary(.divide), big, whole([2], .uint64)) == whole([.max], .uint64))
        #expect(try reference(.cast(.float64), [big], .float64, [1]).doubles == [0x1p64])
    }

    @Test("every comparison with NaN is false but one")
    func comparisons() throws {
        let x = try floats([.nan, 1, -0.0])
        let y = try floats([.nan, .nan, 0])
        func holds(_ kind: ComparisonKind) throws -> [Bool] {
            try reference(.compare(kind), [x, y], .bool, [3]).scalars()
        }
        #expect(try holds(.equal) == [false, false, true])
        #expect(try holds(.notEqual) == [true, true, false])
        #expect(try holds(.less) == [false, false, false])
        #expect(try holds(.lessOrEqual) == [false, false, true])
        #expect(try holds(.greater) == [false, false, false])
        #expect(try holds(.greaterOrEqual) == [false, false, true])
    }

    @Test("select broadcasts its condition and keeps the bits of what it takes")
    func select() throws {
        let condition = try NDArray([true, false], shape: [2, 1])
        let a = try floats([.nan, -0.0])
        let result = try reference(.select, [condition, a, NDArray(Float(5))], .float32, [2, 2])
        #expect(result.texts == ["nan", "-0.0", "5.0", "5.0"])
    }

    @Test("casts truncate; out of range and NaN give the least integer")
    func casts() throws {
        let x = try floats([2.9, -2.9, 3e9, .nan, -.infinity])
        #expect(
            try reference(.cast(.int32), [x], .int32, [5])
                == whole([2, -2, -2_147_483_648, -2_147_483_648, -2_147_483_648], .int32))
        #expect(
            try reference(.cast(.uint8), [try floats([300, -1])], .uint8, [2])
                == whole([44, 255], .uint8))
        #expect(
            try reference(.cast(.int8), [whole([300], .int32)], .int8, [1]) == whole([44], .int8))
        #expect(
            try reference(.cast(.bool), [try floats([0, 0.5, .nan])], .bool, [3])
                == NDArray([false, true, true]))
    }

    @Test("a 64-bit integer becomes f32 and bf16 with one rounding")
    func castOnce() throws {
        // Halfway between two neighbours plus 1: `Double` would lose the 1.
        let above = whole([1 << 62 + 1 << 38 + 1], .int64)
        #expect(try reference(.cast(.float32), [above], .float32, [1]).doubles == [0x1p62 + 0x1p39])
        let coarse = whole([1 << 62 + 1 << 54 + 1], .int64)
        #expect(
            try reference(.cast(.bfloat16), [coarse], .bfloat16, [1]).doubles == [0x1p62 + 0x1p55])
        #expect(
            try reference(.cast(.float32), [whole([.max], .int64)], .float32, [1]).doubles == [
                0x1p63
            ])
        #expect(
            try reference(.cast(.float32), [whole([-1], .uint64)], .float32, [1]).doubles == [
                0x1p64
            ])
    }

    @Test("f16 overflows to infinity and keeps its subnormal numbers")
    func half() throws {
        let x = NDArray.from([60000, 0x1p-24, 2049], .float16)
        #expect(x.doubles == [60000, 0x1p-24, 2048])
        #expect(try reference(.binary(.add), x, x).doubles == [.infinity, 0x1p-23, 4096])
    }

    @Test("bool knows and, or and exclusive or")
    func bools() throws {
        let a = NDArray([true, true, false])
        let b = NDArray([true, false, false])
        #expect(try reference(.binary(.and), a, b) == NDArray([true, false, false]))
        #expect(try reference(.binary(.or), a, b) == NDArray([true, true, false]))
        #expect(try reference(.binary(.xor), a, b) == NDArray([false, true, false]))
        #expect(try reference(.unary(.not), a) == NDArray([false, false, true]))
        // Without a row of their own these are or and and.
        #expect(try reference(.binary(.add), a, b) == NDArray([true, true, false]))
        #expect(try reference(.binary(.multiply), a, b) == NDArray([true, false, false]))
        #expect(try reference(.binary(.maximum), a, b) == NDArray([true, true, false]))
        #expect(try reference(.binary(.minimum), a, b) == NDArray([true, false, false]))
    }

    @Test("special functions have their known values")
    func specialFunctions() throws {
        func value(_ kind: UnaryKind, _ x: Double) throws -> Double {
            try reference(.unary(kind), NDArray(x)).doubles[0]
        }
        #expect(abs(try value(.digamma, 1) + 0.577_215_664_901_532_9) < 1e-14)
        #expect(abs(try value(.digamma, -0.5) - 0.036_489_973_978_576_52) < 1e-13)
        #expect(abs(try value(.lgamma, 10) - 12.801_827_480_081_469) < 1e-13)
        #expect(abs(try value(.erfInverse, 0.5) - 0.476_936_276_204_469_9) < 1e-14)
        #expect(try value(.erfInverse, 1) == .infinity)
        #expect(try value(.erfInverse, -1) == -.infinity)
        #expect(try value(.erfInverse, 1.5).isNaN)
        #expect(try value(.sigmoid, -1000) == 0)
        #expect(try value(.sigmoid, 1000) == 1)
    }

    @Test("polygamma ends, also far below zero")
    func polygamma() throws {
        func value(_ n: Double, _ x: Double) throws -> Double {
            try reference(.binary(.polygamma), NDArray(n), NDArray(x)).doubles[0]
        }
        // The trigamma function: π² / 6 at 1; by reflection π² / sin²(πx) − ψ'(1 − x).
        #expect(abs(try value(1, 1) - 1.644_934_066_848_226_4) < 1e-14)
        #expect(abs(try value(1, -0.5) - 8.934_802_200_544_68) < 1e-12)
        #expect(abs(try value(1, -12.5) - 9.792_719_176_487_779) < 1e-12)
        #expect(abs(try value(2, -0.5) + 0.828_796_644_234_319_8) < 1e-12)
        #expect(try value(1, -1e15 + 0.5) > 9)
        #expect(try value(1, -3) == .infinity)
    }

    @Test("counts of bits know the width of their type")
    func bitCounts() throws {
        let x = whole([-1, 0, 1], .int16)
        #expect(try reference(.unary(.populationCount), x) == whole([16, 0, 1], .int16))
        #expect(try reference(.unary(.countLeadingZeros), x) == whole([0, 16, 15], .int16))
    }

    @Test("whether numbers are finite is a bool")
    func isFinite() throws {
        let x = try floats([1, .nan, .infinity, -.infinity])
        let result = try reference(.unary(.isFinite), [x], .bool, [4])
        #expect(result == NDArray([true, false, false, false]))
    }
}
