// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension KernelSelection {
    private func isList(_ value: Int) -> Bool { program.values[value].dtype == .list }

    /// How the inputs at `positions` go to a child's inputs. Whether a list may be moved is known
    /// when the order of the steps is: see `PlanCompiler`.
    private func binding(
        _ inputs: [Int], _ positions: Range<Int>, firstInput: Int
    ) -> Binding {
        var binding = Binding()
        for position in positions {
            let input = position - positions.lowerBound + firstInput
            if isList(inputs[position]) {
                binding.lists.append((position, input, false))
            } else {
                binding.arrays.append((position, input))
            }
        }
        return binding
    }

    mutating func cond(_ index: Int, _ whenTrue: Program, _ whenFalse: Program) throws -> Recipe {
        let instruction = program.instructions[index]
        let rule = CondRule(
            whenTrue: try child(whenTrue), whenFalse: try child(whenFalse),
            run: bodyRun(instruction, firstInput: 1))
        return control(index, .cond(rule), [rule.whenTrue, rule.whenFalse], times: 1)
    }

    /// A program that is not put in the call's place.
    mutating func call(_ index: Int, _ body: Program) throws -> Recipe {
        let rule = CallRule(
            body: try calledChild(body), run: bodyRun(program.instructions[index], firstInput: 0))
        return control(index, .call(rule), [rule.body], times: 1)
    }

    /// One run of a body on the inputs from `firstInput` on.
    private func bodyRun(_ instruction: Program.Instruction, firstInput: Int) -> BodyRun {
        BodyRun(
            binding: binding(
                instruction.inputs, firstInput..<instruction.inputs.count, firstInput: 0),
            firstOutput: instruction.inputs.count,
            bytes: instruction.outputs.map { program.values[$0].byteCount })
    }

    mutating func whileLoop(
        _ index: Int, _ condition: Program, _ body: Program, _ carries: Int, _ maximum: Int?
    ) throws -> Recipe {
        let instruction = program.instructions[index]
        let (variables, workspaces) = carryVariables(instruction, carries)
        let all = binding(instruction.inputs, instruction.inputs.indices, firstInput: 0)
        let (start, captures) = Self.split(all, carries)
        let rule = WhileRule(
            condition: try child(condition), body: try child(body, steadyFrom: carries),
            binding: start, captures: captures, carries: Carries(variables: variables),
            maximumIterations: maximum ?? Int.max)
        var recipe = control(index, .whileLoop(rule), [rule.condition, rule.body], times: 10)
        recipe.workspaces = workspaces
        return recipe
    }

    mutating func scan(
        _ index: Int, _ body: Program, _ carries: Int, _ sequences: Int, _ isReversed: Bool
    ) throws -> Recipe {
        let instruction = program.instructions[index]
        let (variables, workspaces) = carryVariables(instruction, carries)
        var all = binding(instruction.inputs, instruction.inputs.indices, firstInput: 0)
        all.arrays.removeAll { (carries..<carries + sequences).contains($0.position) }
        let (start, captures) = Self.split(all, carries)
        var length = 0
        var slices: [ScanRule.Slice] = []
        for position in carries..<carries + sequences {
            let type = program.values[instruction.inputs[position]]
            length = type.shape[0]
            slices.append(
                ScanRule.Slice(
                    position: position, input: position,
                    bytes: type.shape.dropFirst().volume * type.dtype.size))
        }
        let outputs = instruction.outputs.indices.dropFirst(carries).map { k in
            let type = program.values[instruction.outputs[k]]
            if sequences == 0 { length = type.shape[0] }
            return ScanRule.Slice(
                position: instruction.inputs.count + k, input: k,
                bytes: type.shape.dropFirst().volume * type.dtype.size)
        }
        let rule = ScanRule(
            body: try child(body, steadyFrom: carries + sequences), binding: start,
            captures: captures, carries: Carries(variables: variables), sequences: slices,
            outputs: outputs,
            length: length, isReversed: isReversed)
        var recipe = control(index, .scan(rule), [rule.body], times: Double(length))
        recipe.workspaces = workspaces
        return recipe
    }

    /// Lists that are captured are bound anew in each iteration, everything else once.
    private static func split(_ all: Binding, _ carries: Int) -> (Binding, Binding) {
        var (start, captures) = (all, Binding())
        captures.lists = all.lists.filter { $0.position >= carries }
        start.lists = all.lists.filter { $0.position < carries }
        return (start, captures)
    }

    private func carryVariables(
        _ instruction: Program.Instruction, _ carries: Int
    ) -> ([Carries.Variable], [Int]) {
        var workspaces: [Int] = []
        let variables = (0..<carries).map { k in
            let value = instruction.outputs[k]
            let output = instruction.inputs.count + k
            if isList(value) {
                return Carries.Variable(output: output, spare: output, bytes: 0, isList: true)
            }
            let bytes = program.values[value].byteCount
            workspaces.append(bytes)
            let spare = instruction.inputs.count + instruction.outputs.count + workspaces.count - 1
            return Carries.Variable(output: output, spare: spare, bytes: bytes, isList: false)
        }
        return (variables, workspaces)
    }

    private func control(
        _ index: Int, _ body: Recipe.Body, _ plans: [Int], times: Double
    ) -> Recipe {
        var recipe = recipe(index, body)
        for plan in plans { recipe.work.nanoseconds += times * children[plan].work.nanoseconds }
        for plan in plans { recipe.work.flops += times * children[plan].work.flops }
        recipe.usesVendor = plans.contains { children[$0].usesVendor }
        return recipe
    }
}
