// SPDX-License-Identifier: Apache-2.0
// What the files of the thread team share.
#ifndef WEFT_TEAM_PRIVATE_H
#define WEFT_TEAM_PRIVATE_H

#include <stdint.h>
#include <time.h>

/// weft_parallel_for of what is not to be stopped in between.
void weft_team_for(int64_t count, int64_t alignment, double cost,
                   void (*body)(void *context, int64_t begin, int64_t end), void *context);

/// A divided loop.
typedef struct weft_region {
    void (*body)(void *, int64_t, int64_t);
    void *context;
    int64_t count, piece;
    double piece_nanoseconds;  // what a piece is expected to take
} weft_region;

/// Sees to it that `count` workers have been started, as far as the system starts threads. Only
/// the team's holder calls it.
void weft_pool_prepare(int count);

/// Does the region with the calling thread and up to `helpers` of the workers. Only the team's
/// holder calls it.
void weft_pool_run(const weft_region *region, int helpers);

/// In a process that was forked: the calling thread is the only one.
void weft_team_forget_others(void);

/// Tells whether the calling thread is inside of a body.
int weft_pool_is_inside(void);

/// Moves the calling thread, the worker `number` (from 1 on), off the core of the one who made it,
/// `core`, and off those of the workers before it.
///
/// It may run on all cores that the process may use, but for that one. A system that starts a
/// thread beside its maker, and leaves it there until the next tick, makes it late for milliseconds.
/// Does nothing where there are too few cores, or where threads have no affinity.
void weft_team_spread(int number, int core);

/// The core of the calling thread; -1 where that is not known.
int weft_team_core(void);

/// What the calling thread's floating-point unit is set to.
uint64_t weft_float_control(void);
void weft_float_control_set(uint64_t control);

static inline int64_t weft_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

#endif
