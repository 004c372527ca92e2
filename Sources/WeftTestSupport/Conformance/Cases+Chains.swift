// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Chains of elementwise functions, which engines fuse: each is 5 to 40 random instructions on
/// operands that broadcast against each other, with results taken from inside as well.
extension CaseCollection {
    private static let shapeFamilies: [[[Int]]] = [
        [[], [5], [3, 1], [4, 1, 5], [1, 3, 5], [4, 3, 5], [4, 1, 1]],
        [[], [33], [7, 1], [7, 33], [1, 33]],
        [[], [1000], [1]],
        [[], [2, 1, 64], [6, 64], [6, 1], [2, 6, 64]],
        [[], [0], [1]],
        [[]],
    ]

    mutating func addChains() {
        for dtype in [DType.float32, .float64, .float16, .bfloat16] {
            for number in 0..<60 { addFloatChain(dtype, number) }
        }
        for dtype in DType.programTypes where dtype.isInteger {
            for number in 0..<12 { addIntegerChain(dtype, number) }
        }
    }

    private static func broadcast(_ a: [Int], _ b: [Int]) -> [Int] {
        (try? Shape.broadcast(Shape(dims: a), Shape(dims: b)))?.dims ?? a
    }

    private mutating func addFloatChain(_ dtype: DType, _ number: Int) {
        var random = TestRandom("chain \(dtype) \(number)")
        let family = Self.shapeFamilies[number % Self.shapeFamilies.count]
        let builder = ProgramBuilder()
        var inputs: [NDArray] = []
        // Values with a bound of their magnitude: nothing overflows, not even in f16.
        var pool: [(value: Int, bound: Double)] = []
        for _ in 0..<2 + random.index(below: 4) {
            let shape = family[random.index(below: family.count)]
            inputs.append(random.array(dtype, shape))
            pool.append((builder.input(dtype, shape), 2))
        }
        let constant = random.array(dtype, [], in: 0.25...1.5)
        pool.append((builder.constant(constant), 1.5))
        let length = 5 + random.index(below: 36)
        for _ in 0..<length {
            // Mostly the latest values, so that chains are long and not only wide.
            let a = pool[pool.count - 1 - random.index(below: min(3, pool.count))]
            let b = pool[random.index(below: pool.count)]
            pool.append(Self.step(builder, &random, dtype, a, b))
        }
        var outputs = [pool[pool.count - 1].value]
        if number % 3 == 0 { outputs.append(pool[pool.count - 4].value) }
        if number % 5 == 0 { outputs.append(inputs.count > 1 ? 1 : 0) }
        add(
            nil, builder.program(outputs), inputs, dtype: dtype, .propagated,
            "\(number), \(length) instructions on \(inputs.map(\.shape))")
    }

    private static func step(
        _ builder: ProgramBuilder, _ random: inout TestRandom, _ dtype: DType,
        _ a: (value: Int, bound: Double), _ b: (value: Int, bound: Double)
    ) -> (value: Int, bound: Double) {
        let own = builder.values[a.value].shape
        let both = broadcast(own, builder.values[b.value].shape)
        func unary(_ kind: UnaryKind, _ x: Int) -> Int {
            let shape = builder.values[x].shape
            return builder.add(.unary(kind), [x], dtype, shape)
        }
        func binary(_ kind: BinaryKind, _ x: Int, _ y: Int) -> Int {
            let shape = broadcast(builder.values[x].shape, builder.values[y].shape)
            return builder.add(.binary(kind), [x, y], dtype, shape)
        }
        if a.bound > 50 {
            return (unary([.tanh, .sigmoid, .erf, .sin][random.index(below: 4)], a.value), 1)
        }
        switch random.index(below: 16) {
        case 0, 1: return (binary(.add, a.value, b.value), a.bound + b.bound)
        case 2, 3: return (binary(.subtract, a.value, b.value), a.bound + b.bound)
        case 4, 5: return (binary(.multiply, a.value, b.value), a.bound * b.bound)
        case 6: return (binary(.maximum, a.value, b.value), max(a.bound, b.bound))
        case 7: return (binary(.minimum, a.value, b.value), max(a.bound, b.bound))
        case 8: return (unary([.negate, .abs, .relu][random.index(below: 3)], a.value), a.bound)
        case 9:
            return (unary([.tanh, .sigmoid, .sin, .cos, .erf][random.index(below: 5)], a.value), 1)
        case 10:
            let negative = unary(.negate, unary(.abs, a.value))
            return (unary(.exp, negative), 1)
        case 11:
            let half = builder.constant(.filled(dtype, [], 0.5))
            let positive = binary(.add, unary(.abs, b.value), half)
            return (binary(.divide, a.value, positive), 2 * a.bound)
        case 12:
            let one = builder.constant(.filled(dtype, [], 1))
            let positive = binary(.add, unary(.abs, a.value), one)
            let kinds: [UnaryKind] = [.log, .sqrt, .rsqrt, .reciprocal, .cbrt]
            return (unary(kinds[random.index(below: 5)], positive), 8)
        case 13, 14:
            let kinds = ComparisonKind.allCases
            let condition = builder.add(
                .compare(kinds[2 + random.index(below: 4)]), [a.value, b.value], .bool, both)
            let value = builder.add(.select, [condition, b.value, a.value], dtype, both)
            return (value, max(a.bound, b.bound))
        default:
            let wide: DType = random.index(below: 2) == 0 ? .float64 : .float32
            let cast = builder.add(.cast(wide), [a.value], wide, own)
            let square = builder.add(.binary(.multiply), [cast, cast], wide, own)
            return (builder.add(.cast(dtype), [square], dtype, own), a.bound * a.bound)
        }
    }

    private mutating func addIntegerChain(_ dtype: DType, _ number: Int) {
        var random = TestRandom("chain \(dtype) \(number)")
        let family = Self.shapeFamilies[number % Self.shapeFamilies.count]
        let builder = ProgramBuilder()
        var inputs: [NDArray] = []
        var pool: [Int] = []
        for _ in 0..<3 {
            let shape = family[random.index(below: family.count)]
            inputs.append(random.bits(dtype, shape))
            pool.append(builder.input(dtype, shape))
        }
        let length = 5 + random.index(below: 36)
        let unary: [UnaryKind] = [.negate, .abs, .sign, .not, .populationCount, .relu]
        let binary: [BinaryKind] = [
            .add, .subtract, .multiply, .maximum, .minimum, .and, .or, .xor, .shiftLeft,
            .shiftRightArithmetic, .shiftRightLogical,
        ]
        for _ in 0..<length {
            let a = pool[pool.count - 1 - random.index(below: min(3, pool.count))]
            let b = pool[random.index(below: pool.count)]
            let own = builder.values[a].shape
            let both = Self.broadcast(own, builder.values[b].shape)
            switch random.index(below: 8) {
            case 0, 1:
                let kind = unary[random.index(below: unary.count)]
                pool.append(builder.add(.unary(kind), [a], dtype, own))
            case 2:
                let kind = ComparisonKind.allCases[random.index(below: 6)]
                let condition = builder.add(.compare(kind), [a, b], .bool, both)
                pool.append(builder.add(.select, [condition, a, b], dtype, both))
            case 3:
                // A divisor that is never zero.
                let one = builder.constant(NDArray(integers: [1], dtype: dtype, shape: []))
                let odd = builder.add(.binary(.or), [b, one], dtype, builder.values[b].shape)
                let kinds: [BinaryKind] = [.divide, .remainder, .floorDivide, .floorModulo]
                let kind = kinds[random.index(below: 4)]
                pool.append(builder.add(.binary(kind), [a, odd], dtype, both))
            default:
                let kind = binary[random.index(below: binary.count)]
                pool.append(builder.add(.binary(kind), [a, b], dtype, both))
            }
        }
        add(
            nil, builder.program([pool[pool.count - 1], pool[pool.count - 2]]), inputs,
            dtype: dtype, "\(number), \(length) instructions on \(inputs.map(\.shape))")
    }
}
