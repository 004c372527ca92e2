// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Reductions that are fused with what is elementwise before and behind them: that they are, and
/// that the numbers are the interpreter's.
@Suite struct RowProgramTests {
    private static let shapes = [
        [1, 1], [2, 1], [1, 17], [17, 3], [3, 17], [16, 10], [33, 64], [20, 1000], [5, 4099],
        [600, 2], [2, 3, 40, 33],
    ]

    /// Runs a program on both engines. Elements that are not numbers must be so on both.
    private func check(
        _ w: ProgramBuilder, _ outputs: [Int], _ inputs: [NDArray], tolerance: Double = 1e-5,
        _ what: String, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let program = w.program(outputs)
        let expected = try ReferenceEngine().compile(program).run(inputs, control: nil)
        let executable = try CPUEngine(verifiesPrograms: true).compilePlan(program)
        // Twice, so that what a run leaves behind would show.
        for _ in 0..<2 {
            let actual = try executable.run(inputs, control: nil)
            for (a, b) in zip(actual, expected) {
                let (x, y) = (a.doubles, b.doubles)
                let scale = max(y.filter(\.isFinite).map(abs).max() ?? 1, 1e-30)
                let isRight = zip(x, y).allSatisfy { x, y in
                    x == y || (x.isNaN && y.isNaN) || abs(x - y) <= tolerance * scale
                }
                #expect(isRight, "\(what)", sourceLocation: sourceLocation)
            }
        }
    }

    private func rowReduce(
        _ w: ProgramBuilder, _ kind: ReductionKind, _ x: Int, kept: Bool = true
    ) -> Int {
        let type = w.values[x]
        let result = w.add(
            .reduce(kind, axes: [type.shape.count - 1]), [x], type.dtype,
            Array(type.shape.dropLast()))
        return kept
            ? w.add(
                .reshape(type.shape.dropLast() + [1]), [result], type.dtype,
                type.shape.dropLast() + [1]) : result
    }

    private func softmax(_ w: ProgramBuilder, _ x: Int) -> Int {
        let powers = w.unary(.exp, w.binary(.subtract, x, rowReduce(w, .maximum, x)))
        return w.binary(.divide, powers, rowReduce(w, .sum, powers))
    }

    private func layerNorm(_ w: ProgramBuilder, _ x: Int, _ gain: Int) -> Int {
        let count = w.constant(NDArray(Float(w.values[x].shape.last ?? 1)))
        let mean = w.binary(.divide, rowReduce(w, .sum, x), count)
        let centred = w.binary(.subtract, x, mean)
        let square = w.binary(
            .divide, rowReduce(w, .sum, w.binary(.multiply, centred, centred)), count)
        let factor = w.unary(.rsqrt, w.binary(.add, square, w.constant(NDArray(Float(1e-3)))))
        return w.binary(.multiply, w.binary(.multiply, centred, factor), gain)
    }

    @Test func isOneStepForASoftmaxAndForALayerNorm() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [64, 40])
        #expect(try w.executable([softmax(w, x)]).stepCount == 1)
        let v = ProgramBuilder()
        let (y, gain) = (v.input(.float32, [4, 16, 40]), v.input(.float32, [40]))
        let executable = try v.executable([layerNorm(v, y, gain)])
        #expect(executable.stepCount == 1)
        #expect(executable.explain().contains("fused(sum, divide, subtract"))
    }

    @Test func keepsOneLongRowInParallelPieces() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [2, 100_000])
        #expect(try w.executable([softmax(w, x)]).stepCount > 1)
    }

    @Test func agreesOnSoftmaxAndLayerNorm() throws {
        var random = TestRandom("rows")
        for shape in Self.shapes {
            let w = ProgramBuilder()
            let (x, gain) = (w.input(.float32, shape), w.input(.float32, [shape.last ?? 1]))
            let (a, b) = (softmax(w, x), layerNorm(w, x, gain))
            let inputs = [
                random.array(.float32, shape, in: -4...4),
                random.array(.float32, [shape.last ?? 1], in: -1...1),
            ]
            try check(w, [a, b], inputs, "\(shape)")
        }
    }

    @Test func keepsNaNAndInfinityInTheirRows() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [16, 40])
        var numbers = (0..<640).map { Float($0 % 7) }
        numbers[45] = .nan
        numbers[90] = .infinity
        for i in 160..<200 { numbers[i] = -.infinity }
        try check(w, [softmax(w, x)], [floats(numbers, [16, 40])], "special values")
    }

    @Test func reducesOverRowsAlongWithWhatItReduces() throws {
        var random = TestRandom("columns")
        for shape in Self.shapes + [[4096, 32], [70, 1500]] {
            let w = ProgramBuilder()
            let (x, y) = (w.input(.float32, shape), w.input(.float32, shape))
            let mask = w.add(
                .compare(.greater), [x, w.constant(NDArray(Float(0)))], .bool, shape)
            let kept = w.add(
                .select, [mask, y, w.constant(NDArray(Float(0)))], .float32, shape)
            let product = w.binary(.multiply, kept, x)
            let columns = [shape.last ?? 1]
            let leading = Array(shape.indices.dropLast())
            let sums = [ReductionKind.sum, .maximum].map {
                w.add(.reduce($0, axes: leading), [kept], .float32, columns)
            }
            let products = w.add(.reduce(.sum, axes: leading), [product], .float32, columns)
            let all = w.add(.reduce(.sum, axes: Array(shape.indices)), [product], .float32, [])
            let outputs = [kept, products, all] + sums
            let inputs = [
                random.array(.float32, shape, in: -1...1),
                random.array(.float32, shape, in: -1...1),
            ]
            try check(w, outputs, inputs, "\(shape)")
            if shape[0] > 16 { #expect(try w.executable(outputs).stepCount == 1) }
        }
    }

    @Test func reducesIntegersToTheBit() throws {
        var random = TestRandom("integers")
        for dtype in [DType.int8, .int32, .int64, .uint16, .bfloat16, .float64] {
            let shape = [40, 21]
            let w = ProgramBuilder()
            let x = w.input(dtype, shape)
            let shifted = w.binary(.subtract, x, rowReduce(w, .minimum, x))
            let sum = rowReduce(w, .sum, shifted)
            let total = w.add(.reduce(.product, axes: [0]), [shifted], dtype, [21])
            let input = random.array(dtype, shape, in: 1...3)
            try check(w, [w.binary(.add, shifted, sum), total], [input], "\(dtype)")
        }
    }

    /// Cross-entropy with class numbers, and its gradient, as the graph writes them.
    private func crossEntropy(
        _ w: ProgramBuilder, _ z: Int, _ labels: Int
    ) -> [Int] {
        let shape = w.values[z].shape
        let numbers = w.add(.iota(axis: 1), [], .int64, shape)
        let index = w.add(.reshape([shape[0], 1]), [labels], .int64, [shape[0], 1])
        let isLabel = w.add(.compare(.equal), [index, numbers], .bool, shape)
        let zero = w.constant(NDArray(Float(0)))
        let shifted = w.binary(.subtract, z, rowReduce(w, .maximum, z))
        let powers = w.unary(.exp, shifted)
        let sum = rowReduce(w, .sum, powers)
        let logarithm = w.binary(.subtract, shifted, w.unary(.log, sum))
        let picked = w.add(.select, [isLabel, logarithm, zero], .float32, shape)
        let loss = w.unary(.negate, rowReduce(w, .sum, picked, kept: false))
        let seeds = w.input(.float32, [shape[0]])
        let wide = w.add(.broadcast(shape: shape, axes: [0]), [seeds], .float32, shape)
        let sparse = w.add(.select, [isLabel, wide, zero], .float32, shape)
        let total = rowReduce(w, .sum, w.unary(.negate, sparse))
        let scale = w.binary(.divide, total, sum)
        let gradient = w.binary(.add, sparse, w.binary(.multiply, powers, scale))
        return [loss, gradient]
    }

    @Test func takesElementsByIndexInsteadOfComparingEachOfThem() throws {
        var random = TestRandom("labels")
        for shape in [[32, 10], [17, 1000], [64, 3], [2, 2]] {
            let w = ProgramBuilder()
            let (z, labels) = (w.input(.float32, shape), w.input(.int64, [shape[0]]))
            let outputs = crossEntropy(w, z, labels)
            // Two are out of range: no element of their rows is taken.
            var numbers = (0..<shape[0]).map { Int64($0 % shape[1]) }
            numbers[0] = -1
            numbers[1] = Int64(shape[1])
            let inputs = [
                random.array(.float32, shape, in: -4...4), NDArray(numbers),
                random.array(.float32, [shape[0]], in: -1...1),
            ]
            try check(w, outputs, inputs, "\(shape)")
            let executable = try w.executable(outputs)
            // The loss's sign is turned once a row, after the step that picks it.
            #expect(executable.stepCount == 2)
            #expect(!executable.explain().contains("iota"))
        }
    }

    @Test func keepsAComparisonThatOthersNeed() throws {
        let w = ProgramBuilder()
        let (z, labels) = (w.input(.float32, [32, 10]), w.input(.int64, [32]))
        let numbers = w.add(.iota(axis: 1), [], .int64, [32, 10])
        let index = w.add(.reshape([32, 1]), [labels], .int64, [32, 1])
        let isLabel = w.add(.compare(.equal), [index, numbers], .bool, [32, 10])
        let zero = w.constant(NDArray(Float(0)))
        let picked = w.add(.select, [isLabel, z, zero], .float32, [32, 10])
        let inputs = [
            NDArray.filled(.float32, [32, 10], 2), NDArray((0..<32).map { Int64($0 % 10) }),
        ]
        try check(w, [rowReduce(w, .sum, picked), isLabel], inputs, "comparison")
        try check(w, [rowReduce(w, .sum, picked), picked], inputs, "selection")
    }

    @Test func givesTheSameBitsForAnyNumberOfThreads() throws {
        var random = TestRandom("threads")
        let w = ProgramBuilder()
        let x = w.input(.float32, [3000, 33])
        let y = w.unary(.exp, x)
        let sums = w.add(.reduce(.sum, axes: [0]), [y], .float32, [33])
        let program = w.program([sums, softmax(w, x)])
        let input = random.array(.float32, [3000, 33], in: -1...1)
        let one = try CPUEngine(threads: 1).compilePlan(program).run([input], control: nil)
        let two = try CPUEngine(threads: 2).compilePlan(program).run([input], control: nil)
        for (a, b) in zip(one, two) { #expect(a.hasSameBits(as: b)) }
    }
}
