// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The interpreter's programs")
struct InterpreterProgramTests {
    private let list = ArrayType(.list, [])

    private func run(_ program: Program, _ inputs: NDArray...) throws -> [NDArray] {
        try ReferenceEngine().compile(program).run(inputs, control: nil)
    }

    /// (counter, x) → counter + 1, x + x, while the counter is below a limit.
    private func doubling(below limit: Int64, atMost maximum: Int? = nil) -> Primitive {
        let condition = ProgramBuilder()
        let counter = condition.input(.int64, [])
        _ = condition.input(.float32, [])
        let bound = condition.constant(NDArray(limit))
        let holds = condition.add(.compare(.less), [counter, bound], .bool, [])
        let body = ProgramBuilder()
        let (i, x) = (body.input(.int64, []), body.input(.float32, []))
        let one = body.constant(NDArray(Int64(1)))
        let next = body.add(.binary(.add), [i, one], .int64, [])
        let double = body.add(.binary(.add), [x, x], .float32, [])
        return .whileLoop(
            condition: condition.program([holds]), body: body.program([next, double]), carries: 2,
            maximumIterations: maximum)
    }

    private func doubled(_ loop: Primitive) throws -> [Double] {
        let types = [ArrayType(.int64, []), ArrayType(.float32, [])]
        return try reference(loop, [NDArray(Int64(0)), NDArray(Float(1))], types).map {
            $0.doubles[0]
        }
    }

    @Test("a loop runs while its condition holds, and no longer than allowed")
    func loops() throws {
        #expect(try doubled(doubling(below: 10)) == [10, 1024])
        #expect(try doubled(doubling(below: 0)) == [0, 1])
        #expect(try doubled(doubling(below: 10, atMost: 3)) == [3, 8])
        #expect(try doubled(doubling(below: 10, atMost: 0)) == [0, 1])
    }

    @Test("the branch not taken does not run")
    func branches() throws {
        let dividing = ProgramBuilder()
        let x = dividing.input(.int32, [])
        let zero = dividing.constant(NDArray(Int32(0)))
        let quotient = dividing.add(.binary(.divide), [x, zero], .int32, [])
        let plain = ProgramBuilder()
        let y = plain.input(.int32, [])
        let cond = Primitive.cond(dividing.program([quotient]), plain.program([y]))
        let seven = NDArray(Int32(7))
        #expect(try reference(cond, [NDArray(false), seven], .int32, []) == seven)
        #expect(throws: RunError.self) {
            _ = try reference(cond, [NDArray(true), seven], .int32, [])
        }
    }

    @Test("a reversed scan goes from the last slice to the first and leaves outputs in place")
    func scans() throws {
        let body = ProgramBuilder()
        let (carry, x) = (body.input(.float32, []), body.input(.float32, []))
        let ten = body.constant(NDArray(Float(10)))
        let shifted = body.add(.binary(.multiply), [carry, ten], .float32, [])
        let next = body.add(.binary(.add), [shifted, x], .float32, [])
        let program = body.program([next, next])
        let inputs = [NDArray(Float(0)), NDArray.from([1, 2, 3], .float32)]
        let types = [ArrayType(.float32, []), ArrayType(.float32, [3])]
        func run(_ isReversed: Bool) throws -> [[Double]] {
            try reference(
                .scan(body: program, carries: 1, sequences: 1, isReversed: isReversed), inputs,
                types
            ).map(\.doubles)
        }
        #expect(try run(false) == [[123], [1, 12, 123]])
        #expect(try run(true) == [[321], [321, 32, 3]])
    }

    @Test("a list gives its arrays back in the opposite order, then zeros")
    func lists() throws {
        let builder = ProgramBuilder()
        let (a, b) = (builder.input(.float32, [2]), builder.input(.float32, [2]))
        let type = ArrayType(.float32, [2])
        var value = builder.add(.listEmpty, [], [list])[0]
        value = builder.add(.listAppend, [value, a], [list])[0]
        value = builder.add(.listAppend, [value, b], [list])[0]
        var outputs: [Int] = []
        for _ in 0..<3 {
            let results = builder.add(.listPop(type.tensorType), [value], [list, type])
            value = results[0]
            outputs.append(results[1])
        }
        let results = try run(
            builder.program(outputs), .from([1, 2], .float32), .from([3, 4], .float32))
        #expect(results.map(\.doubles) == [[3, 4], [1, 2], [0, 0]])
    }

    @Test("a shorter list counts as continued by zeros")
    func listSums() throws {
        let builder = ProgramBuilder()
        let (a, b) = (builder.input(.float32, []), builder.input(.float32, []))
        let empty = builder.add(.listEmpty, [], [list])[0]
        let one = builder.add(.listAppend, [empty, a], [list])[0]
        let two = builder.add(.listAppend, [one, b], [list])[0]
        let sum = builder.add(.listAdd, [one, two], [list])[0]
        let last = builder.add(
            .listPop(TensorType(.float32, [])), [sum], [list, ArrayType(.float32, [])])
        let first = builder.add(
            .listPop(TensorType(.float32, [])), [last[0]], [list, ArrayType(.float32, [])])
        let results = try run(
            builder.program([first[1], last[1]]), NDArray(Float(3)), NDArray(Float(5)))
        #expect(results.map { $0.doubles[0] } == [6, 5])
    }

    @Test("a pop of another type than was pushed fails instead of lying")
    func wrongPop() throws {
        let builder = ProgramBuilder()
        let a = builder.input(.float32, [2])
        let empty = builder.add(.listEmpty, [], [list])[0]
        let one = builder.add(.listAppend, [empty, a], [list])[0]
        let popped = builder.add(
            .listPop(TensorType(.float32, [3])), [one], [list, ArrayType(.float32, [3])])
        let program = builder.program([popped[1]])
        #expect(throws: RunError.self) { _ = try run(program, .from([1, 2], .float32)) }
    }

    @Test("a finite check says how many values are not, and where the first one is")
    func finiteCheck() throws {
        let x = NDArray.from([1, 2, 3, 4, .infinity, .nan], .float32, [2, 3])
        let error = #expect(throws: RunError.self) {
            _ = try reference(
                .check(.finite("the loss is not finite")), [x], [x.type], name: "loss")
        }
        #expect(error?.code == .kernelFailure)
        #expect(
            error?.description
                == "check 'loss': the loss is not finite: 2 of 6 values are not finite, "
                + "the first is inf at [1, 1]")
        let y = NDArray.from([1], .float32)
        #expect(try reference(.check(.finite("fine")), y) == y)
    }

    @Test("a failed condition fails the run with its message")
    func conditionCheck() throws {
        let x = NDArray(Float(1))
        #expect(try reference(.check(.condition("positive")), x, NDArray(true)) == x)
        let error = #expect(throws: RunError.self) {
            _ = try reference(.check(.condition("must be positive")), x, NDArray(false))
        }
        #expect(error?.description == "check: must be positive")
    }

    @Test("a cancelled run stops, also inside a loop that would never end")
    func cancellation() throws {
        let control = RunControl()
        let program = Program.single(
            doubling(below: .max), [ArrayType(.int64, []), ArrayType(.float32, [])],
            [ArrayType(.int64, []), ArrayType(.float32, [])])
        let executable = try ReferenceEngine().compile(program)
        // Not by a task: its turn would come after all the tests that wait for a thread of the pool.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { control.cancel() }
        let error = #expect(throws: RunError.self) {
            _ = try executable.run([NDArray(Int64(0)), NDArray(Float(1))], control: control)
        }
        #expect(error?.code == .cancelled)
    }

    @Test("a run stops at its deadline")
    func deadline() throws {
        let control = RunControl(deadline: .now + .milliseconds(10))
        let program = Program.single(
            doubling(below: .max), [ArrayType(.int64, []), ArrayType(.float32, [])],
            [ArrayType(.int64, []), ArrayType(.float32, [])])
        let error = #expect(throws: RunError.self) {
            _ = try ReferenceEngine().compile(program).run(
                [NDArray(Int64(0)), NDArray(Float(1))], control: control)
        }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test("a value may be an input, used twice and given out twice")
    func aliases() throws {
        let builder = ProgramBuilder()
        let x = builder.input(.float32, [2])
        let y = builder.add(.binary(.add), [x, x], .float32, [2])
        let input = NDArray.from([1, 2], .float32)
        let results = try run(builder.program([x, y, x, y]), input)
        #expect(results.map(\.doubles) == [[1, 2], [2, 4], [1, 2], [2, 4]])
    }

    @Test("inputs of the wrong number or type are refused")
    func wrongInputs() throws {
        let type = ArrayType(.float32, [2])
        let program = Program.single(.unary(.exp), [type], [type])
        for inputs in [[], [NDArray.zeros(.float32, [3])], [NDArray.zeros(.float64, [2])]] {
            let error = #expect(throws: RunError.self) {
                _ = try ReferenceEngine().compile(program).run(inputs, control: nil)
            }
            #expect(error?.code == .invalidFeed)
        }
    }

    @Test("a program whose types are wrong is found out")
    func wrongTypes() throws {
        let program = Program.single(
            .reshape([2]), [ArrayType(.float32, [2])], [ArrayType(.float64, [2])])
        #expect(throws: RunError.self) { _ = try run(program, .zeros(.float32, [2])) }
        let dangling = Program(values: [], inputs: [], instructions: [], outputs: [3])
        #expect(throws: RunError.self) { _ = try ReferenceEngine().compile(dangling) }
    }

    @Test("a long chain of instructions runs in flat stack")
    func longChain() throws {
        let count = longChainLength
        let builder = ProgramBuilder()
        var value = builder.input(.float64, [])
        let one = builder.constant(NDArray(Double(1.0)))
        for _ in 0..<count { value = builder.add(.binary(.add), [value, one], .float64, []) }
        #expect(
            try run(builder.program([value]), NDArray(Double(0.0)))[0].doubles == [Double(count)])
    }

    @Test("a list grows in a loop without being copied each time")
    func longList() throws {
        let count: Int64 = 50_000
        let types = [ArrayType(.int64, []), list]
        func condition() -> Program {
            let builder = ProgramBuilder()
            let inputs = types.map { builder.input($0.dtype, $0.shape) }
            let bound = builder.constant(NDArray(count))
            let holds = builder.add(.compare(.less), [inputs[0], bound], .bool, [])
            return builder.program([holds])
        }
        let body = ProgramBuilder()
        let inputs = types.map { body.input($0.dtype, $0.shape) }
        let one = body.constant(NDArray(Int64(1)))
        let next = body.add(.binary(.add), [inputs[0], one], .int64, [])
        let longer = body.add(.listAppend, [inputs[1], inputs[0]], [list])[0]
        let loop = Primitive.whileLoop(
            condition: condition(), body: body.program([next, longer]), carries: 2,
            maximumIterations: nil)
        let builder = ProgramBuilder()
        let zero = builder.constant(NDArray(Int64(0)))
        let empty = builder.add(.listEmpty, [], [list])[0]
        let results = builder.add(loop, [zero, empty], types)
        let last = builder.add(
            .listPop(TensorType(.int64, [])), [results[1]], [list, ArrayType(.int64, [])])
        #expect(try run(builder.program([last[1]]))[0].doubles == [Double(count - 1)])
    }
}
