// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// An elementwise expression of which one element a row is wanted.
struct PickedExpression {
    /// The instructions, ascending; the last one's result is picked.
    var instructions: [Int32]
    /// What they read that they do not make themselves.
    var leaves: [Operand]
    /// The index of each row.
    var index: Operand
}

extension RowGroup {
    /// Expressions are not worth being computed a second time from here on.
    private static let maximumSize = 6

    /// Where one element of a row is picked from an elementwise expression that nobody else needs,
    /// the elements that the expression reads are picked instead, and it is computed for them.
    mutating func computePickedElementsAlone() {
        for place in members.indices where members[place].access?.isPick == true {
            let operands = Array(draft.operands(of: Int(members[place].instruction)))
            guard let source = places[operands[0].value], operands[0].reading == .whole,
                draft.uses.count[Int(operands[0].value)] == 1,
                let expression = expression(from: source, index: operands[1])
            else { continue }
            members[place].expression = expression
            members[source].isDead = true
        }
    }

    private func expression(from source: Int, index: Operand) -> PickedExpression? {
        var chosen: Set<Int> = []
        var leaves: [Operand] = []
        var pending = [source]
        while let place = pending.popLast() {
            guard chosen.insert(place).inserted else { continue }
            guard chosen.count <= Self.maximumSize else { return nil }
            for operand in draft.operands(of: Int(members[place].instruction)) {
                if let maker = places[operand.value], isCheap(maker), operand.reading == .whole {
                    pending.append(maker)
                } else if !leaves.contains(where: {
                    $0.value == operand.value && $0.reading == operand.reading
                }) {
                    guard isPickable(operand, members[place].instruction) else { return nil }
                    leaves.append(operand)
                }
            }
        }
        guard isCheap(source) else { return nil }
        return PickedExpression(
            instructions: chosen.map { members[$0].instruction }.sorted(), leaves: leaves,
            index: index)
    }

    /// Whether a member costs no more than storing its value.
    private func isCheap(_ place: Int) -> Bool {
        guard members[place].level == .whole, !members[place].endsPhase,
            let operation = ElementwiseOperation(
                program.instructions[Int(members[place].instruction)], in: program)
        else { return false }
        return operation.cost < 0.1 && operation.type == .float32 && operation.result == .float32
    }

    private func isPickable(_ operand: Operand, _ user: Int32) -> Bool {
        guard program.values[Int(operand.value)].dtype == .float32 else { return false }
        switch operand.reading {
        case .whole, .scalar: return true
        case .strided(let strides):
            return Draft.readsRows(strides, draft.shape(ofResultOf: user), columns)
        case .array, .rows, .window: return false
        }
    }

    /// The stages that pick what an expression reads, compute it, and clear the rows without an
    /// element.
    mutating func appendPick(
        of expression: PickedExpression, _ access: RowAccess, to result: Int32
    ) throws {
        var operands: [Int32] = []
        var tile = TileBuilder(over: [rows])
        for leaf in expression.leaves {
            tile.input(.float32, strides: [leaf.reading == .scalar ? 0 : 1])
            if leaf.reading == .whole {
                let picked = temporarySlot(.float32, perRow: 1)
                appendPick(
                    from: slot(leaf.value), perRow: columns, expression.index, to: picked,
                    isNegated: false)
                operands.append(picked)
            } else {
                operands.append(slot(leaf.value))
            }
        }
        let picked = try append(expression, to: &tile)
        guard let handle = tile.create(outputs: [picked]) else {
            throw selection.unsupported(Int(expression.instructions[0]), "this type")
        }
        let value = temporarySlot(.float32, perRow: 1)
        var stage = Stage()
        stage.stage.kind = Int32(WEFT_ROW_TILE.rawValue)
        stage.stage.tile = handle
        stage.stage.per_row = 1
        stage.stage.input_count = Int32(tile.inputCount)
        stage.stage.output_count = 1
        stage.operands = operands + [value]
        stages.append(stage)
        appendPick(
            from: value, perRow: 1, expression.index, to: slot(result),
            isNegated: access.isNegated)
    }

    private mutating func appendPick(
        from: Int32, perRow: Int, _ index: Operand, to target: Int32, isNegated: Bool
    ) {
        var stage = Stage()
        stage.stage.kind = Int32(WEFT_ROW_PICK.rawValue)
        stage.stage.dtype = Int32(DType.float32.rawValue)
        stage.stage.index_size = Int32(program.values[Int(index.value)].dtype.size)
        stage.stage.negated = isNegated ? 1 : 0
        stage.stage.per_row = Int64(perRow)
        stage.stage.input_count = 2
        stage.stage.output_count = 1
        stage.operands = [from, slot(index.value), target]
        stages.append(stage)
    }

    /// Appends the instructions of an expression, whose leaves are the program's inputs.
    ///
    /// - Returns: the number of the value that is picked.
    private func append(
        _ expression: PickedExpression, to tile: inout TileBuilder
    ) throws -> UInt16 {
        var made: [Int32: UInt16] = [:]
        var last: UInt16 = 0
        for instruction in expression.instructions {
            let item = program.instructions[Int(instruction)]
            guard let operation = ElementwiseOperation(item, in: program) else {
                throw selection.unsupported(Int(instruction), "this type")
            }
            var numbers = draft.operands(of: Int(instruction)).map { operand in
                if operand.reading == .whole, let number = made[operand.value] { return number }
                let leaf = expression.leaves.firstIndex {
                    $0.value == operand.value && $0.reading == operand.reading
                }
                return UInt16(leaf ?? 0)
            }
            while numbers.count < 3 { numbers.append(0) }
            last = tile.append(
                operation.opcode, operation.type, to: operation.result, numbers[0], numbers[1],
                numbers[2])
            made[Int32(item.outputs[0])] = last
        }
        return last
    }
}
