// SPDX-License-Identifier: Apache-2.0
typedef int weft_avx2_unit;  // a translation unit is not empty, also on other machines
#if defined(__x86_64__)
#define WEFT_HAS_FMA 1
#define WEFT_VECTOR_BYTES 32
#define WEFT_HAS_ROUND 1
#define WEFT_HAS_FMA 1
#define WEFT_HAS_F16C 1
#define WEFT_TABLE weft_tile_kernels_avx2
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "tile_vector.h"
#pragma clang attribute pop
#endif
