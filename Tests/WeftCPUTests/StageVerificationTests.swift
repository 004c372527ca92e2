// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

/// What is broken between two passes of the compiler is found, and the pass is named.
@Suite struct StageVerificationTests {
    /// Two products, and a sum of what they make: three steps.
    private var program: Program {
        let writer = ProgramWriter()
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

    private func expectFailure(
        after pass: String, _ words: String, _ body: (String) throws -> Void
    ) {
        let error = #expect(throws: RunError.self) { try body(pass) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("'\(pass)'") && text.contains(words), "\(text)")
    }

    @Test func whatPassesMakeHolds() throws {
        let draft = draft()
        try draft.verify(after: "dead code")
        let fusion = Fusion(draft)
        try fusion.verify(draft, after: "fusion")
        try fusion.verify(order: fusion.schedule(draft), draft, after: "scheduling")
        _ = try CPUEngine(verifiesPrograms: true).compilePlan(program)
    }

    @Test func aViewOfAViewIsFound() {
        var draft = draft()
        let view = program.outputs[0]
        draft.root[program.inputs[0]] = Int32(view)
        expectFailure(after: "simplification", "is a view of") { try draft.verify(after: $0) }
    }

    @Test func aReadBeforeTheArrayIsMadeIsFound() {
        var draft = draft()
        // The first product reads its own result.
        draft.operands[0].value = 1
        expectFailure(after: "dead code", "before it is made") { try draft.verify(after: $0) }
    }

    @Test func aWrongIndexOfUsesIsFound() {
        var draft = draft()
        draft.useCount[1] += 1
        expectFailure(after: "dead code", "index of uses") { try draft.verify(after: $0) }
    }

    @Test func anInstructionInNoUnitIsFound() {
        let draft = draft()
        var fusion = Fusion(draft)
        fusion.units[0] = []
        expectFailure(after: "fusion", "in no unit") { try fusion.verify(draft, after: $0) }
    }

    @Test func aResultThatNobodyStoresIsFound() {
        let draft = draft()
        var fusion = Fusion(draft)
        fusion.isStored[0] = false
        expectFailure(after: "fusion", "does not store") { try fusion.verify(draft, after: $0) }
    }

    @Test func unitsInTheWrongOrderAreFound() {
        let draft = draft()
        let fusion = Fusion(draft)
        let order = Array(fusion.schedule(draft).reversed())
        expectFailure(after: "scheduling", "before what it reads") {
            try fusion.verify(order: order, draft, after: $0)
        }
        expectFailure(after: "scheduling", "or not at all") {
            try fusion.verify(order: [0], draft, after: $0)
        }
    }

    @Test func arraysThatOverlapAreFound() throws {
        var map = ArenaMap()
        map.size = 256
        map.allocations = [
            .init(offset: 0, bytes: 128, steps: 0...1), .init(offset: 64, bytes: 64, steps: 2...3),
        ]
        try map.verify(after: "assembly")
        map.allocations[1].steps = 1...3
        expectFailure(after: "assembly", "overlap") { try map.verify(after: $0) }
        map.allocations = [.init(offset: 192, bytes: 128, steps: 0...0)]
        expectFailure(after: "assembly", "of an arena of 256") { try map.verify(after: $0) }
    }

    @Test func memoryThatIsGivenBackTwiceIsFound() throws {
        var arena = ArenaAllocator()
        let (first, second) = (arena.take(64), arena.take(64))
        _ = arena.take(64)
        arena.give(second, 64)
        try arena.verify(after: "assembly")
        arena.give(first, 128)
        expectFailure(after: "assembly", "free twice") { try arena.verify(after: $0) }
    }
}
