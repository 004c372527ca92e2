// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// Drops the instructions that no result, no check and not the host needs, and lists who uses what.
    package mutating func removeDeadCode() {
        let count = program.instructions.count
        var isLive = [Bool](repeating: false, count: count)
        for output in program.outputs { mark(root[output], &isLive) }
        for i in stride(from: count - 1, through: 0, by: -1) where role[i] != .none {
            if !isLive[i], !program.instructions[i].primitive.mustRun {
                role[i] = .none
                continue
            }
            for operand in operands(of: i) { mark(operand.value, &isLive) }
        }
        uses = UseIndex(self)
    }

    private func mark(_ value: Int32, _ isLive: inout [Bool]) {
        let instruction = definition[Int(value)]
        if instruction >= 0 { isLive[Int(instruction)] = true }
    }
}
