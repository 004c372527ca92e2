// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TILE_H
#define WEFT_TILE_H

#include "weft_types.h"

/// Operations of tile programs. Every opcode names one elementwise function; the type
/// it computes in stands in the instruction.
typedef enum weft_opcode {
    // Unary.
    WEFT_OP_COPY = 0,
    WEFT_OP_NEGATE, WEFT_OP_ABS, WEFT_OP_SIGN, WEFT_OP_FLOOR, WEFT_OP_CEIL,
    WEFT_OP_ROUND_EVEN, WEFT_OP_ROUND_AWAY, WEFT_OP_EXP, WEFT_OP_EXPM1, WEFT_OP_LOG,
    WEFT_OP_LOG1P, WEFT_OP_SQRT, WEFT_OP_RSQRT, WEFT_OP_CBRT, WEFT_OP_RECIPROCAL,
    WEFT_OP_SIN, WEFT_OP_COS, WEFT_OP_TAN, WEFT_OP_ASIN, WEFT_OP_ACOS, WEFT_OP_ATAN,
    WEFT_OP_SINH, WEFT_OP_COSH, WEFT_OP_TANH, WEFT_OP_ASINH, WEFT_OP_ACOSH, WEFT_OP_ATANH,
    WEFT_OP_SIGMOID, WEFT_OP_RELU, WEFT_OP_ERF, WEFT_OP_ERFC, WEFT_OP_ERFINV,
    WEFT_OP_LGAMMA, WEFT_OP_DIGAMMA,
    WEFT_OP_GELU_TANH,     // f32 only: (x 0.5) (tanh((x + x x x 0.044715) 0.79788456) + 1)
    WEFT_OP_GELU_ERF,      // f32 only: (x 0.5) (erf(x 0.70710678) + 1)
    WEFT_OP_NOT,           // bool: logical; integers: bitwise
    WEFT_OP_POPCOUNT, WEFT_OP_CLZ,
    WEFT_OP_IS_FINITE,     // result register is bool
    WEFT_OP_CAST,          // from `type` to `to_type`
    // Binary.
    WEFT_OP_ADD, WEFT_OP_SUB, WEFT_OP_MUL, WEFT_OP_DIV, WEFT_OP_REM,
    WEFT_OP_FLOOR_DIV, WEFT_OP_FLOOR_MOD, WEFT_OP_MAX, WEFT_OP_MIN, WEFT_OP_POW,
    WEFT_OP_ATAN2, WEFT_OP_AND, WEFT_OP_OR, WEFT_OP_XOR,
    WEFT_OP_SHL, WEFT_OP_SHR_ARITHMETIC, WEFT_OP_SHR_LOGICAL, WEFT_OP_POLYGAMMA,
    // Comparisons: operands of `type`, result bool.
    WEFT_OP_EQ, WEFT_OP_NE, WEFT_OP_LT, WEFT_OP_LE, WEFT_OP_GT, WEFT_OP_GE,
    // Ternary: a is bool, b and c (and the result) are of `type`: a ? b : c.
    WEFT_OP_SELECT,
    WEFT_OPCODE_COUNT
} weft_opcode;

/// One instruction. Operands and destination are value numbers: 0 ..< input_count are the
/// inputs, input_count + k is the result of instruction k.
typedef struct weft_instruction {
    uint16_t opcode;
    uint8_t type;      // weft_dtype that the operation computes in
    uint8_t to_type;   // CAST only
    uint16_t a, b, c;  // value numbers; unused ones are 0
} weft_instruction;

/// How an input is read: for iteration index (i0, ..., ik) its element is at
/// first + sum(i * strides[i]) elements from the pointer given at run time. Stride 0 broadcasts.
typedef struct weft_tile_input {
    uint8_t dtype;
    int64_t first;
    int64_t strides[WEFT_MAX_RANK];
} weft_tile_input;

typedef struct weft_tile_program weft_tile_program;

/// Compiles a program over the iteration space `dims`; outputs are contiguous in it.
/// `outputs[k]` is the value number written to output k. Returns NULL when an operation does not
/// exist for its type or memory is short. Everything given is copied.
weft_tile_program *weft_tile_create(
    int rank, const int64_t *dims,
    int input_count, const weft_tile_input *inputs,
    int instruction_count, const weft_instruction *instructions,
    int output_count, const uint16_t *outputs);

void weft_tile_destroy(weft_tile_program *program);

/// Runs the program; may be called from many threads at once. An output may be the very buffer
/// of an input that is read contiguously (in-place) and has elements of the same size.
weft_status weft_tile_run(const weft_tile_program *program,
                          const void *const *inputs, void *const *outputs);

/// The part of the iteration from element `begin` to `end`, by the calling thread alone. Arrays are
/// given by where their first element lies or, if only that part exists, would lie. No output is
/// an input.
weft_status weft_tile_run_range(const weft_tile_program *program, const void *const *inputs,
                                void *const *outputs, int64_t begin, int64_t end);

/// Passes over a tile: kernel calls, several instructions sharing one where a chain of them is known.
int weft_tile_pass_count(const weft_tile_program *program);

/// Whether `opcode` exists for `type`.
int weft_tile_supports(int opcode, int type);

/// The nanoseconds that an element of an operation is estimated to take: the one table of costs,
/// which decides what is divided among threads and what is cheap enough to be computed again.
double weft_tile_cost(int opcode, int type);

/// The instruction sets that kernels are compiled for; the best one the machine has is in use.
typedef enum weft_isa { WEFT_ISA_BASELINE = 0, WEFT_ISA_AVX2, WEFT_ISA_AVX512 } weft_isa;
weft_isa weft_isa_best(void);
weft_isa weft_isa_current(void);
/// For tests: restricts the instruction set used from now on; refused (returns 0) if the machine lacks it.
int weft_isa_select(weft_isa isa);
const char *weft_isa_name(weft_isa isa);

#endif
