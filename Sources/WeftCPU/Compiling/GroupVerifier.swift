// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Checks that the members of a group fit together, and that what they read is there.
///
/// The kernels of groups take their descriptions on trust, so a group that breaks a rule would read
/// outside of memory. Every group of every plan is checked, once, when the plan is made.
struct GroupVerifier {
    /// How many elements of a value belong to a row.
    private enum Extent { case row, one, none }

    private let fusion: Fusion
    private let number: Int
    private let unit: [Int32]
    private let count: Int
    private let columns: Int
    /// What the members make, by value.
    private var made: [Int32: Extent] = [:]

    private init(_ fusion: Fusion, _ number: Int) {
        let draft = fusion.draft
        self.fusion = fusion
        self.number = number
        unit = fusion.units[number].filter {
            draft.role[Int($0)] == .elementwise || draft.role[Int($0)] == .reduction
        }
        count = unit.map { draft.spaceCount($0) }.max() ?? 0
        columns = max(fusion.columns[number], 1)
        for member in unit { made[value(of: member)] = extent(of: member) }
    }

    private var draft: Draft { fusion.draft }
    private var rows: Int { count / columns }

    private func value(of member: Int32) -> Int32 { Int32(draft.result(of: member)) }

    private func extent(of member: Int32) -> Extent {
        guard draft.role[Int(member)] == .reduction else {
            return draft.spaceCount(member) == count ? .row : .one
        }
        if case .eachRow = draft.reduction(member) { return .one }
        return .none
    }

    /// Checks a group of a plan.
    ///
    /// - Throws: `RunError` if a member does not fit.
    static func verify(_ fusion: Fusion, _ number: Int) throws {
        if isPlain(fusion, number) { return }
        try GroupVerifier(fusion, number).verify()
    }

    /// Whether all members go over the same elements and read whole arrays of as many, or one element
    /// from outside: then nothing else can be wrong. Most groups are so.
    private static func isPlain(_ fusion: Fusion, _ number: Int) -> Bool {
        let draft = fusion.draft
        guard fusion.columns[number] <= 1 else { return false }
        var count = -1
        for member in fusion.units[number] {
            guard draft.role[Int(member)] == .elementwise,
                draft.rowAccesses.isEmpty || draft.rowAccesses[member] == nil
            else { return false }
            let own = draft.program.values[draft.result(of: member)].count
            guard count < 0 || own == count else { return false }
            count = own
            for place in draft.operandPlaces(of: Int(member)) {
                let operand = draft.operands[place]
                let maker = Int(draft.definition[Int(operand.value)])
                let isInside = maker >= 0 && fusion.unit[maker] == Int32(number)
                guard
                    isInside || maker < 0 || draft.role[maker] == .single
                        || fusion.isStored[maker]
                else { return false }
                switch operand.reading {
                case .whole:
                    guard draft.program.values[Int(operand.value)].count == own else {
                        return false
                    }
                case .scalar:
                    guard !isInside, draft.program.values[Int(operand.value)].count > 0 else {
                        return false
                    }
                case .array, .rows, .strided, .window: return false
                }
            }
        }
        return true
    }

    private func verify() throws {
        guard count > 0, let first = unit.first else { return }
        try require(count % columns == 0, first, "is not made of whole rows")
        var wholeShape: [Int]?
        var rowShape: [Int]?
        for member in unit {
            try verifySize(of: member)
            let isStrided = draft.operands(of: Int(member)).contains { $0.reading.isByStrides }
            if isStrided {
                // Strides are over one shape, that of the first member that has any.
                let shape = draft.shape(ofResultOf: member)
                let isWhole = made[value(of: member)] == .row
                let known = isWhole ? wholeShape : rowShape
                try require(known == nil || known == shape, member, "reads over another shape")
                if isWhole { wholeShape = shape } else { rowShape = shape }
            }
            for operand in draft.operands(of: Int(member)) { try verify(operand, of: member) }
        }
    }

    private func verifySize(of member: Int32) throws {
        let own = draft.spaceCount(member)
        let result = draft.program.values[draft.result(of: member)].count
        if let access = draft.rowAccesses[member] {
            try require(
                own == count && access.columns == columns
                    && result == (access.isPick ? rows : count), member,
                "accesses rows of \(access.columns)")
        } else if draft.role[Int(member)] == .reduction {
            let expected: Int
            switch draft.reduction(member) {
            case .eachRow(let width):
                try require(width == columns, member, "reduces rows of \(width)")
                expected = count / width
            case .overRows(let width):
                try require(width == columns, member, "reduces to rows of \(width)")
                expected = width
            case .all: expected = 1
            case nil: expected = -1
            }
            try require(own == count && result == expected, member, "reduces \(own) to \(result)")
            try require(
                made[value(of: member)] == .one || isStored(member), member, "is stored nowhere")
        } else {
            try require(
                own == result && (own == count || own == rows), member, "goes over \(own) elements")
        }
    }

    private func isStored(_ member: Int32) -> Bool {
        fusion.isStored[Int(member)] && fusion.unit[Int(member)] == Int32(number)
    }

    private func verify(_ operand: Operand, of member: Int32) throws {
        let size = draft.program.values[Int(operand.value)].count
        let own = draft.spaceCount(member)
        let isElementwise =
            draft.role[Int(member)] == .elementwise
            && draft.rowAccesses[member] == nil
        var reach: (first: Int, last: Int)
        switch operand.reading {
        case .whole: reach = (0, own - 1)
        case .scalar: reach = (0, 0)
        case .array:
            try require(!isElementwise && size == own, member, "reads \(size) elements as an array")
            reach = (0, own - 1)
        case .rows:
            try require(!isElementwise && size == rows, member, "reads \(size) elements by row")
            reach = (0, rows - 1)
        case .strided(let strides): reach = try span(strides, 0, of: member)
        case .window(let strides, let first): reach = try span(strides, Int(first), of: member)
        }
        try require(
            reach.first >= 0 && reach.last < size, member,
            "reads elements \(reach.first) to \(reach.last) of \(size)")
        if let extent = made[operand.value] {
            try require(
                isInRow(operand, extent, of: member), member,
                "reads what another member makes for other rows")
        } else {
            try verifyMaker(of: operand, member)
        }
    }

    /// The first and the last element that strides over a member's shape reach.
    private func span(
        _ strides: [Int64], _ first: Int, of member: Int32
    ) throws -> (first: Int, last: Int) {
        let shape = draft.shape(ofResultOf: member)
        try require(strides.count == shape.count, member, "reads by \(strides.count) strides")
        var reach = (first: first, last: first)
        for (extent, stride) in zip(shape, strides) {
            let step = (extent - 1) * Int(stride)
            if step < 0 { reach.first += step } else { reach.last += step }
        }
        return reach
    }

    /// Whether a member reads, of what another one makes, its own row only: a block of rows is all
    /// that there is of it.
    private func isInRow(_ operand: Operand, _ extent: Extent, of member: Int32) -> Bool {
        let isOnceARow =
            draft.role[Int(member)] == .elementwise && draft.spaceCount(member) != count
        switch (extent, operand.reading) {
        case (.none, _): return false
        case (.row, .whole): return !isOnceARow
        case (.row, .array): return true
        case (.one, .whole): return isOnceARow || columns == 1
        case (.one, .rows): return true
        case (.one, .strided(let strides)):
            let shape = draft.shape(ofResultOf: member)
            return Draft.readsRows(strides, shape, isOnceARow ? 1 : columns)
        case (.row, _), (.one, _): return false
        }
    }

    /// What no member makes must be in memory when the group runs.
    private func verifyMaker(of operand: Operand, _ member: Int32) throws {
        let maker = Int(draft.definition[Int(operand.value)])
        guard maker >= 0 else { return }
        switch draft.role[maker] {
        case .single: return
        case .elementwise, .reduction:
            try require(fusion.isStored[maker], member, "reads what is stored nowhere")
        case .none, .absorbed: try require(false, member, "reads what no step makes")
        }
    }

    private func require(_ holds: Bool, _ member: Int32, _ what: String) throws {
        if holds { return }
        throw RunError(
            .unsupported,
            "\(draft.program.instructions[Int(member)].label) \(what), in a group of "
                + "\(unit.count) over \(rows) rows of \(columns): the compiler has fused what does "
                + "not fit together. Please report the graph; fetching an inner tensor as well "
                + "divides the group")
    }
}
