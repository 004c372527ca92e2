// SPDX-License-Identifier: Apache-2.0
// Softmax, random bits and optimizer updates: splitting the work of the hot kernels.
#include "structure_private.h"

// MARK: Softmax

typedef struct softmax_call {
    const weft_structure_kernels *kernels;
    int logarithmic;
    int64_t columns;
    const float *input;
    float *output;
} softmax_call;

static void softmax_rows(void *context, int64_t begin, int64_t end) {
    const softmax_call *s = context;
    s->kernels->softmax(s->logarithmic, end - begin, s->columns, s->input + begin * s->columns,
                        s->output + begin * s->columns);
}

void weft_softmax(int logarithmic, int64_t rows, int64_t columns, const float *input, float *output) {
    softmax_call s = { weft_structure_current(), logarithmic, columns, input, output };
    if (rows * columns == 0) return;
    weft_parallel_for(rows, columns <= 32 ? 16 : 1, (double)columns * 0.5 + 5, softmax_rows, &s);
}

// MARK: Random bits

typedef struct philox_call {
    const weft_structure_kernels *kernels;
    uint32_t key0, key1, c2, c3;
    uint64_t first_block;
    uint32_t *output;
} philox_call;

static void philox_blocks(void *context, int64_t begin, int64_t end) {
    const philox_call *p = context;
    p->kernels->philox(p->key0, p->key1, p->first_block + (uint64_t)begin, p->c2, p->c3,
                       end - begin, p->output + 4 * begin);
}

void weft_philox_bits(uint32_t key0, uint32_t key1, uint64_t first_block, uint32_t c2, uint32_t c3,
                      int64_t count, uint32_t *output) {
    philox_call p = { weft_structure_current(), key0, key1, c2, c3, first_block, output };
    int64_t blocks = count / 4;
    if (blocks > 0) weft_parallel_for(blocks, 16, 2.5, philox_blocks, &p);
    if (count > 4 * blocks) {
        uint32_t last[4];
        p.kernels->philox(key0, key1, first_block + (uint64_t)blocks, c2, c3, 1, last);
        memcpy(output + 4 * blocks, last, (size_t)(count - 4 * blocks) * 4);
    }
}

// MARK: Optimizers

typedef struct update_call {
    const weft_structure_kernels *kernels;
    const weft_adam_rates *rates;
    float lr, b;
    int nesterov;
    const float *gradient, *x, *m, *v;
    float *x_out, *m_out, *v_out;
} update_call;

static void adam_range(void *context, int64_t i, int64_t end) {
    const update_call *u = context;
    u->kernels->adam(end - i, u->rates, u->gradient + i, u->x + i, u->m + i, u->v + i,
                     u->x_out + i, u->m_out + i, u->v_out + i);
}

static void momentum_range(void *context, int64_t i, int64_t end) {
    const update_call *u = context;
    u->kernels->momentum(end - i, u->lr, u->b, u->nesterov, u->gradient + i, u->x + i, u->m + i,
                         u->x_out + i, u->m_out + i);
}

static void sgd_range(void *context, int64_t i, int64_t end) {
    const update_call *u = context;
    u->kernels->sgd(end - i, u->lr, u->gradient + i, u->x + i, u->x_out + i);
}

void weft_adam(int64_t count, const weft_adam_rates *rates, const float *gradient, const float *x,
               const float *m, const float *v, float *x_out, float *m_out, float *v_out) {
    update_call u = { weft_structure_current(), rates, 0, 0, 0,
                      gradient, x, m, v, x_out, m_out, v_out };
    weft_parallel_for(count, 16, 0.6, adam_range, &u);
}

void weft_momentum(int64_t count, float lr, float momentum, int nesterov,
                   const float *gradient, const float *x, const float *a,
                   float *x_out, float *a_out) {
    update_call u = { weft_structure_current(), NULL, lr, momentum, nesterov,
                      gradient, x, a, NULL, x_out, a_out, NULL };
    weft_parallel_for(count, 16, 0.2, momentum_range, &u);
}

void weft_sgd(int64_t count, float lr, const float *gradient, const float *x, float *x_out) {
    update_call u = { weft_structure_current(), NULL, lr, 0, 0, gradient, x, NULL, NULL, x_out,
                      NULL, NULL };
    weft_parallel_for(count, 16, 0.15, sgd_range, &u);
}
