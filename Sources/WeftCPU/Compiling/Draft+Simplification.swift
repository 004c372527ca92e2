// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// Finds the instructions that need no step because their result is their operand, seen as
    /// another shape, and decides how the others read their operands.
    package mutating func simplify() {
        operandStart.reserveCapacity(program.instructions.count + 1)
        operands.reserveCapacity(program.instructions.reduce(0) { $0 + $1.inputs.count })
        for (i, instruction) in program.instructions.enumerated() {
            operandStart.append(Int32(operands.count))
            if case .constant(let constant) = instruction.primitive {
                let array = constant.array
                constants[Int32(instruction.outputs[0])] = array
                definition[instruction.outputs[0]] = -1
                continue
            }
            // Folded: every output is known.
            if definition[instruction.outputs[0]] < 0 { continue }
            if let source = Self.viewSource(of: instruction, in: program) {
                let (out, base) = (instruction.outputs[0], root[source])
                root[out] = base
                if case .check = instruction.primitive {
                    role[i] = .single
                    appendArrays(instruction)
                }
                continue
            }
            if ElementwiseOperation(instruction, in: program) != nil {
                role[i] = .elementwise
                let shape = program.values[instruction.outputs[0]].shape
                for input in instruction.inputs { operands.append(reading(input, over: shape)) }
            } else if case .dot(let dimensions) = instruction.primitive {
                role[i] = .single
                let lhs = productOperand(.lhs, of: instruction, dimensions)
                let rhs = productOperand(.rhs, of: instruction, dimensions)
                productOperands[Int32(i)] = (lhs, rhs)
                operands.append(Operand(value: root[lhs.value], reading: .array))
                operands.append(Operand(value: root[rhs.value], reading: .array))
            } else {
                role[i] = rowReduction(of: instruction) == nil ? .single : .reduction
                appendArrays(instruction)
            }
        }
        operandStart.append(Int32(operands.count))
    }

    private mutating func appendArrays(_ instruction: Program.Instruction) {
        for input in instruction.inputs {
            operands.append(Operand(value: root[input], reading: .array))
        }
    }

    /// How an elementwise instruction over `shape` reads `value`. Broadcasts are looked through.
    func reading(_ value: Int, over shape: [Int]) -> Operand {
        if let window = window(value, over: shape) { return window }
        let type = program.values[value]
        let base = Int(root[value])
        let isBroadcast = program.values[base].shape == type.shape && broadcastSource(base) != nil
        if !isBroadcast {
            if type.shape == shape { return Operand(value: Int32(base), reading: .whole) }
            if type.count == 1 {
                let isWhole = !shape.contains { $0 != 1 }
                return Operand(value: Int32(base), reading: isWhole ? .whole : .scalar)
            }
        }
        // For each axis of `shape` the axis of the array that is read, −1 for none.
        let offset = shape.count - type.shape.count
        var axes = shape.indices.map { axis -> Int in
            let own = axis - offset
            return own >= 0 && type.shape[own] != 1 ? own : -1
        }
        var (current, dims) = (value, type.shape)
        // Not for ever: a long chain of broadcasts would be walked again by each of its users.
        for _ in 0..<8 {
            guard program.values[Int(root[current])].shape == dims,
                let (source, sourceAxes) = broadcastSource(Int(root[current]))
            else { break }
            let sourceDims = program.values[source].shape
            var inverse = [Int](repeating: -1, count: dims.count)
            for (i, axis) in sourceAxes.enumerated() where sourceDims[i] != 1 { inverse[axis] = i }
            axes = axes.map { $0 < 0 ? -1 : inverse[$0] }
            (current, dims) = (source, sourceDims)
        }
        let strides = rowMajorStrides(dims)
        return Operand(
            value: root[current],
            reading: Self.classify(axes.map { $0 < 0 ? 0 : strides[$0] }, shape))
    }

    /// Shorter pieces of rows are not worth being picked out by each reader.
    private static let leastWindow = 32

    /// The reading of a value that is a slice, out of the array that it is a slice of.
    private func window(_ value: Int, over shape: [Int]) -> Operand? {
        let base = Int(root[value])
        let instruction = Int(definition[base])
        guard instruction >= 0, role[instruction] == .single,
            case .slice(let attributes) = program.instructions[instruction].primitive,
            program.values[value].shape == shape, program.values[base].shape == shape,
            attributes.strides.allSatisfy({ $0 == 1 }), shape.last ?? 0 >= Self.leastWindow
        else { return nil }
        let source = program.instructions[instruction].inputs[0]
        // The memory that a view shares with something of another kind is that thing's affair.
        guard broadcastSource(Int(root[source])) == nil else { return nil }
        let strides = rowMajorStrides(program.values[source].shape)
        let first = zip(attributes.starts, strides).map { $0 * $1 }.reduce(0, +)
        return Operand(
            value: root[source],
            reading: .window(strides: strides.map(Int64.init), first: Int64(first)))
    }

    /// The operand and axes of the broadcast that makes `value`, if one does.
    func broadcastSource(_ value: Int) -> (Int, [Int])? {
        let instruction = Int(definition[value])
        guard instruction >= 0, role[instruction] == .single,
            case .broadcast(_, let axes) = program.instructions[instruction].primitive
        else { return nil }
        return (program.instructions[instruction].inputs[0], axes)
    }

    private static func classify(_ strides: [Int], _ shape: [Int]) -> Reading {
        let whole = rowMajorStrides(shape)
        let matters = shape.indices.filter { shape[$0] != 1 }
        if matters.allSatisfy({ strides[$0] == whole[$0] }) { return .whole }
        if matters.allSatisfy({ strides[$0] == 0 }) { return .scalar }
        return .strided(strides.map(Int64.init))
    }
}

/// How far apart, in elements, neighbours along each axis are.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
}
