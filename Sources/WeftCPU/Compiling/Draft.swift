// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// How an instruction reads an operand.
enum Reading: Equatable {
    /// Elementwise, element by element in row-major order.
    case whole
    /// Elementwise, one element again and again.
    case scalar
    /// Elementwise, with these strides over the axes of the output.
    case strided([Int64])
    /// Elementwise, a part of a larger array: with these strides from this element on.
    case window(strides: [Int64], first: Int64)
    /// As an array of its own.
    case array
    /// By an access by index, one element a row.
    case rows
}

extension Reading {
    /// Whether the shape of the reader, not only its size, matters.
    var isByStrides: Bool {
        switch self {
        case .strided, .window: true
        case .whole, .scalar, .array, .rows: false
        }
    }
}

package struct Operand {
    /// The value whose memory is read.
    package var value: Int32
    var reading: Reading
}

/// What becomes of an instruction.
enum Role: UInt8 {
    /// No step: its results are other views of its operand, or known, or not needed.
    case none
    /// A step of its own.
    case single
    /// Can be fused with others.
    case elementwise
    /// A reduction that can be fused with what is elementwise before and behind it.
    case reduction
    /// Part of the step of an instruction after it.
    case absorbed
}

/// A program while it is being compiled.
///
/// Everything is an array indexed by value or instruction: programs may have millions.
package struct Draft {
    let program: Program
    /// For each value, the value whose memory it shares: itself unless it is another view of it.
    package var root: [Int32]
    /// For each value, the instruction that makes it; −1 for inputs and known arrays.
    var definition: [Int32]
    /// Arrays known when the program is compiled, by their root.
    var constants: [Int32: NDArray] = [:]
    var role: [Role]
    /// The operands of instruction i are `operands[operandStart[i]..<operandStart[i + 1]]`.
    package var operands: [Operand] = []
    var operandStart: [Int32] = []
    /// Who uses the memory of values, by their roots.
    package var uses = UseIndex()
    /// What products read, by the product.
    var productOperands: [Int32: (lhs: ProductOperand, rhs: ProductOperand)] = [:]
    /// The axis of each array that holds the indices along an axis, known or not.
    var iotaAxes: [Int32: Int] = [:]
    /// The instructions that take one element of each row, or add to it, by themselves.
    var rowAccesses: [Int32: RowAccess] = [:]
    /// What products do to their results, by the last instruction of it.
    var epilogues: [Int32: DotEpilogue] = [:]

    package init(_ program: Program) {
        self.program = program
        root = (0..<Int32(program.values.count)).map(\.self)
        definition = program.makers()
        role = Array(repeating: .none, count: program.instructions.count)
        for instruction in program.instructions {
            if case .iota(let axis) = instruction.primitive {
                iotaAxes[Int32(instruction.outputs[0])] = axis
            }
        }
    }

    func type(_ value: Int) -> ArrayType { program.values[value] }

    func operands(of instruction: Int) -> ArraySlice<Operand> {
        operands[operandPlaces(of: instruction)]
    }

    /// The places of an instruction's operands in `operands`.
    func operandPlaces(of instruction: Int) -> Range<Int> {
        Int(operandStart[instruction])..<Int(operandStart[instruction + 1])
    }
}

/// What a product does to its result before storing it. The product runs in the place of the last
/// instruction.
struct DotEpilogue {
    var product: Int32
    /// The additions, in order.
    var additions: [Int32] = []
    /// The value of the vector that is added to each row.
    var bias: Int32?
    /// The value of the array that is added then.
    var addend: Int32?
    var hasRelu = false
}
