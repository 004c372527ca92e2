// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Gives every array its memory and makes the steps: the end of compiling.
struct Assembly {
    let draft: Draft
    let program: Program
    private(set) var recipes: [Recipe]
    private let children: [Plan]

    private static let never = Int32(-1)
    private static let always = Int32.max

    /// By value: its slot (or number among the lists), and the last step that reads it.
    private var slot: [Int32]
    private var lastUse: [Int32]
    /// By value: where it lies in the arena; −1 for what does not.
    private var offset: [Int]
    private var slotCount: Int
    private var listCount = 0
    private var constants: [NDArray] = []
    private(set) var arenaSlots: [(slot: Int, offset: Int)] = []
    private(set) var arena = ArenaAllocator()
    private var inputLists: [Int] = []
    private var results: [ResultSource] = []
    private var replacesInput: [Bool] = []
    /// By value: the number of the result that it is; −1 for none.
    private var resultNumber: [Int32]
    /// The slots of the steps' arguments, one step's after the other's.
    private(set) var operands: [Int32] = []

    init(_ draft: Draft, _ recipes: [Recipe], _ children: [Plan]) {
        self.draft = draft
        self.recipes = recipes
        self.children = children
        program = draft.program
        slot = Array(repeating: Self.never, count: program.values.count)
        lastUse = Array(repeating: Self.never, count: program.values.count)
        offset = Array(repeating: -1, count: program.values.count)
        resultNumber = Array(repeating: Self.never, count: program.values.count)
        replacesInput = Array(repeating: false, count: program.outputs.count)
        slotCount = program.inputs.count
    }

    func isList(_ value: Int) -> Bool { program.values[value].dtype == .list }

    mutating func makePlan() -> Plan {
        for (i, input) in program.inputs.enumerated() {
            slot[input] = Int32(i)
            inputLists.append(isList(input) ? listCount : -1)
            if isList(input) {
                slot[input] = Int32(listCount)
                listCount += 1
            }
        }
        for (step, recipe) in recipes.enumerated() {
            for input in recipe.inputs { lastUse[input] = Int32(step) }
            for input in recipe.inputs { placeConstant(input) }
        }
        for output in program.outputs {
            let root = Int(draft.root[output])
            lastUse[root] = Self.always
            placeConstant(root)
        }
        placeResults()
        var starts: [Int] = []
        for step in recipes.indices {
            starts.append(operands.count)
            place(step)
        }
        return finish(starts)
    }

    private mutating func placeConstant(_ value: Int) {
        guard slot[value] == Self.never, let array = draft.constants[Int32(value)] else { return }
        slot[value] = newSlot()
        constants.append(array)
    }

    private mutating func newSlot() -> Int32 {
        slotCount += 1
        return Int32(slotCount - 1)
    }

    /// Results are written where the caller wants them. Slots of results that steps make come
    /// after those of constants.
    private mutating func placeResults() {
        let firstConstant = program.inputs.count
        for (place, output) in program.outputs.enumerated() {
            let root = Int(draft.root[output])
            if isList(root) {
                // The number is given when the list is made; see `finish`.
                results.append(.list(root))
            } else if slot[root] >= 0, slot[root] < firstConstant {
                results.append(.input(Int(slot[root])))
            } else if draft.constants[Int32(root)] != nil {
                let number = Int(slot[root])
                results.append(.constant(number - firstConstant, slot: number))
            } else if resultNumber[root] >= 0 {
                results.append(.result(Int(resultNumber[root])))
            } else {
                resultNumber[root] = Int32(place)
                slot[root] = newSlot()
                results.append(.slot(Int(slot[root])))
            }
        }
    }

    /// Places what a step writes, then frees what it was the last to read.
    private mutating func place(_ step: Int) {
        let recipe = recipes[step]
        var given: [(offset: Int, bytes: Int)] = []
        var taken: [Int] = []
        for input in recipe.inputs where slot[input] == Self.never {
            // Only arrays without elements are read without having been made.
            slot[input] = newSlot()
            arenaSlots.append((Int(slot[input]), 0))
        }
        // The inputs whose memory is free when the step has read them.
        let free = recipe.inPlace.inputs.filter {
            lastUse[recipe.inputs[$0]] == step && offset[recipe.inputs[$0]] >= 0
        }
        for (position, output) in recipe.outputs.enumerated() {
            if slot[output] != Self.never {
                noteReplacement(by: output, at: position, step)
                continue
            }
            if isList(output) {
                placeList(output, step, recipe)
                continue
            }
            slot[output] = newSlot()
            let bytes = program.values[output].byteCount
            let heritage = free.first {
                recipe.inPlace.allows(position, from: $0) && !taken.contains(recipe.inputs[$0])
                    && program.values[recipe.inputs[$0]].byteCount == bytes
            }
            if let heritage {
                taken.append(recipe.inputs[heritage])
                offset[output] = offset[recipe.inputs[heritage]]
            } else {
                offset[output] = arena.take(bytes)
            }
            arenaSlots.append((Int(slot[output]), offset[output]))
            if lastUse[output] == Self.never { given.append((offset[output], bytes)) }
        }
        operands += recipe.inputs.map { slot[$0] } + recipe.outputs.map { slot[$0] }
        for bytes in recipe.workspaces {
            let place = arena.take(bytes)
            given.append((place, bytes))
            operands.append(newSlot())
            arenaSlots.append((slotCount - 1, place))
        }
        for input in recipe.inputs
        where lastUse[input] == step && offset[input] >= 0 && !taken.contains(input) {
            arena.give(offset[input], program.values[input].byteCount)
            // An array that is read twice is freed once.
            offset[input] = -1
        }
        for block in given { arena.give(block.offset, block.bytes) }
        moveLists(step)
    }

    /// Notes if a step could write a result over the input of the same number.
    private mutating func noteReplacement(by output: Int, at position: Int, _ step: Int) {
        let number = Int(resultNumber[output])
        guard number >= 0, number < program.inputs.count else { return }
        let input = program.inputs[number]
        let recipe = recipes[step]
        replacesInput[number] =
            lastUse[input] == step
            && program.values[input].byteCount == program.values[output].byteCount
            && recipe.inPlace.inputs.contains {
                recipe.inputs[$0] == input && recipe.inPlace.allows(position, from: $0)
            }
    }

    /// A list that is read last by the step that makes another is changed in place.
    private mutating func placeList(_ output: Int, _ step: Int, _ recipe: Recipe) {
        if case .frame = recipe.body, let input = recipe.inputs.first, isList(input),
            lastUse[input] == step, recipe.inputs.filter({ $0 == input }).count == 1
        {
            slot[output] = slot[input]
        } else {
            slot[output] = Int32(listCount)
            listCount += 1
        }
    }

    /// Lists that a branch or loop is the last to read are handed over.
    private mutating func moveLists(_ step: Int) {
        func moved(_ binding: Binding) -> Binding {
            var binding = binding
            let inputs = recipes[step].inputs
            for i in binding.lists.indices {
                let value = inputs[binding.lists[i].position]
                binding.lists[i].isMoved =
                    lastUse[value] == step && inputs.filter { $0 == value }.count == 1
            }
            return binding
        }
        switch recipes[step].body {
        case .kernel, .frame, .tile, .rows: return
        case .cond(var rule):
            rule.run.binding = moved(rule.run.binding)
            recipes[step].body = .cond(rule)
        case .whileLoop(var rule):
            rule.binding = moved(rule.binding)
            recipes[step].body = .whileLoop(rule)
        case .scan(var rule):
            rule.binding = moved(rule.binding)
            recipes[step].body = .scan(rule)
        case .call(var rule):
            rule.run.binding = moved(rule.run.binding)
            recipes[step].body = .call(rule)
        }
    }

    /// Numbers the weights that may be packed. Steps that read the same ones alike share a copy.
    private mutating func numberPackings() -> [(slot: Int, weights: any PackableWeights)] {
        struct Key: Hashable {
            var slot: Int32
            var weights: ObjectIdentifier
        }
        var packings: [(slot: Int, weights: any PackableWeights)] = []
        var numbers: [Key: Int] = [:]
        for i in recipes.indices {
            guard let packing = recipes[i].packing else { continue }
            let place = slot[recipes[i].inputs[packing.input]]
            let key = Key(slot: place, weights: ObjectIdentifier(packing.weights))
            recipes[i].packing?.number = numbers[key] ?? packings.count
            if numbers.updateValue(numbers[key] ?? packings.count, forKey: key) == nil {
                packings.append((Int(place), packing.weights))
            }
        }
        return packings
    }

    private func memory() -> PlanMemory {
        var memory = PlanMemory()
        memory.frame = arena.size + children.reduce(0) { $0 + $1.memory.frame }
        memory.scratch = children.map(\.memory.scratch).max() ?? 0
        for (result, type) in zip(results, program.outputTypes) {
            if case .slot = result { memory.results += type.byteCount }
        }
        for recipe in recipes {
            memory.scratch = max(memory.scratch, recipe.scratchBytes)
            let bytes =
                recipe.outputs.reduce(0) { $0 + program.values[$1].byteCount }
                + recipe.workspaces.reduce(recipe.scratchBytes, +)
            if bytes > memory.largest.bytes, let member = recipe.members.last {
                memory.largest = (Int(member), bytes)
            }
        }
        return memory
    }

    private mutating func finish(_ starts: [Int]) -> Plan {
        let packings = numberPackings()
        let table = UnsafeMutablePointer<Int32>.allocate(capacity: max(operands.count, 1))
        for (i, operand) in operands.enumerated() { (table + i).initialize(to: operand) }
        var steps = ContiguousArray<Step>()
        steps.reserveCapacity(recipes.count)
        var work = Work()
        for (recipe, start) in zip(recipes, starts) {
            steps.append(recipe.makeStep(table + start))
            work.nanoseconds += recipe.work.nanoseconds
            work.bytes += recipe.work.bytes
            work.flops += recipe.work.flops
        }
        let memory = memory()
        results = results.map { result in
            if case .list(let root) = result { .list(Int(slot[root])) } else { result }
        }
        return Plan(
            Plan.Parts(
                program: program, steps: steps, operandTable: table, inputLists: inputLists,
                slotCount: slotCount, constants: constants, arenaSlots: arenaSlots,
                arenaBytes: arena.size, results: results, replacesInput: replacesInput,
                listCount: listCount, children: children, memory: memory,
                pointerCount: recipes.map {
                    $0.inputs.count + $0.outputs.count + $0.workspaces.count
                }.max() ?? 0,
                work: work, usesVendor: recipes.contains(where: \.usesVendor), packings: packings))
    }
}
