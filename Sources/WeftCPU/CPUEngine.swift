// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

/// The native engine: kernels in C for the processor at hand, matrix products and convolutions by
/// oneDNN.
package struct CPUEngine: Engine {
    private let threads: Int
    private let verifiesPrograms: Bool
    private let packsWeights: Bool
    private let memoryLimit: Int?
    private let flushesDenormals: Bool

    /// An engine whose runs take up to `threads` threads, by default one for each core.
    ///
    /// - Parameters:
    ///   - verifiesPrograms: Whether what each pass of the compiler makes is verified after it.
    ///   - packsWeights: Whether weights that are the same in many runs are copied to the layouts that
    ///     oneDNN reads fastest.
    ///   - memoryLimit: The most bytes that one run may take besides its inputs; nil for what there is.
    ///   - flushesDenormals: Whether denormal operands and results of kernels count as zero.
    package init(
        threads: Int? = nil, verifiesPrograms: Bool = false, packsWeights: Bool = true,
        memoryLimit: Int? = nil, flushesDenormals: Bool = false
    ) {
        self.threads = min(max(threads ?? 0, 0), Int(Int32.max))
        self.verifiesPrograms = verifiesPrograms
        self.packsWeights = packsWeights
        self.memoryLimit = memoryLimit
        self.flushesDenormals = flushesDenormals
    }

    package var name: String { "cpu" }

    package var deviceDescription: String {
        let cores = Int(weft_team_cores())
        let used = threads == 0 ? cores : min(threads, cores)
        let count = used == 1 ? "1 core" : "\(used) cores"
        let isa = String(cString: weft_isa_name(weft_isa_current()))
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        weft_dnn_version(&major, &minor, &patch)
        return "\(count), \(isa), oneDNN \(major).\(minor).\(patch)"
    }

    package func value(of array: NDArray) -> EngineValue { .host(array) }

    package func compile(_ program: Program) throws -> any Executable {
        try compilePlan(program)
    }

    /// The same with the engine's own type, which tests ask about its plan.
    package func compilePlan(_ program: Program) throws -> CPUExecutable {
        let compiler = PlanCompiler(
            threads: threads, verifiesPrograms: verifiesPrograms, packsWeights: packsWeights,
            flushesDenormals: flushesDenormals)
        let plan = try compiler.plan(program, steadyFrom: 0)
        try plan.requireMemory(within: memoryLimit)
        return CPUExecutable(
            plan, roles: program.roles, threads: threads, flushesDenormals: flushesDenormals)
    }

    /// The instruction sets that kernels are compiled for.
    package enum InstructionSet: UInt32, CaseIterable, Sendable {
        case baseline = 0, avx2, avx512
    }

    /// The instruction set in use.
    package static var instructionSet: InstructionSet {
        InstructionSet(rawValue: weft_isa_current().rawValue) ?? .baseline
    }

    /// Limits own kernels and oneDNN's to an instruction set, in the whole process.
    ///
    /// - Returns: false when oneDNN has been used, and nothing changes.
    package static func limitInstructions(to set: InstructionSet) -> Bool {
        switch set {
        case .baseline: if !weft_dnn_limit_instructions(WEFT_DNN_SSE41) { return false }
        case .avx2: if !weft_dnn_limit_instructions(WEFT_DNN_AVX2) { return false }
        case .avx512: return true
        }
        return selectInstructionSet(set)
    }

    /// For tests: the instruction set that own kernels use from now on, in the whole process.
    ///
    /// - Returns: whether the machine has it; if not, nothing changes.
    package static func selectInstructionSet(_ set: InstructionSet) -> Bool {
        weft_isa_select(weft_isa(rawValue: set.rawValue)) != 0
    }
}
