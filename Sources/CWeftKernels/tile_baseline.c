// SPDX-License-Identifier: Apache-2.0
// Kernels for what every machine of the architecture has (SSE2, NEON).
#define WEFT_VECTOR_BYTES 16
#define WEFT_TABLE weft_tile_kernels_baseline
#include "tile_vector.h"
