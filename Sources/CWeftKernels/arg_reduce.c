// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

enum { ARG_BLOCK = 256 };

typedef struct arg_reduction {
    int greatest, is_wide;
    int64_t extent, inner;
    const weft_structure_kernels *kernels;
    const void *input;
    void *output;
} arg_reduction;

#define WEFT_TEMPLATE "arg_reduce_type.inc"
#include "structure_each_type.inc"

/// Rows of f32: first the extreme, by vectors, then where it is.
static void arg_reduce_rows_f32(void *context, int64_t begin, int64_t end) {
    const arg_reduction *r = context;
    for (int64_t row = begin; row < end; row++) {
        const float *x = (const float *)r->input + row * r->extent;
        float best = (r->greatest ? r->kernels->max_row : r->kernels->min_row)(x, r->extent);
        int64_t i = 0;
        if (best != best)
            while (x[i] == x[i]) i++;
        else
            while (x[i] != best) i++;
        if (r->is_wide) ((int64_t *)r->output)[row] = i;
        else ((int32_t *)r->output)[row] = (int32_t)i;
    }
}

weft_status weft_arg_reduce(int greatest, weft_dtype dtype, int rank, const int64_t *dims,
                            int axis, const void *input, weft_dtype index_dtype, void *output) {
    static void (*const table[WEFT_DTYPE_COUNT])(void *, int64_t, int64_t) = { WEFT_TABLE(arg_reduce) };
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT || (index_dtype != WEFT_I32 && index_dtype != WEFT_I64))
        return WEFT_UNSUPPORTED;
    int64_t outer = weft_product(axis, dims);
    arg_reduction r = { greatest, index_dtype == WEFT_I64, dims[axis],
                        weft_product(rank - axis - 1, dims + axis + 1), weft_structure_current(),
                        input, output };
    if (outer * r.inner == 0) return WEFT_OK;
    if (r.extent == 0) return WEFT_INDEX_OUT_OF_RANGE;
    if (!r.is_wide && r.extent - 1 > INT32_MAX) return WEFT_UNSUPPORTED;
    int is_row = dtype == WEFT_F32 && r.inner == 1 && r.extent >= 32;
    weft_parallel_for(outer, 1, (double)(r.extent * r.inner) * (is_row ? 0.4 : 1.0) + 10,
                      is_row ? arg_reduce_rows_f32 : table[dtype], &r);
    return WEFT_OK;
}
