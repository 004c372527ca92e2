// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Makes plans of programs.
struct PlanCompiler {
    /// The most threads of a run; 0 for as many as there are cores.
    var threads = 0
    /// Whether what depends on constants alone is computed here and now.
    var foldsConstants = true
    /// Whether programs are verified after each pass that rewrites them.
    var verifiesPrograms = false
    /// Whether copies of weights may be kept in the layouts that oneDNN reads fastest.
    var packsWeights = true
    /// Whether denormal operands and results count as zero, in what is computed here and now too.
    var flushesDenormals = false
    let kernels = VendorKernels()

    /// The passes from programs to programs, in their order.
    private static let rewritings: [@Sendable (Program) -> Program] = [
        { CroppedConvolutions.cropped(in: $0) },
        { ScanProducts.movedOut(of: $0) }, { PaddedSums.joined(in: $0) },
    ]

    /// - Parameter steadyFrom: The inputs from this one on are expected to be the same in many runs
    ///   of the plan, so that copies of them may be worth it.
    /// - Throws: `RunError` when there is no kernel for an instruction.
    func plan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        let inlined = Inlining.inlined(program)
        if verifiesPrograms { try inlined.verify() }
        return try innerPlan(inlined, steadyFrom: steadyFrom)
    }

    /// The plan of a program in which calls stay as they are, such as one inside another that was
    /// inlined as a whole.
    func innerPlan(_ program: Program, steadyFrom: Int = .max) throws -> Plan {
        var program = program
        for rewrite in Self.rewritings {
            program = rewrite(program)
            if verifiesPrograms { try program.verify() }
        }
        var draft = Draft(program)
        if foldsConstants { draft.foldConstants(self) }
        draft.simplify()
        draft.accessRowsByIndex()
        draft.removeDeadCode()
        draft.absorbEpilogues()
        let fusion = Fusion(draft)
        var lowering = Lowering(
            draft, fusion, self,
            steadyInputs: Set(program.inputs.dropFirst(min(steadyFrom, program.inputs.count))))
        var recipes: [Recipe] = []
        for unit in fusion.schedule(draft) {
            if let recipe = try lowering.recipe(for: Int(unit)) { recipes.append(recipe) }
        }
        var assembly = Assembly(draft, recipes, lowering.children)
        return assembly.makePlan()
    }
}
