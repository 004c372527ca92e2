// SPDX-License-Identifier: Apache-2.0
#include "lapack_private.h"

#include "weft_scratch.h"
#include "weft_team.h"

// A fault as one number: the first matrix's is the least.
enum { FAULT_BITS = 3, ORDER_BITS = 24 };
#define NO_FAULT INT64_MAX

void wl_note(wl_batch *batch, weft_lapack_fault fault, int64_t matrix, int64_t order) {
    int64_t noted = matrix << (FAULT_BITS + ORDER_BITS) | order << FAULT_BITS | (int64_t)fault;
    int64_t first = atomic_load(&batch->first_fault);
    while (noted < first && !atomic_compare_exchange_weak(&batch->first_fault, &first, noted)) {}
}

static void run_piece(void *context, int64_t begin, int64_t end) {
    wl_batch *batch = context;
    char *scratch = weft_scratch_take(batch->scratch);
    wl_entry entry;
    if (!scratch || !wl_enter(&entry)) {
        wl_note(batch, WEFT_LAPACK_OUT_OF_MEMORY, 0, 0);
    } else {
        for (int64_t i = begin; i < end; i++) batch->item(batch, i, scratch);
        wl_leave(&entry);
    }
    weft_scratch_give(scratch);
}

weft_lapack_outcome wl_run(wl_batch *batch) {
    atomic_init(&batch->first_fault, NO_FAULT);
    weft_parallel_for(batch->count, 1, batch->cost, run_piece, batch);
    int64_t first = atomic_load(&batch->first_fault);
    if (first == NO_FAULT) return (weft_lapack_outcome){WEFT_LAPACK_OK, 0, 0};
    return (weft_lapack_outcome){
        .fault = (weft_lapack_fault)(first & ((1 << FAULT_BITS) - 1)),
        .matrix = first >> (FAULT_BITS + ORDER_BITS),
        .order = first >> FAULT_BITS & (((int64_t)1 << ORDER_BITS) - 1),
    };
}
