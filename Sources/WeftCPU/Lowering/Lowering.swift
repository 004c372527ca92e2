// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// Chooses the kernel for each unit of a draft.
struct Lowering {
    let draft: Draft
    let fusion: Fusion
    /// The number of the unit at hand.
    private(set) var current = 0
    let compiler: PlanCompiler
    /// The inputs that are the same in many runs of the plan; see `PlanCompiler.plan`.
    private let steadyInputs: Set<Int>
    var program: Program { draft.program }

    /// The plans of branches and bodies, in the order of their numbers.
    var children: [Plan] = []
    private var plans: [ChildKey: Plan] = [:]

    private struct ChildKey: Hashable {
        var program: ObjectIdentifier
        var steadyFrom: Int
    }

    init(_ draft: Draft, _ fusion: Fusion, _ compiler: PlanCompiler, steadyInputs: Set<Int>) {
        self.steadyInputs = steadyInputs
        self.draft = draft
        self.fusion = fusion
        self.compiler = compiler
    }

    /// The step for a unit; nil when there is nothing to do.
    mutating func recipe(for number: Int) throws -> Recipe? {
        current = number
        let (unit, columns) = (fusion.units[number], fusion.columns[number])
        guard let last = unit.last.map(Int.init) else { return nil }
        try GroupVerifier(draft, fusion, number).verify()
        let reduces = unit.contains { draft.role[Int($0)] == .reduction }
        if columns > 0 || reduces, unit.count > 1 || draft.rowAccesses[unit[0]] != nil {
            return try rows(unit, columns)
        }
        if draft.role[last] == .elementwise { return try elementwise(unit) }
        if let update = draft.adamUpdates[Int32(last)] { return adam(update) }
        if draft.epilogues[Int32(last)] != nil { return try dot(last) }
        return try single(last)
    }

    private mutating func single(_ index: Int) throws -> Recipe? {
        let instruction = program.instructions[index]
        switch instruction.primitive {
        case .constant, .unary, .binary, .compare, .select, .cast, .reshape: return nil
        case .iota(let axis): return iota(index, axis)
        case .randomBits(let draw): return randomBits(index, draw)
        case .foldRandom: return foldRandom(index)
        case .reduce(let kind, let axes): return try reduce(index, kind, axes)
        case .argReduce(let kind, let axis): return argReduce(index, kind, axis)
        case .cumulative(let attributes): return cumulative(index, attributes)
        case .dot: return try dot(index)
        case .convolution(let attributes): return try convolution(index, .forward, attributes)
        case .convolutionInputGradient(let attributes):
            return try convolution(index, .inputGradient, attributes)
        case .convolutionFilterGradient(let attributes):
            return try convolution(index, .filterGradient, attributes)
        case .window(let kind, let attributes): return try window(index, kind, attributes)
        case .windowSumGradient(let attributes): return try windowSumGradient(index, attributes)
        case .maxPoolGradient(let attributes): return try maxPoolGradient(index, attributes)
        case .maxPoolPick(let attributes): return try maxPoolPick(index, attributes)
        case .broadcast(_, let axes): return try broadcast(index, axes)
        case .transpose(let permutation): return try transpose(index, permutation)
        case .slice(let attributes): return try slice(index, attributes)
        case .dynamicSlice: return try dynamicSlice(index)
        case .dynamicUpdateSlice: return try dynamicUpdateSlice(index)
        case .pad(let attributes): return try pad(index, attributes)
        case .concatenate(let axis): return concatenate(index, axis)
        case .reverse(let axes): return try reverse(index, axes)
        case .gather(let attributes): return try gather(index, attributes)
        case .scatter(let kind, let attributes): return try scatter(index, kind, attributes)
        case .sort(let attributes): return sort(index, attributes)
        case .topK(let k): return topK(index, k)
        case .cond(let a, let b): return try cond(index, a, b)
        case .whileLoop(let condition, let body, let carries, let maximum):
            return try whileLoop(index, condition, body, carries, maximum)
        case .scan(let body, let carries, let sequences, let isReversed):
            return try scan(index, body, carries, sequences, isReversed)
        case .listEmpty: return listEmpty(index)
        case .listAppend: return listAppend(index)
        case .listPop: return listPop(index)
        case .listZerosLike: return listZerosLike(index)
        case .listAdd: return listAdd(index)
        case .check(let kind): return check(index, kind)
        }
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
        let plan = try plans[key] ?? compiler.plan(program, steadyFrom: steadyFrom)
        plans[key] = plan
        children.append(plan)
        return children.count - 1
    }
}

extension Collection<Int> {
    /// The product of extents.
    var volume: Int { reduce(1, *) }
}
