// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The interpreter's structured primitives")
struct InterpreterStructureTests {
    // MARK: Reductions

    @Test("a reduction without elements gives the operation's identity")
    func emptyReductions() throws {
        let none = try floats([], [0, 2])
        func value(_ kind: ReductionKind) throws -> [String] {
            try reference(.reduce(kind, axes: [0]), [none], .float32, [2]).texts
        }
        #expect(try value(.sum) == ["0.0", "0.0"])
        #expect(try value(.product) == ["1.0", "1.0"])
        #expect(try value(.maximum) == ["-inf", "-inf"])
        #expect(try value(.minimum) == ["inf", "inf"])
        let ints = whole([], .int8, [0])
        #expect(
            try reference(.reduce(.maximum, axes: [0]), [ints], .int8, [])
                == whole([-128], .int8, []))
        let bits = whole([], .uint64, [0])
        #expect(
            try reference(.reduce(.minimum, axes: [0]), [bits], .uint64, [])
                == whole([-1], .uint64, []))
        let bools = whole([], .bool, [0])
        #expect(try reference(.reduce(.all, axes: [0]), [bools], .bool, []) == NDArray(true))
        #expect(try reference(.reduce(.any, axes: [0]), [bools], .bool, []) == NDArray(false))
    }

    @Test("sums are rounded once, at the end")
    func roundedOnce() throws {
        let x = NDArray.from([1e8, 1, 1, 1, 1, -1e8], .float32)
        #expect(try reference(.reduce(.sum, axes: [0]), [x], .float32, []).doubles == [4])
    }

    @Test("NaN is the greatest and the least of whatever it is among")
    func reducedNaN() throws {
        let x = try floats([1, .nan, 3, 4, 5, 6], [2, 3])
        #expect(
            try reference(.reduce(.maximum, axes: [1]), [x], .float32, [2]).texts == ["nan", "6.0"])
        #expect(
            try reference(.reduce(.minimum, axes: [0]), [x], .float32, [3]).texts
                == ["1.0", "nan", "3.0"])
    }

    @Test("the first of equal extremes is the one, and the first NaN before all")
    func argReductions() throws {
        let x = try floats([1, 3, 3, 2, -1, -1], [2, 3])
        #expect(
            try reference(.argReduce(.argMax, axis: 1), [x], .int64, [2]) == whole([1, 0], .int64))
        #expect(
            try reference(.argReduce(.argMin, axis: 1), [x], .int64, [2]) == whole([0, 1], .int64))
        #expect(
            try reference(.argReduce(.argMax, axis: 0), [x], .int64, [3])
                == whole([1, 0, 0], .int64))
        let y = try floats([5, .nan, 9, .nan])
        #expect(
            try reference(.argReduce(.argMax, axis: 0), [y], .int64, []) == whole([1], .int64, []))
        #expect(
            try reference(.argReduce(.argMin, axis: 0), [y], .int64, []) == whole([1], .int64, []))
    }

    @Test("running sums can leave out their own element and run from the end")
    func cumulative() throws {
        let x = try floats([1, 2, 3])
        func sums(_ isExclusive: Bool, _ isReversed: Bool) throws -> [Double] {
            let attributes = CumulativeAttributes(
                kind: .sum, axis: 0, isExclusive: isExclusive, isReversed: isReversed)
            return try reference(.cumulative(attributes), x).doubles
        }
        #expect(try sums(false, false) == [1, 3, 6])
        #expect(try sums(true, false) == [0, 1, 3])
        #expect(try sums(false, true) == [6, 5, 3])
        #expect(try sums(true, true) == [5, 3, 0])
    }

    // MARK: Products

    @Test("a product's axes are batch, left, right")
    func dot() throws {
        let a = NDArray.from((0..<6).map(Double.init), .float32, [2, 3])
        let b = NDArray.from((0..<6).map(Double.init), .float32, [3, 2])
        let plain = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        #expect(try reference(.dot(plain), [a, b], .float32, [2, 2]).doubles == [10, 13, 28, 40])
        let batched = DotDimensions(
            lhsContracting: [], rhsContracting: [], lhsBatch: [1], rhsBatch: [0])
        #expect(
            try reference(.dot(batched), [a, b], .float32, [3, 2, 2]).doubles
                == [0, 0, 0, 3, 2, 3, 8, 12, 8, 10, 20, 25])
        let none = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let (left, right) = (NDArray.zeros(.int32, [2, 0]), NDArray.zeros(.int32, [0, 2]))
        #expect(
            try reference(.dot(none), [left, right], .int32, [2, 2]) == .zeros(.int32, [2, 2]))
    }

    @Test("a convolution slides the filter without turning it")
    func convolution() throws {
        func attributes(
            stride: Int = 1, low: Int = 0, high: Int = 0, input: Int = 1, filter: Int = 1,
            groups: Int = 1
        ) -> ConvolutionAttributes {
            ConvolutionAttributes(
                strides: [stride], padding: [.init(low, high)], inputDilation: [input],
                filterDilation: [filter], groups: groups)
        }
        let x = try floats([1, 2, 3, 4, 5], [1, 5, 1])
        let f = try floats([1, 10, 100], [3, 1, 1])
        func run(_ a: ConvolutionAttributes, _ size: Int) throws -> [Double] {
            try reference(.convolution(a), [x, f], .float32, [1, size, 1]).doubles
        }
        #expect(try run(attributes(), 3) == [321, 432, 543])
        #expect(try run(attributes(stride: 2, low: 1, high: 1), 3) == [210, 432, 54])
        #expect(try run(attributes(filter: 2), 1) == [531])
        #expect(try run(attributes(input: 2), 7) == [201, 20, 302, 30, 403, 40, 504])
        #expect(try run(attributes(low: -1, high: -1), 1) == [432])
        let channels = try floats([1, 2, 3, 4], [1, 1, 4])
        let grouped = try floats([1, 10, 100, 1000], [1, 2, 2])
        let both = try reference(
            .convolution(attributes(groups: 2)), [channels, grouped], .float32, [1, 1, 2])
        // 1 · 1 + 2 · 100 and 3 · 10 + 4 · 1000.
        #expect(both.doubles == [201, 4030])
    }

    @Test("a convolution's gradients are its transposes")
    func convolutionGradients() throws {
        let attributes = ConvolutionAttributes(
            strides: [2, 1], padding: [.init(1, 0), .init(0, 2)], inputDilation: [1, 2],
            filterDilation: [1, 1], groups: 2)
        var random = TestRandom("transposes")
        let x = random.array(.float64, [2, 4, 3, 4])
        let f = random.array(.float64, [3, 2, 2, 6])
        let output = ArrayType(.float64, [2, 2, 6, 6])
        let y = try reference(.convolution(attributes), [x, f], [output])[0]
        let g = random.array(.float64, output.shape)
        let dx = try reference(.convolutionInputGradient(attributes), [g, f], [x.type])[0]
        let df = try reference(.convolutionFilterGradient(attributes), [x, g], [f.type])[0]
        func inner(_ a: NDArray, _ b: NDArray) -> Double {
            zip(a.doubles, b.doubles).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(inner(y, g) - inner(x, dx)) < 1e-10)
        #expect(abs(inner(y, g) - inner(f, df)) < 1e-10)
    }

    // MARK: Windows

    @Test("the padding of a window never is a maximum")
    func windows() throws {
        let attributes = WindowAttributes(
            sizes: [2], strides: [2], padding: [.init(3, 1)], dilations: [1])
        let x = try floats([-5, -3, -3, .nan])
        func run(_ kind: WindowKind) throws -> [String] {
            try reference(.window(kind, attributes), [x], .float32, [4]).texts
        }
        // The windows: all padding, padding and −5, −3 and −3, NaN and padding.
        #expect(try run(.maximum) == ["-inf", "-5.0", "-3.0", "nan"])
        #expect(try run(.minimum) == ["inf", "-5.0", "-3.0", "nan"])
        #expect(try run(.sum) == ["0.0", "-5.0", "-6.0", "nan"])
        let g = try floats([1, 2, 4, 8])
        #expect(
            try reference(.maxPoolGradient(attributes), [x, g], .float32, [4]).doubles
                == [2, 4, 0, 8])
        #expect(
            try reference(.maxPoolPick(attributes), [x, g], .float32, [4]).doubles == [0, 1, 2, 8])
        #expect(
            try reference(.windowSumGradient(attributes), [g], .float32, [4]).doubles
                == [2, 4, 4, 8])
    }

    // MARK: Movement

    @Test("negative padding crops and interior padding spreads")
    func pad() throws {
        let x = try floats([1, 2, 3])
        func run(_ low: Int, _ high: Int, _ interior: Int, _ size: Int) throws -> [Double] {
            let attributes = PadAttributes(low: [low], high: [high], interior: [interior])
            return try reference(.pad(attributes), [x, NDArray(Float(9))], .float32, [size]).doubles
        }
        #expect(try run(1, 2, 0, 6) == [9, 1, 2, 3, 9, 9])
        #expect(try run(0, 0, 2, 7) == [1, 9, 9, 2, 9, 9, 3])
        #expect(try run(-1, 1, 1, 5) == [9, 2, 9, 3, 9])
        #expect(try run(-1, -2, 0, 0) == [])
    }

    @Test("the start of a dynamic slice is moved inside, however far out it is")
    func dynamicSlices() throws {
        let x = try floats([1, 2, 3, 4, 5])
        for (start, expected) in [
            (0, [1, 2]), (4, [4, 5]), (Int64.max, [4, 5]), (Int64.min, [1, 2]),
        ] as [(Int64, [Double])] {
            let starts = whole([start], .int64)
            #expect(
                try reference(.dynamicSlice(sizes: [2]), [x, starts], .float32, [2]).doubles
                    == expected)
        }
        let updated = try reference(.dynamicUpdateSlice, x, try floats([8, 9]), whole([7], .int64))
        #expect(updated.doubles == [1, 2, 3, 8, 9])
        #expect(x.doubles == [1, 2, 3, 4, 5])
    }

    @Test("transposing, broadcasting, slicing and reversing put elements where they say")
    func movement() throws {
        let x = whole([0, 1, 2, 3, 4, 5], .int32, [2, 3])
        #expect(
            try reference(.transpose([1, 0]), [x], .int32, [3, 2])
                == whole([0, 3, 1, 4, 2, 5], .int32, [3, 2]))
        let vector = whole([1, 2], .int32)
        #expect(
            try reference(.broadcast(shape: [2, 2], axes: [0]), [vector], .int32, [2, 2])
                == whole([1, 1, 2, 2], .int32, [2, 2]))
        let attributes = SliceAttributes(starts: [0, 1], limits: [2, 3], strides: [1, 2])
        #expect(
            try reference(.slice(attributes), [x], .int32, [2, 1])
                == whole([1, 4], .int32, [2, 1]))
        #expect(
            try reference(.reverse(axes: [1]), x) == whole([2, 1, 0, 5, 4, 3], .int32, [2, 3]))
        #expect(
            try reference(
                .concatenate(axis: 1), [x, whole([7, 8], .int32, [2, 1])], .int32, [2, 4])
                == whole([0, 1, 2, 7, 3, 4, 5, 8], .int32, [2, 4]))
    }

    // MARK: Sorting

    @Test("sorting is stable both ways and puts NaN last of ascending, first of descending")
    func sorting() throws {
        let x = try floats([2, .nan, -0.0, 0, 2, -.infinity])
        let types = [x.type, ArrayType(.int32, [6])]
        let up = try reference(.sort(SortAttributes(axis: 0, isDescending: false)), [x], types)
        #expect(up[0].texts == ["-inf", "-0.0", "0.0", "2.0", "2.0", "nan"])
        #expect(up[1] == whole([5, 2, 3, 0, 4, 1], .int32))
        let down = try reference(.sort(SortAttributes(axis: 0, isDescending: true)), [x], types)
        #expect(down[1] == whole([1, 0, 4, 2, 3, 5], .int32))
        let best = try reference(
            .topK(3), [x], [ArrayType(.float32, [3]), ArrayType(.int32, [3])])
        #expect(best[0].texts == ["nan", "2.0", "2.0"])
        #expect(best[1] == whole([1, 0, 4], .int32))
    }

    // MARK: Random bits

    @Test("Philox gives the published words")
    func philox() {
        let zero = Philox.block(key: (0, 0), counter: (0, 0, 0, 0))
        #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = Philox.block(
            key: (.max, .max), counter: (.max, .max, .max, .max))
        #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        let pi = Philox.block(
            key: (0xa409_3822, 0x299f_31d0),
            counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
        #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("random bits are the words of consecutive blocks, whatever the shape")
    func randomBits() throws {
        let state = RandomState(seed: 5, step: 1 << 32 + 3)
        let draw = RandomDraw(stream: 77, ordinal: 2)
        let key = state.key(of: draw)
        let first = Philox.block(key: key, counter: (0, 0, 3, 1))
        let second = Philox.block(key: key, counter: (1, 0, 3, 1))
        let bits = try reference(.randomBits(draw), [state.array], .uint32, [5])
        #expect(
            try bits.scalars(as: UInt32.self) == [first.0, first.1, first.2, first.3, second.0])
        let matrix = try reference(.randomBits(draw), [state.array], .uint32, [5, 1])
        #expect(matrix.integers == bits.integers)
        let folded = try reference(.foldRandom, [state.array, NDArray(Int64(9))], .uint32, [4])
        #expect(folded == state.folded(9).array)
    }
}
