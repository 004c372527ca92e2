// SPDX-License-Identifier: Apache-2.0
typedef int weft_structure_avx512_unit;  // a translation unit is not empty, also on other machines
#if defined(__x86_64__)
#define WEFT_HAS_FMA 1
#define WEFT_VECTOR_BYTES 64
#define WEFT_HAS_ROUND 1
#define WEFT_HAS_FMA 1
#define WEFT_NAME(f) f##_avx512
#define WEFT_STRUCTURE_TABLE weft_structure_avx512
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"), min_vector_width(512))), apply_to = function)
#include "structure_isa.inc"
#pragma clang attribute pop
#endif
