// SPDX-License-Identifier: Apache-2.0
import WeftGraph

enum ProductSide { case lhs, rhs }

/// An operand of a product, seen through the transposition or broadcast that makes it.
struct ProductOperand {
    /// The value whose memory is read.
    var value: Int
    /// For each axis of the operand the axis of `value`; −1 where the operand is repeated.
    var axes: [Int]
    /// Whether one matrix stands for the whole batch.
    var isShared = false
}

extension Draft {
    /// What a product reads: transpositions are left to the kernel, and so are matrices repeated
    /// along the batch.
    func productOperand(
        _ side: ProductSide, of instruction: Program.Instruction, _ dimensions: DotDimensions
    ) -> ProductOperand {
        let value = instruction.inputs[side == .lhs ? 0 : 1]
        let shape = program.values[value].shape
        let plain = ProductOperand(value: value, axes: Array(shape.indices))
        let base = Int(root[value])
        let maker = Int(definition[base])
        guard maker >= 0, role[maker] == .single, program.values[base].shape == shape else {
            return plain
        }
        let source = program.instructions[maker].inputs.first ?? value
        switch program.instructions[maker].primitive {
        case .transpose(let permutation):
            return ProductOperand(value: source, axes: permutation)
        case .broadcast(_, let broadcastAxes):
            var axes = [Int](repeating: -1, count: shape.count)
            let dims = program.values[source].shape
            for (i, axis) in broadcastAxes.enumerated() where dims[i] == shape[axis] {
                axes[axis] = i
            }
            let batch = side == .lhs ? dimensions.lhsBatch : dimensions.rhsBatch
            for axis in shape.indices where shape[axis] != 1 {
                guard (axes[axis] < 0) == batch.contains(axis) else { return plain }
            }
            guard batch.contains(where: { shape[$0] != 1 }) else { return plain }
            for axis in batch { axes[axis] = -1 }
            return ProductOperand(value: source, axes: axes, isShared: true)
        default:
            return plain
        }
    }

    /// Lets products of 32-bit floats add a vector to their rows, add an array and apply relu
    /// themselves.
    mutating func absorbEpilogues() {
        for i in role.indices where role[i] == .single {
            guard case .dot(let dimensions) = program.instructions[i].primitive else { continue }
            let result = program.instructions[i].outputs[0]
            let type = program.values[result]
            let right = program.values[program.instructions[i].inputs[1]]
            let freeAxes =
                right.shape.count - dimensions.rhsContracting.count
                - dimensions.rhsBatch.count
            guard type.dtype == .float32, freeAxes == 1, type.count > 0,
                dimensions.rhsContracting.allSatisfy({ right.shape[$0] > 0 })
            else { continue }
            var epilogue = DotEpilogue(product: Int32(i))
            var last = i
            if let (addition, bias) = onlyAddition(to: result, isAddend: isRow) {
                epilogue.additions = [addition]
                epilogue.bias = bias
                last = Int(addition)
            }
            let sum = program.instructions[last].outputs[0]
            if let (addition, addend) = onlyAddition(to: sum, isAddend: isStoredArray) {
                epilogue.additions.append(addition)
                epilogue.addend = addend
                last = Int(addition)
            }
            if let relu = onlyRelu(of: program.instructions[last].outputs[0]) {
                epilogue.hasRelu = true
                last = Int(relu)
            }
            guard last != i else { continue }
            for addition in epilogue.additions { role[Int(addition)] = .absorbed }
            role[i] = .absorbed
            role[last] = .single
            epilogues[Int32(last)] = epilogue
        }
    }

    /// The only user of a value, if it is elementwise and over the value's own shape.
    private func onlyElementwiseUser(of value: Int) -> Int32? {
        guard uses.count[value] == 1, let user = uses.readers(of: value).first,
            role[Int(user)] == .elementwise,
            shape(ofResultOf: user) == program.values[value].shape,
            operands(of: Int(user)).contains(where: {
                $0.value == Int32(value) && $0.reading == .whole
            })
        else { return nil }
        return user
    }

    private func onlyAddition(
        to value: Int, isAddend: (Operand, [Int]) -> Bool
    ) -> (addition: Int32, addend: Int32)? {
        guard let user = onlyElementwiseUser(of: value),
            case .binary(.add) = program.instructions[Int(user)].primitive,
            let other = operands(of: Int(user)).first(where: { $0.value != Int32(value) }),
            isAddend(other, program.values[value].shape)
        else { return nil }
        return (user, other.value)
    }

    private func isRow(_ operand: Operand, _ shape: [Int]) -> Bool {
        guard let columns = shape.last, program.values[Int(operand.value)].count == columns else {
            return false
        }
        switch operand.reading {
        case .whole: return true
        case .strided(let strides):
            return strides.last == 1 && strides.dropLast().allSatisfy { $0 == 0 }
        case .scalar, .array, .rows, .window: return false
        }
    }

    /// An array that stands in memory anyway: what is elementwise itself is better computed where it
    /// is added.
    private func isStoredArray(_ operand: Operand, _ shape: [Int]) -> Bool {
        let maker = Int(definition[Int(operand.value)])
        guard operand.reading == .whole, program.values[Int(operand.value)].count == shape.volume
        else { return false }
        return maker < 0 || role[maker] == .single
    }

    private func onlyRelu(of value: Int) -> Int32? {
        guard let user = onlyElementwiseUser(of: value),
            case .unary(.relu) = program.instructions[Int(user)].primitive
        else { return nil }
        return user
    }
}
