// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    /// A group of elementwise instructions as one tile program.
    func elementwise(_ unit: [Int32]) throws -> Recipe? {
        var group = TileGroup(self, unit)
        guard group.count > 0 else { return nil }
        group.collectInputs()
        group.outputs = unit.filter(isOutput).map {
            Int32(program.instructions[Int($0)].outputs[0])
        }
        return group.outputs.isEmpty ? nil : try group.recipe()
    }
}

/// Writes the tile program of a group.
struct TileGroup {
    struct Input {
        var value: Int32
        var reading: Reading
    }

    private let selection: KernelSelection
    /// The members, ascending.
    private let unit: [Int32]
    /// The axes of the iteration, and how many elements it has.
    private var dims: [Int]
    let count: Int
    private(set) var inputs: [Input] = []
    /// By operand, one member's after the other's: the member that makes it, or −1 and below for the
    /// inputs.
    private var sources: [Int] = []
    /// The members' values that are written to memory.
    var outputs: [Int32] = []
    private(set) var work = Work()

    init(_ selection: KernelSelection, _ unit: [Int32]) {
        self.selection = selection
        self.unit = unit
        let draft = selection.draft
        let shapes = unit.first { member in
            draft.operands(of: Int(member)).contains {
                $0.reading.isByStrides
            }
        }
        dims = draft.shape(ofResultOf: shapes ?? unit[0])
        count = dims.volume
        if shapes == nil { dims = [count] }
    }

    /// The place of an instruction among the members.
    private func place(of instruction: Int32) -> Int? {
        var places = 0..<unit.count
        while let first = places.first {
            let middle = first + places.count / 2
            if unit[middle] == instruction { return middle }
            places = unit[middle] < instruction ? middle + 1..<places.endIndex : first..<middle
        }
        return nil
    }

    /// The place of the member that makes what is read element by element.
    private func maker(of operand: Operand) -> Int? {
        guard case .whole = operand.reading else { return nil }
        return place(of: selection.draft.definition[Int(operand.value)])
    }

    private func inputIndex(of operand: Operand) -> Int? {
        inputs.firstIndex { $0.value == operand.value && $0.reading == operand.reading }
    }

    /// Finds what is read from memory.
    mutating func collectInputs() {
        let draft = selection.draft
        for member in unit {
            for place in draft.operandPlaces(of: Int(member)) {
                let operand = draft.operands[place]
                if let maker = maker(of: operand) {
                    sources.append(maker)
                } else if let known = inputIndex(of: operand) {
                    sources.append(-1 - known)
                } else {
                    inputs.append(Input(value: operand.value, reading: operand.reading))
                    sources.append(-inputs.count)
                    work.bytes += draft.type(Int(operand.value)).byteCount
                }
            }
        }
    }

    mutating func recipe() throws -> Recipe {
        let tile = TileProgram(owning: try makeProgram())
        return Recipe(
            members: unit, inputs: inputs.map { Int($0.value) }, outputs: outputs.map(Int.init),
            inPlace: .anyOf(replaceableInputs()), work: work, body: .tile(tile))
    }

    /// The tile program, which the caller owns.
    mutating func makeProgram() throws -> OpaquePointer {
        work.nanoseconds = 30
        for output in outputs { work.bytes += selection.program.values[Int(output)].byteCount }
        let space = IterationSpace(dims, inputs.map { $0.reading })
        guard space.dims.count <= Int(WEFT_MAX_RANK) else {
            throw selection.unsupported(
                Int(unit[0]), "broadcasting over \(space.dims.count) axes; reshape the operands")
        }
        var tile = TileBuilder(over: space.dims)
        tile.reserve(inputs: inputs.count, instructions: unit.count)
        for (input, strides) in zip(inputs, space.strides) {
            let dtype = selection.program.values[Int(input.value)].dtype
            if case .window(_, let first) = input.reading {
                tile.input(dtype, strides: strides, first: first)
            } else {
                tile.input(dtype, strides: strides)
            }
        }
        var numbers = sources.map { UInt16($0 < 0 ? -1 - $0 : inputs.count + $0) }[...]
        for member in unit { try append(member, &numbers, to: &tile) }
        let outputNumbers = outputs.map {
            UInt16(inputs.count + (place(of: selection.draft.definition[Int($0)]) ?? 0))
        }
        guard let handle = tile.create(outputs: outputNumbers) else { throw refusal() }
        return handle
    }

    /// - Parameter numbers: What the program calls the operands of this member and of those after it:
    ///   inputs come first, then what members make.
    private mutating func append(
        _ member: Int32, _ numbers: inout ArraySlice<UInt16>, to tile: inout TileBuilder
    ) throws {
        let program = selection.program
        guard let operation = ElementwiseOperation(program.instructions[Int(member)], in: program)
        else { throw refusal() }
        let operandCount = selection.draft.operandPlaces(of: Int(member)).count
        let first = numbers.startIndex
        var a = operandCount > 0 ? numbers[first] : 0
        let b = operandCount > 1 ? numbers[first + 1] : 0
        let c = operandCount > 2 ? numbers[first + 2] : 0
        numbers = numbers.dropFirst(operandCount)
        if operation.opcode == WEFT_OP_GT {
            a = comparable(a, selection.draft.operands(of: Int(member)), tile)
        }
        tile.append(operation.opcode, operation.type, to: operation.result, a, b, c)
        work.nanoseconds += operation.cost * Double(count)
        work.flops += Double(count)
    }

    /// What `a > b` may compare instead of `a`: relu(x) is above a number that is not negative where x
    /// is. The gradient of relu asks for it, and often nobody else needs what relu makes.
    private func comparable(
        _ a: UInt16, _ operands: ArraySlice<Operand>, _ tile: TileBuilder
    ) -> UInt16 {
        let maker = Int(a) - inputs.count
        guard maker >= 0, tile.code[maker].opcode == WEFT_OP_RELU.rawValue,
            let bound = operands.last,
            let constant = selection.draft.constants[bound.value], constant.count == 1,
            constant.doubles[0] >= 0
        else { return a }
        return tile.code[maker].a
    }

    /// The inputs that are read element by element, and only so: an output may take their memory.
    private func replaceableInputs() -> [Int] {
        let others = inputs.filter { $0.reading != .whole }
        return inputs.indices.filter { i in
            inputs[i].reading == .whole && !others.contains { $0.value == inputs[i].value }
        }
    }

    private func refusal() -> RunError {
        let program = selection.program
        let unfit = unit.first { member in
            guard
                let operation = ElementwiseOperation(
                    program.instructions[Int(member)], in: program)
            else { return true }
            return weft_tile_supports(
                Int32(operation.opcode.rawValue), Int32(operation.type.rawValue)) == 0
        }
        let index = Int(unfit ?? unit[0])
        let type = program.instructions[index].inputs.last.map { program.values[$0].dtype }
        return selection.unsupported(index, "elements of type \(type.map { "\($0)" } ?? "none")")
    }
}

/// The axes of an elementwise iteration, those that all inputs walk through alike made one.
struct IterationSpace {
    private(set) var dims: [Int] = []
    /// For each input the strides over `dims`.
    private(set) var strides: [[Int]]

    init(_ shape: [Int], _ readings: [Reading]) {
        let whole = rowMajorStrides(shape)
        let full = readings.map { reading -> [Int] in
            switch reading {
            case .whole, .array, .rows: whole
            case .scalar: [Int](repeating: 0, count: shape.count)
            case .strided(let strides), .window(let strides, _): strides.map { Int($0) }
            }
        }
        strides = Array(repeating: [], count: readings.count)
        for axis in shape.indices where shape[axis] != 1 {
            let size = shape[axis]
            let continues =
                !dims.isEmpty
                && full.indices.allSatisfy { strides[$0][dims.count - 1] == full[$0][axis] * size }
            if continues {
                dims[dims.count - 1] *= size
                for i in full.indices { strides[i][dims.count - 1] = full[i][axis] }
            } else {
                dims.append(size)
                for i in full.indices { strides[i].append(full[i][axis]) }
            }
        }
        if dims.isEmpty {
            dims = [1]
            for i in full.indices { strides[i] = [0] }
        }
    }
}
