// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The steps-to-be: which instructions of a draft run together, and in which order.
package struct Fusion {
    let draft: Draft
    /// The instructions of each unit, ascending; units in the order of their last instructions.
    package var units: [[Int32]] = []
    /// The unit of each instruction; −1 if it has none.
    private(set) var unit: [Int32]
    /// Whether an instruction's value is in memory when its unit has run.
    package var isStored: [Bool] = []
    /// The numbers of the units in the order in which they run; see `schedule`.
    package var order: [Int32] = []
    /// For each unit the columns of its rows; 0 where rows do not matter.
    private(set) var columns: [Int] = []

    /// The most instructions of a group.
    static let maximumSize = 64

    /// Groups elementwise instructions and reductions.
    ///
    /// From the last instruction to the first, each joins the group of its users. Every unit has a
    /// height above those of all units that use it; as long as that holds, nothing leaves a group
    /// and comes back into it.
    package init(_ draft: Draft) {
        self.draft = draft
        var grouping = Grouping(draft)
        let count = draft.role.count
        for i in (0..<count).reversed() {
            switch draft.role[i] {
            case .none, .absorbed: continue
            case .single, .elementwise, .reduction: grouping.place(Int32(i))
            }
        }
        unit = Array(repeating: -1, count: count)
        for i in (0..<count).reversed() where draft.role[i] != .none {
            let representative = Int(grouping.find(Int32(i)))
            if unit[representative] < 0 {
                unit[representative] = Int32(units.count)
                units.append([])
                columns.append(grouping.columns(of: Int32(representative)))
            }
            unit[i] = unit[representative]
            units[Int(unit[i])].append(Int32(i))
        }
        units.reverse()
        columns.reverse()
        for i in units.indices {
            units[i].reverse()
            for member in units[i] { unit[Int(member)] = Int32(i) }
        }
    }
}
