// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension DType {
    /// The kernels' name of the type. The numbers are the same by contract.
    var kernelType: weft_dtype { weft_dtype(rawValue: UInt32(rawValue)) }
}

/// What a tile program does for an elementwise instruction.
struct ElementwiseOperation {
    var opcode: weft_opcode
    /// The type that the operation computes in.
    var type: DType
    /// The type of the result.
    var result: DType

    /// Nil for instructions that are not elementwise.
    init?(_ instruction: Program.Instruction, in program: Program) {
        guard let out = instruction.outputs.first else { return nil }
        result = program.values[out].dtype
        switch instruction.primitive {
        case .unary(let kind):
            opcode = Self.opcode(kind)
            type = program.values[instruction.inputs[0]].dtype
        case .cast:
            opcode = WEFT_OP_CAST
            type = program.values[instruction.inputs[0]].dtype
        case .binary(let kind):
            opcode = Self.opcode(kind)
            type = program.values[instruction.inputs[0]].dtype
        case .compare(let kind):
            opcode = Self.opcode(kind)
            type = program.values[instruction.inputs[0]].dtype
        case .select:
            opcode = WEFT_OP_SELECT
            type = program.values[instruction.inputs[1]].dtype
        case .call:
            guard case .elementwise(let opcode) = CallKernel(instruction, in: program) else {
                return nil
            }
            self.opcode = opcode
            type = result
        default:
            // Whether something can be fused is decided here alone; what is new stays by itself.
            return nil
        }
    }

    private static func opcode(_ kind: UnaryKind) -> weft_opcode {
        switch kind {
        case .negate: WEFT_OP_NEGATE
        case .abs: WEFT_OP_ABS
        case .sign: WEFT_OP_SIGN
        case .floor: WEFT_OP_FLOOR
        case .ceil: WEFT_OP_CEIL
        case .round: WEFT_OP_ROUND_EVEN
        case .roundAwayFromZero: WEFT_OP_ROUND_AWAY
        case .exp: WEFT_OP_EXP
        case .expMinusOne: WEFT_OP_EXPM1
        case .log: WEFT_OP_LOG
        case .logOnePlus: WEFT_OP_LOG1P
        case .sqrt: WEFT_OP_SQRT
        case .rsqrt: WEFT_OP_RSQRT
        case .cbrt: WEFT_OP_CBRT
        case .reciprocal: WEFT_OP_RECIPROCAL
        case .sin: WEFT_OP_SIN
        case .cos: WEFT_OP_COS
        case .tan: WEFT_OP_TAN
        case .asin: WEFT_OP_ASIN
        case .acos: WEFT_OP_ACOS
        case .atan: WEFT_OP_ATAN
        case .sinh: WEFT_OP_SINH
        case .cosh: WEFT_OP_COSH
        case .tanh: WEFT_OP_TANH
        case .asinh: WEFT_OP_ASINH
        case .acosh: WEFT_OP_ACOSH
        case .atanh: WEFT_OP_ATANH
        case .sigmoid: WEFT_OP_SIGMOID
        case .relu: WEFT_OP_RELU
        case .erf: WEFT_OP_ERF
        case .erfc: WEFT_OP_ERFC
        case .erfInverse: WEFT_OP_ERFINV
        case .lgamma: WEFT_OP_LGAMMA
        case .digamma: WEFT_OP_DIGAMMA
        case .not: WEFT_OP_NOT
        case .populationCount: WEFT_OP_POPCOUNT
        case .countLeadingZeros: WEFT_OP_CLZ
        case .isFinite: WEFT_OP_IS_FINITE
        }
    }

    private static func opcode(_ kind: BinaryKind) -> weft_opcode {
        switch kind {
        case .add: WEFT_OP_ADD
        case .subtract: WEFT_OP_SUB
        case .multiply: WEFT_OP_MUL
        case .divide: WEFT_OP_DIV
        case .remainder: WEFT_OP_REM
        case .floorDivide: WEFT_OP_FLOOR_DIV
        case .floorModulo: WEFT_OP_FLOOR_MOD
        case .maximum: WEFT_OP_MAX
        case .minimum: WEFT_OP_MIN
        case .power: WEFT_OP_POW
        case .atan2: WEFT_OP_ATAN2
        case .and: WEFT_OP_AND
        case .or: WEFT_OP_OR
        case .xor: WEFT_OP_XOR
        case .shiftLeft: WEFT_OP_SHL
        case .shiftRightArithmetic: WEFT_OP_SHR_ARITHMETIC
        case .shiftRightLogical: WEFT_OP_SHR_LOGICAL
        case .polygamma: WEFT_OP_POLYGAMMA
        }
    }

    private static func opcode(_ kind: ComparisonKind) -> weft_opcode {
        switch kind {
        case .equal: WEFT_OP_EQ
        case .notEqual: WEFT_OP_NE
        case .less: WEFT_OP_LT
        case .lessOrEqual: WEFT_OP_LE
        case .greater: WEFT_OP_GT
        case .greaterOrEqual: WEFT_OP_GE
        }
    }

    /// Roughly the nanoseconds an element takes, by the kernels' own table.
    var cost: Double {
        weft_tile_cost(Int32(opcode.rawValue), Int32(type.kernelType.rawValue))
    }
}
