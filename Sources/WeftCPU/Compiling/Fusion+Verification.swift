// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion: CompilerStage {
    /// Each instruction that is to run is in a unit of its own, and what units read of each other is
    /// stored. What holds inside a group is `GroupVerifier`'s.
    package func verify(_ check: StageCheck) throws {
        for i in draft.role.indices {
            let number = Int(unit[i])
            try check.require(
                draft.role[i] == .none
                    ? number < 0
                    : units.indices.contains(number) && units[number].contains(Int32(i)),
                "\(label(i)) is in no unit, or in one without a need")
        }
        for number in units.indices { try verify(unit: number, check) }
        if isStored.isEmpty { return }
        for output in draft.program.outputs {
            let maker = Int(draft.definition[Int(draft.root[output])])
            try check.require(
                maker < 0 || isStored[maker], "\(label(maker)) is a result and not stored")
        }
        for number in units.indices {
            for member in units[number] {
                for maker in outerMakers(of: member, in: number) {
                    try check.require(
                        isStored[Int(maker)],
                        "\(label(Int(member))) reads what unit \(unit[Int(maker)]) does not store")
                }
            }
        }
    }

    private func label(_ instruction: Int) -> String {
        draft.program.instructions[instruction].label
    }

    private func verify(unit number: Int, _ check: StageCheck) throws {
        let members = units[number]
        try check.require(
            !members.isEmpty && zip(members, members.dropFirst()).allSatisfy { $0 < $1 },
            "unit \(number) is empty, or its members stand in no order")
        let fused = members.filter { draft.role[Int($0)] != .absorbed }
        try check.require(
            fused.count <= Self.maximumSize
                && (fused.count <= 1 || fused.allSatisfy { draft.role[Int($0)] != .single }),
            "unit \(number) holds \(fused.count) instructions that are no group")
    }

    /// The instructions outside a unit that make what a member of it reads.
    func outerMakers(of member: Int32, in number: Int) -> [Int32] {
        draft.operands(of: Int(member)).compactMap { operand in
            let maker = draft.definition[Int(operand.value)]
            return maker < 0 || units[number].contains(maker) ? nil : maker
        }
    }
}
