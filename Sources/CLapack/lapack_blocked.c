// SPDX-License-Identifier: Apache-2.0
// Large matrices, of which there are too few for all threads: they are factorized panel by panel, and what a panel
// changes is divided among the team by columns.
#include "lapack_private.h"

#include "weft_stop.h"

#include <string.h>

// Columns of a panel, and columns that a thread changes at once.
enum { PANEL = 96, COLUMNS = 64 };

bool wl_is_blocked(int64_t batch, int64_t n) { return batch < 8 && n >= 384; }

#define WEFT_TEMPLATE "lapack_blocked_type.inc"
#include "lapack_each_type.inc"
