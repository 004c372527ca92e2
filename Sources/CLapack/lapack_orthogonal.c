// SPDX-License-Identifier: Apache-2.0
// Orthogonal factors: QR, singular values, eigenvalues of symmetric matrices.
#include "lapack_private.h"

#include <string.h>

typedef struct wl_qr {
    int64_t rows, columns, inner;
    int work;  // elements of the library's workspace
    const void *a;
    void *q, *r;
} wl_qr;

typedef struct wl_svd {
    int64_t rows, columns, inner;
    int work;
    const void *a;
    void *values, *u, *vt;  // u and vt NULL for the values alone
} wl_svd;

typedef struct wl_eigen {
    int64_t n;
    int work, integer_work;
    const void *a;
    void *values, *vectors;  // vectors NULL for the values alone
} wl_eigen;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// Takes so many bytes of an item's memory, at a multiple of 64.
static void *take(char **memory, int64_t bytes) {
    void *taken = *memory;
    *memory += (bytes + 63) / 64 * 64;
    return taken;
}

static int64_t padded(int64_t bytes) { return (bytes + 63) / 64 * 64; }

#define WEFT_TEMPLATE "lapack_orthogonal_type.inc"
#include "lapack_each_type.inc"

static int64_t size_of(weft_lapack_type dtype) { return dtype == WEFT_LAPACK_F32 ? 4 : 8; }

// MARK: QR

static void qr_job(wl_batch *work, wl_qr *job, weft_lapack_type dtype) {
    int64_t size = size_of(dtype);
    job->inner = smaller(job->rows, job->columns);
    if (job->inner > 0) job->work = WL_FOR(dtype, qr_work)(job);
    double m = (double)job->rows, n = (double)job->columns, k = (double)job->inner;
    work->cost = 1000 + m * n * k * 0.1;
    // A wide matrix is factorized beside the result, for which it is too large.
    work->scratch = padded(job->inner * size) + padded(job->work * size)
        + (job->columns > job->rows ? padded(job->rows * job->columns * size) : 0);
    work->item = WL_FOR(dtype, qr);
    work->context = job;
}

weft_lapack_outcome weft_lapack_qr(weft_lapack_type dtype, int64_t batch, int64_t rows, int64_t columns,
                                   const void *a, void *q, void *r) {
    wl_qr job = {.rows = rows, .columns = columns, .a = a, .q = q, .r = r};
    wl_batch work = {.count = rows > 0 && columns > 0 ? batch : 0};
    qr_job(&work, &job, dtype);
    return wl_run(&work);
}

int64_t weft_lapack_qr_scratch_bytes(weft_lapack_type dtype, int64_t rows, int64_t columns) {
    wl_qr job = {.rows = rows, .columns = columns};
    wl_batch work = {0};
    qr_job(&work, &job, dtype);
    return work.scratch;
}

// MARK: Singular values

static void svd_job(wl_batch *work, wl_svd *job, weft_lapack_type dtype, bool vectors) {
    int64_t size = size_of(dtype);
    job->inner = smaller(job->rows, job->columns);
    if (job->inner > 0) job->work = WL_FOR(dtype, svd_work)(job, vectors);
    double m = (double)job->rows, n = (double)job->columns, k = (double)job->inner;
    work->cost = 5000 + m * n * k * (vectors ? 1 : 0.3);
    work->scratch = padded(job->rows * job->columns * size) + padded(job->work * size)
        + padded(8 * job->inner * (int64_t)sizeof(int)) + padded(size);
    work->item = WL_FOR(dtype, svd);
    work->context = job;
}

weft_lapack_outcome weft_lapack_svd(weft_lapack_type dtype, int64_t batch, int64_t rows, int64_t columns,
                                    const void *a, void *values, void *u, void *vt) {
    wl_svd job = {.rows = rows, .columns = columns, .a = a, .values = values, .u = u, .vt = vt};
    wl_batch work = {.count = rows > 0 && columns > 0 ? batch : 0};
    svd_job(&work, &job, dtype, u != NULL);
    return wl_run(&work);
}

int64_t weft_lapack_svd_scratch_bytes(weft_lapack_type dtype, int64_t rows, int64_t columns, bool vectors) {
    wl_svd job = {.rows = rows, .columns = columns};
    wl_batch work = {0};
    svd_job(&work, &job, dtype, vectors);
    return work.scratch;
}

// MARK: Eigenvalues

static void eigen_job(wl_batch *work, wl_eigen *job, weft_lapack_type dtype, bool vectors) {
    int64_t size = size_of(dtype);
    if (job->n > 0) WL_FOR(dtype, eigen_work)(job, vectors);
    double n = (double)job->n;
    work->cost = 3000 + n * n * n * (vectors ? 0.5 : 0.2);
    work->scratch = padded(job->work * size) + padded(job->integer_work * (int64_t)sizeof(int))
        + (vectors ? 0 : padded(job->n * job->n * size));
    work->item = WL_FOR(dtype, eigen);
    work->context = job;
}

weft_lapack_outcome weft_lapack_eigen(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                      void *values, void *vectors) {
    wl_eigen job = {.n = n, .a = a, .values = values, .vectors = vectors};
    wl_batch work = {.count = n > 0 ? batch : 0};
    eigen_job(&work, &job, dtype, vectors != NULL);
    return wl_run(&work);
}

int64_t weft_lapack_eigen_scratch_bytes(weft_lapack_type dtype, int64_t n, bool vectors) {
    wl_eigen job = {.n = n};
    wl_batch work = {0};
    eigen_job(&work, &job, dtype, vectors);
    return work.scratch;
}
