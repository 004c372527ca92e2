// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    private static let reductions: [(shape: [Int], axes: [Int])] = [
        ([], []), ([3], []), ([0], [0]), ([1], [0]), ([3], [0]), ([1000], [0]), ([2, 3], [0]),
        ([2, 3], [1]), ([2, 3], [0, 1]), ([2, 3], [1, 0]), ([2, 0, 3], [1]), ([2, 0, 3], [0]),
        ([0, 3], [0]), ([0, 3], [1]), ([4, 1, 5], [0, 2]), ([4, 1, 5], [1]), ([7, 33], [0]),
        ([7, 33], [1]), ([33, 70], [0]), ([33, 70], [1]), ([3, 4, 5, 6], [1, 3]),
        ([3, 4, 5, 6], [0, 2]), ([2, 5, 5, 8], [0, 1, 2]), ([6, 4, 3], [2, 0]),
    ]

    mutating func addReductions() {
        for kind in ReductionKind.allCases {
            for dtype in Primitive.reduce(kind, axes: []).dtypes {
                var random = TestRandom("reduce \(kind) \(dtype)")
                for (shape, axes) in Self.reductions {
                    let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
                    let count = axes.reduce(1) { $0 * shape[$1] }
                    let x = random.operand(of: kind, dtype, shape)
                    add(
                        .reduce(kind, axes: axes), [x], [ArrayType(dtype, kept)], dtype: dtype,
                        tolerance(kind, count), "\(shape) over \(axes)")
                }
                guard dtype.isFloatingPoint else { continue }
                for (note, values) in Self.salts {
                    let x = random.array(dtype, [9, 40]).salted(with: values, every: 57)
                    for axis in 0...1 {
                        add(
                            .reduce(kind, axes: [axis]), [x],
                            [ArrayType(dtype, [axis == 0 ? 40 : 9])],
                            dtype: dtype, tolerance(kind, axis == 0 ? 9 : 40),
                            "\(note) over \(axis)")
                    }
                }
            }
        }
        addArgReductions()
        addCumulative()
    }

    private static let salts: [(String, [Double])] = [
        ("NaN", [.nan]), ("infinity", [.infinity]), ("infinities", [.infinity, -.infinity]),
        ("NaN and infinities", [-.infinity, .nan, .infinity]), ("zeros", [0, -0.0]),
    ]

    private func tolerance(_ kind: ReductionKind, _ count: Int) -> Tolerance {
        switch kind {
        case .sum: .terms(count)
        // A product of n numbers has n relative errors.
        case .product: .ulps(Double(count) + 1, ignoringZeroSign: true)
        case .maximum, .minimum: .ulps(0, ignoringZeroSign: true)
        case .all, .any: .exact
        }
    }

    private mutating func addArgReductions() {
        for kind in ArgReductionKind.allCases {
            for dtype in DType.programTypes where dtype.isNumeric {
                var random = TestRandom("\(kind) \(dtype)")
                func add(_ x: NDArray, _ axis: Int, _ note: String) {
                    var shape = x.shape
                    shape.remove(at: axis)
                    self.add(
                        .argReduce(kind, axis: axis), [x], [ArrayType(.int64, shape)], dtype: dtype,
                        "\(note) \(x.shape) along \(axis)")
                }
                let shapes = [[1], [5], [1000], [2, 3], [0, 3], [3, 0, 2], [4, 1, 5], [7, 33]]
                for shape in shapes {
                    for axis in shape.indices where shape[axis] > 0 {
                        add(random.array(dtype, shape, in: -100...100), axis, "values")
                        add(random.array(dtype, shape, in: 0...3).rounded(), axis, "ties")
                    }
                }
                guard dtype.isFloatingPoint else {
                    add(random.bits(dtype, [3, 70]), 1, "random bits")
                    continue
                }
                for (note, values) in Self.salts {
                    let x = random.array(dtype, [9, 40]).salted(with: values, every: 31)
                    add(x, 0, note)
                    add(x, 1, note)
                }
                add(.from([-0.0, 0, -0.0], dtype), 0, "zeros of both signs")
                add(.from([.nan, .nan], dtype), 0, "only NaN")
                add(.from([.infinity, .infinity], dtype), 0, "only infinity")
                add(.from([-.infinity, -.infinity], dtype), 0, "only minus infinity")
            }
        }
    }

    private mutating func addCumulative() {
        for kind in ReductionKind.allCases where kind != .all && kind != .any {
            for dtype in DType.programTypes where dtype.isNumeric {
                var random = TestRandom("cumulative \(kind) \(dtype)")
                for shape in [[0], [1], [5], [300], [2, 3], [2, 0, 3], [4, 6, 5]] {
                    for (axis, flags) in shape.indices.flatMap({ axis in (0..<4).map { (axis, $0) }
                    }) {
                        let x = random.operand(of: kind, dtype, shape)
                        let attributes = CumulativeAttributes(
                            kind: kind, axis: axis, isExclusive: flags & 1 == 1,
                            isReversed: flags & 2 == 2)
                        add(
                            .cumulative(attributes), [x], [x.type], dtype: dtype,
                            tolerance(kind, shape[axis]),
                            "\(shape) along \(axis)\(attributes.isExclusive ? " exclusive" : "")"
                                + (attributes.isReversed ? " reversed" : ""))
                    }
                }
                guard dtype.isFloatingPoint else { continue }
                for (note, values) in Self.salts {
                    let x = random.array(dtype, [50]).salted(with: values, every: 19)
                    let attributes = CumulativeAttributes(
                        kind: kind, axis: 0, isExclusive: false, isReversed: false)
                    add(
                        .cumulative(attributes), [x], [x.type], dtype: dtype, tolerance(kind, 50),
                        note)
                }
            }
        }
    }

    // MARK: Sorting

    mutating func addSorting() {
        for dtype in DType.programTypes where dtype.isNumeric {
            var random = TestRandom("sort \(dtype)")
            func add(_ x: NDArray, _ note: String) {
                for axis in x.shape.indices {
                    for isDescending in [false, true] {
                        self.add(
                            .sort(SortAttributes(axis: axis, isDescending: isDescending)), [x],
                            [x.type, ArrayType(.int32, x.shape)], dtype: dtype,
                            "\(note) \(x.shape) along \(axis)\(isDescending ? " descending" : "")")
                    }
                }
                let last = x.shape[x.rank - 1]
                for k in Set([0, 1, last / 2, last]).sorted() where k <= last {
                    let shape = Array(x.shape.dropLast()) + [k]
                    self.add(
                        .topK(k), [x], [ArrayType(dtype, shape), ArrayType(.int32, shape)],
                        dtype: dtype, "\(k) of \(note) \(x.shape)")
                }
            }
            for shape in [[0], [1], [5], [300], [2, 3], [2, 0, 3], [3, 17, 4]] {
                add(random.anything(dtype, shape), "values")
                add(random.array(dtype, shape, in: 0...3).rounded(), "ties")
            }
            add(SpecialValues.of(dtype), "special values")
            if dtype.isFloatingPoint {
                add(random.array(dtype, [4, 40]).salted(with: [.nan, 0, -0.0], every: 7), "NaNs")
            }
        }
    }
}

extension TestRandom {
    /// Operands for which a result says something: products neither vanish nor overflow.
    mutating func operand(of kind: ReductionKind, _ dtype: DType, _ shape: [Int]) -> NDArray {
        switch kind {
        case .product:
            guard dtype.isFloatingPoint else { return bits(dtype, shape) }
            return array(dtype, shape, in: 0.7...1.35)
        case .sum, .maximum, .minimum: return anything(dtype, shape)
        // Mostly true (or false), so that results are not all the same.
        case .all: return rareBits(shape, rare: 0)
        case .any: return rareBits(shape, rare: 1)
        }
    }

    private mutating func rareBits(_ shape: [Int], rare: Int64) -> NDArray {
        let bits = shape.places.map { _ in next() % 16 == 0 ? rare : 1 - rare }
        return NDArray(integers: bits, dtype: .bool, shape: shape)
    }
}

extension [Int] {
    /// The positions of the elements of an array of this shape.
    var places: Range<Int> { 0..<reduce(1, *) }
}
