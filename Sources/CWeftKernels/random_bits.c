// SPDX-License-Identifier: Apache-2.0
// Splitting the drawing of random bits.
#include "structure_private.h"

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
