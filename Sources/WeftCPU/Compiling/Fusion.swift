// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The steps-to-be: which instructions run together.
struct Fusion {
    /// The instructions of each unit, ascending; units in the order of their last instructions.
    private(set) var units: [[Int32]] = []
    /// The unit of each instruction; −1 if it has none.
    private(set) var unit: [Int32]

    /// The most instructions of a group.
    static let maximumSize = 64

    /// Groups elementwise instructions.
    ///
    /// From the last instruction to the first, each joins the group of its users. Every unit has a
    /// height above those of all units that use it; as long as that holds, nothing leaves a group
    /// and comes back into it.
    init(_ draft: Draft) {
        var grouping = Grouping(draft)
        let count = draft.role.count
        for i in (0..<count).reversed() {
            switch draft.role[i] {
            case .none, .absorbed: continue
            case .single, .elementwise: grouping.place(Int32(i))
            }
        }
        unit = Array(repeating: -1, count: count)
        for i in (0..<count).reversed() where draft.role[i] != .none {
            let representative = Int(grouping.find(Int32(i)))
            if unit[representative] < 0 {
                unit[representative] = Int32(units.count)
                units.append([])
            }
            unit[i] = unit[representative]
            units[Int(unit[i])].append(Int32(i))
        }
        units.reverse()
        for i in units.indices {
            units[i].reverse()
            for member in units[i] { unit[Int(member)] = Int32(i) }
        }
    }
}

/// The state of grouping, by instruction; what concerns a unit stands at its representative.
private struct Grouping {
    private let draft: Draft
    private var parent: [Int32]
    private var height: [Int32]
    /// The lowest height of a unit that makes operands of the unit.
    private var lowestProducer: [Int32]
    private var size: [Int32]
    /// An instruction whose shape is the unit's iteration space; −1 if only the count matters.
    private var space: [Int32]
    // Marks that say which instruction a unit was last seen as a user, or an unfit one, of.
    private var seen: [Int32]
    private var unfit: [Int32]
    /// The units that use the instruction at hand: those that it may join, and the others.
    private var friends: [Int32] = []
    private var others: [Int32] = []

    init(_ draft: Draft) {
        self.draft = draft
        let count = draft.role.count
        parent = (0..<Int32(count)).map(\.self)
        height = Array(repeating: 0, count: count)
        lowestProducer = Array(repeating: Int32.max, count: count)
        size = Array(repeating: 1, count: count)
        space = Array(repeating: -1, count: count)
        seen = Array(repeating: -1, count: count)
        unfit = seen
        for (last, epilogue) in draft.epilogues {
            parent[Int(epilogue.product)] = last
            if let addition = epilogue.addition { parent[Int(addition)] = last }
        }
    }

    mutating func find(_ i: Int32) -> Int32 {
        var i = i
        while parent[Int(i)] != i {
            parent[Int(i)] = parent[Int(parent[Int(i)])]
            i = parent[Int(i)]
        }
        return i
    }

    /// Decides the unit of an instruction, all of whose users have theirs.
    mutating func place(_ i: Int32) {
        collectUsers(of: i)
        guard let target = friends.max(by: { height[Int($0)] < height[Int($1)] }) else {
            return settle(i)
        }
        for friend in friends where friend != target && !merge(friend, into: target) {
            others.append(friend)
        }
        // The group may be raised above the other users while it stays below its producers.
        var needed = height[Int(target)]
        for other in others { needed = max(needed, height[Int(other)] + 1) }
        if needed > height[Int(target)], needed >= lowestProducer[Int(target)] {
            others.append(target)
            return settle(i)
        }
        height[Int(target)] = needed
        noteProducer(height: needed)
        parent[Int(i)] = target
        size[Int(target)] += 1
        if space[Int(target)] < 0 { space[Int(target)] = space[Int(i)] }
    }

    /// Makes the instruction a unit of its own, above its users.
    private mutating func settle(_ i: Int32) {
        var needed: Int32 = 0
        for other in others { needed = max(needed, height[Int(other)] + 1) }
        height[Int(i)] = needed
        noteProducer(height: needed)
    }

    private mutating func noteProducer(height: Int32) {
        for other in others {
            lowestProducer[Int(other)] = min(lowestProducer[Int(other)], height)
        }
    }

    private mutating func collectUsers(of i: Int32) {
        friends.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
        let isElementwise = draft.role[Int(i)] == .elementwise
        if isElementwise { space[Int(i)] = isAgnostic(i) ? -1 : i }
        let results = draft.program.instructions[Int(i)].outputs
        if isElementwise {
            for user in draft.users(of: results[0]) where !readsWhole(user, Int32(results[0])) {
                unfit[Int(find(user))] = i
            }
        }
        for result in results {
            for user in draft.users(of: result) {
                let unit = find(user)
                if seen[Int(unit)] == i { continue }
                seen[Int(unit)] = i
                let isFriend =
                    isElementwise && unfit[Int(unit)] != i
                    && draft.role[Int(unit)] == .elementwise
                    && size[Int(unit)] < Fusion.maximumSize && sharesSpace(unit, i)
                if isFriend { friends.append(unit) } else { others.append(unit) }
            }
        }
    }

    private func readsWhole(_ user: Int32, _ value: Int32) -> Bool {
        draft.operands(of: Int(user)).allSatisfy { $0.value != value || $0.reading == .whole }
    }

    private func isAgnostic(_ i: Int32) -> Bool {
        draft.operands(of: Int(i)).allSatisfy { $0.reading == .whole || $0.reading == .scalar }
    }

    private func sharesSpace(_ unit: Int32, _ other: Int32) -> Bool {
        let (a, b) = (space[Int(unit)], space[Int(other)])
        let shapeA = draft.shape(ofResultOf: a < 0 ? unit : a)
        let shapeB = draft.shape(ofResultOf: b < 0 ? other : b)
        if shapeA == shapeB { return true }
        return (a < 0 || b < 0) && shapeA.reduce(1, *) == shapeB.reduce(1, *)
    }

    /// Puts one group into another that is at least as high, if it may be raised so far.
    private mutating func merge(_ unit: Int32, into target: Int32) -> Bool {
        let level = height[Int(target)]
        guard height[Int(unit)] == level || level < lowestProducer[Int(unit)],
            size[Int(unit)] + size[Int(target)] < Fusion.maximumSize, sharesSpace(unit, target)
        else { return false }
        parent[Int(unit)] = target
        size[Int(target)] += size[Int(unit)]
        lowestProducer[Int(target)] = min(lowestProducer[Int(target)], lowestProducer[Int(unit)])
        if space[Int(target)] < 0 { space[Int(target)] = space[Int(unit)] }
        return true
    }
}

extension Draft {
    func shape(ofResultOf instruction: Int32) -> [Int] {
        program.values[program.instructions[Int(instruction)].outputs[0]].shape
    }
}
