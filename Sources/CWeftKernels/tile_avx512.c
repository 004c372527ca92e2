// SPDX-License-Identifier: Apache-2.0
typedef int weft_avx512_unit;  // a translation unit is not empty, also on other machines
#if defined(__x86_64__)
#define WEFT_HAS_FMA 1
#define WEFT_VECTOR_BYTES 64
#define WEFT_HAS_ROUND 1
#define WEFT_HAS_FMA 1
#define WEFT_HAS_F16C 1
#define WEFT_TABLE weft_tile_kernels_avx512
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"), min_vector_width(512))), apply_to = function)
#include "tile_vector.h"
#pragma clang attribute pop
#endif
