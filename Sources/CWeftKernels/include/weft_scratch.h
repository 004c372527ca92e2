// SPDX-License-Identifier: Apache-2.0
// Memory for the length of a call.
#ifndef WEFT_SCRATCH_H
#define WEFT_SCRATCH_H

#include "weft_types.h"

/// `bytes` of uninitialised memory, at a multiple of 64; NULL when there is none.
///
/// Each thread keeps up to a megabyte that it once took and takes it again, so that what is run many times asks
/// the system for nothing. What goes beyond that comes from the system each time. The body of a parallel loop
/// may use the memory on other threads.
char *weft_scratch_take(int64_t bytes);

/// Ends the use of what this thread took last and has not given yet. NULL does nothing.
void weft_scratch_give(char *memory);

#endif
