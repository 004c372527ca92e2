// SPDX-License-Identifier: Apache-2.0
// What the files of the thread team share.
#ifndef WEFT_TEAM_PRIVATE_H
#define WEFT_TEAM_PRIVATE_H

#include <stdint.h>

#if defined(__APPLE__)
#define WEFT_HAS_GOMP 0
#else
#define WEFT_HAS_GOMP 1
extern void GOMP_parallel(void (*fn)(void *), void *data, unsigned threads, unsigned flags);
#endif

// ThreadSanitizer does not see the fork and join of a libgomp that it did not build.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#endif
#if defined(WEFT_TSAN)
extern void __tsan_acquire(void *);
extern void __tsan_release(void *);
#define WEFT_ACQUIRE(p) __tsan_acquire(p)
#define WEFT_RELEASE(p) __tsan_release(p)
#else
#define WEFT_ACQUIRE(p) ((void)(p))
#define WEFT_RELEASE(p) ((void)(p))
#endif

/// weft_parallel_for of what is not to be stopped in between.
void weft_team_for(int64_t count, int64_t alignment, double cost,
                   void (*body)(void *context, int64_t begin, int64_t end), void *context);

/// Starts the other threads of the calling thread's team of `count`, and moves them off its core.
///
/// They may run on all cores that the process may use, but for the caller's present one. A system
/// that starts a thread beside its maker, and leaves it there until the next tick, makes every
/// divided step last for the slice of whoever of the two waits for the other.
///
/// Does nothing when there are too few cores, when the team's places are settled by OMP_PROC_BIND,
/// or where threads have no affinity.
void weft_team_spread(int count);

#endif
