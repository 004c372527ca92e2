// SPDX-License-Identifier: Apache-2.0
// Memory for the length of a call.
#ifndef WEFT_SCRATCH_PRIVATE_H
#define WEFT_SCRATCH_PRIVATE_H

#include <stdint.h>

/// `bytes` of uninitialised memory, at a multiple of 64; NULL when there is none.
///
/// Each thread keeps what it once took and takes it again, so that a step that is run many times asks the
/// system for nothing. Other threads may use the memory meanwhile.
char *weft_scratch_take(int64_t bytes);

/// Ends the use of what this thread took last and has not given yet. NULL is given for nothing.
void weft_scratch_give(char *memory);

#endif
