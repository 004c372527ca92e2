// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Makes plans of programs.
struct PlanCompiler {
    /// The most threads of a run; 0 for as many as there are cores.
    var threads = 0
    /// Whether what depends on constants alone is computed here and now.
    var foldsConstants = true
    /// Whether what a pass makes is verified after it, in each of the stages.
    var verifiesPrograms = false
    /// Whether copies of weights may be kept in the layouts that oneDNN reads fastest.
    var packsWeights = true
    /// Whether denormal operands and results count as zero, in what is computed here and now too.
    var flushesDenormals = false
    let kernels = VendorKernels()

    /// The passes from programs to programs, in their order.
    private static let rewritings: [(name: String, rewrite: @Sendable (Program) -> Program)] = [
        ("cropped convolutions", { CroppedConvolutions.cropped(in: $0) }),
        ("products out of scans", { ScanProducts.movedOut(of: $0) }),
        ("sums of padded arrays", { PaddedSums.joined(in: $0) }),
    ]

    /// The passes over a draft, in their order; folding, which runs programs, comes before them.
    private static let draftPasses: [(name: String, run: @Sendable (inout Draft) -> Void)] = [
        ("simplification", { $0.simplify() }),
        ("rows by index", { $0.accessRowsByIndex() }),
        ("dead code", { $0.removeDeadCode() }),
        ("epilogues of products", { $0.absorbEpilogues() }),
    ]

    /// - Parameter steadyFrom: The inputs from this one on are expected to be the same in many runs
    ///   of the plan, so that copies of them may be worth it.
    /// - Throws: `RunError` when there is no kernel for an instruction.
    func plan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        let inlined = Inlining.inlined(program)
        try verify("inlining") { try inlined.verify() }
        return try innerPlan(inlined, steadyFrom: steadyFrom)
    }

    /// The plan of a program in which calls stay as they are, such as one inside another that was
    /// inlined as a whole.
    func innerPlan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        var program = program
        for pass in Self.rewritings {
            program = pass.rewrite(program)
            try verify(pass.name) { try program.verify() }
        }
        var draft = Draft(program)
        if foldsConstants {
            draft.foldConstants(self)
            if verifiesPrograms { try draft.verify(after: "folding") }
        }
        for pass in Self.draftPasses {
            pass.run(&draft)
            if verifiesPrograms { try draft.verify(after: pass.name) }
        }
        let fusion = Fusion(draft)
        if verifiesPrograms { try fusion.verify(draft, after: "fusion") }
        let order = fusion.schedule(draft)
        if verifiesPrograms { try fusion.verify(order: order, draft, after: "scheduling") }
        var lowering = Lowering(
            draft, fusion, self,
            steadyInputs: Set(program.inputs.dropFirst(min(steadyFrom, program.inputs.count))))
        var recipes: [Recipe] = []
        for unit in order {
            if let recipe = try lowering.recipe(for: Int(unit)) { recipes.append(recipe) }
        }
        var assembly = Assembly(draft, recipes, lowering.children)
        if verifiesPrograms { try assembly.verifyRecipes(after: "lowering") }
        let plan = assembly.makePlan()
        if verifiesPrograms { try assembly.verifyArena(after: "assembly") }
        return plan
    }

    private func verify(_ pass: String, _ check: () throws -> Void) throws {
        if verifiesPrograms { try StageVerification(pass: pass).naming(check) }
    }
}
