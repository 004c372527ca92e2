// SPDX-License-Identifier: Apache-2.0
#include "lapack_private.h"

// Rows and columns of the blocks that are exchanged: two of them lie in the first cache.
enum { BLOCK = 16 };

#define WEFT_TEMPLATE "lapack_transpose_type.inc"
#include "lapack_each_type.inc"
