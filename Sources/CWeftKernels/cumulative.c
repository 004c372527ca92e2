// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

enum { CUMULATIVE_BLOCK = 256 };

typedef struct cumulation {
    weft_reduction kind;
    int exclusive, reverse;
    int64_t extent, inner, blocks;
    const void *input;
    void *output;
} cumulation;

#define WEFT_TEMPLATE "cumulative_type.inc"
#include "structure_each_type.inc"

weft_status weft_cumulative(weft_reduction kind, weft_dtype dtype, int rank, const int64_t *dims,
                            int axis, int exclusive, int reverse, const void *input, void *output) {
    static void (*const table[WEFT_DTYPE_COUNT])(void *, int64_t, int64_t) = { WEFT_TABLE(cumulative) };
    if (!weft_reducer_for(kind, dtype) || kind == WEFT_REDUCE_AND || kind == WEFT_REDUCE_OR)
        return WEFT_UNSUPPORTED;
    if (weft_product(rank, dims) == 0) return WEFT_OK;
    cumulation c = { .kind = kind, .exclusive = exclusive, .reverse = reverse, .extent = dims[axis],
                     .inner = weft_product(rank - axis - 1, dims + axis + 1),
                     .input = input, .output = output };
    c.blocks = (c.inner + CUMULATIVE_BLOCK - 1) / CUMULATIVE_BLOCK;
    weft_parallel_for(weft_product(axis, dims) * c.blocks, 1,
                      (double)(c.extent * WEFT_MIN(c.inner, CUMULATIVE_BLOCK)) + 10, table[dtype], &c);
    return WEFT_OK;
}
