// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_LAPACK_H
#define WEFT_LAPACK_H

#include <stdbool.h>
#include <stdint.h>

// Factorizations of matrices by LAPACK, behind an interface of its own.
//
// - Arrays are dense and row-major: `batch` matrices one after the other. Outputs do not overlap inputs, unless
//   said otherwise. An array without elements may be NULL.
// - The matrices of a batch, the columns of a triangular solve, and what a panel of a large matrix changes are
//   divided among the caller's team (weft_team.h) by shapes alone; LAPACK itself runs on the thread that calls
//   it. Hence the same inputs give the same bits in every run. Between two pieces a run can be stopped.
// - Arguments are right when LAPACK is called, so that it never complains of one, which may end the
//   process. What only the elements tell is reported.

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_lapack_type {
    WEFT_LAPACK_F32 = 0,
    WEFT_LAPACK_F64
} weft_lapack_type;

typedef enum weft_lapack_fault {
    WEFT_LAPACK_OK = 0,
    WEFT_LAPACK_OUT_OF_MEMORY,
    WEFT_LAPACK_NOT_POSITIVE_DEFINITE,  // `order`: of the first leading minor that is not positive
    WEFT_LAPACK_SINGULAR,               // `order`: of the first zero on the diagonal, from 1 on
    WEFT_LAPACK_NOT_FINITE,             // an element is NaN or infinite
    WEFT_LAPACK_NO_CONVERGENCE
} weft_lapack_fault;

/// What became of a batch: the fault of its first matrix that has one. The results are unspecified then.
typedef struct weft_lapack_outcome {
    weft_lapack_fault fault;
    int64_t matrix;  // which of the batch
    int64_t order;
} weft_lapack_outcome;

/// LAPACK counts with 32 bits: no matrix has more rows or columns than this, and one that orthogonal factors are
/// made of not as many that a workspace could not be counted: of the smaller and of the greater number.
#define WEFT_LAPACK_GREATEST_SIDE 2000000000
#define WEFT_LAPACK_GREATEST_ORTHOGONAL_INNER 23000
#define WEFT_LAPACK_GREATEST_ORTHOGONAL_SIDE 16000000

/// l = the lower triangular matrix with a positive diagonal whose product with its transpose is a; its
/// upper triangle is 0. Of a, n x n, the lower triangle is read. `l` may be `a`.
weft_lapack_outcome weft_lapack_cholesky(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                         void *l);

/// A triangle of a matrix, and how it is taken.
typedef struct weft_lapack_triangle {
    bool lower;      // the triangle that is read
    bool transpose;  // of the matrix that is solved with
    bool unit;       // the diagonal counts as 1 and is not read
} weft_lapack_triangle;

/// x with op(a) x = b for a triangular a, n x n; b and x are n x columns. `x` may be `b`.
weft_lapack_outcome weft_lapack_triangular_solve(weft_lapack_type dtype, weft_lapack_triangle triangle,
                                                 int64_t batch, int64_t n, int64_t columns,
                                                 const void *a, const void *b, void *x);

/// l and u with a[permutation[i]][j] = (l u)[i][j], n x n: below the diagonal of `packed` l, whose diagonal is
/// 1, and u from the diagonal on. Of the rows that could be next, the one with the greatest element is. `sign` is
/// the permutation's, 1 or -1. `packed` may be `a`. A matrix without an inverse is no fault.
weft_lapack_outcome weft_lapack_lu(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                   void *packed, int32_t *permutation, void *sign);

/// q, rows x k with orthonormal columns, and r, k x columns and upper triangular, with q r = a; k is the smaller
/// of rows and columns. The signs are those of Householder's reflections.
weft_lapack_outcome weft_lapack_qr(weft_lapack_type dtype, int64_t batch, int64_t rows, int64_t columns,
                                   const void *a, void *q, void *r);

/// The k singular values, greatest first, and u, rows x k, and vt, k x columns, with u diag(values) vt = a; NULL for
/// both leaves them out. The greatest element by size of each column of u is positive.
weft_lapack_outcome weft_lapack_svd(weft_lapack_type dtype, int64_t batch, int64_t rows, int64_t columns,
                                    const void *a, void *values, void *u, void *vt);

/// The eigenvalues, least first, of symmetric matrices, of which the lower triangle is read, and the vectors as
/// columns; NULL leaves them out. The greatest element by size of each vector is positive.
weft_lapack_outcome weft_lapack_eigen(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                      void *values, void *vectors);

/// The bytes of memory that each thread takes in these functions.
int64_t weft_lapack_qr_scratch_bytes(weft_lapack_type dtype, int64_t rows, int64_t columns);
int64_t weft_lapack_svd_scratch_bytes(weft_lapack_type dtype, int64_t rows, int64_t columns, bool vectors);
int64_t weft_lapack_eigen_scratch_bytes(weft_lapack_type dtype, int64_t n, bool vectors);

#ifdef __cplusplus
}
#endif

#endif
