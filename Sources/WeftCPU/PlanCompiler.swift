// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
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

    /// The most threads that a run may have.
    var teamSize: Int { threads == 0 ? Int(weft_team_cores()) : threads }

    /// The passes from programs to programs, in their order.
    private static let rewritings: [(name: String, rewrite: @Sendable (Program) -> Program)] = [
        ("products of narrow elements", { NarrowProducts.narrowed(in: $0) }),
        ("cropped convolutions", { CroppedConvolutions.cropped(in: $0) }),
        ("products out of scans", { ScanProducts.movedOut(of: $0) }),
        ("sums of padded arrays", { PaddedSums.joined(in: $0) }),
    ]

    /// The passes over a draft, in their order; folding, which runs programs, comes before them.
    private static let draftPasses: [(name: String, run: @Sendable (inout Draft) -> Void)] = [
        ("simplification", { $0.simplify() }),
        ("dead code", { $0.removeDeadCode() }),
        ("rows by index", { $0.accessRowsByIndex() }),
        ("epilogues of products", { $0.absorbEpilogues() }),
    ]

    /// The passes over units, in their order.
    private static let fusionPasses: [(name: String, run: @Sendable (inout Fusion) -> Void)] = [
        ("copies of cheap producers", { $0.copyCheapProducers() }),
        ("far values", { $0.computeFarValuesAgain() }),
        ("stored values", { $0.findStored() }),
    ]

    /// - Parameter steadyFrom: The inputs from this one on are expected to be the same in many runs
    ///   of the plan, so that copies of them may be worth it.
    /// - Throws: `RunError` when there is no kernel for an instruction.
    func plan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        let inlined = Inlining.inlined(program)
        try verify(inlined, after: "inlining")
        return try innerPlan(inlined, steadyFrom: steadyFrom)
    }

    /// The plan of a program in which calls stay as they are, such as one inside another that was
    /// inlined as a whole.
    func innerPlan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        var program = program
        for pass in Self.rewritings {
            program = pass.rewrite(program)
            try verify(program, after: pass.name)
        }
        var draft = Draft(program)
        if foldsConstants {
            draft.foldConstants(self)
            try verify(draft, after: "folding")
        }
        for pass in Self.draftPasses {
            pass.run(&draft)
            try verify(draft, after: pass.name)
        }
        var fusion = Fusion(draft)
        try verify(fusion, after: "grouping")
        for pass in Self.fusionPasses {
            pass.run(&fusion)
            try verify(fusion, after: pass.name)
        }
        let schedule = Schedule(fusion)
        try verify(schedule, after: "scheduling")
        var selection = KernelSelection(
            fusion, self,
            steadyInputs: Set(program.inputs.dropFirst(min(steadyFrom, program.inputs.count))))
        var recipes: [Recipe] = []
        for unit in schedule.order {
            if let recipe = try selection.recipe(for: Int(unit)) { recipes.append(recipe) }
        }
        var assembly = Assembly(draft, recipes, selection.children)
        try verify(assembly, after: "kernel selection")
        let plan = assembly.makePlan()
        try verify(assembly, after: "assembly")
        return plan
    }

    private func verify(_ stage: some CompilerStage, after pass: String) throws {
        if verifiesPrograms { try stage.verify(after: pass) }
    }
}
