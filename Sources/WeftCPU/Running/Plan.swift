// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Where a result of a plan is when its steps are done.
enum ResultSource: Equatable {
    /// In the memory that the caller put into this slot.
    case slot(Int)
    /// An input, untouched.
    case input(Int)
    /// A constant, by its number and slot.
    case constant(Int, slot: Int)
    /// The same array as an earlier result.
    case result(Int)
    /// A list, by its number among the lists.
    case list(Int)
}

/// A compiled program: steps with everything resolved, and how much memory a run of them needs.
///
/// Slots are numbered: the inputs, the constants, what the arena holds, the results.
/// `@unchecked Sendable`: immutable after `init`, and the kernels' handles may be run from many
/// threads at once.
final class Plan: @unchecked Sendable {
    /// The program, for labels.
    let program: Program
    let steps: ContiguousArray<Step>
    /// The same steps, where the loop over them retains nothing.
    let stepList: UnsafeMutablePointer<Unmanaged<Step>>
    private let operandTable: UnsafeMutablePointer<Int32>

    let inputCount: Int
    /// The bytes that each input must have; a list's is 0.
    let inputBytes: [Int]
    /// For each input that is a list, its number among the lists; else −1.
    let inputLists: [Int]
    let slotCount: Int
    let constants: [NDArray]
    /// Slots and offsets of what lies in the arena.
    let arenaSlots: [(slot: Int, offset: Int)]
    let arenaBytes: Int
    let results: [ResultSource]
    /// For each result, whether it may be written over the input of the same number: who owns that
    /// input's memory, a loop, need not give the result another.
    let replacesInput: [Bool]
    let resultTypes: [ArrayType]
    let resultBytes: [Int]
    let listCount: Int
    /// The plans of branches and loop bodies.
    let children: [Plan]
    let memory: PlanMemory
    /// The most arguments of a tile program.
    let pointerCount: Int
    let work: Work
    /// Whether oneDNN runs in a step, which takes threads by itself.
    let usesVendor: Bool
    /// The weights that may be packed, with their slots: of inputs or constants.
    let packings: [(slot: Int, weights: any PackableWeights)]

    init(_ parts: Parts) {
        program = parts.program
        steps = parts.steps
        stepList = .allocate(capacity: max(parts.steps.count, 1))
        for (i, step) in parts.steps.enumerated() {
            (stepList + i).initialize(to: .passUnretained(step))
        }
        operandTable = parts.operandTable
        inputCount = parts.program.inputs.count
        inputBytes = parts.program.inputTypes.map(\.byteCount)
        inputLists = parts.inputLists
        slotCount = parts.slotCount
        constants = parts.constants
        arenaSlots = parts.arenaSlots
        arenaBytes = parts.arenaBytes
        results = parts.results
        replacesInput = parts.replacesInput
        resultTypes = parts.program.outputTypes
        resultBytes = resultTypes.map(\.byteCount)
        listCount = parts.listCount
        children = parts.children
        memory = parts.memory
        pointerCount = parts.pointerCount
        work = parts.work
        packings = parts.packings
        usesVendor = parts.usesVendor || parts.children.contains(where: \.usesVendor)
    }

    /// The steps, those of branches and loop bodies included.
    var allStepCount: Int { children.reduce(steps.count) { $0 + $1.allStepCount } }

    /// The bytes of a frame, those of branches and loop bodies included.
    var frameBytes: Int {
        children.reduce(arenaBytes + 8 * (slotCount + pointerCount)) { $0 + $1.frameBytes }
    }

    deinit {
        stepList.deallocate()
        operandTable.deallocate()
    }

    /// What a plan is made of.
    struct Parts {
        var program: Program
        var steps: ContiguousArray<Step>
        /// The plan takes ownership.
        var operandTable: UnsafeMutablePointer<Int32>
        var inputLists: [Int]
        var slotCount: Int
        var constants: [NDArray]
        var arenaSlots: [(slot: Int, offset: Int)]
        var arenaBytes: Int
        var results: [ResultSource]
        var replacesInput: [Bool]
        var listCount: Int
        var children: [Plan]
        var memory: PlanMemory
        var pointerCount: Int
        var work: Work
        var usesVendor: Bool
        var packings: [(slot: Int, weights: any PackableWeights)]
    }
}
