// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Makes plans of programs.
struct PlanCompiler {
    /// The most threads of a run; 0 for as many as there are cores.
    var threads = 0
    /// Whether what depends on constants alone is computed here and now.
    var foldsConstants = true

    /// - Throws: `RunError` when there is no kernel for an instruction.
    func plan(_ program: Program) throws -> Plan {
        let rewritten = PaddedSums.joined(in: ScanProducts.movedOut(of: program))
        var draft = Draft(LinearSums.distributed(in: rewritten))
        if foldsConstants { draft.foldConstants(self) }
        draft.simplify()
        draft.accessRowsByIndex()
        draft.removeDeadCode()
        draft.absorbAdam()
        draft.absorbEpilogues()
        let fusion = Fusion(draft)
        var lowering = Lowering(draft, fusion, self)
        var recipes: [Recipe] = []
        for unit in fusion.schedule(draft) {
            if let recipe = try lowering.recipe(for: Int(unit)) { recipes.append(recipe) }
        }
        var assembly = Assembly(draft, recipes, lowering.children)
        return assembly.makePlan()
    }
}
