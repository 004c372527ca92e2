// SPDX-License-Identifier: Apache-2.0
#include <stdatomic.h>

#include "tile_isa.h"

weft_isa weft_isa_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("f16c")) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
            return WEFT_ISA_AVX512;
        return WEFT_ISA_AVX2;
    }
#endif
    return WEFT_ISA_BASELINE;
}

// -1: not asked for yet. Racing threads store the same value.
static _Atomic int current = -1;

weft_isa weft_isa_current(void) {
    int isa = atomic_load_explicit(&current, memory_order_relaxed);
    if (isa < 0) {
        int unknown = -1;
        isa = (int)weft_isa_best();
        if (!atomic_compare_exchange_strong(&current, &unknown, isa)) isa = unknown;
    }
    return (weft_isa)isa;
}

int weft_isa_select(weft_isa isa) {
    if ((int)isa < 0 || isa > weft_isa_best()) return 0;
    atomic_store_explicit(&current, (int)isa, memory_order_relaxed);
    return 1;
}

const char *weft_isa_name(weft_isa isa) {
    switch (isa) {
    case WEFT_ISA_AVX2: return "avx2";
    case WEFT_ISA_AVX512: return "avx512";
    default: return "baseline";
    }
}

const weft_tile_kernels *weft_tile_kernels_of(weft_isa isa) {
#if defined(__x86_64__)
    if (isa == WEFT_ISA_AVX2) return &weft_tile_kernels_avx2;
    if (isa == WEFT_ISA_AVX512) return &weft_tile_kernels_avx512;
#endif
    (void)isa;
    return &weft_tile_kernels_baseline;
}

weft_tile_fn weft_tile_find(const weft_tile_kernels *kernels, int opcode, int type) {
    weft_tile_fn f = kernels->operation[opcode][type];
    return f != NULL ? f : weft_tile_scalar_operation[opcode][type];
}
