// SPDX-License-Identifier: Apache-2.0
// Which operands of a matrix product are copied to another layout first, and when that pays. Two
// families of kernels want different things: those for AVX-512 ("brg") dense operands and blocks of b,
// those for older instructions ("gemm") rows that do not crowd the caches. The latter take all
// layouts, but the first of them in a process is made with all its kind, which takes 20 milliseconds.
#include "dnn_matmul_internal.h"

#include <string.h>

// Larger products have so many pieces that b is transposed once for all.
#define MANY_PIECES_PRODUCTS 4e9

/// For AVX-512: whether a run that reorders b first takes less time. Rows of 2048 bytes, or a
/// multiple, fall on few sets of the caches, which costs the primitive about a twentieth, and more
/// where a is transposed and the sums are long. The bounds are where that is twice what reordering
/// costs.
static bool reordersB(const wd_matmul_problem *p) {
    if (p->transpose_b) return (double)p->m * (double)p->n * (double)p->k >= MANY_PIECES_PRODUCTS;
    return p->n % 512 == 0 && (p->m >= 512 || (p->transpose_a && p->k >= 1024));
}

/// Whether oneDNN's "gemm" reads the operands where they lie, with its copies costing too much:
/// a bound of its own. Of larger products it makes better copies than could be made here.
static bool isReadInPlace(const wd_matmul_problem *p) {
    return 1.0 / (double)p->m + 1.0 / (double)p->n >= 0.0038;
}

/// Down a column the lines of `count` rows, of `length` elements each, want the same few sets of
/// the caches where a power of two divides the rows' distance. They push one another out before
/// all their columns are read, which takes up to twice the time. `uses` is how often an element is
/// read: each costs so much that a copy pays for itself from these bounds on.
static bool crowds(int64_t length, int64_t count, int64_t uses) {
    int64_t bytes = 4 * length, power = bytes & -bytes;
    if (power > WD_CACHE_WAY_BYTES) power = WD_CACHE_WAY_BYTES;
    return power >= 512 && count * power >= 256 << 10 && uses * power >= 256 << 10;
}

/// Of 8-bit integers, whose sums are the same in any order.
static wd_matmul_layouts bestOfIntegers(const wd_matmul_problem *p, bool packed_b) {
    // The kernels for AVX-512 do not take a transposed a. To bring a b as it is into blocks takes as
    // long as the products of 30 rows.
    wd_matmul_layouts dense = {.b = WD_B_OURS, .dense = true};
    if (p->transpose_a || p->n == 1 || p->k == 1) return (wd_matmul_layouts){.b = WD_B_OURS};
    if (packed_b && p->rank == 2) dense.b = WD_B_ANY;
    else dense.dense = wd_matmul_best_cut(p, &dense).axis != WD_COLUMNS;
    return dense;
}

wd_matmul_layouts wd_matmul_best(const wd_matmul_problem *p, const weft_dnn_matmul_spec *spec,
                                 bool packed_b) {
    wd_matmul_layouts best = {.b = WD_B_OURS};
    if (spec->c == WEFT_DNN_S32) return bestOfIntegers(p, packed_b);
    if (p->m == 1 || p->n == 1 || p->k == 1) return best;
    bool wide = spec->a == WEFT_DNN_F32, flat = p->rank == 2;
    if (wd_has_avx512()) {
        // Columns of a b as it is lie apart, and to copy them takes too long for few rows; pieces of
        // fewer rows yet, each with all columns, are slower than "gemm" is by columns.
        wd_matmul_layouts rows = {.b = WD_B_OURS, .dense = 4 * p->m >= p->n};
        best.dense = p->transpose_b || wd_matmul_best_cut(p, &rows).axis != WD_COLUMNS;
        // A packed b gains where it lies the other way round, where its rows crowd the caches,
        // and with elements of 16 bits, which are read in pairs.
        bool any = packed_b ? p->transpose_b || p->n % 512 == 0 || !wide : wide && reordersB(p);
        if (any && best.dense && flat) best.b = WD_B_ANY;
    } else if (wide && flat && isReadInPlace(p)) {
        best.padded_a = p->transpose_a && crowds(p->m, p->k, p->n);
        if (!p->transpose_b && crowds(p->n, p->k, packed_b ? INT32_MAX : p->m))
            best.b = WD_B_PADDED;
    }
    return best;
}

bool wd_matmul_suits(const wd_matmul_layouts *layouts, const char *implementation) {
    return layouts->dense ? strncmp(implementation, "brg:avx512", 10) == 0
                           : strncmp(implementation, "gemm", 4) == 0;
}
