// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TEAM_H
#define WEFT_TEAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The one thread team of the process, for all loops and for the parts of oneDNN's operations.
///
/// A run acquires it (`wanted` threads, 0 for as many as there are cores); the loser of the
/// race runs serially. Returns the number of threads the caller now has (>= 1), of which only its
/// own is sure to come: nobody waits for one that has not begun a piece.
/// Every acquire is followed by a release on the same thread, whatever it returned.
int weft_team_acquire(int wanted);
void weft_team_release(void);

/// Calls body(context, begin, end) over pieces of 0 ..< count, in parallel when the calling
/// thread holds the team and `count * cost` (cost: nanoseconds an item) is worth it.
/// Piece boundaries are multiples of `alignment`. Bodies must not throw, and write disjoint memory.
/// They run with the caller's floating-point control: its rounding, and what it does with denormals.
void weft_parallel_for(int64_t count, int64_t alignment, double cost,
                       void (*body)(void *context, int64_t begin, int64_t end), void *context);

/// The cores this process may use: those of its affinity mask, and no more than its CPU quota pays for
/// in part.
int weft_team_cores(void);

/// The cores that the CPU quotas of a process's control groups pay for, a part of one counted whole; 0
/// for no quota. `groups` is its file /proc/self/cgroup, `root` the folder where the groups are mounted.
int weft_quota_cores(const char *groups, const char *root);

/// Flushes denormal operands and results to zero on the calling thread, or keeps them, until
/// weft_denormals_restore is given what this returned.
uint64_t weft_denormals_set(int flush);
void weft_denormals_restore(uint64_t saved);

#ifdef __cplusplus
}
#endif

#endif
