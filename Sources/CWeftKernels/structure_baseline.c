// SPDX-License-Identifier: Apache-2.0
// For what every machine of the architecture has (SSE2, NEON).
#define WEFT_VECTOR_BYTES 16
#define WEFT_NAME(f) f##_baseline
#define WEFT_STRUCTURE_TABLE weft_structure_baseline
#include "structure_isa.inc"
