// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TILE_KERNELS_H
#define WEFT_TILE_KERNELS_H

#include "weft_tile.h"

/// One instruction over `n` elements. `dst` may be the same address as an operand whose elements
/// have the same size, and overlaps nothing else. Conditions to report are or-ed into `flags`.
typedef void (*weft_tile_fn)(void *dst, const void *a, const void *b, const void *c, int64_t n,
                             uint32_t *flags);

enum { WEFT_FLAG_DIVISION_BY_ZERO = 1 };

/// Pairs of f32 instructions in one pass, each rounding as it would alone: what lies between them
/// need not be stored and loaded. `t` is the first one's result, `c` the other operand.
enum { WEFT_FIRST_ADD, WEFT_FIRST_SUB, WEFT_FIRST_MUL, WEFT_FIRST_COUNT };
enum {
    WEFT_SECOND_ADD, WEFT_SECOND_MUL, WEFT_SECOND_RELU,
    WEFT_SECOND_SUB,          // t - c
    WEFT_SECOND_SUB_SWAPPED,  // c - t
    WEFT_SECOND_EXP,          // only after an operation with a uniform operand
    WEFT_SECOND_MUL_UNIFORM,  // likewise, c being uniform too
    WEFT_SECOND_COUNT
};

/// Chains of f32 instructions in one pass, each rounding as it would alone: operands `a` and `b`, and
/// in `c` up to two floats that are the same for all elements.
enum {
    WEFT_COMPOSITE_NONE,
    WEFT_COMPOSITE_SIGMOID_TANH,  // sigmoid(a) tanh(b)
    WEFT_COMPOSITE_SIGMOID_MUL,   // sigmoid(a) b
    WEFT_COMPOSITE_SELECT_ABOVE,  // a > c0 ? b : c1
    WEFT_COMPOSITE_COUNT
};

/// Instructions of f32 one of whose operands is uniform: one element for the whole call, `b`.
enum {
    WEFT_UNIFORM_ADD, WEFT_UNIFORM_SUB, WEFT_UNIFORM_SUB_SWAPPED,  // a + b, a - b, b - a
    WEFT_UNIFORM_MUL, WEFT_UNIFORM_DIV, WEFT_UNIFORM_DIV_SWAPPED,  // a * b, a / b, b / a
    WEFT_UNIFORM_COUNT
};

/// The kernels of one instruction set. In registers f16 and bf16 are f32 values that are already
/// rounded, so `operation` and `cast` have no entries of their own for them.
typedef struct weft_tile_kernels {
    weft_tile_fn operation[WEFT_OPCODE_COUNT][WEFT_DTYPE_COUNT];
    weft_tile_fn cast[WEFT_DTYPE_COUNT][WEFT_DTYPE_COUNT];  // [from][to]
    weft_tile_fn pair[WEFT_FIRST_COUNT][WEFT_SECOND_COUNT];
    weft_tile_fn uniform[WEFT_UNIFORM_COUNT];
    weft_tile_fn uniform_pair[WEFT_FIRST_COUNT][WEFT_SECOND_COUNT];  // `b` is uniform
    weft_tile_fn composite[WEFT_COMPOSITE_COUNT];
    weft_tile_fn load_f16, load_bf16;                       // 16 bits in memory -> f32
    weft_tile_fn store_f16, store_bf16;                     // f32 -> 16 bits in memory
    weft_tile_fn round_f16, round_bf16;                     // f32 -> f32 of that precision
    weft_tile_fn fill[4];                                   // d[i] = a[0], by the size's logarithm
} weft_tile_kernels;

extern const weft_tile_kernels weft_tile_kernels_baseline;
#if defined(__x86_64__)
extern const weft_tile_kernels weft_tile_kernels_avx2;
extern const weft_tile_kernels weft_tile_kernels_avx512;
#endif

/// What is not worth vectorising, or calls the C library: the same code for every instruction set.
extern const weft_tile_fn weft_tile_scalar_operation[WEFT_OPCODE_COUNT][WEFT_DTYPE_COUNT];

#define WEFT_ISA_COUNT 3

#endif
