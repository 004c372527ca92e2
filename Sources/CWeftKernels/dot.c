// SPDX-License-Identifier: Apache-2.0
// Matrix products for the types that the vendor's library does not take.
#include "structure_private.h"

/// What is summed in: by the type of the results.
typedef enum accumulator { IN_U32, IN_U64, IN_F32, IN_F64 } accumulator;

static accumulator accumulator_of(weft_dtype dtype) {
    switch (dtype) {
    case WEFT_I64: case WEFT_U64: return IN_U64;
    case WEFT_F16: case WEFT_BF16: case WEFT_F32: return IN_F32;
    case WEFT_F64: return IN_F64;
    default: return IN_U32;
    }
}

// A unit is a tile of WEFT_DOT_M x WEFT_DOT_N results. Its operands are packed, WEFT_DOT_K of the
// inner axis at a time, into the type that is accumulated in; packing makes all transpositions and
// small types alike.
typedef struct product {
    weft_dtype lhs_dtype, rhs_dtype, dtype;
    accumulator wide;
    int64_t m, n, k, m_tiles, n_tiles;
    int64_t lhs_row, lhs_inner, rhs_inner, rhs_column;  // strides, in elements
    int64_t lhs_size, rhs_size, size;  // of an element
    const char *lhs, *rhs;
    char *output;
    void (*kernel)(int64_t n, int64_t k, const void *lhs, const void *rhs, void *out);
    int failed;
} product;

// to[i * to_outer + j * to_inner] = from[i * from_outer + j * from_inner]
#define WEFT_PACK(T, A, convert)                                                           \
    do {                                                                                   \
        const T *x = from;                                                                 \
        A *y = to;                                                                         \
        for (int64_t i = 0; i < outer; i++)                                                \
            for (int64_t j = 0; j < inner; j++)                                            \
                y[i * to_outer + j * to_inner] = (A)convert(x[i * from_outer + j * from_inner]); \
    } while (0)

#define WEFT_PACK_INTEGERS(A)                                                              \
    case WEFT_BOOL: case WEFT_U8: WEFT_PACK(uint8_t, A, ); break;                          \
    case WEFT_I8: WEFT_PACK(int8_t, A, ); break;                                           \
    case WEFT_I16: WEFT_PACK(int16_t, A, ); break;                                         \
    case WEFT_U16: WEFT_PACK(uint16_t, A, ); break;                                        \
    case WEFT_I32: WEFT_PACK(int32_t, A, ); break;                                         \
    case WEFT_U32: WEFT_PACK(uint32_t, A, ); break;                                        \
    case WEFT_I64: case WEFT_U64: WEFT_PACK(uint64_t, A, ); break

#define WEFT_PACK_FLOATS(A)                                                                \
    case WEFT_F16: WEFT_PACK(uint16_t, A, weft_half_to_float); break;                      \
    case WEFT_BF16: WEFT_PACK(uint16_t, A, weft_bfloat_to_float); break;                   \
    case WEFT_F32: WEFT_PACK(float, A, ); break;                                           \
    case WEFT_F64: WEFT_PACK(double, A, ); break

/// Integers are extended as their own type has it: then the low bits of sums are those of any type.
static void pack(weft_dtype dtype, accumulator wide, int64_t outer, int64_t inner, const void *from,
                 int64_t from_outer, int64_t from_inner, void *to, int64_t to_outer, int64_t to_inner) {
    switch (wide) {
    case IN_U32: switch (dtype) { WEFT_PACK_INTEGERS(uint32_t); default: break; } break;
    case IN_U64: switch (dtype) { WEFT_PACK_INTEGERS(uint64_t); default: break; } break;
    case IN_F32: switch (dtype) { WEFT_PACK_FLOATS(float); default: break; } break;
    case IN_F64: switch (dtype) { WEFT_PACK_FLOATS(double); default: break; } break;
    }
}

static uint8_t is_nonzero(uint32_t count) { return count != 0; }

static void unpack(weft_dtype dtype, int64_t outer, int64_t inner, const void *from,
                   int64_t from_outer, void *to, int64_t to_outer) {
    const int64_t from_inner = 1, to_inner = 1;
    switch (dtype) {
    case WEFT_BOOL: WEFT_PACK(uint32_t, uint8_t, is_nonzero); break;
    case WEFT_I8: case WEFT_U8: WEFT_PACK(uint32_t, uint8_t, ); break;
    case WEFT_I16: case WEFT_U16: WEFT_PACK(uint32_t, uint16_t, ); break;
    case WEFT_I32: case WEFT_U32: WEFT_PACK(uint32_t, uint32_t, ); break;
    case WEFT_F16: WEFT_PACK(float, uint16_t, weft_double_to_half); break;
    case WEFT_BF16: WEFT_PACK(float, uint16_t, weft_double_to_bfloat); break;
    case WEFT_F32: WEFT_PACK(float, float, ); break;
    default: WEFT_PACK(uint64_t, uint64_t, ); break;
    }
}

static void product_tiles(void *context, int64_t begin, int64_t end) {
    product *p = context;
    int64_t wide = p->wide == IN_U64 || p->wide == IN_F64 ? 8 : 4;
    // Small products need little memory; nothing is larger than the tile.
    int64_t most_rows = (WEFT_MIN(p->m, WEFT_DOT_M) + WEFT_DOT_ROWS - 1) / WEFT_DOT_ROWS * WEFT_DOT_ROWS;
    int64_t most_depth = WEFT_MIN(p->k, WEFT_DOT_K);
    int64_t lhs_bytes = most_rows * most_depth * wide, rhs_bytes = most_depth * WEFT_DOT_N * wide;
    int64_t out_bytes = most_rows * WEFT_DOT_N * wide;
    char *scratch = weft_scratch_take(lhs_bytes + rhs_bytes + out_bytes);
    if (!scratch) {
        __atomic_store_n(&p->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    char *lhs = scratch, *rhs = lhs + lhs_bytes, *out = rhs + rhs_bytes;
    // Edges of the tiles are padded with whatever is here; it must not be a trap.
    memset(scratch, 0, (size_t)(lhs_bytes + rhs_bytes));
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t column = unit % p->n_tiles * WEFT_DOT_N, rest = unit / p->n_tiles;
        int64_t row = rest % p->m_tiles * WEFT_DOT_M, batch = rest / p->m_tiles;
        int64_t rows = WEFT_MIN(p->m - row, WEFT_DOT_M), columns = WEFT_MIN(p->n - column, WEFT_DOT_N);
        const char *a = p->lhs + (batch * p->m * p->k + row * p->lhs_row) * p->lhs_size;
        const char *b = p->rhs + (batch * p->k * p->n + column * p->rhs_column) * p->rhs_size;
        memset(out, 0, (size_t)out_bytes);
        for (int64_t k = 0; k < p->k; k += WEFT_DOT_K) {
            int64_t depth = WEFT_MIN(p->k - k, WEFT_DOT_K);
            pack(p->rhs_dtype, p->wide, depth, columns, b + k * p->rhs_inner * p->rhs_size,
                 p->rhs_inner, p->rhs_column, rhs, WEFT_DOT_N, 1);
            for (int64_t i = 0; i < rows; i += WEFT_DOT_ROWS) {
                char *panel = lhs + i * most_depth * wide;
                pack(p->lhs_dtype, p->wide, depth, WEFT_MIN(rows - i, WEFT_DOT_ROWS),
                     a + (i * p->lhs_row + k * p->lhs_inner) * p->lhs_size, p->lhs_inner,
                     p->lhs_row, panel, WEFT_DOT_ROWS, 1);
                p->kernel(columns, depth, panel, rhs, out + i * WEFT_DOT_N * wide);
            }
        }
        unpack(p->dtype, rows, columns, out, WEFT_DOT_N,
               p->output + ((batch * p->m + row) * p->n + column) * p->size, p->n);
    }
    weft_scratch_give(scratch);
}

/// Whether sums of such elements are computed in that.
static int is_packed(weft_dtype dtype, accumulator wide) {
    int is_float = dtype >= WEFT_F16 && dtype <= WEFT_F64;
    return (unsigned)dtype < WEFT_DTYPE_COUNT && is_float == (wide == IN_F32 || wide == IN_F64)
        && weft_dtype_size(dtype) <= (wide == IN_U64 || wide == IN_F64 ? 8 : 4);
}

weft_status weft_dot(weft_dtype lhs_dtype, weft_dtype rhs_dtype, weft_dtype dtype,
                     int64_t batch, int64_t m, int64_t n, int64_t k,
                     int transpose_lhs, int transpose_rhs,
                     const void *lhs, const void *rhs, void *output) {
    const weft_structure_kernels *kernels = weft_structure_current();
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT) return WEFT_UNSUPPORTED;
    accumulator wide = accumulator_of(dtype);
    if (!is_packed(lhs_dtype, wide) || !is_packed(rhs_dtype, wide)) return WEFT_UNSUPPORTED;
    if (batch * m * n == 0) return WEFT_OK;
    product p = {
        .lhs_dtype = lhs_dtype, .rhs_dtype = rhs_dtype, .dtype = dtype, .wide = wide,
        .m = m, .n = n, .k = k,
        .m_tiles = (m + WEFT_DOT_M - 1) / WEFT_DOT_M, .n_tiles = (n + WEFT_DOT_N - 1) / WEFT_DOT_N,
        .lhs_row = transpose_lhs ? 1 : k, .lhs_inner = transpose_lhs ? m : 1,
        .rhs_inner = transpose_rhs ? 1 : n, .rhs_column = transpose_rhs ? k : 1,
        .lhs_size = weft_dtype_size(lhs_dtype), .rhs_size = weft_dtype_size(rhs_dtype),
        .size = weft_dtype_size(dtype), .lhs = lhs, .rhs = rhs, .output = output,
        .kernel = wide == IN_F64 ? kernels->dot_f64 : wide == IN_U64 ? kernels->dot_u64
            : wide == IN_F32 ? kernels->dot_f32 : kernels->dot_u32
    };
    double cost = (double)(WEFT_MIN(m, WEFT_DOT_M) * WEFT_MIN(n, WEFT_DOT_N) * k) * 0.06 + 2000;
    weft_parallel_for(batch * p.m_tiles * p.n_tiles, 1, cost, product_tiles, &p);
    return p.failed ? WEFT_OUT_OF_MEMORY : WEFT_OK;
}
