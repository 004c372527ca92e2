// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_STRUCTURE_PRIVATE_H
#define WEFT_STRUCTURE_PRIVATE_H

#include "weft_scratch.h"
#include "weft_structure.h"
#include "weft_team.h"
#include "weft_tile.h"

#include <stdlib.h>
#include <string.h>

// A contracted a * b + c would make results depend on the instruction set.
#pragma STDC FP_CONTRACT OFF

#define WEFT_MIN(a, b) ((a) < (b) ? (a) : (b))
#define WEFT_MAX(a, b) ((a) > (b) ? (a) : (b))

static inline int64_t weft_product(int rank, const int64_t *dims) {
    int64_t product = 1;
    for (int i = 0; i < rank; i++) product *= dims[i];
    return product;
}

/// Row-major strides, in elements.
static inline void weft_row_major(int rank, const int64_t *dims, int64_t *strides) {
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
}

// MARK: Small floats

static inline float weft_bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline float weft_half_to_float(uint16_t half) {
    uint32_t magnitude = half & 0x7fff, sign = (uint32_t)(half & 0x8000) << 16;
    // Both are computed, so that loops vectorise.
    float subnormal = (float)(int32_t)magnitude * 0x1p-24f;
    uint32_t subnormal_bits;
    memcpy(&subnormal_bits, &subnormal, 4);
    uint32_t bits = (magnitude << 13) + (112u << 23) + (magnitude >= 0x7c00 ? 112u << 23 : 0);
    return weft_bits_to_float(sign | (magnitude < 0x400 ? subnormal_bits : bits));
}

static inline float weft_bfloat_to_float(uint16_t bfloat) {
    return weft_bits_to_float((uint32_t)bfloat << 16);
}

/// Rounds a double once, to nearest even, to a 16-bit float of `mantissa` explicit bits whose
/// least normal is 2^-(bias - 1).
static inline uint16_t weft_double_to_small(double value, int mantissa, int bias) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
    uint16_t infinity = (uint16_t)(0x7fff >> mantissa << mantissa);
    bits &= INT64_MAX;
    if (bits > (uint64_t)0x7ff << 52)
        return (uint16_t)(sign | infinity | 1u << (mantissa - 1));
    int shift = 52 - mantissa;
    if (bits < (uint64_t)(1023 - bias + 1) << 52) {
        // Subnormal: adding 2^52 rounds to a whole number of least steps.
        double scale = weft_bits_to_float((uint32_t)(127 + mantissa + 1) << 23), magnitude;
        memcpy(&magnitude, &bits, 8);
        magnitude *= scale;
        for (int rest = bias - 2; rest > 0; rest -= 64) magnitude *= rest >= 64 ? 0x1p64 : (double)((uint64_t)1 << rest);
        return (uint16_t)(sign | (uint16_t)(magnitude + 0x1p52 - 0x1p52));
    }
    bits += ((uint64_t)1 << (shift - 1)) - 1 + (bits >> shift & 1);
    uint64_t small = (bits >> shift) - ((uint64_t)(1023 - bias) << mantissa);
    return (uint16_t)(sign | (small >= infinity ? infinity : small));
}

static inline uint16_t weft_double_to_half(double value) {
    return weft_double_to_small(value, 10, 15);
}

static inline uint16_t weft_double_to_bfloat(double value) {
    return weft_double_to_small(value, 7, 127);
}

// MARK: Shared pieces

/// How accumulators (doubles for floats, the type itself for integers) are handled for one type.
typedef struct weft_reducer {
    int64_t size, accumulator_size;
    void (*clear)(weft_reduction kind, int64_t count, void *accumulators);
    /// accumulators[0] gains the `count` neighbours at `input`.
    void (*row)(weft_reduction kind, const void *input, int64_t count, void *accumulators);
    /// accumulators[j] gains input[i * stride + j] for i < rows, j < width.
    void (*columns)(weft_reduction kind, const void *input, int64_t rows, int64_t stride,
                    int64_t width, void *accumulators);
    void (*combine)(weft_reduction kind, const void *others, int64_t count, void *accumulators);
    void (*store)(const void *accumulators, int64_t count, void *output);
    /// output[i] is what the `count` neighbours at input[i * count] reduce to, for i < rows.
    void (*rows)(weft_reduction kind, const void *input, int64_t rows, int64_t count, void *output);
} weft_reducer;

/// NULL where `kind` does not exist for `dtype`.
const weft_reducer *weft_reducer_for(weft_reduction kind, weft_dtype dtype);

/// The widest piece that `columns` is called with, for accumulators on the stack.
#define WEFT_COLUMN_BLOCK 1024

/// Copies elements between two strided arrays (strides in elements, any sign), in parallel.
void weft_strided_copy(int64_t size, int rank, const int64_t *dims,
                       const int64_t *input_strides, const int64_t *output_strides,
                       const void *input, void *output);

/// Copies `rows` rows of `bytes` bytes; strides in bytes. In parallel.
void weft_copy_rows(int64_t rows, int64_t bytes, int64_t input_stride, int64_t output_stride,
                    const void *input, void *output);

/// A window over [outer.., height, width, channels], the commonest case, in f32.
typedef struct weft_pool {
    int64_t height, width, channels, out_height, out_width;
    int64_t window[2], strides[2], low[2], dilations[2];
} weft_pool;

/// Block sizes of the matrix product.
enum { WEFT_DOT_M = 64, WEFT_DOT_N = 128, WEFT_DOT_K = 256, WEFT_DOT_ROWS = 4 };

/// Hot kernels, compiled once for each instruction set.
typedef struct weft_structure_kernels {
    double (*sum_row)(const float *input, int64_t count);
    float (*max_row)(const float *input, int64_t count);
    float (*min_row)(const float *input, int64_t count);
    void (*sum_columns)(const float *input, int64_t rows, int64_t stride, int64_t width, double *sums);
    void (*max_columns)(const float *input, int64_t rows, int64_t stride, int64_t width, float *results);
    void (*min_columns)(const float *input, int64_t rows, int64_t stride, int64_t width, float *results);
    /// Output rows begin ..< end of all images, one after another.
    void (*pool)(const weft_pool *pool, weft_reduction kind, int64_t begin, int64_t end,
                 const float *input, float *output);
    /// Input rows begin ..< end of all images.
    void (*pool_sum_gradient)(const weft_pool *pool, int64_t begin, int64_t end,
                              const float *output_gradient, float *input_gradient);
    /// Images begin ..< end; the gradient has been cleared.
    void (*pool_max_gradient)(const weft_pool *pool, int64_t begin, int64_t end, const float *input,
                              const float *output_gradient, float *input_gradient);
    void (*pool_max_pick)(const weft_pool *pool, int64_t begin, int64_t end, const float *input,
                          const float *values, float *output);
    /// out[WEFT_DOT_ROWS][WEFT_DOT_N] += lhs[k][WEFT_DOT_ROWS] x rhs[k][WEFT_DOT_N], the first
    /// `n` columns at least.
    void (*dot_f32)(int64_t n, int64_t k, const void *lhs, const void *rhs, void *out);
    void (*dot_f64)(int64_t n, int64_t k, const void *lhs, const void *rhs, void *out);
    void (*dot_u32)(int64_t n, int64_t k, const void *lhs, const void *rhs, void *out);
    void (*dot_u64)(int64_t n, int64_t k, const void *lhs, const void *rhs, void *out);
    void (*philox)(uint32_t key0, uint32_t key1, uint64_t first_block, uint32_t c2, uint32_t c3,
                   int64_t blocks, uint32_t *output);
    void (*adam)(int64_t count, const weft_adam_rates *rates, const float *gradient, const float *x,
                 const float *m, const float *v, float *x_out, float *m_out, float *v_out);
} weft_structure_kernels;

extern const weft_structure_kernels weft_structure_baseline;
#if defined(__x86_64__)
extern const weft_structure_kernels weft_structure_avx2, weft_structure_avx512;
#endif

static inline const weft_structure_kernels *weft_structure_current(void) {
#if defined(__x86_64__)
    switch (weft_isa_current()) {
    case WEFT_ISA_AVX512: return &weft_structure_avx512;
    case WEFT_ISA_AVX2: return &weft_structure_avx2;
    case WEFT_ISA_BASELINE: break;
    }
#endif
    return &weft_structure_baseline;
}

#endif
