// SPDX-License-Identifier: Apache-2.0
// Cholesky's factors, and systems with triangular matrices.
//
// The library's matrices are stored by columns: what is stored by rows is there the transpose, and its lower
// triangle the upper one. So nothing is moved.
#include "lapack_private.h"

#include <string.h>

typedef struct wl_cholesky {
    int64_t n;
    const void *a;
    void *l;
} wl_cholesky;

typedef struct wl_solve {
    weft_lapack_triangle triangle;
    int64_t n, columns;
    int64_t width, pieces;  // columns of an item, and items of a matrix
    const void *a, *b;
    void *x;
} wl_solve;

#define WEFT_TEMPLATE "lapack_triangular_type.inc"
#include "lapack_each_type.inc"

weft_lapack_outcome weft_lapack_cholesky(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                         void *l) {
    const wl_cholesky job = {n, a, l};
    if (wl_is_blocked(batch, n)) return WL_FOR(dtype, large_cholesky)(&job, batch);
    wl_batch work = {
        .count = n > 0 ? batch : 0,
        .cost = 300 + (double)n * (double)n * ((double)n * 0.02 + 1),
        .item = WL_FOR(dtype, cholesky),
        .context = &job,
    };
    return wl_run(&work);
}

// Columns that are solved for at once where there are few matrices.
enum { LEAST_COLUMNS = 32, MOST_PIECES = 16 };

weft_lapack_outcome weft_lapack_triangular_solve(weft_lapack_type dtype, weft_lapack_triangle triangle,
                                                 int64_t batch, int64_t n, int64_t columns,
                                                 const void *a, const void *b, void *x) {
    wl_solve job = {triangle, n, columns, columns, 1, a, b, x};
    if (batch < MOST_PIECES && columns > LEAST_COLUMNS) {
        int64_t width = (columns + MOST_PIECES - 1) / MOST_PIECES;
        job.width = width < LEAST_COLUMNS ? LEAST_COLUMNS : (width + 15) / 16 * 16;
        job.pieces = (columns + job.width - 1) / job.width;
    }
    wl_batch work = {
        .count = n > 0 && columns > 0 ? batch * job.pieces : 0,
        .cost = 200 + (double)n * ((double)n * 0.05 + 2) * (double)job.width,
        .item = WL_FOR(dtype, triangular_solve),
        .context = &job,
    };
    return wl_run(&work);
}
