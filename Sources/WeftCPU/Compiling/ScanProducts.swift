// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Moves products out of scans.
///
/// A recurrent layer multiplies each step's input with the same weights, and its gradient sums, for
/// the weights, a product of each step: many small products where one large one does. A product of
/// a slice with what stays the same is computed before the scan, for all steps at once; a carry
/// that only sums products, or sums of elements, is computed after it from what they are made of,
/// which the scan stacks instead.
package enum ScanProducts {
    package static func movedOut(of program: Program) -> Program {
        let hasScan = program.instructions.contains {
            if case .scan = $0.primitive { true } else { false }
        }
        guard hasScan else { return program }
        let outer = ProgramBuilder(replacing: program)
        for instruction in program.instructions {
            if case .scan(let body, let carries, let sequences, let isReversed) =
                instruction.primitive
            {
                var rewrite = ScanRewrite(
                    instruction, body, carries: carries, sequences: sequences,
                    isReversed: isReversed)
                rewrite.hoistProducts(into: outer)
                rewrite.findSums()
                rewrite.finish(into: outer)
            } else {
                outer.append(instruction)
            }
        }
        return outer.program(program.outputs)
    }
}

extension ProgramBuilder {
    fileprivate func emit(_ primitive: Primitive, _ inputs: [Int], _ type: ArrayType) -> Int {
        add(primitive, inputs, [type])[0]
    }

    /// The products of all slices of `sequence` with `weights`.
    fileprivate func product(
        of sequence: Int, _ weights: Int, _ dimensions: DotDimensions, _ type: ArrayType
    ) -> Int {
        let shape = values[sequence].shape
        var shifted = dimensions
        guard shape.count == 3, dimensions.lhsContracting == [1] else {
            shifted.lhsContracting = dimensions.lhsContracting.map { $0 + 1 }
            return emit(.dot(shifted), [sequence, weights], type)
        }
        // Rows of all steps under each other: a plain product of two matrices.
        let rows = ArrayType(type.dtype, [shape[0] * shape[1], shape[2]])
        let matrix = emit(.reshape(rows.shape), [sequence], rows)
        let product = ArrayType(type.dtype, [rows.shape[0]] + type.shape.dropFirst(2))
        return emit(
            .reshape(type.shape), [emit(.dot(dimensions), [matrix, weights], product)], type)
    }

    /// The sum over all steps of what `term` is in each.
    fileprivate func sum(_ term: SummedTerm, _ operands: [Int], _ type: ArrayType) -> Int {
        switch term {
        case .elements(let axes):
            return emit(.reduce(.sum, axes: [0] + axes.map { $0 + 1 }), operands, type)
        case .product(let dimensions):
            let shapes = operands.map { values[$0].shape }
            guard shapes.allSatisfy({ $0.count == 3 }), dimensions.lhsContracting == [0],
                dimensions.rhsContracting == [0]
            else {
                var shifted = dimensions
                shifted.lhsContracting = [0] + dimensions.lhsContracting.map { $0 + 1 }
                shifted.rhsContracting = [0] + dimensions.rhsContracting.map { $0 + 1 }
                return emit(.dot(shifted), operands, type)
            }
            let matrices = zip(operands, shapes).map { operand, shape in
                let rows = [shape[0] * shape[1], shape[2]]
                return emit(.reshape(rows), [operand], ArrayType(values[operand].dtype, rows))
            }
            return emit(.dot(dimensions), matrices, type)
        }
    }
}

/// What a carry adds up in each step.
private enum SummedTerm {
    /// A product without batch axes.
    case product(DotDimensions)
    /// The sums over some axes.
    case elements(axes: [Int])
}

private struct ScanRewrite {
    private struct Term {
        var kind: SummedTerm
        /// The body's values that it is made of.
        var operands: [Int]
        var origin: Origin
    }

    private let instruction: Program.Instruction
    private let body: Program
    private let carryCount: Int
    private let isReversed: Bool
    /// The outer values of sequences, by the body's input.
    private var sequences: [(input: Int, outer: Int)]
    private let captures: [Int: Int]
    private let maker: [Int32]
    private let uses: UseIndex
    /// The body's instructions whose results come in as sequences.
    private var hoisted: Set<Int> = []
    /// The terms of the carries that the scan need not sum, by their number.
    private var sums: [Int: [Term]] = [:]

    init(
        _ instruction: Program.Instruction, _ body: Program, carries: Int, sequences count: Int,
        isReversed: Bool
    ) {
        self.instruction = instruction
        self.body = body
        carryCount = carries
        self.isReversed = isReversed
        let slices = carries..<carries + count
        sequences = slices.map { (body.inputs[$0], instruction.inputs[$0]) }
        captures = Dictionary(
            zip(body.inputs, instruction.inputs).dropFirst(slices.upperBound).map { ($0, $1) }
        ) { first, _ in first }
        maker = body.makers()
        uses = UseIndex(body)
    }

    private func maker(of value: Int) -> Program.Instruction? {
        maker[value] < 0 ? nil : body.instructions[Int(maker[value])]
    }

    private func sequence(_ value: Int) -> Int? {
        sequences.first { $0.input == value }?.outer
    }

    // MARK: Before the scan

    /// Computes products of slices with captures for all steps at once.
    mutating func hoistProducts(into outer: ProgramBuilder) {
        for (i, instruction) in body.instructions.enumerated() {
            guard case .dot(let dimensions) = instruction.primitive, dimensions.lhsBatch.isEmpty,
                let all = sequence(instruction.inputs[0]),
                let weights = captures[instruction.inputs[1]]
            else { continue }
            let result = body.values[instruction.outputs[0]]
            let type = ArrayType(result.dtype, [outer.values[all].shape[0]] + result.shape)
            outer.origin = instruction.origin
            sequences.append(
                (instruction.outputs[0], outer.product(of: all, weights, dimensions, type)))
            hoisted.insert(i)
        }
    }

    // MARK: After the scan

    /// Finds the carries that only sum, and that nothing else in the body reads.
    mutating func findSums() {
        for k in 0..<carryCount {
            let (carry, next) = (body.inputs[k], body.outputs[k])
            guard uses.count[carry] == 1, uses.count[next] == 1, let instruction = maker(of: next),
                case .binary(.add) = instruction.primitive
            else { continue }
            let inputs = instruction.inputs
            guard let term = inputs.first(where: { $0 != carry }), inputs.contains(carry),
                let terms = terms(of: term, body.values[carry])
            else { continue }
            sums[k] = terms
        }
    }

    /// What a value is the sum of, if all of that can be computed after the scan.
    private func terms(of value: Int, _ type: ArrayType) -> [Term]? {
        guard body.values[value] == type, uses.count[value] == 1,
            let instruction = maker(of: value)
        else { return nil }
        switch instruction.primitive {
        case .binary(.add):
            guard let a = terms(of: instruction.inputs[0], type),
                let b = terms(of: instruction.inputs[1], type)
            else { return nil }
            return a + b
        case .dot(let dimensions) where dimensions.lhsBatch.isEmpty:
            return terms(instruction, .product(dimensions))
        case .reduce(.sum, let axes): return terms(instruction, .elements(axes: axes))
        default: return nil
        }
    }

    private func terms(_ instruction: Program.Instruction, _ kind: SummedTerm) -> [Term]? {
        // What stays the same would have to be stacked as often as there are steps.
        if instruction.inputs.contains(where: { captures[$0] != nil }) { return nil }
        return [Term(kind: kind, operands: instruction.inputs, origin: instruction.origin)]
    }

    /// Writes the scan without what was moved, and what comes after it.
    func finish(into outer: ProgramBuilder) {
        let kept = (0..<carryCount).filter { sums[$0] == nil }
        // What the terms are made of: sequences that are at hand, or stacked by the scan.
        var stacked: [(value: Int, outer: Int)] = []
        let length = outer.values[sequences[0].outer].shape[0]
        let outputs = zip(body.outputs, instruction.outputs).dropFirst(carryCount)
        func all(_ value: Int) -> Int {
            if let outer = sequence(value) { return outer }
            if let known = outputs.first(where: { $0.0 == value }) { return known.1 }
            if let known = stacked.first(where: { $0.value == value }) { return known.outer }
            let type = body.values[value]
            stacked.append(
                (value, outer.newValue(ArrayType(type.dtype, [length] + type.shape))))
            return stacked[stacked.count - 1].outer
        }
        var operands: [Int: [[Int]]] = [:]
        for k in sums.keys.sorted() { operands[k] = sums[k]?.map { $0.operands.map(all) } }

        let captureInputs = body.inputs.filter { captures[$0] != nil }
        let newBody = liveBody(
            inputs: kept.map { body.inputs[$0] } + sequences.map(\.input) + captureInputs,
            outputs: kept.map { body.outputs[$0] } + body.outputs[carryCount...]
                + stacked.map(\.value))
        outer.append(
            .scan(
                body: newBody, carries: kept.count, sequences: sequences.count,
                isReversed: isReversed),
            kept.map { instruction.inputs[$0] } + sequences.map(\.outer)
                + captureInputs.compactMap { captures[$0] },
            kept.map { instruction.outputs[$0] } + instruction.outputs[carryCount...]
                + stacked.map(\.outer),
            origin: instruction.origin)
        for k in sums.keys.sorted() {
            guard let terms = sums[k], let operands = operands[k] else { continue }
            let type = outer.values[instruction.outputs[k]]
            var total = instruction.inputs[k]
            for (term, operands) in zip(terms, operands).dropLast() {
                outer.origin = term.origin
                let value = outer.sum(term.kind, operands, type)
                total = outer.emit(.binary(.add), [total, value], type)
            }
            outer.origin = terms[terms.count - 1].origin
            let last = outer.sum(terms[terms.count - 1].kind, operands[terms.count - 1], type)
            outer.append(.binary(.add), [total, last], [instruction.outputs[k]])
        }
    }

    /// The body's instructions that `outputs` need.
    private func liveBody(inputs: [Int], outputs: [Int]) -> Program {
        var isLive = [Bool](repeating: false, count: body.values.count)
        for output in outputs { isLive[output] = true }
        var live: [Program.Instruction] = []
        for i in body.instructions.indices.reversed() where !hoisted.contains(i) {
            let instruction = body.instructions[i]
            guard instruction.outputs.contains(where: { isLive[$0] }) else { continue }
            for input in instruction.inputs { isLive[input] = true }
            live.append(instruction)
        }
        return Program(
            values: body.values, inputs: inputs, instructions: live.reversed(), outputs: outputs)
    }
}
