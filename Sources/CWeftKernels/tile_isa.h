// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TILE_ISA_H
#define WEFT_TILE_ISA_H

#include "tile_kernels.h"

const weft_tile_kernels *weft_tile_kernels_of(weft_isa isa);

/// The kernel of an operation on a register type (no f16 or bf16), NULL if there is none.
weft_tile_fn weft_tile_find(const weft_tile_kernels *kernels, int opcode, int type);

#endif
