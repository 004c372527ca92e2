// SPDX-License-Identifier: Apache-2.0
// Kernels that are asked to stop.
#ifndef WEFT_STOP_H
#define WEFT_STOP_H

#include <stdint.h>

/// From now on kernels that this thread runs end early when `*flag` is not 0, or when `nanoseconds`
/// have passed (-1: they may take as long as they like): then they leave their results unfinished, and 2
/// in the flag if it was 0. NULL ends this.
void weft_stop_watch(int32_t *flag, int64_t nanoseconds);

/// Whether the kernel at hand is to stop. For loops that are long inside one piece of
/// weft_parallel_for; takes some 30 nanoseconds where there is a deadline.
int weft_stop_is_due(void);

#endif
