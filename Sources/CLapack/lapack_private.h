// SPDX-License-Identifier: Apache-2.0
// What the files of the factorizations share.
#ifndef WEFT_LAPACK_PRIVATE_H
#define WEFT_LAPACK_PRIVATE_H

#include "CLapack.h"

#include <stdatomic.h>

// MARK: The library

/// What a call of the library holds between wl_enter and wl_leave.
typedef struct wl_entry {
    bool locked;
    int threads;
} wl_entry;

/// Lets the library use nothing but the calling thread until wl_leave. False, and nothing to leave, where
/// there is no memory for what it takes.
bool wl_enter(wl_entry *entry);
void wl_leave(const wl_entry *entry);

// MARK: Batches

/// What is done with each item: a matrix, or some columns of one.
typedef struct wl_batch {
    int64_t count;
    /// Nanoseconds that an item takes.
    double cost;
    /// Bytes that an item takes while it is done.
    int64_t scratch;
    void (*item)(struct wl_batch *batch, int64_t index, char *scratch);
    const void *context;
    _Atomic int64_t first_fault;
} wl_batch;

/// Does all items.
weft_lapack_outcome wl_run(wl_batch *batch);

/// Whether a batch has few matrices, and so large ones that each is divided among the team.
bool wl_is_blocked(int64_t batch, int64_t n);

/// The library's upper factor of a matrix of n rows and columns, stored by columns, where it is; what is below the
/// diagonal is unspecified.
weft_lapack_outcome wl_blocked_cholesky_f32(int64_t n, float *a);
weft_lapack_outcome wl_blocked_cholesky_f64(int64_t n, double *a);

/// The library's factors with exchanged rows of such a matrix, where it is.
weft_lapack_outcome wl_blocked_lu_f32(int64_t n, float *a, int *pivots);
weft_lapack_outcome wl_blocked_lu_f64(int64_t n, double *a, int *pivots);

/// Notes the fault of a matrix.
void wl_note(wl_batch *batch, weft_lapack_fault fault, int64_t matrix, int64_t order);

// MARK: Matrices

/// Transposes a matrix of n rows and columns where it is.
void wl_transpose_f32(int64_t n, float *a);
void wl_transpose_f64(int64_t n, double *a);

#endif
