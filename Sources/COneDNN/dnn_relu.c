// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

// oneDNN's own relu is a maximum with 0, which loses what is not a number.

// What a thread takes at a time, 64 KiB: less is done before another thread has come.
enum { ELEMENTS_OF_UNIT = 1 << 14 };

typedef struct job {
    float *elements;
    int64_t count;
} job;

static void runUnit(void *context, int64_t i) {
    const job *j = context;
    float *x = j->elements + i * ELEMENTS_OF_UNIT;
    int64_t rest = j->count - i * ELEMENTS_OF_UNIT;
    int64_t count = rest < ELEMENTS_OF_UNIT ? rest : ELEMENTS_OF_UNIT;
    for (int64_t k = 0; k < count; k++) x[k] = x[k] > 0 || x[k] != x[k] ? x[k] : 0;
}

void wd_relu(float *elements, int64_t count, int threads) {
    job j = {elements, count};
    wd_parallel((count - 1) / ELEMENTS_OF_UNIT + 1, threads, runUnit, &j);
}
