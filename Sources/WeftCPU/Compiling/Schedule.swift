// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The order in which units run.
package struct Schedule {
    let fusion: Fusion
    /// The numbers of the units.
    package var order: [Int32] = []

    /// Each unit after those that it uses, otherwise in the order of their last instructions, so that
    /// memory is needed for as short a time as the program asked.
    package init(_ fusion: Fusion) {
        self.fusion = fusion
        let (draft, units, unit) = (fusion.draft, fusion.units, fusion.unit)
        order.reserveCapacity(units.count)
        var isDone = [Bool](repeating: false, count: units.count)
        // Depth-first, with a stack of its own: chains may be a million units long.
        var stack: [Int32] = []
        for start in units.indices {
            stack.append(Int32(start))
            while let current = stack.last {
                if isDone[Int(current)] {
                    stack.removeLast()
                    continue
                }
                let before = stack.count
                for member in units[Int(current)] {
                    for operand in draft.operands(of: Int(member)) {
                        let maker = draft.definition[Int(operand.value)]
                        guard maker >= 0 else { continue }
                        let producer = unit[Int(maker)]
                        if producer >= 0, producer != current, !isDone[Int(producer)] {
                            stack.append(producer)
                        }
                    }
                }
                if stack.count == before {
                    isDone[Int(current)] = true
                    order.append(current)
                    stack.removeLast()
                }
            }
        }
    }
}

extension Schedule: CompilerStage {
    /// All units are in the order, each after those whose values it reads.
    package func verify(_ check: StageCheck) throws {
        let (draft, units) = (fusion.draft, fusion.units)
        try check.require(
            order.sorted() == units.indices.map(Int32.init), "a unit runs twice, or not at all")
        var isDone = [Bool](repeating: false, count: units.count)
        for number in order {
            for member in units[Int(number)] {
                for maker in fusion.outerMakers(of: member, in: Int(number)) {
                    try check.require(
                        isDone[Int(fusion.unit[Int(maker)])],
                        "\(draft.program.instructions[Int(member)].label) runs before what it reads"
                    )
                }
            }
            isDone[Int(number)] = true
        }
    }
}
