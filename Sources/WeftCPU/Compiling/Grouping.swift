// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The state of grouping, by instruction; what concerns a unit stands at its representative.
///
/// A unit goes over so many elements, which may be seen as rows of `columns`. Its members go over
/// all of them or, once a row, over the rows; its reductions reduce all of them.
struct Grouping {
    private let draft: Draft
    private var parent: [Int32]
    private var height: [Int32]
    /// The lowest height of a unit that makes operands of the unit.
    private var lowestProducer: [Int32]
    private var size: [Int32]
    /// The elements that a unit goes over.
    private var count: [Int]
    /// The columns of its rows; 0 while there is no reason to tell rows.
    private var columns: [Int32]
    /// An instruction whose shape is the unit's iteration space; −1 if only the count matters.
    private var space: [Int32]
    /// The same for what is done once a row.
    private var rowSpace: [Int32]
    // Marks that say for which instruction a unit was last collected as a user, was noted as one,
    // and was found unfit; and the columns that its uses ask for.
    private var collected: [Int32]
    private var noted: [Int32]
    private var unfit: [Int32]
    private var wanted: [Int32]
    /// The units that use the instruction at hand: those that it may join, and the others.
    private var friends: [Int32] = []
    private var others: [Int32] = []

    init(_ draft: Draft) {
        self.draft = draft
        let number = draft.role.count
        parent = (0..<Int32(number)).map(\.self)
        height = Array(repeating: 0, count: number)
        lowestProducer = Array(repeating: Int32.max, count: number)
        size = Array(repeating: 1, count: number)
        count = Array(repeating: 0, count: number)
        columns = height
        space = Array(repeating: -1, count: number)
        rowSpace = space
        collected = space
        noted = space
        unfit = space
        wanted = height
        for (last, epilogue) in draft.epilogues {
            parent[Int(epilogue.product)] = last
            for addition in epilogue.additions { parent[Int(addition)] = last }
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

    /// The columns of the rows of a representative's unit; 0 for none.
    func columns(of unit: Int32) -> Int { Int(columns[Int(unit)]) }

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
        let place = Int(target)
        parent[Int(i)] = target
        size[place] += 1
        if wanted[place] > 0 { columns[place] = wanted[place] }
        let isWhole = draft.spaceCount(i) == count[place]
        if isWhole, space[place] < 0 { space[place] = space[Int(i)] }
        if !isWhole, rowSpace[place] < 0 { rowSpace[place] = space[Int(i)] }
    }

    /// Makes the instruction a unit of its own, above its users.
    private mutating func settle(_ i: Int32) {
        var needed: Int32 = 0
        for other in others { needed = max(needed, height[Int(other)] + 1) }
        height[Int(i)] = needed
        count[Int(i)] = draft.role[Int(i)] == .single ? 0 : draft.spaceCount(i)
        columns[Int(i)] = Int32(draft.columnsAsked(by: i))
        noteProducer(height: needed)
    }

    private mutating func noteProducer(height: Int32) {
        for other in others {
            lowestProducer[Int(other)] = min(lowestProducer[Int(other)], height)
        }
    }

    private mutating func collectUsers(of i: Int32) {
        if !friends.isEmpty { friends.removeAll(keepingCapacity: true) }
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
        let role = draft.role[Int(i)]
        let results = draft.program.instructions[Int(i)].outputs
        let isFusible = role != .single
        if isFusible {
            space[Int(i)] = role == .reduction || isAgnostic(i) ? -1 : i
            for place in draft.uses.places(of: results[0]) {
                noteUse(of: i, Int32(results[0]), by: draft.uses.readers[place])
            }
        }
        for result in results {
            for place in draft.uses.places(of: result) {
                let unit = find(draft.uses.readers[place])
                if collected[Int(unit)] == i { continue }
                collected[Int(unit)] = i
                if isFusible, unfit[Int(unit)] != i, mayJoin(i, unit) {
                    friends.append(unit)
                } else {
                    others.append(unit)
                }
            }
        }
    }

    /// Notes what a use asks of the unit that it is in.
    private mutating func noteUse(of i: Int32, _ value: Int32, by user: Int32) {
        let unit = Int(find(user))
        if noted[unit] != i {
            noted[unit] = i
            wanted[unit] = columns[unit]
        }
        guard draft.role[unit] != .single else { return }
        for place in draft.operandPlaces(of: Int(user)) {
            let operand = draft.operands[place]
            guard operand.value == value else { continue }
            guard let asked = columnsAsked(by: user, operand.reading, of: i, in: unit),
                asked == 0 || wanted[unit] == 0 || wanted[unit] == asked
            else {
                unfit[unit] = i
                return
            }
            if asked > 0 { wanted[unit] = Int32(asked) }
        }
    }

    /// The columns that the unit must have for the instruction to be in it along with this user;
    /// 0 for any, nil if it cannot be.
    private func columnsAsked(
        by user: Int32, _ reading: Reading, of i: Int32, in unit: Int
    ) -> Int? {
        let total = count[unit]
        let own = draft.program.values[draft.program.instructions[Int(i)].outputs[0]].count
        let isReduction = draft.role[Int(i)] == .reduction
        if isReduction {
            guard draft.spaceCount(i) == total, case .eachRow(let columns) = draft.reduction(i)
            else { return nil }
            return isReadByRow(user, reading, columns, total) ? columns : nil
        }
        if own == total {
            return reading == .whole || reading == .array ? draft.columnsAsked(by: i) : nil
        }
        // What accesses rows by index goes over all of its own elements, never once a row.
        guard draft.rowAccesses[i] == nil, own > 0, total % own == 0,
            Draft.isWorthRows(own, total / own)
        else { return nil }
        return isReadByRow(user, reading, total / own, total) ? total / own : nil
    }

    /// Whether a user in a unit of `total` elements reads one element for each row.
    private func isReadByRow(
        _ user: Int32, _ reading: Reading, _ columns: Int, _ total: Int
    ) -> Bool {
        if draft.role[Int(user)] == .reduction {
            return reading == .rows && draft.rowAccesses[user]?.columns == columns
        }
        let shape = draft.shape(ofResultOf: user)
        switch reading {
        case .whole: return shape.volume * columns == total
        case .rows: return draft.rowAccesses[user]?.columns == columns
        case .strided(let strides):
            return shape.volume == total && Draft.readsRows(strides, shape, columns)
        case .scalar, .array, .window: return false
        }
    }

    private func isAgnostic(_ i: Int32) -> Bool {
        draft.operands(of: Int(i)).allSatisfy {
            switch $0.reading {
            case .whole, .scalar, .rows, .array: true
            case .strided, .window: false
            }
        }
    }

    private func mayJoin(_ i: Int32, _ unit: Int32) -> Bool {
        let place = Int(unit)
        guard draft.role[place] != .single, size[place] < Fusion.maximumSize else { return false }
        if draft.role[Int(i)] == .reduction { return true }
        let isWhole = draft.spaceCount(i) == count[place]
        return isOneSpace(isWhole ? space[place] : rowSpace[place], space[Int(i)])
    }

    private func isOneSpace(_ a: Int32, _ b: Int32) -> Bool {
        if a < 0 || b < 0 { return true }
        return draft.shape(ofResultOf: a) == draft.shape(ofResultOf: b)
    }

    /// Puts one group into another that is at least as high, if it may be raised so far.
    private mutating func merge(_ unit: Int32, into target: Int32) -> Bool {
        let level = height[Int(target)]
        let (a, b) = (Int(unit), Int(target))
        let (columnsA, columnsB) = (max(columns[a], wanted[a]), max(columns[b], wanted[b]))
        guard height[a] == level || level < lowestProducer[a],
            size[a] + size[b] < Fusion.maximumSize, count[a] == count[b],
            columnsA == 0 || columnsB == 0 || columnsA == columnsB,
            isOneSpace(space[a], space[b]), isOneSpace(rowSpace[a], rowSpace[b])
        else { return false }
        parent[a] = target
        size[b] += size[a]
        columns[b] = max(columnsA, columnsB)
        wanted[b] = columns[b]
        lowestProducer[b] = min(lowestProducer[b], lowestProducer[a])
        if space[b] < 0 { space[b] = space[a] }
        if rowSpace[b] < 0 { rowSpace[b] = rowSpace[a] }
        return true
    }
}

extension Draft {
    func shape(ofResultOf instruction: Int32) -> [Int] {
        program.values[program.instructions[Int(instruction)].outputs[0]].shape
    }

    /// How a member that is a reduction reduces.
    func reduction(_ i: Int32) -> RowReduction? {
        if let access = rowAccesses[i] {
            return access.isPick ? .eachRow(columns: access.columns) : nil
        }
        return rowReduction(of: program.instructions[Int(i)])
    }

    /// The columns that an instruction needs a unit of its own to have.
    func columnsAsked(by i: Int32) -> Int {
        if let access = rowAccesses[i] { return access.columns }
        return role[Int(i)] == .reduction ? reduction(i)?.columns ?? 0 : 0
    }
}
