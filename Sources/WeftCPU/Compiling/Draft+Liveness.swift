// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// Drops the instructions that no result and no check needs, and lists who uses what.
    package mutating func removeDeadCode() {
        let count = program.instructions.count
        var isLive = [Bool](repeating: false, count: count)
        for output in program.outputs { mark(root[output], &isLive) }
        for i in stride(from: count - 1, through: 0, by: -1) where role[i] != .none {
            if !isLive[i], !program.instructions[i].primitive.holdsCheck {
                role[i] = .none
                continue
            }
            for operand in operands(of: i) { mark(operand.value, &isLive) }
        }
        countUses()
    }

    private func mark(_ value: Int32, _ isLive: inout [Bool]) {
        let instruction = definition[Int(value)]
        if instruction >= 0 { isLive[Int(instruction)] = true }
    }

    private mutating func countUses() {
        let count = program.values.count
        useCount = Array(repeating: 0, count: count)
        userStart = Array(repeating: 0, count: count + 1)
        for i in role.indices where role[i] != .none {
            for operand in operands(of: i) { userStart[Int(operand.value) + 1] += 1 }
        }
        for value in 0..<count {
            useCount[value] = userStart[value + 1]
            userStart[value + 1] += userStart[value]
        }
        for output in program.outputs { useCount[Int(root[output])] += 1 }
        users = Array(repeating: 0, count: Int(userStart[count]))
        var next = userStart
        for i in role.indices where role[i] != .none {
            for operand in operands(of: i) {
                users[Int(next[Int(operand.value)])] = Int32(i)
                next[Int(operand.value)] += 1
            }
        }
    }
}
