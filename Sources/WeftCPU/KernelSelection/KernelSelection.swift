// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// Chooses the kernel for each unit of a draft.
struct KernelSelection {
    let fusion: Fusion
    /// The number of the unit at hand.
    private(set) var current = 0
    let compiler: PlanCompiler
    /// The inputs that are the same in many runs of the plan; see `PlanCompiler.plan`.
    private let steadyInputs: Set<Int>
    var draft: Draft { fusion.draft }
    var program: Program { draft.program }

    /// The plans of branches and bodies, in the order of their numbers.
    var children: [Plan] = []
    private var plans: [ChildKey: Plan] = [:]
    /// The numbers of the plans of programs that are called.
    private var called: [Program: Int] = [:]

    private struct ChildKey: Hashable {
        var program: ObjectIdentifier
        var steadyFrom: Int
    }

    init(_ fusion: Fusion, _ compiler: PlanCompiler, steadyInputs: Set<Int>) {
        self.steadyInputs = steadyInputs
        self.fusion = fusion
        self.compiler = compiler
    }

    /// The step for a unit; nil when there is nothing to do.
    mutating func recipe(for number: Int) throws -> Recipe? {
        current = number
        let (unit, columns) = (fusion.units[number], fusion.columns[number])
        guard let last = unit.last.map(Int.init) else { return nil }
        try GroupVerifier.verify(fusion, number)
        let reduces = unit.contains { draft.role[Int($0)] == .reduction }
        if columns > 0 || reduces, unit.count > 1 || draft.rowAccesses[unit[0]] != nil {
            return try rows(unit, columns)
        }
        if draft.role[last] == .elementwise { return try elementwise(unit) }
        if draft.epilogues[Int32(last)] != nil { return try dot(last) }
        return try single(last)
    }

    // MARK: What the families share

    /// Whether the unit at hand must store what a member makes.
    func isOutput(_ member: Int32) -> Bool {
        fusion.isStored[Int(member)] && fusion.unit[Int(member)] == Int32(current)
    }

    /// Whether the array is the same in many runs of the plan.
    func isSteady(_ root: Int) -> Bool {
        compiler.packsWeights
            && (steadyInputs.contains(root) || draft.constants[Int32(root)] != nil)
    }

    func inputType(_ index: Int, _ position: Int) -> ArrayType {
        program.values[program.instructions[index].inputs[position]]
    }

    func outputType(_ index: Int, _ position: Int = 0) -> ArrayType {
        program.values[program.instructions[index].outputs[position]]
    }

    /// The recipe of an instruction that reads all its operands and writes all its results.
    func recipe(
        _ index: Int, nanosecondsPerByte: Double = 0.1, flops: Double = 0, _ body: Recipe.Body
    ) -> Recipe {
        let instruction = program.instructions[index]
        let bytes = (instruction.inputs + instruction.outputs)
            .reduce(0) { $0 + program.values[$1].byteCount }
        return Recipe(
            members: [Int32(index)], inputs: instruction.inputs.map { Int(draft.root[$0]) },
            outputs: instruction.outputs,
            work: Work(
                nanoseconds: 20 + Double(bytes) * nanosecondsPerByte + flops * 0.02, bytes: bytes,
                flops: flops),
            body: body)
    }

    /// The recipe of a structured kernel. Without elements in the results there is nothing to do,
    /// unless the kernel `checks` its operands.
    func kernel(
        _ index: Int, nanosecondsPerByte: Double = 0.1, flops: Double = 0, checks: Bool = false,
        _ kernel: @escaping KernelStep.Kernel
    ) -> Recipe? {
        let outputs = program.instructions[index].outputs
        if !checks, outputs.allSatisfy({ program.values[$0].byteCount == 0 }) { return nil }
        return recipe(index, nanosecondsPerByte: nanosecondsPerByte, flops: flops, .kernel(kernel))
    }

    /// - Throws: `RunError` when an array has more axes than kernels take.
    func requireRank(_ index: Int, _ shapes: [Int]...) throws {
        guard let rank = shapes.map(\.count).max(), rank > Int(WEFT_MAX_RANK) else { return }
        throw unsupported(
            index, "arrays of \(rank) axes; reshape it to at most \(WEFT_MAX_RANK) axes")
    }

    func unsupported(_ index: Int, _ what: String) -> RunError {
        program.instructions[index].error(
            .unsupported, "the CPU engine does not take \(what)")
    }

    /// The number of the plan of a branch or body. Each place has a number, and so memory, of its
    /// own; programs that occur again are compiled once.
    ///
    /// - Parameter steadyFrom: see `PlanCompiler.plan`.
    mutating func child(_ program: Program, steadyFrom: Int = .max) throws -> Int {
        let key = ChildKey(program: ObjectIdentifier(program), steadyFrom: steadyFrom)
        let plan = try plans[key] ?? compiler.innerPlan(program, steadyFrom: steadyFrom)
        plans[key] = plan
        children.append(plan)
        return children.count - 1
    }

    /// The number of the plan of a program that is called, the same for all calls: one ends before the
    /// next begins.
    mutating func calledChild(_ program: Program) throws -> Int {
        if let number = called[program] { return number }
        let number = try child(program)
        called[program] = number
        return number
    }
}

extension Collection<Int> {
    /// The product of extents.
    var volume: Int { reduce(1, *) }
}
