// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// Writes a tile program: what is read, then what is done with it.
///
/// Inputs, and after them instructions, are numbered in the order in which they are added; an
/// instruction's number is that of the value it makes.
struct TileBuilder {
    private let dims: [Int]
    private var inputs: [weft_tile_input] = []
    private(set) var code: [weft_instruction] = []

    /// - Parameter dims: The sizes of the axes that the program goes over.
    init(over dims: [Int]) { self.dims = dims }

    var inputCount: Int { inputs.count }

    mutating func reserve(inputs: Int, instructions: Int) {
        self.inputs.reserveCapacity(inputs)
        code.reserveCapacity(instructions)
    }

    /// Adds an array that is read from its element `first` on, with these strides over the axes.
    ///
    /// - Returns: its number.
    @discardableResult
    mutating func input(_ dtype: DType, strides: [Int], first: Int64 = 0) -> UInt16 {
        var input = weft_tile_input()
        input.dtype = dtype.rawValue
        input.first = first
        fill(&input.strides, with: strides, as: Int64.self)
        inputs.append(input)
        return UInt16(inputs.count - 1)
    }

    /// Adds an instruction on the values of these numbers.
    ///
    /// - Returns: the number of what it makes.
    @discardableResult
    mutating func append(
        _ opcode: weft_opcode, _ type: DType, to result: DType, _ a: UInt16, _ b: UInt16 = 0,
        _ c: UInt16 = 0
    ) -> UInt16 {
        code.append(
            weft_instruction(
                opcode: UInt16(opcode.rawValue), type: type.rawValue, to_type: result.rawValue,
                a: a, b: b, c: c))
        return UInt16(inputs.count + code.count - 1)
    }

    /// The program, which the caller owns; nil when a kernel of it does not exist for its type.
    ///
    /// - Parameter outputs: The numbers of the values that are written, each to an array of its own.
    func create(outputs: [UInt16]) -> OpaquePointer? {
        weft_tile_create(
            Int32(dims.count), dims.map(Int64.init), Int32(inputs.count), inputs,
            Int32(code.count), code, Int32(outputs.count), outputs)
    }
}
