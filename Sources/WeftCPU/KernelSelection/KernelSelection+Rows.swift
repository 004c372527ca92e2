// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    /// A group with reductions, or with parts that are done once a row, as one row program.
    func rows(_ unit: [Int32], _ columns: Int) throws -> Recipe? {
        var group = RowGroup(self, unit, columns)
        group.findPhases()
        return try group.recipe()
    }
}

/// Writes the row program of a group.
///
/// For each block of rows, phases follow one another: in each, first what is done once a row, then
/// what is done for all elements, then reductions, whose results belong to the next phase.
struct RowGroup {
    enum Level { case whole, row }

    struct Member {
        var instruction: Int32
        var level: Level
        /// Nil for what is elementwise.
        var reduction: RowReduction?
        var access: RowAccess?
        /// What is computed for the picked elements alone.
        var expression: PickedExpression?
        var phase = 0
        /// Whether a member that is done later, or nobody inside, reads the value.
        var isStored = false
        /// Whether nobody needs the value any more.
        var isDead = false

        /// Whether a later phase has the result.
        var endsPhase: Bool { reduction != nil || access != nil }
    }

    let selection: KernelSelection
    let rows: Int
    let columns: Int
    var members: [Member]
    /// The place of each value that a member makes.
    var places: [Int32: Int] = [:]
    var slots: [weft_row_slot] = []
    private var slotOfValue: [Int32: Int32] = [:]
    private var inputs: [Int32] = []
    private var outputs: [Int32] = []
    var stages: [Stage] = []
    private var work = Work()

    struct Stage {
        var stage = weft_row_stage()
        var operands: [Int32] = []
    }

    init(_ selection: KernelSelection, _ unit: [Int32], _ columns: Int) {
        self.selection = selection
        let draft = selection.draft
        let count = unit.map { draft.spaceCount($0) }.max() ?? 0
        // Where no member tells rows, rows of one element do.
        self.columns = max(columns, 1)
        rows = count / max(columns, 1)
        members = unit.map { i in
            let isReduction = draft.role[Int(i)] == .reduction
            return Member(
                instruction: i, level: draft.spaceCount(i) == count ? .whole : .row,
                reduction: isReduction ? draft.reduction(i) : nil, access: draft.rowAccesses[i])
        }
        for place in members.indices { places[value(of: place)] = place }
    }

    var draft: Draft { selection.draft }
    var program: Program { selection.program }

    func value(of place: Int) -> Int32 {
        Int32(program.instructions[Int(members[place].instruction)].outputs[0])
    }

    private func makers(of place: Int) -> [Int] {
        if let expression = members[place].expression {
            return (expression.leaves + [expression.index]).compactMap { places[$0.value] }
        }
        return draft.operands(of: Int(members[place].instruction)).compactMap { places[$0.value] }
    }

    // MARK: Phases

    mutating func findPhases() {
        computePickedElementsAlone()
        members.removeAll(where: \.isDead)
        places.removeAll(keepingCapacity: true)
        for place in members.indices { places[value(of: place)] = place }
        for place in members.indices {
            members[place].phase =
                makers(of: place)
                .map { members[$0].phase + (members[$0].endsPhase ? 1 : 0) }.max() ?? 0
        }
        // What is elementwise is done as late as possible, so that less is kept from one phase to
        // the next.
        var latest = [Int](repeating: Int.max, count: members.count)
        for place in members.indices.reversed() {
            if !members[place].endsPhase, latest[place] != Int.max {
                members[place].phase = latest[place]
            }
            for maker in makers(of: place) {
                latest[maker] = min(latest[maker], members[place].phase)
            }
        }
        for place in members.indices {
            for maker in makers(of: place) {
                let (user, own) = (members[place], members[maker])
                let isInOneTile =
                    !user.endsPhase && !own.endsPhase && user.phase == own.phase
                    && user.level == own.level
                if !isInOneTile { members[maker].isStored = true }
            }
        }
        for place in members.indices where selection.isOutput(members[place].instruction) {
            members[place].isStored = true
            outputs.append(value(of: place))
        }
    }

    // MARK: Slots

    /// The slot of a value that is read or stored. Inputs get theirs when they are first read.
    mutating func slot(_ value: Int32) -> Int32 {
        if let slot = slotOfValue[value] { return slot }
        var description = weft_row_slot()
        let type = program.values[Int(value)]
        description.size = Int32(type.dtype.size)
        description.argument = -1
        if let place = places[value] {
            let isRow = members[place].level == .row || isEachRow(members[place].reduction)
            description.per_row = isRow ? 1 : Int64(columns)
        } else {
            description.argument = Int32(inputs.count)
            inputs.append(value)
            work.bytes += type.byteCount
        }
        slots.append(description)
        slotOfValue[value] = Int32(slots.count - 1)
        return Int32(slots.count - 1)
    }

    private func isEachRow(_ reduction: RowReduction?) -> Bool {
        if case .eachRow = reduction { true } else { false }
    }

    /// Temporary memory of so many elements a row.
    mutating func temporarySlot(_ dtype: DType, perRow: Int) -> Int32 {
        var description = weft_row_slot()
        description.argument = -1
        description.size = Int32(dtype.size)
        description.per_row = Int64(perRow)
        slots.append(description)
        return Int32(slots.count - 1)
    }

    // MARK: Stages

    mutating func recipe() throws -> Recipe {
        let last = members.map(\.phase).max() ?? 0
        do {
            for phase in 0...last {
                try appendTile(phase, .row)
                try appendTile(phase, .whole)
                for place in members.indices
                where members[place].phase == phase && members[place].endsPhase {
                    if members[place].reduction != nil {
                        try appendReduction(place)
                    } else {
                        try appendAddition(place)
                    }
                }
            }
        } catch {
            for stage in stages { weft_tile_destroy(stage.stage.tile) }
            throw error
        }
        return try makeRecipe()
    }

    private mutating func appendTile(_ phase: Int, _ level: Level) throws {
        let places = members.indices.filter {
            members[$0].phase == phase && members[$0].level == level && !members[$0].endsPhase
        }
        guard !places.isEmpty else { return }
        var group = TileGroup(selection, places.map { members[$0].instruction })
        group.collectInputs()
        group.outputs = places.filter { members[$0].isStored }.map { value(of: $0) }
        var stage = Stage()
        stage.stage.tile = try group.makeProgram()
        stage.stage.kind = Int32(WEFT_ROW_TILE.rawValue)
        stage.stage.per_row = level == .row ? 1 : Int64(columns)
        stage.stage.input_count = Int32(group.inputs.count)
        stage.stage.output_count = Int32(group.outputs.count)
        stage.operands = group.inputs.map { slot($0.value) }
        stage.operands += group.outputs.map { slot($0) }
        work.nanoseconds += group.work.nanoseconds
        work.flops += group.work.flops
        stages.append(stage)
    }

    private mutating func appendReduction(_ place: Int) throws {
        let member = members[place]
        if let expression = member.expression, let access = member.access {
            return try appendPick(of: expression, access, to: value(of: place))
        }
        let instruction = program.instructions[Int(member.instruction)]
        let operands = Array(draft.operands(of: Int(member.instruction)))
        let from = operands[0].value
        var stage = Stage()
        stage.stage.dtype = Int32(program.values[Int(from)].dtype.rawValue)
        stage.stage.input_count = Int32(operands.count)
        stage.stage.output_count = 1
        stage.stage.per_row = Int64(columns)
        if let access = member.access {
            stage.stage.kind = Int32(WEFT_ROW_PICK.rawValue)
            describe(&stage, access, x: operands[0], index: operands[1])
        } else if case .reduce(let kind, _) = instruction.primitive {
            stage.stage.reduction = Int32(kind.kernelKind.rawValue)
            switch member.reduction {
            case .overRows: stage.stage.kind = Int32(WEFT_ROW_REDUCE_COLUMNS.rawValue)
            case .all: stage.stage.kind = Int32(WEFT_ROW_REDUCE_ALL.rawValue)
            case .eachRow, nil: stage.stage.kind = Int32(WEFT_ROW_REDUCE.rawValue)
            }
        }
        stage.operands = operands.map { slot($0.value) } + [slot(value(of: place))]
        work.nanoseconds += 0.05 * Double(rows * columns)
        work.flops += Double(rows * columns)
        stages.append(stage)
    }

    private func describe(
        _ stage: inout Stage, _ access: RowAccess, x: Operand, index: Operand
    ) {
        stage.stage.index_size = Int32(program.values[Int(index.value)].dtype.size)
        stage.stage.negated = access.isNegated ? 1 : 0
        switch x.reading {
        case .rows: stage.stage.per_row = 1
        case .scalar: stage.stage.per_row = 0
        case .whole, .strided, .array, .window: stage.stage.per_row = Int64(columns)
        }
    }

    /// An addition to one element a row, of a copy.
    private mutating func appendAddition(_ place: Int) throws {
        guard let access = members[place].access else { return }
        let operands = Array(draft.operands(of: Int(members[place].instruction)))
        let (from, result) = (operands[0].value, value(of: place))
        if isPrivate(from) {
            slotOfValue[result] = slot(from)
        } else {
            stages.append(try copy(from, to: result))
        }
        var stage = Stage()
        stage.stage.kind = Int32(WEFT_ROW_ADD_AT.rawValue)
        stage.stage.input_count = 3
        describe(&stage, access, x: operands[2], index: operands[1])
        stage.operands = [slot(result), slot(operands[1].value), slot(operands[2].value)]
        stages.append(stage)
    }

    /// Whether a member's value is used once, so that its memory may be changed.
    private func isPrivate(_ value: Int32) -> Bool {
        guard let place = places[value], members[place].level == .whole else { return false }
        return draft.uses.count[Int(value)] == 1 && !members[place].endsPhase
    }

    private mutating func copy(_ from: Int32, to result: Int32) throws -> Stage {
        var tile = TileBuilder(over: [rows * columns])
        let whole = tile.input(program.values[Int(from)].dtype, strides: [1])
        guard let handle = tile.create(outputs: [whole]) else {
            throw selection.unsupported(Int(members[0].instruction), "this type")
        }
        var stage = Stage()
        stage.stage.tile = handle
        stage.stage.kind = Int32(WEFT_ROW_TILE.rawValue)
        stage.stage.per_row = Int64(columns)
        stage.stage.input_count = 1
        stage.stage.output_count = 1
        stage.operands = [slot(from), slot(result)]
        return stage
    }

    // MARK: The step

    private mutating func makeRecipe() throws -> Recipe {
        for (number, output) in outputs.enumerated() {
            let place = Int(slot(output))
            slots[place].argument = Int32(inputs.count + number)
            work.bytes += program.values[Int(output)].byteCount
        }
        let table = CTable(stages.flatMap(\.operands))
        var descriptions = stages.map(\.stage)
        var start = 0
        for i in descriptions.indices {
            descriptions[i].operands = UnsafePointer(table.pointer + start)
            start += stages[i].operands.count
        }
        guard
            let handle = weft_row_create(
                Int64(rows), Int64(columns), Int32(slots.count), slots, Int32(descriptions.count),
                descriptions)
        else { throw selection.unsupported(Int(members[0].instruction), "this reduction") }
        withExtendedLifetime(table) {}
        var recipe = Recipe(
            members: members.map(\.instruction), inputs: inputs.map(Int.init),
            outputs: outputs.map(Int.init), work: work, body: .rows(RowProgram(owning: handle)))
        let partials = Int(weft_row_partial_bytes(handle))
        if partials > 0 { recipe.workspaces = [partials] }
        return recipe
    }
}
