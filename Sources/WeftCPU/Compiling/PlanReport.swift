// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A plan in words.
///
/// Plans keep nothing for it: what a step writes, and who reads it, is found again in the program.
struct PlanReport {
    private let plan: Plan
    private let program: Program
    /// By instruction: its step, or nil for one without.
    private var step: [Int?]
    /// By value: the value whose memory it shares.
    private var root: [Int]
    /// By value, a root: the steps that read it.
    private var readers: [[Int]]
    private var resultRoots: Set<Int> = []

    init(_ plan: Plan) {
        self.plan = plan
        program = plan.program
        step = Array(repeating: nil, count: program.instructions.count)
        for (number, planned) in plan.steps.enumerated() {
            for member in planned.members where step[Int(member)] == nil {
                step[Int(member)] = number
            }
        }
        root = Array(program.values.indices)
        var maker = [Int](repeating: -1, count: program.values.count)
        for (i, instruction) in program.instructions.enumerated() {
            for output in instruction.outputs { maker[output] = i }
            if step[i] == nil, let source = instruction.inputs.first,
                let output = instruction.outputs.first,
                program.values[source].count == program.values[output].count
            {
                // No step: another view of its operand, or known when the plan was made.
                root[output] = root[source]
            }
        }
        readers = Array(repeating: [], count: program.values.count)
        for (number, planned) in plan.steps.enumerated() {
            // Several steps may compute a value; those do not read it.
            let members = Set(planned.members.map(Int.init))
            for member in members.sorted() {
                for input in program.instructions[member].inputs.map({ root[$0] })
                where !members.contains(maker[input]) && readers[input].last != number {
                    readers[input].append(number)
                }
            }
        }
        resultRoots = Set(program.outputs.map { root[$0] })
    }

    func text(indentation: String) -> String {
        var text = indentation + summary + "\n"
        // Calls of one program have one plan.
        var printed: Set<Int> = []
        for (number, planned) in plan.steps.enumerated() {
            let written = written(by: number)
            text += "\(indentation)  \(number): \(planned.label(program))\n"
            for value in written {
                let uses = uses(of: value, writtenBy: number).joined(separator: "; ")
                text += "\(indentation)       -> \(program.values[value]): \(uses)\n"
            }
            for child in planned.children where printed.insert(child).inserted {
                text += PlanReport(plan.children[child]).text(indentation: indentation + "    ")
            }
        }
        return text
    }

    private var summary: String {
        let results = zip(plan.results, plan.resultBytes).reduce(0) { sum, result in
            if case .slot = result.0 { sum + result.1 } else { sum }
        }
        let known = plan.constants.reduce(0) { $0 + $1.count * $1.dtype.size }
        let intermediate = plan.steps.indices.reduce(0) { sum, number in
            written(by: number).filter { !resultRoots.contains($0) }.reduce(sum) {
                $0 + program.values[$1].byteCount
            }
        }
        let withoutStep = step.count { $0 == nil }
        return "\(plan.steps.count) steps for \(program.instructions.count) instructions "
            + "(\(withoutStep) need none: views, known values, unused ones); "
            + "memory: arena of \(plan.arenaBytes) bytes for \(intermediate) bytes of arrays "
            + "between steps, \(results) bytes of results, "
            + "\(known) bytes in \(plan.constants.count) constants\(packings)"
    }

    private var packings: String {
        guard !plan.packings.isEmpty else { return "" }
        let sizes = plan.packings.map { packing in
            packing.slot < plan.inputCount
                ? plan.inputBytes[packing.slot]
                : plan.constants[packing.slot - plan.inputCount].storage.byteCount
        }
        return
            "; up to about \(sizes.reduce(0, +)) bytes more in copies of \(sizes.count) weights, "
            + "if they stay the same"
    }

    /// The arrays that a step writes to memory: what of its members' results others read.
    private func written(by number: Int) -> [Int] {
        plan.steps[number].members.filter { step[Int($0)] == number }
            .flatMap { program.instructions[Int($0)].outputs }.filter {
                resultRoots.contains($0) || readers[$0].contains { $0 != number }
            }
    }

    /// Why an array is written and not handed on inside the step that reads it.
    private func uses(of value: Int, writtenBy number: Int) -> [String] {
        var lines = resultRoots.contains(value) ? ["a result"] : []
        let others = readers[value].filter { $0 != number }
        for reader in others.prefix(4) {
            lines.append("for step \(reader), \(reason(from: number, value, to: reader))")
        }
        if others.count > 4 { lines.append("for \(others.count - 4) more") }
        return lines
    }

    private func reason(from number: Int, _ value: Int, to reader: Int) -> String {
        let (source, target) = (plan.steps[number], plan.steps[reader])
        if !target.isFused { return "whose kernel reads whole arrays" }
        if !source.isFused { return "since this kernel writes whole arrays" }
        if source.members.count + target.members.count > Fusion.maximumSize {
            return "which together would be more than \(Fusion.maximumSize) instructions"
        }
        let (own, other) = (program.values[value], space(of: target))
        if let other, own.count != other.count {
            return "which goes over \(other.shape)"
        }
        if let between = step(between: number, and: reader) {
            return "before which step \(between) must run"
        }
        return "which reads in another order, or by other rows"
    }

    /// What a fused step goes over: the largest of its results.
    private func space(of step: Step) -> ArrayType? {
        step.members.flatMap { program.instructions[Int($0)].outputs }.map { program.values[$0] }
            .max { $0.count < $1.count }
    }

    /// A step that needs the first one and that the other needs.
    private func step(between first: Int, and last: Int) -> Int? {
        guard last > first + 1, last - first < 1000 else { return nil }
        var reached: Set<Int> = [first]
        var found: [Int: Int] = [:]
        for middle in first..<last where reached.contains(middle) {
            for value in written(by: middle) {
                for reader in readers[value] where reader > middle && reader <= last {
                    if reader == last, middle != first { found[middle] = reader }
                    if reader != last { reached.insert(reader) }
                }
            }
        }
        return found.keys.min()
    }
}

extension Step {
    /// Whether it is of the kind that other instructions may be fused with.
    fileprivate var isFused: Bool { self is TileStep || self is RowStep }
}
