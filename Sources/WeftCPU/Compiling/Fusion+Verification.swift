// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion {
    /// Checks that each instruction that is to run is in one unit that is its own, and that what
    /// units read of each other is stored. What holds inside a group is `GroupVerifier`'s.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(_ draft: Draft, after pass: String) throws {
        let stage = StageVerification(pass: pass)
        for i in draft.role.indices {
            let number = Int(unit[i])
            try stage.require(
                draft.role[i] == .none
                    ? number < 0
                    : units.indices.contains(number) && units[number].contains(Int32(i)),
                "\(draft.program.instructions[i].label) is in no unit, or in one without a need")
        }
        var isOutput = [Bool](repeating: false, count: draft.role.count)
        for output in draft.program.outputs {
            let maker = Int(draft.definition[Int(draft.root[output])])
            if maker >= 0 { isOutput[maker] = true }
        }
        for i in draft.role.indices where isOutput[i] {
            try stage.require(
                isStored[i], "\(draft.program.instructions[i].label) is a result and not stored")
        }
        for number in units.indices { try verify(unit: number, draft, stage) }
    }

    private func verify(unit number: Int, _ draft: Draft, _ stage: StageVerification) throws {
        let members = units[number]
        try stage.require(
            !members.isEmpty && zip(members, members.dropFirst()).allSatisfy { $0 < $1 },
            "unit \(number) is empty, or its members stand in no order")
        let fused = members.filter { draft.role[Int($0)] != .absorbed }
        try stage.require(
            fused.count <= Self.maximumSize
                && (fused.count <= 1 || fused.allSatisfy { draft.role[Int($0)] != .single }),
            "unit \(number) holds \(fused.count) instructions that are no group")
        let own = Set(members)
        for member in members {
            for operand in draft.operands(of: Int(member)) {
                let maker = draft.definition[Int(operand.value)]
                if maker < 0 || own.contains(maker) { continue }
                try stage.require(
                    isStored[Int(maker)],
                    "\(draft.program.instructions[Int(member)].label) reads what unit "
                        + "\(unit[Int(maker)]) does not store")
            }
        }
    }

    /// Checks that all units are in the order, each after those whose values it reads.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(order: [Int32], _ draft: Draft, after pass: String) throws {
        let stage = StageVerification(pass: pass)
        try stage.require(
            order.sorted() == units.indices.map(Int32.init), "a unit runs twice, or not at all")
        var place = [Int](repeating: 0, count: units.count)
        for (position, number) in order.enumerated() { place[Int(number)] = position }
        for number in units.indices {
            let own = Set(units[number])
            for member in units[number] {
                for operand in draft.operands(of: Int(member)) {
                    let maker = draft.definition[Int(operand.value)]
                    if maker < 0 || own.contains(maker) { continue }
                    try stage.require(
                        place[Int(unit[Int(maker)])] < place[number],
                        "\(draft.program.instructions[Int(member)].label) runs before what it reads")
                }
            }
        }
    }
}
