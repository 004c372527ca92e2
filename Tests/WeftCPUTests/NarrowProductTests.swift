// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Products of small elements that are cast to what they are summed in.
@Suite struct NarrowProductTests {
    private static let integers: [(DType, DType)] = [
        (.int8, .int8), (.uint8, .int8), (.int8, .uint8), (.uint8, .uint8), (.int16, .int8),
    ]

    /// A product [batch, m, n] of operands that are cast to `sum`.
    struct Product: Sendable, CustomStringConvertible {
        var batch = 1
        var m: Int
        var k: Int
        var n: Int
        var turnsA = false
        var turnsB = false
        /// One b for all of the batch.
        var sharesB = false

        var a: [Int] { [batch] + (turnsA ? [k, m] : [m, k]) }
        var b: [Int] { [sharesB ? 1 : batch] + (turnsB ? [n, k] : [k, n]) }
        var description: String {
            "\(batch)x\(m)x\(k)x\(n)\(turnsA ? " a turned" : "")\(turnsB ? " b turned" : "")"
        }

        func program(_ types: (DType, DType), _ sum: DType) -> Program {
            let w = ProgramBuilder()
            let (x, y) = (w.input(types.0, a), w.input(types.1, b))
            let left = w.add(.cast(sum), [x], sum, a)
            var right = w.add(.cast(sum), [y], sum, b)
            if sharesB {
                let shape = [batch] + b.dropFirst()
                right = w.add(.broadcast(shape: shape, axes: [0, 1, 2]), [right], sum, shape)
            }
            let dimensions = DotDimensions(
                lhsContracting: [turnsA ? 1 : 2], rhsContracting: [turnsB ? 2 : 1], lhsBatch: [0],
                rhsBatch: [0])
            return w.program([w.add(.dot(dimensions), [left, right], sum, [batch, m, n])])
        }

        /// The exact sums, of which 32 bits are left.
        func sums(_ x: NDArray, _ y: NDArray) -> [Int64] {
            let (x, y) = ((x.integers ?? []).map(Int32.init), (y.integers ?? []).map(Int32.init))
            var result = [Int32](repeating: 0, count: batch * m * n)
            for item in 0..<batch {
                for i in 0..<m {
                    let row = (item * m + i) * n
                    for p in 0..<k {
                        let factor = x[item * m * k + (turnsA ? p * m + i : i * k + p)]
                        let first = (sharesB ? 0 : item * k * n) + (turnsB ? p : p * n)
                        for j in 0..<n {
                            result[row + j] &+= factor &* y[first + j * (turnsB ? k : 1)]
                        }
                    }
                }
            }
            return result.map(Int64.init)
        }
    }

    private static let products = [
        Product(m: 1, k: 1, n: 1), Product(m: 33, k: 65, n: 17), Product(m: 1, k: 100, n: 300),
        Product(m: 3, k: 129, n: 260), Product(m: 40, k: 5, n: 1), Product(m: 7, k: 1, n: 9),
        Product(m: 64, k: 96, n: 128), Product(m: 31, k: 200, n: 515),
        Product(m: 130, k: 63, n: 70),
        // The last piece of the columns takes along what is too little for one more.
        Product(m: 4, k: 400, n: 130), Product(m: 16, k: 200, n: 36),
        Product(batch: 5, m: 9, k: 31, n: 40), Product(batch: 3, m: 40, k: 70, n: 130),
        Product(batch: 4, m: 33, k: 20, n: 65, sharesB: true),
    ]

    @Test("sums of integers are exact in every layout", arguments: products.indices)
    func areExact(_ index: Int) throws {
        for types in Self.integers {
            for turns in [(false, false), (true, false), (false, true), (true, true)] {
                var product = Self.products[index]
                (product.turnsA, product.turnsB) = turns
                var random = TestRandom("narrow \(product) \(types)")
                let inputs = [random.bits(types.0, product.a), random.bits(types.1, product.b)]
                let expected = product.sums(inputs[0], inputs[1])
                let program = product.program(types, .int32)
                try expectSums(program, inputs, expected, "\(product) of \(types)")
            }
        }
    }

    @Test("of several pieces of b, the last one is the widest")
    func widestLast() throws {
        let product = Product(m: 31, k: 3700, n: 580)
        var random = TestRandom("widest last")
        let inputs = [random.bits(.uint8, product.a), random.bits(.int8, product.b)]
        let expected = product.sums(inputs[0], inputs[1])
        try expectSums(product.program((.uint8, .int8), .int32), inputs, expected, "\(product)")
    }

    /// Where sums of pairs would not fit 16 bits, where a sum is more than 32-bit floats count to, where it
    /// just fits 32 bits, and where it does not.
    @Test(
        "sums of the greatest and least elements are exact, and wrap",
        arguments: [
            Product(m: 2, k: 70_001, n: 3), Product(m: 33, k: 70_001, n: 48),
            Product(m: 33, k: 140_001, n: 5), Product(m: 1, k: 140_001, n: 130),
            Product(m: 40, k: 514, n: 130), Product(m: 40, k: 515, n: 130),
            Product(m: 7, k: 1101, n: 300), Product(batch: 3, m: 35, k: 1101, n: 40),
            Product(m: 64, k: 1101, n: 70, turnsA: true),
        ])
    func holdExtremes(_ product: Product) throws {
        for types in Self.integers.prefix(4) {
            for (x, y) in [
                (-128.0, -128.0), (-128, 127), (127, -128), (255, 255), (127, 127), (127, -1),
                (-1, 127), (255, 127), (127, 255),
            ] {
                let inputs = [
                    NDArray.from([x], types.0).filled(product.a),
                    NDArray.from([y], types.1).filled(product.b),
                ]
                let term = inputs[0].doubles[0] * inputs[1].doubles[0]
                let sum = Int64(Int32(truncatingIfNeeded: Int64(term) * Int64(product.k)))
                let program = product.program(types, .int32)
                let executable = try CPUEngine().compilePlan(program)
                for run in 0..<3 {
                    let sums = try executable.run(inputs, control: nil)[0].integers ?? []
                    #expect(
                        sums.allSatisfy { $0 == sum }, "\(product) of \(types), run \(run)")
                }
            }
        }
    }

    @Test(
        "products without elements are empty or zeros",
        arguments: [
            Product(m: 0, k: 4, n: 3), Product(m: 3, k: 0, n: 5), Product(m: 3, k: 4, n: 0),
            Product(batch: 0, m: 3, k: 4, n: 5),
        ])
    func mayBeEmpty(_ product: Product) throws {
        let inputs = [product.a, product.b].map { NDArray.from([7], .int8).filled($0) }
        let sums = try CPUEngine(verifiesPrograms: true).compilePlan(
            product.program((.int8, .int8), .int32)
        ).run(inputs, control: nil)[0]
        #expect(sums.shape == [product.batch, product.m, product.n])
        #expect(sums.integers?.allSatisfy { $0 == 0 } == true)
    }

    // MARK: Plans

    private static let dimensions = DotDimensions(
        lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])

    @Test("no step casts what only a product reads, through what moves it either")
    func leaveCastsOut() throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.uint8, [8, 40]), w.input(.int8, [30, 5, 8]))
        let left = w.add(.cast(.int32), [x], .int32, [8, 40])
        let wide = w.add(.cast(.int32), [y], .int32, [30, 5, 8])
        let flat = w.add(.reshape([30, 40]), [wide], .int32, [30, 40])
        let right = w.add(.transpose([1, 0]), [flat], .int32, [40, 30])
        let sums = w.add(.dot(Self.dimensions), [left, right], .int32, [8, 30])
        let plan = try w.executable([sums]).explain()
        #expect(plan.contains("matmul") && !plan.contains("cast") && !plan.contains("transpose"))
    }

    @Test("a cast that others read as well stays, and the product is of the small elements")
    func keepCastsForOthers() throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.int8, [6, 40]), w.input(.int8, [40, 5]))
        let (left, right) = (
            w.add(.cast(.int32), [x], .int32, [6, 40]), w.add(.cast(.int32), [y], .int32, [40, 5])
        )
        let sums = w.add(.dot(Self.dimensions), [left, right], .int32, [6, 5])
        var random = TestRandom("kept casts")
        let inputs = [random.bits(.int8, [6, 40]), random.bits(.int8, [40, 5])]
        let program = w.program([sums, left])
        let expected = try ReferenceEngine().compile(program).run(inputs, control: nil)
        let results = try CPUEngine(verifiesPrograms: true).compilePlan(program)
            .run(inputs, control: nil)
        #expect(results.map(\.integers) == expected.map(\.integers))
    }

    @Test("known weights are kept as they are, not cast once and for all")
    func keepConstantsSmall() throws {
        let w = ProgramBuilder()
        let x = w.input(.uint8, [8, 40])
        var random = TestRandom("known weights")
        let weights = random.bits(.int8, [40, 30])
        let right = w.add(.cast(.int32), [w.constant(weights)], .int32, [40, 30])
        let left = w.add(.cast(.int32), [x], .int32, [8, 40])
        let sums = w.add(.dot(Self.dimensions), [left, right], .int32, [8, 30])
        let executable = try w.executable([sums])
        #expect(
            executable.explain().contains("1200 bytes in 1 constants"), "\(executable.explain())")
        let input = random.bits(.uint8, [8, 40])
        let product = Product(m: 8, k: 40, n: 30)
        #expect(
            try executable.run([input], control: nil)[0].integers == product.sums(input, weights))
    }

    @Test("what makes floats of sums is one step, which reads them once")
    func dequantizeInOneStep() throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.uint8, [64, 40]), w.input(.int8, [40, 32]))
        let (scale, bias) = (w.input(.float32, [32]), w.input(.float32, [32]))
        let (left, right) = (
            w.add(.cast(.int32), [x], .int32, [64, 40]),
            w.add(.cast(.int32), [y], .int32, [40, 32])
        )
        let sums = w.add(.dot(Self.dimensions), [left, right], .int32, [64, 32])
        let numbers = w.add(.cast(.float32), [sums], .float32, [64, 32])
        let result = w.unary(.relu, w.binary(.add, w.binary(.multiply, numbers, scale), bias))
        let executable = try w.executable([result])
        let plan = executable.explain()
        #expect(plan.hasPrefix("2 steps"), "\(plan)")
        #expect(plan.contains("fused(cast, multiply, add, relu)"), "\(plan)")
        var random = TestRandom("dequantised")
        let inputs = [
            random.bits(.uint8, [64, 40]), random.bits(.int8, [40, 32]),
            random.array(.float32, [32], in: 0...1), random.array(.float32, [32], in: -1...1),
        ]
        let expected = try ReferenceEngine().compile(w.program([result])).run(inputs, control: nil)
        let found = try executable.run(inputs, control: nil)[0].doubles
        let error = zip(found, expected[0].doubles).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error <= 0.25, "products of up to 2²⁰ are rounded twice: \(error)")
    }

    // MARK: Floats

    /// Products of 16-bit floats are exact in 32 bits; the sums round like those of 32-bit floats.
    @Test("16-bit floats are summed in 32 bits", arguments: [DType.bfloat16, .float16])
    func sumFloats(_ dtype: DType) throws {
        for product in [
            Product(m: 1, k: 1000, n: 200), Product(m: 37, k: 300, n: 65),
            Product(m: 64, k: 512, n: 512), Product(batch: 3, m: 20, k: 90, n: 33),
        ] {
            var random = TestRandom("floats \(product) \(dtype)")
            let inputs = [
                random.array(dtype, product.a, in: -1...1),
                random.array(dtype, product.b, in: -1...1),
            ]
            let program = product.program((dtype, dtype), .float32)
            let executable = try CPUEngine(verifiesPrograms: true).compilePlan(program)
            let exact = try ReferenceEngine().compile(product.program((dtype, dtype), .float64))
                .run(inputs, control: nil)[0].doubles
            for run in 0..<3 {
                let sums = try executable.run(inputs, control: nil)[0].doubles
                let error = zip(sums, exact).map { abs($0 - $1) }.max() ?? 0
                #expect(error < 2e-7 * (10 + Double(product.k)), "\(product), run \(run)")
            }
        }
    }

    @Test("a vector, an array and relu are added to sums of small floats in one step")
    func addToSums() throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.bfloat16, [33, 40]), w.input(.bfloat16, [40, 20]))
        let bias = w.input(.float32, [20])
        let (left, right) = (
            w.add(.cast(.float32), [x], .float32, [33, 40]),
            w.add(.cast(.float32), [y], .float32, [40, 20])
        )
        let product = w.add(.dot(Self.dimensions), [left, right], .float32, [33, 20])
        let result = w.unary(.relu, w.binary(.add, product, bias))
        var random = TestRandom("sums and more")
        // Small integers: exact in any order.
        let inputs = [
            random.array(.bfloat16, [33, 40], in: -1...1).rounded(),
            random.array(.bfloat16, [40, 20], in: -1...1).rounded(),
            random.array(.float32, [20], in: -1...1),
        ]
        let executable = try w.executable([result])
        #expect(executable.explain().contains("fused(matmul, add, relu)"))
        let expected = try ReferenceEngine().compile(w.program([result])).run(inputs, control: nil)
        #expect(try executable.run(inputs, control: nil)[0].doubles == expected[0].doubles)
    }
}

extension NDArray {
    /// Its only element again and again.
    fileprivate func filled(_ shape: [Int]) -> NDArray {
        .from([Double](repeating: doubles[0], count: shape.reduce(1, *)), dtype, shape)
    }

    /// The nearest integers.
    fileprivate func rounded() -> NDArray {
        .from(doubles.map { ($0 * 3).rounded() }, dtype, shape)
    }
}

/// Runs the program thrice on one thread and on two: from the second run on, operands may be packed.
func expectSums(
    _ program: Program, _ inputs: [NDArray], _ expected: [Int64]?, _ label: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws {
    for threads in [1, 2] {
        let engine = CPUEngine(threads: threads, verifiesPrograms: true)
        let executable = try engine.compilePlan(program)
        for run in 0..<3 {
            let sums = try executable.run(inputs, control: nil)[0].integers
            #expect(
                sums == expected, "\(label), \(threads) threads, run \(run)",
                sourceLocation: sourceLocation)
        }
    }
}
