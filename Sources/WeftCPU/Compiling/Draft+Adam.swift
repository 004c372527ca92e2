// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// An update of Adam that is done in one pass. The values are those of the program.
struct AdamUpdate {
    /// Where epsilon stands, with the scalars that go with it.
    enum Form {
        case beforeCorrection(alpha: Int32)
        case afterCorrection(rate: Int32, correction1: Int32, correction2: Int32)
    }

    var form: Form
    var gradient, variable, m, v: Int32
    var rest1, rest2, epsilon: Int32
    /// The instructions that make the new moments and the new variable.
    var nextM, nextV, next: Int32
    /// All instructions, ascending.
    var members: [Int32]
}

extension Draft {
    /// Finds the updates of Adam: `m += (g − m)·r₁`, `v += (g² − v)·r₂` and the variable's change,
    /// in the order in which the optimizer writes them. One kernel does them without storing what
    /// lies between, and its divisions overlap with its loads.
    mutating func absorbAdam() {
        for i in role.indices where role[i] == .elementwise {
            guard case .binary(.subtract) = program.instructions[i].primitive else { continue }
            var matcher = AdamMatcher(draft: self)
            guard let update = matcher.match(Int32(i)) else { continue }
            for member in update.members { role[Int(member)] = .absorbed }
            role[i] = .single
            adamUpdates[Int32(i)] = update
        }
    }
}

/// Compares instructions with the pattern, from the last one up.
private struct AdamMatcher {
    let draft: Draft
    private var members: [Int32] = []

    init(draft: Draft) { self.draft = draft }

    mutating func match(_ last: Int32) -> AdamUpdate? {
        let type = draft.program.values[draft.program.instructions[Int(last)].outputs[0]]
        // Of one element, arrays and what there is one of could not be told apart.
        guard type.dtype == .float32, type.count > 1,
            let (variable, change) = binary(.subtract, last), isWhole(variable),
            let quotient = step(change), let (top, bottom) = binary(.divide, quotient),
            let sum = step(bottom), let (root, epsilon) = binary(.add, sum), isScalar(epsilon),
            let squareRoot = step(root), let radicand = unary(.sqrt, squareRoot),
            let product = step(top), let (a, b) = binary(.multiply, product)
        else { return nil }
        var m: Operand?
        var v: Operand?
        let form: AdamUpdate.Form
        if isScalar(a), let corrected = step(b), let (moment, first) = binary(.divide, corrected),
            isScalar(first), let other = step(radicand),
            let (square, second) = binary(.divide, other), isScalar(second)
        {
            (m, v) = (moment, square)
            form = .afterCorrection(
                rate: a.value, correction1: first.value, correction2: second.value)
        } else if isScalar(b) {
            (m, v) = (a, radicand)
            form = .beforeCorrection(alpha: b.value)
        } else {
            return nil
        }
        guard let m, let v, let nextM = moment(m), let nextV = moment(v),
            let (gradient, oldM, rest1) = mean(nextM), let (square, oldV, rest2) = mean(nextV),
            isWhole(gradient), let squared = step(square),
            let (g, again) = binary(.multiply, squared), g.value == gradient.value,
            again.value == gradient.value, isWhole(g), isWhole(again)
        else { return nil }
        return AdamUpdate(
            form: form, gradient: gradient.value, variable: variable.value, m: oldM.value,
            v: oldV.value, rest1: rest1.value, rest2: rest2.value, epsilon: epsilon.value,
            nextM: nextM, nextV: nextV, next: last, members: (members + [last]).sorted())
    }

    /// `old + (new − old)·rest` of a moment: new, old, rest.
    private mutating func mean(_ instruction: Int32) -> (Operand, Operand, Operand)? {
        guard let (old, change) = binary(.add, instruction), isWhole(old),
            let product = step(change), let (difference, rest) = binary(.multiply, product),
            isScalar(rest), let minus = step(difference),
            let (new, subtrahend) = binary(.subtract, minus), subtrahend.value == old.value,
            isWhole(subtrahend)
        else { return nil }
        return (new, old, rest)
    }

    /// The instruction that makes an operand, if nobody else needs what it makes.
    private mutating func step(_ operand: Operand) -> Int32? {
        guard let maker = maker(operand), draft.useCount[Int(operand.value)] == 1 else {
            return nil
        }
        members.append(maker)
        return maker
    }

    /// The same for a new moment, which is a result of the program besides.
    private mutating func moment(_ operand: Operand) -> Int32? {
        let users = draft.users(of: Int(operand.value))
        guard let maker = maker(operand), users.count == 1 else { return nil }
        members.append(maker)
        return maker
    }

    private func maker(_ operand: Operand) -> Int32? {
        let maker = draft.definition[Int(operand.value)]
        guard operand.reading == .whole, maker >= 0, draft.role[Int(maker)] == .elementwise else {
            return nil
        }
        return maker
    }

    private func binary(_ kind: BinaryKind, _ instruction: Int32) -> (Operand, Operand)? {
        guard case .binary(kind) = draft.program.instructions[Int(instruction)].primitive else {
            return nil
        }
        let operands = draft.operands(of: Int(instruction))
        guard let first = operands.first, let last = operands.last else { return nil }
        return (first, last)
    }

    private func unary(_ kind: UnaryKind, _ instruction: Int32) -> Operand? {
        guard case .unary(kind) = draft.program.instructions[Int(instruction)].primitive else {
            return nil
        }
        return draft.operands(of: Int(instruction)).first
    }

    private func isWhole(_ operand: Operand) -> Bool { operand.reading == .whole }

    /// Arrays of one element are read whole and as scalars alike.
    private func isScalar(_ operand: Operand) -> Bool {
        draft.program.values[Int(operand.value)].count == 1
    }
}
