// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Random graphs of integer instructions, where every engine must give the same bits: what goes
/// wrong when fusion, views or memory planning do.
@Suite struct RandomProgramTests {
    @Test(arguments: 0..<8)
    func agreesWithTheReference(_ seed: Int) throws {
        for round in 0..<60 {
            var random = TestRandom("random program \(seed) \(round)")
            var writer = RandomProgram(random)
            let program = writer.make(instructions: 5 + random.index(below: 120))
            let inputs = program.inputTypes.map {
                random.array($0.dtype, $0.shape, in: -100...100)
            }
            let expected = try ReferenceEngine().compile(program).run(inputs, control: nil)
            let executable = try CPUEngine(verifiesPrograms: true).compilePlan(program)
            // Twice, so that what a run leaves behind would show.
            for _ in 0..<2 {
                let actual = try executable.run(inputs, control: nil)
                for (a, b) in zip(actual, expected) {
                    #expect(a.hasSameBits(as: b), "seed \(seed), round \(round)")
                }
            }
            var spares: [Storage?] = []
            let (profiled, timings) = try executable.profile(inputs, reusing: &spares)
            #expect(zip(profiled, expected).allSatisfy { $0.hasSameBits(as: $1) })
            #expect(timings.count { $0.depth == 0 } == executable.stepCount)
        }
    }
}

/// Grows a program from random instructions on random earlier values.
private struct RandomProgram {
    private var random: TestRandom
    private var builder = ProgramBuilder()
    private var values: [Int] = []

    init(_ random: TestRandom) { self.random = random }

    private func shape(_ value: Int) -> [Int] { builder.type(of: value).shape }

    private mutating func pick() -> Int {
        // Often a recent one, so that chains arise.
        let recent = random.index(below: 3) > 0 ? min(values.count, 6) : values.count
        return values[values.count - 1 - random.index(below: recent)]
    }

    mutating func make(instructions: Int) -> Program {
        for shape in [[4, 6], [6], [4, 1], [], [24], [3, 4, 6]] {
            values.append(builder.input(.int32, shape))
        }
        values.append(builder.constant(NDArray(Int32(3))))
        for _ in 0..<instructions { addOne() }
        var outputs = [values[0], values[values.count - 1]]
        for _ in 0..<random.index(below: 6) { outputs.append(pick()) }
        return builder.program(outputs)
    }

    private mutating func add(_ primitive: Primitive, _ operands: [Int], _ shape: [Int]) {
        values.append(builder.add(primitive, operands, .int32, shape))
    }

    private mutating func addOne() {
        let x = pick()
        let dims = shape(x)
        switch random.index(below: 14) {
        case 0, 1: add(.unary([.negate, .abs, .not, .relu][random.index(below: 4)]), [x], dims)
        case 2, 3, 4, 5: addBinary(x, pick())
        case 6: addSelect(x, pick())
        case 7 where !dims.isEmpty:
            let axis = random.index(below: dims.count)
            var kept = dims
            kept.remove(at: axis)
            add(.reduce(random.index(below: 2) == 0 ? .sum : .maximum, axes: [axis]), [x], kept)
        case 8:
            let leading = 1 + random.index(below: 3)
            if dims.count < 4, dims.reduce(leading, *) <= 400 {
                add(
                    .broadcast(axes: dims.indices.map { $0 + 1 }), [x], [leading] + dims)
            }
        case 9 where dims.count > 1:
            var permutation = Array(dims.indices)
            permutation.swapAt(0, random.index(below: dims.count))
            add(.transpose(permutation), [x], permutation.map { dims[$0] })
        case 10: add(.reshape, [x], random.index(below: 2) == 0 ? [dims.reduce(1, *)] : [1] + dims)
        case 11 where !dims.isEmpty && dims[0] > 1:
            let starts = [1] + dims.dropFirst().map { _ in 0 }
            add(
                .slice(
                    SliceAttributes(starts: starts, limits: dims, strides: dims.map { _ in 1 })),
                [x], [dims[0] - 1] + dims.dropFirst())
        case 12 where dims.count == 2: addProduct(x)
        case 13 where !dims.isEmpty:
            add(.reverse(axes: [random.index(below: dims.count)]), [x], dims)
        default: add(.unary(.negate), [x], dims)
        }
    }

    private mutating func addBinary(_ x: Int, _ other: Int) {
        let kinds: [BinaryKind] = [.add, .subtract, .multiply, .maximum, .xor]
        let kind = kinds[random.index(below: kinds.count)]
        guard let dims = broadcast(x, other) else { return add(.unary(.negate), [x], shape(x)) }
        add(.binary(kind), [x, other], dims)
    }

    private mutating func addSelect(_ x: Int, _ other: Int) {
        guard let dims = broadcast(x, other) else { return }
        let condition = builder.add(.compare(.less), [x, other], .bool, dims)
        add(.select, [condition, x, other], dims)
    }

    private mutating func addProduct(_ x: Int) {
        let dims = shape(x)
        add(
            .dot(
                DotDimensions(
                    lhsContracting: [1], rhsContracting: [1], lhsBatch: [], rhsBatch: [])),
            [x, x], [dims[0], dims[0]])
    }

    private func broadcast(_ a: Int, _ b: Int) -> [Int]? {
        let dims = try? Shape.broadcast(Shape(dims: shape(a)), Shape(dims: shape(b))).dims
        return dims.flatMap { $0 }.flatMap { $0.reduce(1, *) <= 600 ? $0 : nil }
    }
}
