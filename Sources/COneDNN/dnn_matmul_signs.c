// SPDX-License-Identifier: Apache-2.0
// A right operand of unsigned bytes, which oneDNN does not take. With the highest bit turned over its
// bytes are signed ones that are 128 less, so each row of the result lacks 128 times the row's sum of a.
#include "dnn_matmul_internal.h"

typedef struct turning_job {
    const uint8_t *from;
    uint8_t *to;
    int64_t count;
} turning_job;

enum { BYTES_AT_ONCE = 1 << 15, ROWS_AT_ONCE = 64 };

static void turnBytes(void *context, int64_t i) {
    const turning_job *job = context;
    int64_t first = i * BYTES_AT_ONCE, end = first + BYTES_AT_ONCE;
    if (end > job->count) end = job->count;
    for (int64_t k = first; k < end; k++) job->to[k] = job->from[k] ^ 0x80;
}

void wd_turn_signs(const void *from, void *to, int64_t count) {
    turning_job job = {from, to, count};
    wd_parallel((count - 1) / BYTES_AT_ONCE + 1, BYTES_AT_ONCE * 0.05, turnBytes, &job);
}

/// Sums of `rows` rows of a from row `first` on.
static void sumRows(const wd_matmul_problem *p, const uint8_t *a, bool is_signed, int64_t first,
                    int64_t rows, uint32_t *sums) {
    // Signed bytes, turned over, are unsigned ones that are 128 more.
    uint8_t flip = is_signed ? 0x80 : 0;
    uint32_t surplus = is_signed ? 128 * (uint32_t)p->k : 0;
    for (int64_t i = 0; i < rows; i++) sums[i] = 0;
    if (p->transpose_a) {
        for (int64_t k = 0; k < p->k; k++)
            for (int64_t i = 0; i < rows; i++)
                sums[i] += (uint8_t)(a[k * p->m + first + i] ^ flip);
    } else {
        for (int64_t i = 0; i < rows; i++) {
            const uint8_t *row = a + (first + i) * p->k;
            uint32_t sum = 0;
            for (int64_t k = 0; k < p->k; k++) sum += (uint8_t)(row[k] ^ flip);
            sums[i] = sum;
        }
    }
    for (int64_t i = 0; i < rows; i++) sums[i] -= surplus;
}

void wd_add_turned_signs(const wd_matmul_problem *p, const void *a, bool is_signed, int64_t items,
                         int64_t rows, int64_t columns, void *c) {
    uint32_t sums[ROWS_AT_ONCE], *out = c;
    for (int64_t item = 0; item < items; item++) {
        const uint8_t *matrix = (const uint8_t *)a + (p->broadcast_a ? 0 : item * p->m * p->k);
        for (int64_t first = 0; first < rows; first += ROWS_AT_ONCE) {
            int64_t count = rows - first < ROWS_AT_ONCE ? rows - first : ROWS_AT_ONCE;
            sumRows(p, matrix, is_signed, first, count, sums);
            for (int64_t i = 0; i < count; i++, out += p->n)
                for (int64_t j = 0; j < columns; j++) out[j] += 128 * sums[i];
        }
    }
}
