// SPDX-License-Identifier: Apache-2.0
// oneDNN does with the calling thread what it is told; Weft's team divides the work above it. Its own
// threads would wait for one another whatever else the cores do.
#include "dnn_internal.h"

#include "weft_team.h"

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP

// Clang comes without omp.h. The number is the calling thread's own.
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);

int wd_serial_begin(void) {
    int now = omp_get_max_threads();
    if (now == 1) return 0;
    omp_set_num_threads(1);
    return now;
}

void wd_serial_end(int saved) {
    if (saved) omp_set_num_threads(saved);
}

#else

// The library brings threads that cannot be governed from here.
int wd_serial_begin(void) { return 0; }
void wd_serial_end(int saved) { (void)saved; }

#endif

size_t wd_threads_of(int64_t pieces) {
    int64_t cores = weft_team_cores();
    return (size_t)(pieces < cores ? pieces : cores);
}

typedef struct range {
    void (*body)(void *, int64_t);
    void *context;
} range;

static void runRange(void *context, int64_t begin, int64_t end) {
    const range *r = context;
    for (int64_t i = begin; i < end; i++) r->body(r->context, i);
}

void wd_parallel(int64_t count, double cost, void (*body)(void *, int64_t), void *context) {
    range r = {body, context};
    weft_parallel_for(count, 1, cost, runRange, &r);
}
