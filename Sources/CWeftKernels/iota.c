// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

typedef struct iota {
    int64_t extent, inner;
    void *output;
} iota;

// Unsigned wrapping is that of a conversion to any integer type of the width.
#define WEFT_IOTA(name, T, convert)                                              \
    static void name(void *context, int64_t begin, int64_t end) {                \
        const iota *c = context;                                                 \
        T *y = c->output;                                                        \
        if (c->inner == 1) {                                                     \
            for (int64_t row = begin; row < end; row++)                          \
                for (int64_t i = 0; i < c->extent; i++)                          \
                    y[row * c->extent + i] = (T)convert(i);                      \
            return;                                                              \
        }                                                                        \
        for (int64_t row = begin; row < end; row++)                              \
            for (int64_t i = 0; i < c->extent; i++) {                            \
                T value = (T)convert(i), *run = y + (row * c->extent + i) * c->inner; \
                for (int64_t j = 0; j < c->inner; j++) run[j] = value;           \
            }                                                                    \
    }

WEFT_IOTA(iota_8, uint8_t, )
WEFT_IOTA(iota_16, uint16_t, )
WEFT_IOTA(iota_32, uint32_t, )
WEFT_IOTA(iota_64, uint64_t, )
WEFT_IOTA(iota_f16, uint16_t, weft_double_to_half)
WEFT_IOTA(iota_bf16, uint16_t, weft_double_to_bfloat)
WEFT_IOTA(iota_f32, float, )
WEFT_IOTA(iota_f64, double, )

weft_status weft_iota(weft_dtype dtype, int rank, const int64_t *dims, int axis, void *output) {
    static void (*const table[WEFT_DTYPE_COUNT])(void *, int64_t, int64_t) = {
        NULL, iota_8, iota_16, iota_32, iota_64, iota_8, iota_16, iota_32, iota_64,
        iota_f16, iota_bf16, iota_f32, iota_f64
    };
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT || !table[dtype]) return WEFT_UNSUPPORTED;
    if (weft_product(rank, dims) == 0) return WEFT_OK;
    iota c = { dims[axis], weft_product(rank - axis - 1, dims + axis + 1), output };
    weft_parallel_for(weft_product(axis, dims), 1, (double)(c.extent * c.inner) * 0.3, table[dtype], &c);
    return WEFT_OK;
}
