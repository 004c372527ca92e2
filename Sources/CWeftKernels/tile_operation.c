// SPDX-License-Identifier: Apache-2.0
// What is known of the operations of tile programs.
#include "tile_lower.h"

int weft_tile_supports(int opcode, int type) {
    if (opcode < 0 || opcode >= WEFT_OPCODE_COUNT || type < 0 || type >= WEFT_DTYPE_COUNT) return 0;
    if (opcode == WEFT_OP_CAST) return 1;
    return weft_tile_find(&weft_tile_kernels_baseline, weft_table_opcode(opcode), weft_register_type(type))
        != NULL;
}

double weft_tile_cost(int opcode, int type) {
    // Of f32 with wide vectors.
    static const float special[WEFT_OPCODE_COUNT] = {
        [WEFT_OP_SQRT] = 0.2f, [WEFT_OP_RSQRT] = 0.3f, [WEFT_OP_RECIPROCAL] = 0.2f,
        [WEFT_OP_DIV] = 0.2f, [WEFT_OP_FLOOR_DIV] = 0.2f,
        [WEFT_OP_EXP] = 0.3f, [WEFT_OP_EXPM1] = 0.4f, [WEFT_OP_LOG] = 0.45f,
        [WEFT_OP_LOG1P] = 0.7f, [WEFT_OP_TANH] = 0.25f, [WEFT_OP_SIGMOID] = 0.25f,
        [WEFT_OP_ERF] = 0.3f, [WEFT_OP_ERFC] = 0.55f,
        [WEFT_OP_GELU_TANH] = 0.4f, [WEFT_OP_GELU_ERF] = 0.4f, [WEFT_OP_SIN] = 0.6f, [WEFT_OP_COS] = 0.6f,
        [WEFT_OP_CBRT] = 15, [WEFT_OP_TAN] = 15, [WEFT_OP_ASIN] = 10, [WEFT_OP_ACOS] = 10,
        [WEFT_OP_ATAN] = 10, [WEFT_OP_SINH] = 12, [WEFT_OP_COSH] = 10, [WEFT_OP_ASINH] = 15,
        [WEFT_OP_ACOSH] = 12, [WEFT_OP_ATANH] = 12, [WEFT_OP_ERFINV] = 60,
        [WEFT_OP_LGAMMA] = 25, [WEFT_OP_DIGAMMA] = 40, [WEFT_OP_POLYGAMMA] = 400,
        [WEFT_OP_REM] = 8, [WEFT_OP_FLOOR_MOD] = 8, [WEFT_OP_POW] = 6, [WEFT_OP_ATAN2] = 20,
    };
    double cost = special[opcode] > 0 ? special[opcode] : 0.05;
    if (type == WEFT_F64) {
        int library = opcode == WEFT_OP_TANH || opcode == WEFT_OP_ERF || opcode == WEFT_OP_SIN
            || opcode == WEFT_OP_COS || opcode == WEFT_OP_EXPM1 || opcode == WEFT_OP_LOG1P
            || opcode == WEFT_OP_ERFC;
        return library ? 10 : 2 * cost;
    }
    int integer = type < WEFT_F16;
    if (integer && (opcode == WEFT_OP_DIV || opcode == WEFT_OP_FLOOR_DIV || opcode == WEFT_OP_REM
                    || opcode == WEFT_OP_FLOOR_MOD))
        return 2;
    return weft_is_half(type) ? cost + 0.1 : cost * weft_memory_size(type) / 4;
}
