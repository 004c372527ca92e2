// SPDX-License-Identifier: Apache-2.0
// The vectorised kernels, compiled once per instruction set: the includer sets the target
// attributes, WEFT_VECTOR_BYTES and the name of the table.
//
// Loops are plain C that the compiler vectorises. `assume_safety` tells it that iterations are
// independent, which is true although `dst` may be an operand: element i depends on elements i.

#include "tile_kernels.h"

#pragma STDC FP_CONTRACT OFF
// Without optimisation (or with sanitizers) loops stay scalar, which is no reason to warn.
#pragma clang diagnostic ignored "-Wpass-failed"

#include "math_bits.h"
#include "math_f32.h"
#include "math_f64.h"

// Elements a vector by the size of an element.
#if WEFT_VECTOR_BYTES == 64
#define WEFT_W1 64
#define WEFT_W2 32
#define WEFT_W4 16
#define WEFT_W8 8
#elif WEFT_VECTOR_BYTES == 32
#define WEFT_W1 32
#define WEFT_W2 16
#define WEFT_W4 8
#define WEFT_W8 4
#else
#define WEFT_W1 16
#define WEFT_W2 8
#define WEFT_W4 4
#define WEFT_W8 2
#endif

#define WEFT_PRAGMA(x) _Pragma(#x)
#define WEFT_VECTORIZE_(width, count) \
    WEFT_PRAGMA(clang loop vectorize(assume_safety) vectorize_width(width) interleave_count(count))
#define WEFT_VECTORIZE(width, count) WEFT_VECTORIZE_(width, count)
// Where the compiler knows best whether vectors pay (conversions the machine may lack).
#define WEFT_VECTORIZE_AUTO WEFT_PRAGMA(clang loop vectorize(assume_safety))

#define WEFT_KERNEL(name)                                                                          \
    static void name(void *restrict_dst, const void *pa, const void *pb, const void *pc,           \
                     int64_t n, uint32_t *flags)
#define WEFT_KERNEL_BEGIN(R) \
    R *d = (R *)restrict_dst; (void)pa; (void)pb; (void)pc; (void)flags

// R: result, T: operands. `x`, `y` are the elements in `expression`.
#define WEFT_UNARY(name, R, T, width, expression)                                                  \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(R);                                                                      \
        const T *a = (const T *)pa;                                                                \
        WEFT_VECTORIZE(width, 2)                                                                   \
        for (int64_t i = 0; i < n; i++) { T x = a[i]; d[i] = (R)(expression); }                    \
    }
#define WEFT_FILL(name, T, width)                                                                  \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(T);                                                                      \
        T x = *(const T *)pa;                                                                      \
        WEFT_VECTORIZE(width, 2)                                                                   \
        for (int64_t i = 0; i < n; i++) d[i] = x;                                                  \
    }
#define WEFT_BINARY(name, R, T, width, expression)                                                 \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(R);                                                                      \
        const T *a = (const T *)pa, *b = (const T *)pb;                                            \
        WEFT_VECTORIZE(width, 2)                                                                   \
        for (int64_t i = 0; i < n; i++) { T x = a[i], y = b[i]; d[i] = (R)(expression); }          \
    }
#define WEFT_CONVERT(name, R, T, expression)                                                       \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(R);                                                                      \
        const T *a = (const T *)pa;                                                                \
        WEFT_VECTORIZE_AUTO                                                                        \
        for (int64_t i = 0; i < n; i++) { T x = a[i]; d[i] = (R)(expression); }                    \
    }
// For long expressions: what is left over is padded to whole vectors, since a scalar remainder
// would cost as much as hundreds of elements. Two vectors at a time hide latencies.
#define WEFT_UNARY_LONG(name, T, width, function)                                                  \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(T);                                                                      \
        const T *a = (const T *)pa;                                                                \
        int64_t whole = n - n % (2 * width);                                                       \
        WEFT_VECTORIZE(width, 2)                                                                   \
        for (int64_t i = 0; i < whole; i++) d[i] = function(a[i]);                                 \
        if (whole < n) {                                                                           \
            T rest[2 * width] = {0};                                                               \
            for (int64_t i = whole; i < n; i++) rest[i - whole] = a[i];                            \
            WEFT_VECTORIZE(width, 2)                                                               \
            for (int i = 0; i < 2 * width; i++) rest[i] = function(rest[i]);                       \
            for (int64_t i = whole; i < n; i++) d[i] = rest[i - whole];                            \
        }                                                                                          \
    }

#include "tile_vector_int.h"
#include "tile_vector_float.h"
#include "tile_vector_composite.h"
#include "tile_vector_cast.h"
#include "tile_vector_table.h"
