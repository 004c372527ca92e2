// SPDX-License-Identifier: Apache-2.0
// Splitting the updates of optimizers.
#include "structure_private.h"

typedef struct update_call {
    const weft_structure_kernels *kernels;
    const weft_adam_rates *rates;
    const float *gradient, *x, *m, *v;
    float *x_out, *m_out, *v_out;
} update_call;

static void adam_range(void *context, int64_t i, int64_t end) {
    const update_call *u = context;
    u->kernels->adam(end - i, u->rates, u->gradient + i, u->x + i, u->m + i, u->v + i,
                     u->x_out + i, u->m_out + i, u->v_out + i);
}

void weft_adam(int64_t count, const weft_adam_rates *rates, const float *gradient, const float *x,
               const float *m, const float *v, float *x_out, float *m_out, float *v_out) {
    update_call u = { weft_structure_current(), rates, gradient, x, m, v, x_out, m_out, v_out };
    weft_parallel_for(count, 16, 0.6, adam_range, &u);
}
