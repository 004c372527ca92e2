// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Assembly: CompilerStage {
    /// Steps read what is there when they run and make all results; when they have places, no two
    /// arrays that are needed at once overlap.
    func verify(_ check: StageCheck) throws {
        try verifyRecipes(check)
        if operands.isEmpty { return }
        try map().verify(check)
        try arena.verify(check)
    }

    private func verifyRecipes(_ check: StageCheck) throws {
        var isMade = [Bool](repeating: false, count: program.values.count)
        for input in program.inputs { isMade[input] = true }
        for value in draft.constants.keys { isMade[Int(value)] = true }
        // Without elements there is nothing to make.
        for value in program.values.indices where program.values[value].byteCount == 0 {
            isMade[value] = isMade[value] || !isList(value)
        }
        for recipe in recipes {
            for input in recipe.inputs {
                try check.require(
                    isMade[input],
                    "\(label(recipe)) reads value \(input) before it is made")
            }
            for output in recipe.outputs { isMade[output] = true }
        }
        for output in program.outputs {
            try check.require(
                isMade[Int(draft.root[output])], "the result \(output) is made by no step")
        }
    }

    private func label(_ recipe: Recipe) -> String {
        recipe.members.last.map { program.instructions[Int($0)].label } ?? "a step"
    }

    /// What lies where, by what the steps read and write: it does not trust what places were chosen
    /// by.
    private func map() -> ArenaMap {
        var offsets: [Int32: Int] = [:]
        for place in arenaSlots { offsets[Int32(place.slot)] = place.offset }
        var map = ArenaMap(size: arena.size)
        // By value: its number in the map.
        var numbers: [Int: Int] = [:]
        var position = 0
        for (step, recipe) in recipes.enumerated() {
            for input in recipe.inputs {
                guard let number = numbers[input] else { continue }
                map.allocations[number].steps = map.allocations[number].steps.lowerBound...step
            }
            position += recipe.inputs.count
            for output in recipe.outputs {
                if !isList(output), let offset = offsets[operands[position]] {
                    numbers[output] = map.allocations.count
                    map.add(offset, program.values[output].byteCount, step)
                }
                position += 1
            }
            for bytes in recipe.workspaces {
                if let offset = offsets[operands[position]] { map.add(offset, bytes, step) }
                position += 1
            }
        }
        for (step, recipe) in recipes.enumerated() { map.allowInPlace(recipe, step, numbers) }
        return map
    }
}

extension ArenaMap {
    fileprivate mutating func add(_ offset: Int, _ bytes: Int, _ step: Int) {
        allocations.append(Allocation(offset: offset, bytes: bytes, steps: step...step))
    }

    /// What a step may write over an array that it is the last to read takes its place.
    fileprivate mutating func allowInPlace(_ recipe: Recipe, _ step: Int, _ numbers: [Int: Int]) {
        for (position, output) in recipe.outputs.enumerated() {
            guard let new = numbers[output].map({ allocations[$0] }) else { continue }
            for input in recipe.inPlace.inputs where recipe.inPlace.allows(position, from: input) {
                guard let number = numbers[recipe.inputs[input]] else { continue }
                let old = allocations[number]
                guard old.offset == new.offset, old.bytes == new.bytes,
                    old.steps.upperBound == step, old.steps.lowerBound < step
                else { continue }
                allocations[number].steps = old.steps.lowerBound...(step - 1)
            }
        }
    }
}
