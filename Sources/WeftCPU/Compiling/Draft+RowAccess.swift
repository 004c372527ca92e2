// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// An instruction that, instead of going over whole rows, takes or changes the one element of each
/// row that an index names.
struct RowAccess {
    var columns: Int
    /// Takes the element, as a reduction does; else the instruction is an addition to it.
    var isPick: Bool
    /// Whether what is taken is negated.
    var isNegated = false
}

extension Draft {
    /// Finds `select(index == iota, x, 0)` over the last axis, which is 0 but for one element of
    /// each row, where all that is done with it is to sum rows or to add it to something: what a
    /// cross-entropy with class numbers and its gradient consist of. The sum is that element, and
    /// the addition changes one.
    mutating func accessRowsByIndex() {
        if iotaAxes.isEmpty { return }
        let candidates = program.instructions.indices.filter { i in
            guard role[i] == .elementwise,
                case .compare(.equal) = program.instructions[i].primitive
            else { return false }
            return indexOperand(of: i) != nil
        }
        guard !candidates.isEmpty else { return }
        var rewriting = RowAccessRewriting()
        for candidate in candidates { rewriting.add(candidate, self) }
        apply(rewriting)
    }

    /// The operand that is an index for each row of a comparison with the columns' numbers.
    func indexOperand(of comparison: Int) -> (index: Operand, columns: Int)? {
        let shape = shape(ofResultOf: Int32(comparison))
        guard let columns = shape.last, shape.volume > 0,
            Self.isWorthRows(shape.volume / max(columns, 1), columns)
        else { return nil }
        let pair = Array(operands(of: comparison))
        guard pair.count == 2 else { return nil }
        for (a, b) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let type = program.values[Int(a.value)]
            guard isColumnNumber(b, shape), type.dtype == .int64 || type.dtype == .int32,
                case .strided(let strides) = a.reading, type.count == shape.volume / columns,
                Self.readsRows(strides, shape, columns)
            else { continue }
            return (Operand(value: a.value, reading: .rows), columns)
        }
        return nil
    }

    private func isColumnNumber(_ operand: Operand, _ shape: [Int]) -> Bool {
        guard let axis = iotaAxes[operand.value] else { return false }
        let own = program.values[Int(operand.value)].shape
        guard axis == own.count - 1, own.last == shape.last else { return false }
        switch operand.reading {
        case .whole: return own == shape
        case .strided(let strides):
            return own.count == 1 && strides.last == 1 && strides.dropLast().allSatisfy { $0 == 0 }
        case .scalar, .array, .rows, .window: return false
        }
    }

    private mutating func apply(_ rewriting: RowAccessRewriting) {
        guard !rewriting.accesses.isEmpty else { return }
        let (old, starts) = (operands, operandStart)
        operands.removeAll(keepingCapacity: true)
        for i in role.indices {
            operandStart[i] = Int32(operands.count)
            if let access = rewriting.accesses[i] {
                rowAccesses[Int32(i)] = access.access
                operands += access.operands
                role[i] = access.access.isPick ? .reduction : .elementwise
            } else if rewriting.removed.contains(i) {
                role[i] = .none
            } else {
                operands += old[Int(starts[i])..<Int(starts[i + 1])]
            }
        }
        operandStart[role.count] = Int32(operands.count)
        removeDeadCode()
    }
}

/// What becomes of the comparisons with columns' numbers, and of what is made of them.
private struct RowAccessRewriting {
    var accesses: [Int: (access: RowAccess, operands: [Operand])] = [:]
    var removed: Set<Int> = []

    /// Takes a comparison in, if all that depends on it can be.
    mutating func add(_ comparison: Int, _ draft: Draft) {
        guard let (index, columns) = draft.indexOperand(of: comparison),
            let selections = onlyUsers(of: comparison, draft)
        else { return }
        var next = self
        next.removed.insert(comparison)
        for selection in selections.map(Int.init) {
            guard let kept = element(of: selection, comparison, columns, draft),
                next.follow(selection, kept, index, columns, isNegated: false, draft)
            else { return }
        }
        self = next
    }

    /// Who reads what an instruction makes; nil if the program gives it out too.
    private func onlyUsers(of instruction: Int, _ draft: Draft) -> ArraySlice<Int32>? {
        let value = draft.program.instructions[instruction].outputs[0]
        return draft.uses.isResult(value) ? nil : draft.uses.readers(of: value)
    }

    /// What a selection keeps at the index, being 0 elsewhere.
    private func element(
        of selection: Int, _ comparison: Int, _ columns: Int, _ draft: Draft
    ) -> Operand? {
        guard case .select = draft.program.instructions[selection].primitive else { return nil }
        let three = Array(draft.operands(of: selection))
        let shape = draft.shape(ofResultOf: Int32(selection))
        guard three.count == 3, shape == draft.shape(ofResultOf: Int32(comparison)),
            three[0].reading == .whole, three[1].value != three[0].value,
            draft.program.values[Int(three[1].value)].dtype == .float32,
            let zero = draft.constants[three[2].value], three[2].reading == .scalar,
            zero.shape.isEmpty || zero.doubles.count == 1, zero.doubles[0] == 0
        else { return nil }
        switch three[1].reading {
        case .whole, .scalar: return three[1]
        case .strided(let strides):
            let type = draft.program.values[Int(three[1].value)]
            guard Draft.readsRows(strides, shape, columns),
                type.count == shape.volume / columns
            else { return nil }
            return Operand(value: three[1].value, reading: .rows)
        case .array, .rows, .window: return nil
        }
    }

    /// Goes on to what is done with a value that is 0 but for one element of each row.
    private mutating func follow(
        _ instruction: Int, _ kept: Operand, _ index: Operand, _ columns: Int, isNegated: Bool,
        _ draft: Draft
    ) -> Bool {
        guard let users = onlyUsers(of: instruction, draft) else { return false }
        removed.insert(instruction)
        let value = Int32(draft.program.instructions[instruction].outputs[0])
        for user in users.map(Int.init) {
            let item = draft.program.instructions[user]
            switch item.primitive {
            case .reduce(.sum, _):
                guard draft.rowReduction(of: item) == .eachRow(columns: columns) else {
                    return false
                }
                let access = RowAccess(columns: columns, isPick: true, isNegated: isNegated)
                accesses[user] = (access, [kept, index])
            case .unary(.negate) where !isNegated:
                guard
                    follow(user, kept, index, columns, isNegated: true, draft)
                else { return false }
            case .binary(.add) where !isNegated && kept.reading != .whole && accesses[user] == nil:
                // An addition changes one element of each row: of two such operands one stays as it is.
                let others = draft.operands(of: user).filter { $0.value != value }
                guard others.count == 1, let other = others.first, other.reading == .whole,
                    draft.shape(ofResultOf: Int32(user)).last == columns
                else { return false }
                let access = RowAccess(columns: columns, isPick: false)
                accesses[user] = (access, [other, index, kept])
            default: return false
            }
        }
        return true
    }
}
