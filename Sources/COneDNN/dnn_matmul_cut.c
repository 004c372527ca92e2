// SPDX-License-Identifier: Apache-2.0
// How a matrix product is cut into pieces for threads.
#include "dnn_matmul_internal.h"

// Up to so many multiplications, a second thread costs more than it saves.
#define SERIAL_PRODUCTS 100000.0
// A piece's own, if there are more than two.
#define PIECE_PRODUCTS 16000000.0
#define MOST_PIECES 32
// A piece is done in one go: more would keep a run from being stopped.
#define LONGEST_PIECE_PRODUCTS 2e9

// Kernels take rows and columns in blocks. Two pieces of few dense rows are to be equal rather.
enum { ROWS = 16, COLUMNS = 64, DENSE_ROWS = 4, FEW_DENSE_ROWS = 256 };
// More than two pieces have so many rows or columns each: narrow ones use the caches worse. Those of
// a transposed b each transpose it, which takes as long as 60 rows.
enum { WIDE = 128, WIDE_OF_TRANSPOSED = 512 };

static wd_matmul_cut divide(int axis, int64_t extent, int64_t unit, int64_t wanted, int64_t items) {
    int64_t units = (extent - 1) / unit + 1;
    int64_t piece = ((units - 1) / wanted + 1) * unit, pieces = (extent - 1) / piece + 1;
    // The last one takes along what is too little for a piece.
    if (pieces > 1 && unit > 1 && extent - (pieces - 1) * piece < unit / 2) pieces--;
    return (wd_matmul_cut){axis, pieces, piece, items};
}

/// Of an axis of a product, `wanted` or fewer pieces.
static wd_matmul_cut divideProduct(int axis, int64_t extent, int64_t unit, int64_t wanted,
                                   const wd_matmul_problem *p,
                                   const wd_matmul_layouts *layouts) {
    bool transposes = axis == WD_ROWS && p->transpose_b && layouts->b != WD_B_ANY;
    int64_t width = transposes ? WIDE_OF_TRANSPOSED : WIDE;
    while (wanted > 2 && extent / wanted < width) wanted /= 2;
    return divide(axis, extent, unit, wanted, p->batch);
}

wd_matmul_cut wd_matmul_best_cut(const wd_matmul_problem *p, const wd_matmul_layouts *layouts) {
    wd_matmul_cut whole = {WD_WHOLE, 1, 0, 1};
    double item = (double)p->m * (double)p->n * (double)p->k, all = item * (double)p->batch;
    if (all < SERIAL_PRODUCTS) return whole;
    // A power of two, which two or four threads share evenly.
    int64_t wanted = 2;
    while (2 * wanted <= MOST_PIECES && (double)(2 * wanted) * PIECE_PRODUCTS <= all) wanted *= 2;
    while ((double)wanted * LONGEST_PIECE_PRODUCTS < all) wanted *= 2;
    bool manyItems = p->batch >= 4 && item <= LONGEST_PIECE_PRODUCTS;
    if (p->batch > 1 && (manyItems || item < SERIAL_PRODUCTS))
        return divide(WD_BATCH, p->batch, 1, wanted, 1);
    // The rows of a piece read all of b, its columns all of a. Rows of c are dense.
    bool columns = !(layouts->dense || p->transpose_b || 2 * p->m >= p->n);
    if (p->n >= 2 * COLUMNS && (columns || p->m < WD_ROWS_OF_TWO))
        return divideProduct(WD_COLUMNS, p->n, COLUMNS, wanted, p, layouts);
    int64_t unit = layouts->dense && p->m < FEW_DENSE_ROWS ? DENSE_ROWS : ROWS;
    if (p->m >= WD_ROWS_OF_TWO) return divideProduct(WD_ROWS, p->m, unit, wanted, p, layouts);
    if (p->n >= 2 * ROWS) return divideProduct(WD_COLUMNS, p->n, ROWS, wanted, p, layouts);
    return whole;
}

bool wd_matmul_copies_a(const wd_matmul_problem *p, const wd_matmul_layouts *layouts,
                        const wd_matmul_cut *cut) {
    return layouts->dense && cut->axis == WD_ROWS && p->transpose_a;
}

bool wd_matmul_copies_c(const wd_matmul_layouts *layouts, const wd_matmul_cut *cut) {
    return layouts->dense && cut->axis == WD_COLUMNS;
}

wd_matmul_problem wd_matmul_piece(const wd_matmul_problem *p, const wd_matmul_layouts *layouts,
                                  const wd_matmul_cut *cut, bool last) {
    wd_matmul_problem piece = *p;
    int64_t before = (cut->pieces - 1) * cut->piece;
    switch (cut->axis) {
    case WD_WHOLE: break;
    case WD_BATCH: piece.batch = last ? p->batch - before : cut->piece; break;
    case WD_ROWS: piece.m = last ? p->m - before : cut->piece; break;
    case WD_COLUMNS: piece.n = last ? p->n - before : cut->piece; break;
    }
    if (cut->axis == WD_ROWS || cut->axis == WD_COLUMNS) {
        piece.batch = 1;
        piece.rank = 2;
        piece.broadcast_a = piece.broadcast_b = false;
    }
    if (wd_matmul_copies_a(p, layouts, cut)) piece.whole_m = piece.m;
    if (wd_matmul_copies_c(layouts, cut)) piece.whole_n = piece.n;
    return piece;
}

wd_matmul_offsets wd_matmul_place(const wd_matmul_problem *p, const wd_matmul_cut *cut,
                                  const wd_matmul_layouts *layouts, int64_t i) {
    int64_t item = cut->axis == WD_BATCH ? i * cut->piece : i / cut->pieces;
    int64_t first = i % cut->pieces * cut->piece;
    wd_matmul_offsets at = {p->broadcast_a ? 0 : item * p->m * p->k,
                            p->broadcast_b ? 0 : item * p->k * p->n, 0, item * p->m * p->n};
    if (cut->axis == WD_ROWS) {
        at.a += p->transpose_a ? first : first * (p->k + (layouts->padded_a ? WD_PADDING : 0));
        at.c += first * p->n;
    } else if (cut->axis == WD_COLUMNS) {
        at.b += p->transpose_b ? first * (p->k + (layouts->b == WD_B_PADDED ? WD_PADDING : 0))
                               : first;
        at.bias += first;
        at.c += first;
    }
    return at;
}
