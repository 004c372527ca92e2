// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

/// What is broken between two passes of the compiler is found, and the pass is named.
@Suite struct StageVerificationTests {
    /// Two products, and a sum of what they make: three steps.
    private var program: Program {
        let writer = ProgramBuilder()
        let x = writer.input(.float32, [4, 4])
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let a = writer.add(.dot(dimensions), [x, x], .float32, [4, 4])
        let b = writer.add(.dot(dimensions), [a, a], .float32, [4, 4])
        let view = writer.add(.reshape([16]), [b], .float32, [16])
        return writer.program([view, writer.unary(.tanh, writer.binary(.subtract, b, a))])
    }

    private func draft() -> Draft {
        var draft = Draft(program)
        draft.simplify()
        draft.removeDeadCode()
        return draft
    }

    private func fusion() -> Fusion {
        var fusion = Fusion(draft())
        fusion.findStored()
        return fusion
    }

    private func expectFailure(of stage: some CompilerStage, after pass: String, _ words: String) {
        let error = #expect(throws: RunError.self) { try stage.verify(after: pass) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("'\(pass)'") && text.contains(words), "\(text)")
    }

    @Test func whatPassesMakeHolds() throws {
        try program.verify(after: "inlining")
        try draft().verify(after: "dead code")
        let fusion = fusion()
        try fusion.verify(after: "stored values")
        try Schedule(fusion).verify(after: "scheduling")
        _ = try CPUEngine(verifiesPrograms: true).compilePlan(program)
    }

    @Test func aProgramThatReadsWhatIsNotMadeIsFound() {
        let program = program
        let broken = Program(
            values: program.values, inputs: [], instructions: program.instructions,
            outputs: program.outputs)
        expectFailure(of: broken, after: "inlining", "before it is made")
    }

    @Test func aViewOfAViewIsFound() {
        var draft = draft()
        draft.root[program.inputs[0]] = Int32(program.outputs[0])
        expectFailure(of: draft, after: "simplification", "is a view of")
    }

    @Test func aReadBeforeTheArrayIsMadeIsFound() {
        var draft = draft()
        // The first product reads its own result.
        draft.operands[0].value = 1
        expectFailure(of: draft, after: "dead code", "before it is made")
    }

    @Test func aWrongIndexOfUsesIsFound() {
        var draft = draft()
        draft.uses.count[1] += 1
        expectFailure(of: draft, after: "dead code", "index of uses")
    }

    @Test func anInstructionInNoUnitIsFound() {
        var fusion = fusion()
        fusion.units[0] = []
        expectFailure(of: fusion, after: "grouping", "in no unit")
    }

    @Test func aResultThatNobodyStoresIsFound() {
        var fusion = fusion()
        fusion.isStored[0] = false
        expectFailure(of: fusion, after: "stored values", "does not store")
    }

    @Test func unitsInTheWrongOrderAreFound() {
        var schedule = Schedule(fusion())
        schedule.order.reverse()
        expectFailure(of: schedule, after: "scheduling", "before what it reads")
        schedule.order = [0]
        expectFailure(of: schedule, after: "scheduling", "or not at all")
    }

    @Test func arraysThatOverlapAreFound() throws {
        var map = ArenaMap(size: 256)
        map.allocations = [
            .init(offset: 0, bytes: 128, steps: 0...1), .init(offset: 64, bytes: 64, steps: 2...3),
            .init(offset: 128, bytes: 64, steps: 1...2),
        ]
        try map.verify(after: "assembly")
        map.allocations[1].steps = 1...3
        expectFailure(of: map, after: "assembly", "overlap")
        map.allocations = [.init(offset: 192, bytes: 128, steps: 0...0)]
        expectFailure(of: map, after: "assembly", "of an arena of 256")
    }

    @Test func memoryThatIsGivenBackTwiceIsFound() throws {
        var arena = ArenaAllocator()
        let (first, second) = (arena.take(64), arena.take(64))
        _ = arena.take(64)
        arena.give(second, 64)
        try arena.verify(after: "assembly")
        arena.give(first, 128)
        expectFailure(of: arena, after: "assembly", "free twice")
    }
}
