// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Sums rows before they are scaled where the scale is not known yet.
///
/// `Σ (a · u + b · v)` over the leading axes, with `a` and `b` the same in all rows, is
/// `a · Σ u + b · Σ v`. Where `a` comes from another sum over the same rows, as in the gradient of
/// a normalisation over a batch, the first form is a pass over memory that must wait for that one,
/// and the second belongs to it.
enum LinearSums {
    static func distributed(in program: Program) -> Program {
        var search = LinearSumSearch(program)
        let sums = program.instructions.indices.filter { search.isLargeSum($0) }
        // One alone has nothing to wait for.
        guard sums.count > 1 else { return program }
        search.findLevels()
        return search.rewritten(sums)
    }
}

private struct LinearSumSearch {
    private let program: Program
    private var values: [ArrayType]
    private var maker: [Int32]
    /// By value: the most passes over memory that lie before it.
    private var level: [Int32] = []
    private var instructions: [Program.Instruction] = []
    /// The sums that there are so far, and what stands for those that need not be made.
    private var made: [SumKey: Int] = [:]
    private var replacement: [Int: Int] = [:]

    private struct SumKey: Hashable {
        var value: Int
        var axes: [Int]
    }

    /// Smaller arrays stay in the cache from one pass to the next.
    private static let leastElements = 1 << 14
    private static let mostParts = 12

    init(_ program: Program) {
        self.program = program
        values = program.values
        maker = Array(repeating: -1, count: program.values.count)
        for (i, instruction) in program.instructions.enumerated() {
            for output in instruction.outputs { maker[output] = Int32(i) }
        }
    }

    /// Whether an instruction sums many rows to one.
    func isLargeSum(_ i: Int) -> Bool {
        let instruction = program.instructions[i]
        guard case .reduce(.sum, let axes) = instruction.primitive, !axes.isEmpty else {
            return false
        }
        let type = values[instruction.inputs[0]]
        return type.dtype.isFloatingPoint && type.count >= Self.leastElements
            && axes.sorted() == Array(axes.indices) && axes.count < type.shape.count
            && values[instruction.outputs[0]].count * 16 <= type.count
    }

    mutating func findLevels() {
        level = Array(repeating: 0, count: values.count)
        for instruction in program.instructions {
            var own = instruction.inputs.map { level[$0] }.max() ?? 0
            if !Self.staysInPass(instruction.primitive) { own += 1 }
            for output in instruction.outputs { level[output] = own }
        }
    }

    /// Whether an instruction needs no pass over memory of its own.
    private static func staysInPass(_ primitive: Primitive) -> Bool {
        switch primitive {
        case .unary, .binary, .compare, .select, .cast, .reshape, .broadcast, .constant, .iota:
            true
        case .randomBits, .foldRandom, .reduce, .argReduce, .cumulative, .dot, .convolution,
            .convolutionInputGradient, .convolutionFilterGradient, .window, .windowSumGradient,
            .maxPoolGradient, .maxPoolPick, .transpose, .slice, .dynamicSlice,
            .dynamicUpdateSlice, .pad, .concatenate, .reverse, .gather, .scatter, .sort, .topK,
            .cond, .whileLoop, .scan, .listEmpty, .listAppend, .listPop, .listZerosLike, .listAdd,
            .check:
            false
        }
    }

    mutating func rewritten(_ sums: [Int]) -> Program {
        var pending = sums[...]
        for (i, instruction) in program.instructions.enumerated() {
            var instruction = instruction
            if !replacement.isEmpty {
                instruction = Program.Instruction(
                    instruction.primitive, inputs: instruction.inputs.map { replacement[$0] ?? $0 },
                    outputs: instruction.outputs, origin: instruction.origin)
            }
            if pending.first == i, case .reduce(_, let axes) = instruction.primitive {
                pending = pending.dropFirst()
                let (value, output) = (instruction.inputs[0], instruction.outputs[0])
                let key = SumKey(value: value, axes: axes)
                if let sum = made[key] ?? distribute(value, axes, values[output]) {
                    replacement[output] = sum
                    continue
                }
                made[key] = output
            }
            instructions.append(instruction)
        }
        return Program(
            values: values, inputs: program.inputs, instructions: instructions,
            outputs: program.outputs.map { replacement[$0] ?? $0 })
    }

    // MARK: One sum

    /// What a linear expression consists of.
    private indirect enum Part {
        case leaf(Int)
        case negated(Part)
        case combined(BinaryKind, Part, Part)
        case scaled(BinaryKind, Part, by: Int)
    }

    /// The sum of a value from the sums of what it is made of, if these can be had earlier.
    private mutating func distribute(_ value: Int, _ axes: [Int], _ result: ArrayType) -> Int? {
        var leaves: Set<Int> = []
        var budget = Self.mostParts
        guard let part = part(value, axes.count, result, &leaves, &budget), !leaves.contains(value),
            leaves.allSatisfy({ level[$0] < level[value] })
        else { return nil }
        return emit(part, axes, result)
    }

    private func part(
        _ value: Int, _ reduced: Int, _ result: ArrayType, _ leaves: inout Set<Int>,
        _ budget: inout Int
    ) -> Part? {
        budget -= 1
        guard budget >= 0 else { return nil }
        func leaf() -> Part {
            leaves.insert(value)
            return .leaf(value)
        }
        let place = maker[value]
        guard place >= 0 else { return leaf() }
        let instruction = program.instructions[Int(place)]
        let inputs = instruction.inputs
        let isWhole = inputs.map {
            values[$0] == values[value] && factor($0, reduced, result) == nil
        }
        switch instruction.primitive {
        case .unary(.negate):
            return self.part(inputs[0], reduced, result, &leaves, &budget).map { .negated($0) }
        case .binary(let kind) where kind == .add || kind == .subtract:
            // A sum of deviations would be a small difference of large numbers.
            guard isWhole == [true, true] else { return leaf() }
            guard let a = self.part(inputs[0], reduced, result, &leaves, &budget),
                let b = self.part(inputs[1], reduced, result, &leaves, &budget)
            else { return nil }
            return .combined(kind, a, b)
        case .binary(let kind) where kind == .multiply || kind == .divide:
            let order = isWhole[0] ? [0, 1] : [1, 0]
            guard isWhole[order[0]], kind == .multiply || order == [0, 1],
                factor(inputs[order[1]], reduced, result) != nil
            else { return leaf() }
            return self.part(inputs[order[0]], reduced, result, &leaves, &budget).map {
                .scaled(kind, $0, by: inputs[order[1]])
            }
        default: return leaf()
        }
    }

    /// The value that holds, once, what another one repeats in all rows.
    private func factor(_ value: Int, _ reduced: Int, _ result: ArrayType) -> Int? {
        let type = values[value]
        let rank = result.shape.count
        if type.count == 1 { return value }
        if Array(type.shape.suffix(rank)) == result.shape,
            type.shape.dropLast(rank).allSatisfy({ $0 == 1 })
        {
            return value
        }
        guard maker[value] >= 0,
            case .broadcast(let axes) = program.instructions[Int(maker[value])].primitive
        else { return nil }
        let source = program.instructions[Int(maker[value])].inputs[0]
        let dims = values[source].shape
        let kept = zip(axes, dims).filter { $0.1 != 1 }.map(\.0)
        guard values[source].count == 1 || values[source].count == result.count,
            kept.allSatisfy({ $0 >= reduced }), zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        return source
    }

    // MARK: Writing

    private mutating func append(_ primitive: Primitive, _ inputs: [Int], _ type: ArrayType) -> Int
    {
        values.append(type)
        instructions.append(
            Program.Instruction(primitive, inputs: inputs, outputs: [values.count - 1]))
        return values.count - 1
    }

    private mutating func emit(_ part: Part, _ axes: [Int], _ result: ArrayType) -> Int {
        switch part {
        case .leaf(let value):
            let key = SumKey(value: value, axes: axes)
            if let sum = made[key] { return sum }
            let sum = append(.reduce(.sum, axes: axes), [value], result)
            made[key] = sum
            return sum
        case .negated(let inner):
            return append(.unary(.negate), [emit(inner, axes, result)], result)
        case .combined(let kind, let a, let b):
            let pair = [emit(a, axes, result), emit(b, axes, result)]
            return append(.binary(kind), pair, result)
        case .scaled(let kind, let inner, let value):
            let sum = emit(inner, axes, result)
            var scale = factor(value, axes.count, result) ?? value
            scale = replacement[scale] ?? scale
            if values[scale].count == result.count, values[scale].shape != result.shape {
                scale = append(.reshape, [scale], result)
            } else if values[scale].shape.count > result.shape.count {
                scale = append(.reshape, [scale], ArrayType(result.dtype, []))
            }
            return append(.binary(kind), [sum, scale], result)
        }
    }
}
