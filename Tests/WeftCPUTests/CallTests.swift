// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// What plans make of calls.
@Suite struct CallTests {
    private let x = AnyTensor.placeholder(.float32, shape: [4, 4])
    private let type = ArrayType(.float32, [4, 4])

    private func compiled(_ y: AnyTensor) throws -> CPUExecutable {
        let lowered = try LoweredGraph(fetches: [y], feeds: [(x, type)])
        return try CPUEngine(verifiesPrograms: true).compilePlan(lowered.program)
    }

    @Test func isFusedWithWhatIsAroundIt() throws {
        let y = call("double", [x + 1]) { [$0[0] + $0[0]] }[0] * 3
        let executable = try compiled(y)
        #expect(executable.stepCount == 1)
        let result = try executable.run([.filled(.float32, [4, 4], 2)], control: nil)[0]
        #expect(result.doubles.allSatisfy { $0 == 18 })
    }

    @Test func itsInstructionsBearItsName() throws {
        let y = withNameScope("layer") {
            call("block", [x]) { p in
                [withNameScope("inner") { matmul(p[0], p[0]) }]
            }[0]
        }
        let text = try compiled(y).explain()
        #expect(text.contains("matmul 'layer/block/inner/matmul'"), "\(text)")
    }

    /// A body of 1000 instructions that is called six times is put in place; eighteen calls of it
    /// share one plan.
    @Test(arguments: [1, 6])
    func aLargeBodyThatIsCalledOftenIsOnePlan(_ calls: Int) throws {
        let long = Function("long") { p in
            [(0..<1000).reduce(p[0]) { y, i in (y + .scalar(Double(i % 3 - 1), .float32)) }]
        }
        // Products between the calls, so that nothing is fused across them.
        var y = x
        for _ in 0..<calls { y = matmul(long([y])[0], x) }
        let executable = try compiled(y)
        let deep = try compiled(
            (0..<calls).reduce(x) { y, _ in
                matmul(long([long([long([y])[0]])[0]])[0], x)
            })
        var random = TestRandom("large bodies")
        let input = random.array(.float32, [4, 4], in: -0.5...0.5)
        for (executable, times) in [(executable, 1), (deep, 3)] {
            let result = try executable.run([input], control: nil)[0]
            // The numbers that are added sum to −1, then 0.
            let expected = (0..<calls).reduce(x) { y, _ in
                matmul(
                    (0..<times).reduce(y) { y, _ in y + .scalar(-1, .float32) }, x)
            }
            let plain = try compiled(expected).run([input], control: nil)[0]
            for (a, b) in zip(result.doubles, plain.doubles) {
                let bound: Double = 1e-3 * max(1, abs(b))
                #expect(abs(a - b) <= bound)
            }
        }
        let isShared = try compiled(
            (0..<12).reduce(x) { y, _ in matmul(long([y])[0], x) }
        ).explain()
        #expect(isShared.contains("long"))
        #expect(isShared.split(separator: "\n").count { $0.contains("steps for") } == 2)
    }

    /// Each function calls the one before it twice: a plan for each call would be 2⁴⁰ of them.
    @Test func aChainOfFunctionsIsCompiledInLinearSize() throws {
        var function = Function("f0") { [$0[0] * 1.0001] }
        for level in 1...40 {
            let inner = function
            function = Function("f\(level)") { inner(inner($0)) }
        }
        let y = function([x])[0]
        let lowered = try LoweredGraph(fetches: [y], feeds: [(x, type)])
        var programs: Set<Program> = []
        var pending = [lowered.program]
        var instructions = 0
        while let program = pending.popLast() {
            guard programs.insert(program).inserted else { continue }
            instructions += program.instructions.count
            pending += program.instructions.flatMap(\.primitive.programs)
        }
        #expect(programs.count == 42)
        #expect(instructions < 100)
        try lowered.program.verify()
        _ = try ReferenceEngine().compile(lowered.program)
        _ = try CPUEngine(verifiesPrograms: true).compilePlan(lowered.program)
        #expect(Graph(outputs: ["y": y]).description.split(separator: "\n").count < 400)
    }

    /// Each function calls two that call the one before it once.
    @Test func aDiamondOfFunctionsIsCompiledInBoundedSize() throws {
        var function = Function("f0") { [$0[0] * 1.0001] }
        for level in 1...14 {
            let inner = function
            let a = Function("a\(level)") { [inner($0)[0] + 1] }
            let b = Function("b\(level)") { [inner($0)[0] + 2] }
            function = Function("f\(level)") { [a($0)[0] + b($0)[0]] }
        }
        let lowered = try LoweredGraph(fetches: [function([x])[0]], feeds: [(x, type)])
        var pending = [Inlining.inlined(lowered.program)]
        var seen = Set(pending)
        var instructions = 0
        while let program = pending.popLast() {
            instructions += program.instructions.count
            for inner in program.instructions.flatMap(\.primitive.programs)
            where seen.insert(inner).inserted { pending.append(inner) }
        }
        // In place everywhere it would be 2¹⁴ times the body and what adds up.
        #expect(instructions < 50_000)
    }

    /// Gelu is one instruction of what it is fused with, and rounds as its body does, to the bit.
    @Test(.serialized, arguments: [CallHint.geluByTanh, .geluByErf])
    func geluHasTheBitsOfItsBody(_ hint: CallHint) throws {
        let special: [Float] = [
            0, -0.0, .nan, .infinity, -.infinity, 0x1p-149, -0x1p-133, 1e-8, 3e38, -3e38, 5.5, -5.5,
        ]
        for count in [1, 15, 17, 33, 1000, 4099] {
            let numbers = (0..<count).map { i in
                i % 7 == 3
                    ? special[i / 7 % special.count] : Float((i + 1) * 7919 % 20011) / 1000 - 10
            }
            let type = ArrayType(.float32, [count])
            let called = CalledProgram.gelu(hint, type)
            let results = try [called, CalledProgram(called.program, name: "body")].map { body in
                let w = ProgramBuilder()
                let y = w.add(.call(body), [w.unary(.negate, w.input(.float32, [count]))], [type])
                let executable = try w.executable([w.unary(.negate, y[0])])
                #expect(executable.stepCount == 1)
                return try executable.run([floats(numbers, [count])], control: nil)[0]
            }
            let isSame = zip(results[0].doubles, results[1].doubles).allSatisfy { a, b in
                a.isNaN ? b.isNaN : a == b && a.sign == b.sign
            }
            #expect(isSame)
        }
    }

    /// The profile of a call that is a plan of its own has its inside below it.
    @Test func aProfileShowsTheInsideOfACall() throws {
        let b = ProgramBuilder()
        var y = b.input(.float32, [2, 2])
        for _ in 0..<6000 {
            y = b.add(.binary(.add), [y, y], .float32, [2, 2])
        }
        let body = CalledProgram(b.program([y]), name: "long")
        let w = ProgramBuilder()
        let type = ArrayType(.float32, [2, 2])
        let first = w.add(.call(body), [w.input(.float32, [2, 2])], [type], name: "layer/long")
        let executable = try w.executable(w.add(.call(body), first, [type]))
        var arguments = RunArguments(feeds: [.filled(.float32, [2, 2], 0)])
        let (results, timings) = try executable.profile(&arguments, control: nil)
        #expect(results.fetches[0].doubles == [0, 0, 0, 0])
        let calls = timings.filter { $0.depth == 0 }
        #expect(calls.map(\.label) == ["long 'layer/long'", "long"])
        #expect(timings.contains { $0.depth == 1 && $0.label.contains("add") })
    }
}
