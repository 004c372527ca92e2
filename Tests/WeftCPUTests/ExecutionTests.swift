// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

@Suite struct ExecutionTests {
    private static let number = ArrayType(.int64, [])

    /// `while counter < limit { body }` over a counter and other variables.
    private static func loop(
        _ limit: Int64, _ types: [ArrayType], _ body: (ProgramBuilder, [Int]) -> [Int]
    ) -> (condition: Program, body: Program) {
        let condition = ProgramBuilder()
        let variables = types.map { condition.input($0.dtype, $0.shape) }
        let bound = condition.constant(NDArray(limit))
        let holds = condition.add(.compare(.less), [variables[0], bound], .bool, [])
        let writer = ProgramBuilder()
        let inputs = types.map { writer.input($0.dtype, $0.shape) }
        let one = writer.constant(NDArray(Int64(1)))
        let next = writer.binary(.add, inputs[0], one)
        return (condition.program([holds]), writer.program([next] + body(writer, inputs)))
    }

    @Test func writesNewStateIntoDonatedMemory() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [100])
        let program = w.program([
            w.binary(.add, x, x), w.binary(.multiply, x, x), x, w.unary(.negate, x),
        ])
        let executable = try CPUEngine(verifiesPrograms: true).compile(
            program.with(Program.Roles(updateCount: 3)))
        func run(_ donated: [EngineValue?]) throws -> [NDArray] {
            var arguments = RunArguments(feeds: [.filled(.float32, [100], 3)])
            arguments.donated = donated
            let results = try executable.run(&arguments, control: nil)
            #expect(results.fetches.count == 1 && results.newState.count == 3)
            #expect(arguments.donated.allSatisfy { $0 == nil })
            return try results.fetches + results.newState.map { try $0.read() }
        }
        func address(_ array: NDArray) -> UnsafeMutableRawPointer { array.storage.address }
        var product: NDArray? = .filled(.float32, [100], 0)
        let memory = try address(#require(product))
        let donated: [EngineValue?] = [
            product.take().map { .host($0) }, nil, .host(.filled(.float32, [99], 0)),
        ]
        let results = try run(donated)
        #expect(results.map { $0.doubles[99] } == [6, 9, 3, -3])
        // The list of this test holds what it gave.
        #expect(address(results[1]) != memory)
        let again = try run([.host(results[1]), nil, nil])
        #expect(again.map { $0.doubles[99] } == [6, 9, 3, -3] && results[1].doubles[99] == 9)

        var arguments = RunArguments(feeds: [.filled(.float32, [100], 3)])
        product = .filled(.float32, [100], 0)
        let given = try address(#require(product))
        arguments.donated = [product.take().map { .host($0) }, nil, nil]
        let reused = try executable.run(&arguments, control: nil).newState[0].read()
        #expect(address(reused) == given && reused.doubles == results[1].doubles)
    }

    @Test func refusesValuesOfOtherRoles() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [2])
        let program = w.program([w.unary(.negate, x)]).with(Program.Roles(stateCount: 1))
        for engine in [CPUEngine(), ReferenceEngine()] as [any Engine] {
            let executable = try engine.compile(program)
            #expect {
                _ = try executable.run([NDArray([1, 2] as [Float])], control: nil)
            } throws: {
                "\($0)" == "the program takes 0 arrays fed, 1 variables and no random state; "
                    + "it was given 1 arrays fed, 0 variables and no random state"
            }
            var arguments = RunArguments(
                feeds: [], state: [try engine.value(of: NDArray([1, 2] as [Float]))])
            #expect(try executable.run(&arguments, control: nil).fetches[0].doubles == [-1, -2])
        }
    }

    @Test func compilesAndRunsALongChain() throws {
        let w = ProgramBuilder()
        let (x, v) = (w.input(.float32, [100]), w.input(.float32, [100]))
        var y = w.input(.float32, [100])
        for i in 0..<longChainLength {
            switch i % 4 {
            case 0: y = w.binary(.multiply, y, x)
            case 1: y = w.binary(.add, y, x)
            case 2: y = w.unary(.tanh, y)
            default: y = w.binary(.multiply, y, v)
            }
        }
        let executable = try w.executable([y])
        #expect(executable.stepCount < longChainLength / 50)
        #expect(executable.arenaBytes <= 4096)
        let half = NDArray.filled(.float32, [100], 0.5)
        let result = try executable.run([half, half, half], control: nil)[0].doubles[0]
        #expect(abs(result - 0.28295) < 1e-3)
    }

    @Test func swapsVariables() throws {
        let types = [Self.number, Self.number, Self.number]
        let (condition, body) = Self.loop(50, types) { w, v in
            [v[2], w.binary(.add, v[1], v[2])]
        }
        let w = ProgramBuilder()
        let (a, b) = (w.input(.int64, []), w.input(.int64, []))
        let start = w.constant(NDArray(Int64(0)))
        let results = w.add(
            .whileLoop(condition: condition, body: body, carries: 3, maximumIterations: nil),
            [start, a, b], types)
        let arrays = try w.run(results, [NDArray(Int64(0)), NDArray(Int64(1))])
        #expect(arrays.map(\.doubles) == [[50], [12_586_269_025], [20_365_011_074]])
    }

    @Test func changesAVariableInPlaceWithoutTouchingTheInput() throws {
        let types = [Self.number, ArrayType(.int64, [6])]
        let (condition, body) = Self.loop(6, types) { w, v in
            let update = w.add(.reshape([1]), [v[0]], .int64, [1])
            return [w.add(.dynamicUpdateSlice, [v[1], update, update], .int64, [6])]
        }
        let w = ProgramBuilder()
        let x = w.input(.int64, [6])
        let start = w.constant(NDArray(Int64(0)))
        let results = w.add(
            .whileLoop(condition: condition, body: body, carries: 2, maximumIterations: nil),
            [start, x], types)
        let given = NDArray([Int64](repeating: 9, count: 6))
        let executable = try w.executable([results[1]])
        for _ in 0..<2 {
            #expect(try executable.run([given], control: nil)[0].doubles == [0, 1, 2, 3, 4, 5])
        }
        #expect(given.doubles == [9, 9, 9, 9, 9, 9])
    }

    @Test func runsNoIterationAndStopsAtTheMaximum() throws {
        for (maximum, expected) in [(0, 0.0), (3, 3.0)] {
            let (condition, body) = Self.loop(10, [Self.number]) { _, _ in [] }
            let w = ProgramBuilder()
            let x = w.input(.int64, [])
            let results = w.add(
                .whileLoop(
                    condition: condition, body: body, carries: 1, maximumIterations: maximum),
                [x], [Self.number])
            #expect(try w.run(results, [NDArray(Int64(0))])[0].doubles == [expected])
        }
    }

    @Test func stopsALoopThatNeverEnds() throws {
        let (condition, body) = Self.loop(Int64.max, [Self.number]) { _, _ in [] }
        let w = ProgramBuilder()
        let x = w.input(.int64, [])
        let results = w.add(
            .whileLoop(condition: condition, body: body, carries: 1, maximumIterations: nil), [x],
            [Self.number])
        let executable = try w.executable(results)
        let control = RunControl()
        // Not by a task: its turn would come after all the tests that wait for a thread of the pool.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { control.cancel() }
        let error = #expect(throws: RunError.self) {
            _ = try executable.run([NDArray(Int64(0))], control: control)
        }
        #expect(error?.code == .cancelled)
        let expired = RunControl(deadline: .now)
        #expect(throws: RunError.self) {
            try executable.run([NDArray(Int64(0))], control: expired)
        }
    }

    @Test func runsOnManyThreadsAtOnce() async throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.float32, [64, 64]), w.input(.float32, [64, 64]))
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let product = w.add(.dot(dimensions), [x, y], .float32, [64, 64])
        let executable = try w.executable([w.unary(.relu, w.binary(.add, product, x))])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let number = Double(task) - 3
                    let a = NDArray.filled(.float32, [64, 64], number)
                    let b = NDArray.filled(.float32, [64, 64], 2)
                    for _ in 0..<200 {
                        let result = try executable.run([a, b], control: nil)[0].doubles
                        let expected = max(0, number * 128 + number)
                        if result.contains(where: { $0 != expected }) { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func foldsBiasAndReluIntoTheProduct() throws {
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let w = ProgramBuilder()
        let (x, y) = (w.input(.float32, [2, 3]), w.input(.float32, [3, 2]))
        let bias = w.input(.float32, [2])
        let product = w.add(.dot(dimensions), [x, y], .float32, [2, 2])
        let executable = try w.executable([
            w.unary(.relu, w.binary(.add, w.unary(.negate, bias), product))
        ])
        #expect(executable.stepCount == 2)
        let results = try executable.run(
            [
                floats([1, 2, 3, -1, -2, -3], [2, 3]), floats([1, 0, 0, 1, 1, 1], [3, 2]),
                floats([1, -100], [2]),
            ], control: nil)
        #expect(results[0].doubles == [3, 105, 0, 95])
        #expect(executable.explain().contains("fused(matmul, add, relu)"))
    }

    @Test func reportsWrongInputs() throws {
        let w = ProgramBuilder()
        let executable = try w.executable([w.unary(.negate, w.input(.float32, [3]))])
        #expect(throws: RunError.self) { try executable.run([], control: nil) }
        #expect(throws: RunError.self) { try executable.run([floats([1], [1])], control: nil) }
    }
}
