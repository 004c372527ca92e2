// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Products and convolutions of small elements that were cast to a wider type only for them, as products of the elements as
/// they are: the sums are of the wider type either way.
///
/// It comes before constants are folded: what was cast would take up to four times the memory.
enum NarrowProducts {
    static func narrowed(in program: Program) -> Program {
        let widens = program.instructions.contains {
            guard case .cast(let dtype) = $0.primitive else { return false }
            return NarrowSearch.isWidening(program.values[$0.inputs[0]].dtype, to: dtype)
        }
        return widens ? NarrowSearch(program).rewritten() : program
    }
}

extension Primitive {
    fileprivate var isProduct: Bool {
        switch self {
        case .dot, .convolution: true
        default: false
        }
    }
}

private struct NarrowSearch {
    private let program: Program
    private let maker: [Int32]

    /// Chains of reshapes, transpositions and broadcasts are looked through up to this length.
    private static let longestChain = 8

    init(_ program: Program) {
        self.program = program
        maker = program.makers()
    }

    static func isWidening(_ element: DType, to sum: DType) -> Bool {
        element.size < 4 && element != sum && sum.accumulates(element)
    }

    func rewritten() -> Program {
        let builder = ProgramBuilder(replacing: program)
        var narrow: [Int: Int] = [:]
        var isChanged = false
        for instruction in program.instructions {
            guard instruction.primitive.isProduct, let operands = elements(of: instruction) else {
                builder.append(instruction)
                continue
            }
            isChanged = true
            builder.origin = instruction.origin
            let inputs = operands.map { moved($0, &narrow, builder) }
            if isOfSignedBytes(instruction, inputs, builder) {
                appendDifference(instruction, inputs, builder)
            } else {
                builder.append(instruction.primitive, inputs, instruction.outputs)
            }
        }
        return isChanged ? builder.program(program.outputs) : program
    }

    /// What a product is of before it was cast.
    private struct Elements {
        var value: Int
        /// What moved the elements after they were cast, in order.
        var moves: [Program.Instruction]
    }

    /// nil where elements are not cast, or the processor has no instructions for what would be left:
    /// products of floats are faster wide then.
    private func elements(of product: Program.Instruction) -> [Elements]? {
        guard let lhs = elements(product.inputs[0]), let rhs = elements(product.inputs[1]) else {
            return nil
        }
        let types = ProductTypes(
            lhs: program.values[lhs.value].dtype, rhs: program.values[rhs.value].dtype,
            result: program.values[product.outputs[0]].dtype)
        return types.result.isInteger || types.areMultiplied(terms: 1) ? [lhs, rhs] : nil
    }

    /// How many products an element of a product or convolution is the sum of.
    private func terms(_ product: Program.Instruction) -> Int {
        switch product.primitive {
        case .dot(let dimensions):
            let shape = program.values[product.inputs[0]].shape
            return dimensions.lhsContracting.map { shape[$0] }.volume
        default: return program.values[product.inputs[1]].shape.dropLast().volume
        }
    }

    /// Whether the left operand is of signed bytes, and only with unsigned ones are so long sums exact in
    /// the processor's products.
    private func isOfSignedBytes(
        _ product: Program.Instruction, _ inputs: [Int], _ builder: ProgramBuilder
    ) -> Bool {
        var types = ProductTypes(
            lhs: builder.values[inputs[0]].dtype, rhs: builder.values[inputs[1]].dtype,
            result: builder.values[product.outputs[0]].dtype)
        // The signs of unsigned bytes on the right of a product are turned.
        if case .dot = product.primitive, types.rhs == .uint8 { types.rhs = .int8 }
        guard types.lhs == .int8, !types.areMultiplied(terms: terms(product)) else { return false }
        types.lhs = .uint8
        return types.areMultiplied(terms: terms(product))
    }

    /// The product of what is positive in the left operand, less that of what is negative.
    private func appendDifference(
        _ product: Program.Instruction, _ inputs: [Int], _ builder: ProgramBuilder
    ) {
        let (shape, result) = (builder.values[inputs[0]].shape, builder.values[product.outputs[0]])
        let zero = builder.constant(.filled(.int8, [], 0))
        let positive = builder.add(.binary(.maximum), [inputs[0], zero], .int8, shape)
        let negative = builder.add(.binary(.minimum), [inputs[0], zero], .int8, shape)
        // −128 is its own negative, of which the bits are those of 128.
        let opposite = builder.add(.unary(.negate), [negative], .int8, shape)
        let products = [positive, opposite].map { part in
            let bytes = builder.add(.cast(.uint8), [part], .uint8, shape)
            return builder.add(
                product.primitive, [bytes, inputs[1]], result.dtype, result.shape)
        }
        builder.append(.binary(.subtract), products, product.outputs)
    }

    private func elements(_ operand: Int) -> Elements? {
        var (value, moves) = (operand, [Program.Instruction]())
        while maker[value] >= 0, moves.count <= Self.longestChain {
            let instruction = program.instructions[Int(maker[value])]
            let source = instruction.inputs.first ?? value
            switch instruction.primitive {
            case .cast(let dtype):
                let isWidening = Self.isWidening(program.values[source].dtype, to: dtype)
                return isWidening ? Elements(value: source, moves: moves.reversed()) : nil
            case .reshape, .transpose, .broadcast:
                moves.append(instruction)
                value = source
            default: return nil
            }
        }
        return nil
    }

    /// The elements, moved as they were after the cast.
    private func moved(
        _ elements: Elements, _ narrow: inout [Int: Int], _ builder: ProgramBuilder
    ) -> Int {
        var value = elements.value
        let dtype = program.values[value].dtype
        for move in elements.moves {
            let result = move.outputs[0]
            value =
                narrow[result]
                ?? builder.add(move.primitive, [value], dtype, program.values[result].shape)
            narrow[result] = value
        }
        return value
    }
}
