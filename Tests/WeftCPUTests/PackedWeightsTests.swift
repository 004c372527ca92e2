// SPDX-License-Identifier: Apache-2.0
import COneDNN
import Dispatch
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Copies of weights in oneDNN's own layouts.
@Suite struct PackedWeightsTests {
    private struct Product: CustomStringConvertible {
        var (m, k, n) = (0, 0, 0)
        var isTransposed = false
        var hasBias = false
        var hasRelu = false

        var weights: [Int] { isTransposed ? [n, k] : [k, n] }
        var description: String {
            "\(m)x\(k)x\(n)\(isTransposed ? " transposed" : "")\(hasBias ? " bias" : "")"
                + (hasRelu ? " relu" : "")
        }

        /// The product of two inputs, and of a bias.
        func program() -> Program {
            let w = ProgramBuilder()
            let (x, b) = (w.input(.float32, [m, k]), w.input(.float32, weights))
            let bias = w.input(.float32, [n])
            let dimensions = DotDimensions(
                lhsContracting: [1], rhsContracting: [isTransposed ? 1 : 0], lhsBatch: [],
                rhsBatch: [])
            var y = w.add(.dot(dimensions), [x, b], .float32, [m, n])
            if hasBias { y = w.binary(.add, y, bias) }
            if hasRelu { y = w.unary(.relu, y) }
            return w.program([y])
        }

        func arrays(_ seed: String) -> [NDArray] {
            var random = TestRandom(seed)
            return [[m, k], weights, [n]].map { random.array(.float32, $0, in: -1...1) }
        }

        /// The size of a copy of the weights; 0 where this machine's kernels read none any faster, or
        /// with other bits.
        var copyBytes: Int {
            var spec = weft_dnn_matmul_spec()
            (spec.batch, spec.m, spec.k, spec.n) = (1, Int64(m), Int64(k), Int64(n))
            (spec.transpose_b, spec.packed_b) = (isTransposed, true)
            guard let handle = weft_dnn_matmul_create(&spec) else { return 0 }
            defer { weft_dnn_matmul_destroy(handle) }
            return weft_dnn_matmul_packed_bytes(handle)
        }
    }

    private static let products = [
        Product(m: 4, k: 512, n: 512), Product(m: 7, k: 33, n: 1024, hasBias: true, hasRelu: true),
        Product(m: 16, k: 512, n: 128, isTransposed: true),
        Product(m: 5, k: 70, n: 33, isTransposed: true, hasBias: true),
        Product(m: 520, k: 64, n: 512, hasRelu: true),
        // Products with vectors have no copies.
        Product(m: 1, k: 64, n: 512), Product(m: 64, k: 64, n: 1, isTransposed: true),
    ]

    private static func plain(_ program: Program, _ inputs: [NDArray]) throws -> [[Double]] {
        try CPUEngine(packsWeights: false).compile(program).run(inputs, control: nil)
            .map(\.doubles)
    }

    @Test(arguments: products.indices)
    func doNotShowInTheBits(_ index: Int) throws {
        let product = Self.products[index]
        let (program, inputs) = (product.program(), product.arrays("packed \(index)"))
        let executable = try CPUEngine().compilePlan(program)
        let expected = try Self.plain(program, inputs)
        for run in 0..<4 {
            let results = try executable.run(inputs, control: nil).map(\.doubles)
            #expect(results == expected, "\(product), run \(run)")
            // The first run sees the weights for the first time.
            let isPacked = run > 0 && product.copyBytes > 0
            #expect((executable.packedBytes > 0) == isPacked, "\(product), run \(run)")
        }
    }

    @Test func followTheWeights() throws {
        let product = Self.products[0]
        let program = product.program()
        let executable = try CPUEngine().compilePlan(program)
        let first = product.arrays("first")
        let second = [first[0], product.arrays("second")[1], first[2]]
        let expected = [try Self.plain(program, first), try Self.plain(program, second)]
        #expect(expected[0] != expected[1])
        for (run, which) in [0, 0, 0, 1, 0, 1, 1, 1, 0, 0].enumerated() {
            let results = try executable.run(which == 0 ? first : second, control: nil)
            #expect(results.map(\.doubles) == expected[which], "run \(run)")
        }
    }

    @Test func keepTheirWeightsFromBeingOverwritten() throws {
        let product = Self.products[0]
        let executable = try CPUEngine().compilePlan(product.program())
        var inputs = product.arrays("kept")
        for _ in 0..<2 { _ = try executable.run(inputs, control: nil) }
        // The memory of an array that nobody holds any more is free for a result, that of one
        // with a copy is not.
        var spare: Storage? = inputs[1].storage
        let bytes = try #require(spare).byteCount
        inputs.remove(at: 1)
        #expect((Storage.takeUnshared(&spare, byteCount: bytes) == nil) == (product.copyBytes > 0))
    }

    @Test func areNotMadeOfWeightsThatChange() throws {
        let product = Self.products[0]
        let executable = try CPUEngine().compilePlan(product.program())
        for step in 0..<6 {
            _ = try executable.run(product.arrays("step \(step)"), control: nil)
            #expect(executable.packedBytes == 0)
        }
    }

    @Test func letGoOfTheirWeights() throws {
        let product = Self.products[0]
        weak var weights: Storage?
        weak var executable: CPUExecutable?
        do {
            let own = try CPUEngine().compilePlan(product.program())
            executable = own
            do {
                let inputs = product.arrays("let go")
                weights = inputs[1].storage
                for _ in 0..<3 { _ = try own.run(inputs, control: nil) }
            }
            #expect((weights != nil) == (product.copyBytes > 0))
            let others = product.arrays("others")
            for _ in 0..<3 { _ = try own.run(others, control: nil) }
            #expect(weights == nil)
        }
        #expect(executable == nil)
    }

    @Test func areSharedByStepsAndRuns() throws {
        let w = ProgramBuilder()
        let (x, b) = (w.input(.float32, [8, 512]), w.input(.float32, [512, 512]))
        var y = x
        for _ in 0..<3 {
            let dimensions = DotDimensions(
                lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
            y = w.unary(.tanh, w.add(.dot(dimensions), [y, b], .float32, [8, 512]))
        }
        let program = w.program([y])
        let executable = try CPUEngine().compilePlan(program)
        var random = TestRandom("shared")
        let sets = (0..<2).map { _ in
            [
                random.array(.float32, [8, 512], in: -1...1),
                random.array(.float32, [512, 512], in: -0.1...0.1),
            ]
        }
        let expected = try sets.map { try Self.plain(program, $0) }
        for _ in 0..<3 { _ = try executable.run(sets[0], control: nil) }
        #expect(executable.packedBytes == Product(m: 8, k: 512, n: 512).copyBytes)
        let wrong = Guarded(0)
        DispatchQueue.concurrentPerform(iterations: 64) { i in
            // Runs of equal weights and of others at once.
            let which = i / 3 % 2
            let results = try? executable.run(sets[which], control: nil).map(\.doubles)
            if results != expected[which] { wrong.withLock { $0 += 1 } }
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    @Test func ofConstantsAndFilters() throws {
        let w = ProgramBuilder()
        var random = TestRandom("filters")
        let image = w.input(.float32, [1, 12, 12, 32])
        let filter = w.constant(random.array(.float32, [3, 3, 32, 48], in: -1...1))
        let attributes = ConvolutionAttributes(
            strides: [2, 2], padding: [.init(1, 1), .init(1, 1)], inputDilation: [1, 1],
            filterDilation: [1, 1], groups: 1)
        let y = w.add(.convolution(attributes), [image, filter], .float32, [1, 6, 6, 48])
        let program = w.program([y])
        let executable = try CPUEngine().compilePlan(program)
        let input = random.array(.float32, [1, 12, 12, 32], in: -1...1)
        let expected = try Self.plain(program, [input])
        for run in 0..<3 {
            #expect(try executable.run([input], control: nil).map(\.doubles) == expected)
            #expect((executable.packedBytes > 0) == (run > 0))
        }
        #expect(executable.explain().contains("bytes more in copies of 1 weights"))
    }

    /// A recurrent layer as a scan, or as a loop of `steps` iterations.
    private static func layer(_ steps: Int, isScan: Bool) throws -> Program {
        let h = AnyTensor.placeholder(.float32, shape: [6, 128])
        let b = AnyTensor.placeholder(.float32, shape: [128, 512])
        let c = AnyTensor.placeholder(.float32, shape: [512, 128])
        func body(_ h: AnyTensor) -> AnyTensor {
            let wide = matmul(Tensor<Float>(h), Tensor<Float>(b))
            return tanh(matmul(wide, Tensor<Float>(c)) * 0.125).anyTensor
        }
        let last: AnyTensor
        if isScan {
            let count = Tensor<Float>.zeros(shape: [steps]).anyTensor
            last =
                scan(over: [count], initial: [h]) { carries, _ in ([body(carries[0])], []) }
                .carries[0]
        } else {
            let zero = Tensor<Int64>(0).anyTensor
            last =
                whileLoop(
                    [zero, h], condition: { Tensor<Int64>($0[0]) .< Int64(steps) },
                    body: { [(Tensor<Int64>($0[0]) + 1).anyTensor, body($0[1])] })[1]
        }
        return try LoweredGraph(
            fetches: [last],
            feeds: [h, b, c].map { ($0, ArrayType(.float32, $0.shape.dimensions ?? [])) }
        ).program
    }

    @Test(arguments: [true, false])
    func insideLoops(_ isScan: Bool) throws {
        let program = try Self.layer(12, isScan: isScan)
        let executable = try CPUEngine().compilePlan(program)
        for round in 0..<4 {
            // New weights in each run, which may lie where the last ones did.
            var random = TestRandom("loop \(round / 2)")
            let inputs = program.inputTypes.map {
                random.array(.float32, $0.shape, in: -0.5...0.5)
            }
            let expected = try Self.plain(program, inputs)
            #expect(try executable.run(inputs, control: nil).map(\.doubles) == expected)
        }
    }
}
