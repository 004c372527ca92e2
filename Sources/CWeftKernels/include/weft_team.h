// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TEAM_H
#define WEFT_TEAM_H

#include <stdint.h>

/// The one thread team of the process: libgomp's, shared with oneDNN.
///
/// A run acquires it (`wanted` threads, 0 for as many as there are cores); the loser of the
/// race runs serially, oneDNN included. Returns the number of threads the caller now has (>= 1).
/// Every acquire is followed by a release on the same thread, whatever it returned.
int weft_team_acquire(int wanted);
void weft_team_release(void);

/// Calls body(context, begin, end) over pieces of 0 ..< count, in parallel when the calling
/// thread holds the team and `count * cost` (cost: nanoseconds an item) is worth it.
/// Piece boundaries are multiples of `alignment`. Bodies must not throw, and write disjoint memory.
void weft_parallel_for(int64_t count, int64_t alignment, double cost,
                       void (*body)(void *context, int64_t begin, int64_t end), void *context);

/// The cores this process may use.
int weft_team_cores(void);

#endif
