// SPDX-License-Identifier: Apache-2.0
// Factors of general matrices. Rows are exchanged, not columns: the library must see the matrix and not its
// transpose.
#include "lapack_private.h"

#include "weft_scratch.h"

#include <string.h>

typedef struct wl_lu {
    int64_t n;
    const void *a;
    void *packed, *sign;
    int32_t *permutation;
} wl_lu;

#define WEFT_TEMPLATE "lapack_lu_type.inc"
#include "lapack_each_type.inc"

weft_lapack_outcome weft_lapack_lu(weft_lapack_type dtype, int64_t batch, int64_t n, const void *a,
                                   void *packed, int32_t *permutation, void *sign) {
    const wl_lu job = {n, a, packed, sign, permutation};
    if (wl_is_blocked(batch, n)) return WL_FOR(dtype, large_lu)(&job, batch);
    wl_batch work = {
        .count = batch,
        .cost = 300 + (double)n * (double)n * ((double)n * 0.04 + 2),
        .scratch = n * (int64_t)sizeof(int),
        .item = WL_FOR(dtype, lu),
        .context = &job,
    };
    return wl_run(&work);
}
