// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    static let shapes = [[], [0], [3], [2, 3], [4, 1, 5], [2, 0, 3], [7, 33], [1000]]

    /// Shapes of operands that broadcast, and of the result.
    static let broadcasts: [(a: [Int], b: [Int], result: [Int])] = [
        ([], [], []), ([0], [0], [0]), ([0], [1], [0]), ([], [0], [0]), ([3], [3], [3]),
        ([3], [], [3]), ([], [2, 3], [2, 3]), ([2, 3], [3], [2, 3]), ([2, 1], [2, 3], [2, 3]),
        ([2, 1], [1, 3], [2, 3]), ([4, 1, 5], [3, 1], [4, 3, 5]),
        ([1, 3, 5], [4, 1, 1], [4, 3, 5]), ([2, 0, 3], [1, 3], [2, 0, 3]),
        ([7, 33], [7, 33], [7, 33]), ([7, 33], [33], [7, 33]), ([7, 1], [7, 33], [7, 33]),
        ([1000], [1000], [1000]), ([1000], [1], [1000]),
    ]

    /// A function's tolerance in a type.
    ///
    /// f16 and bf16 are computed in f32 and rounded: whatever the error in f32, the result is a
    /// neighbour at most. In f64 the functions that are defined here rather than by the C library
    /// are themselves off by a few units.
    private func tolerance(_ units: Double, _ dtype: DType, isDefinedHere: Bool) -> Tolerance {
        switch dtype {
        case .float16, .bfloat16: .ulps(units == 0 ? 0 : 1)
        case .float64: .ulps(isDefinedHere ? 4 * units : units)
        default: .ulps(units)
        }
    }

    // MARK: One operand

    mutating func addUnary() {
        for kind in UnaryKind.allCases {
            let row = kind.descriptor
            for dtype in DType.programTypes where row.operands.contains(dtype) {
                var random = TestRandom("\(kind) \(dtype)")
                let units = tolerance(row.tolerance, dtype, isDefinedHere: kind.isDefinedHere)
                for shape in Self.shapes {
                    let x =
                        dtype.isFloatingPoint
                        ? random.array(dtype, shape, in: row.domain) : random.bits(dtype, shape)
                    add(
                        .unary(kind), [x], [ArrayType(row.result ?? dtype, shape)], dtype: dtype,
                        units, "\(shape)")
                }
                let special = kind.restricted(SpecialValues.of(dtype))
                add(
                    .unary(kind), [special], [ArrayType(row.result ?? dtype, special.shape)],
                    dtype: dtype, units, "special values")
                guard dtype.isFloatingPoint else { continue }
                let wide = random.array(dtype, [501], in: kind.wideRange)
                add(
                    .unary(kind), [wide], [ArrayType(row.result ?? dtype, wide.shape)],
                    dtype: dtype, units, "over \(kind.wideRange)")
            }
        }
    }

    // MARK: Two operands

    mutating func addBinary() {
        for kind in BinaryKind.allCases {
            let row = kind.descriptor
            for dtype in DType.programTypes where row.operands.contains(dtype) {
                var random = TestRandom("\(kind) \(dtype)")
                let units =
                    kind == .floorDivide && dtype.isFloatingPoint
                    ? Tolerance.flooredQuotient
                    : tolerance(row.tolerance, dtype, isDefinedHere: kind == .polygamma)
                for (a, b, result) in Self.broadcasts {
                    let x: NDArray
                    var y: NDArray
                    if dtype.isFloatingPoint {
                        x = random.array(dtype, a, in: row.domain.0)
                        y = random.array(dtype, b, in: row.domain.1)
                    } else {
                        x = random.bits(dtype, a)
                        y =
                            kind.isShift
                            ? random.array(dtype, b, in: -2...70) : random.bits(dtype, b)
                        if kind.dividesIntegers { y = y.withoutZeros() }
                    }
                    add(
                        .binary(kind), [x, y], [ArrayType(dtype, result)], dtype: dtype, units,
                        "\(a) with \(b)")
                }
                addSpecialPairs(kind, dtype, units)
            }
        }
    }

    private mutating func addSpecialPairs(_ kind: BinaryKind, _ dtype: DType, _ units: Tolerance) {
        if kind == .polygamma {
            let x = NDArray.from([1, 1, 2, 2, 3, 0, 1, 1, .nan], dtype)
            let y = NDArray.from([0.5, 20, 1.5, 3, 2, 4, 0, .nan, 1], dtype)
            add(.binary(kind), [x, y], [x.type], dtype: dtype, units, "special values")
            return
        }
        let values = SpecialValues.of(dtype)
        let divisors =
            kind.dividesIntegers && !dtype.isFloatingPoint ? values.withoutZeros() : values
        let (x, y) = SpecialValues.pairs(values, divisors)
        add(.binary(kind), [x, y], [x.type], dtype: dtype, units, "special values")
        guard kind.dividesIntegers, dtype.isInteger else { return }
        let a = NDArray(integers: [5, 6, 7], dtype: dtype, shape: [3])
        let b = NDArray(integers: [1, 0, 2], dtype: dtype, shape: [3])
        add(.binary(kind), [a, b], [a.type], dtype: dtype, units, "by zero")
        let zero = NDArray(integers: [0], dtype: dtype, shape: [])
        add(.binary(kind), [a, zero], [a.type], dtype: dtype, units, "by a scalar zero")
        // Nothing is divided, so nothing fails.
        let none = NDArray.zeros(dtype, [0])
        add(.binary(kind), [none, zero], [none.type], dtype: dtype, units, "nothing by zero")
    }

    // MARK: Comparisons, select, cast

    mutating func addOtherElementwise() {
        for dtype in DType.programTypes {
            var random = TestRandom("compare \(dtype)")
            for kind in ComparisonKind.allCases {
                for (a, b, result) in Self.broadcasts {
                    // Few different values, so that many are equal.
                    let x = random.array(dtype, a, in: 0...3).rounded()
                    let y = random.array(dtype, b, in: 0...3).rounded()
                    add(
                        .compare(kind), [x, y], [ArrayType(.bool, result)], dtype: dtype,
                        "\(a) with \(b)")
                }
                let values = SpecialValues.of(dtype)
                let (x, y) = SpecialValues.pairs(values, values)
                add(
                    .compare(kind), [x, y], [ArrayType(.bool, x.shape)], dtype: dtype,
                    "special values")
            }
            addSelect(dtype, &random)
            for target in DType.programTypes { addCast(dtype, target, &random) }
        }
    }

    private mutating func addSelect(_ dtype: DType, _ random: inout TestRandom) {
        for (a, b, result) in Self.broadcasts {
            let (x, y) = (random.anything(dtype, a), random.anything(dtype, b))
            let conditions = Set([[], result, a, b]).sorted { "\($0)" < "\($1)" }
            for condition in conditions {
                add(
                    .select, [random.array(.bool, condition), x, y], [ArrayType(dtype, result)],
                    dtype: dtype, "\(condition) of \(a) and \(b)")
            }
        }
        let special = SpecialValues.of(dtype)
        let condition = random.array(.bool, special.shape)
        let zero = NDArray.zeros(dtype, [])
        add(.select, [condition, special, zero], [special.type], dtype: dtype, "special values")
    }

    private mutating func addCast(_ dtype: DType, _ target: DType, _ random: inout TestRandom) {
        // An engine may go through f32 on the way to f16 and bf16, and so round twice.
        let isTwice = (target == .float16 || target == .bfloat16) && dtype.size >= 4
        let units: Tolerance = isTwice ? .ulps(1) : .exact
        func add(_ x: NDArray, _ note: String) {
            self.add(
                .cast(target), [x], [ArrayType(target, x.shape)], dtype: dtype, units,
                "to \(target) \(note)")
        }
        for shape in [[], [0], [2, 3], [1000]] {
            add(random.array(dtype, shape, in: -100...100), "\(shape)")
        }
        add(SpecialValues.of(dtype), "special values")
        if dtype.isFloatingPoint {
            let limits: [Double] = [
                0x1p7, 0x1p8, 0x1p15, 0x1p16, 0x1p31, 0x1p32, 0x1p63, 0x1p64,
            ]
            let near: [Double] = limits.flatMap { limit -> [Double] in
                [limit, -limit, limit - 1, -limit - 1, limit + 0.5, -limit - 0.5, limit * 1.5]
            }
            add(.from(near, dtype), "near the limits of integers")
        } else {
            add(random.bits(dtype, [1000]), "random bits")
        }
    }
}

extension UnaryKind {
    /// Whether the reference is not the C library's.
    fileprivate var isDefinedHere: Bool {
        switch self {
        case .sigmoid, .erfInverse, .lgamma, .digamma, .rsqrt: true
        default: false
        }
    }

    /// Where the tolerance holds beyond the domain that gradients are tested in.
    fileprivate var wideRange: ClosedRange<Double> {
        switch self {
        case .exp, .expMinusOne, .sinh, .cosh: -110...110
        case .log, .sqrt, .rsqrt, .cbrt, .reciprocal, .acosh, .logOnePlus: -1...5000
        case .sin, .cos, .tan: -100...100
        case .asin, .acos, .atanh, .erfInverse: -1.1...1.1
        case .tanh, .sigmoid, .erf: -30...30
        case .erfc: -5...12
        case .lgamma, .digamma: 3...60
        default: -1000...1000
        }
    }

    /// The special values that the tolerance is promised at. Near their zeros and poles lgamma and
    /// digamma lose relative accuracy, for large angles the sine depends on how many digits of π
    /// the reduction has.
    fileprivate func restricted(_ values: NDArray) -> NDArray {
        guard values.dtype.isFloatingPoint else { return values }
        switch self {
        case .lgamma, .digamma:
            let kept = values.doubles.filter { !($0 < 0) && ($0 > 2.9 || $0 < 0.6) || $0.isNaN }
            return .from(kept.filter { $0 < 1e4 || !$0.isFinite }, values.dtype)
        case .sin, .cos, .tan:
            return .from(
                values.doubles.filter { Swift.abs($0) < 1e5 || !$0.isFinite }, values.dtype)
        default: return values
        }
    }
}

extension BinaryKind {
    fileprivate var dividesIntegers: Bool {
        switch self {
        case .divide, .remainder, .floorDivide, .floorModulo: true
        default: false
        }
    }

    fileprivate var isShift: Bool {
        switch self {
        case .shiftLeft, .shiftRightArithmetic, .shiftRightLogical: true
        default: false
        }
    }
}

extension TestRandom {
    /// Random bits of integers, plain numbers of floats.
    mutating func anything(_ dtype: DType, _ shape: [Int]) -> NDArray {
        dtype.isFloatingPoint ? array(dtype, shape, in: -2...2) : bits(dtype, shape)
    }
}

extension NDArray {
    /// The elements rounded to whole numbers.
    func rounded() -> NDArray {
        dtype.isFloatingPoint ? .from(doubles.map { $0.rounded() }, dtype, shape) : self
    }

    /// An integer array with ones for its zeros.
    func withoutZeros() -> NDArray {
        guard let integers else { return self }
        return NDArray(integers: integers.map { $0 == 0 ? 1 : $0 }, dtype: dtype, shape: shape)
    }
}
