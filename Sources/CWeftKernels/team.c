// SPDX-License-Identifier: Apache-2.0
// The thread team: libgomp's, because oneDNN uses it and two pools on the same cores take turns
// in the worst way. It is called by hand: clang has no OpenMP runtime of its own here, and the
// compiler's pragmas would link another one.
#include "weft_team.h"

#include "team_private.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#if WEFT_HAS_GOMP
extern void omp_set_num_threads(int threads);
extern int omp_get_num_procs(void);
#else
#include <unistd.h>
#endif

// Below this a fork and join costs more than it saves.
#define WEFT_SERIAL_NANOSECONDS 2000.0
// Above this, pieces are smaller than a thread's share, so that a thread that lost its core for a
// while does not keep the others waiting for the whole of its share.
#define WEFT_SMALL_PIECES_NANOSECONDS 100000.0

// So long after two runs overlapped, runs expect company again. A thread that runs one graph after
// another is between two of them for a moment; who took the team in it would share the cores with
// the next.
#define WEFT_COMPANY_NANOSECONDS 1000000

static atomic_flag team_taken = ATOMIC_FLAG_INIT;
static _Atomic int running;              // threads between acquire and release
static _Atomic int64_t last_company;     // when runs last overlapped, 0 for never
static _Thread_local int depth;       // acquires of this thread
static _Thread_local int held;        // threads it has, 0 if it lost the race
static _Thread_local int in_region;   // inside a body
static _Thread_local int last_count;  // what omp_set_num_threads was told, 0 for nothing yet
static _Thread_local int spread;      // how many threads were moved off each other's core

static void set_thread_count(int count) {
    if (count == last_count) return;
    last_count = count;
#if WEFT_HAS_GOMP
    omp_set_num_threads(count);
#endif
}

int weft_team_cores(void) {
    static _Atomic int cached = 0;
    int cores = atomic_load_explicit(&cached, memory_order_relaxed);
    if (cores == 0) {
#if WEFT_HAS_GOMP
        cores = omp_get_num_procs();
#else
        cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
        if (cores < 1) cores = 1;
        atomic_store_explicit(&cached, cores, memory_order_relaxed);
    }
    return cores;
}

static int64_t now_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Whether runs on other threads leave this one about one core: as many runs side by side, each on
// one thread, do more than one on all cores whose threads wait for each other.
static int has_company(int cores) {
    int others = atomic_fetch_add_explicit(&running, 1, memory_order_relaxed);
    if (others > 0) {
        atomic_store_explicit(&last_company, now_nanoseconds(), memory_order_relaxed);
        return cores / (others + 1) < 2;
    }
    int64_t last = atomic_load_explicit(&last_company, memory_order_relaxed);
    if (last == 0) return 0;
    if (now_nanoseconds() - last < WEFT_COMPANY_NANOSECONDS) return cores < 4;
    atomic_store_explicit(&last_company, 0, memory_order_relaxed);
    return 0;
}

int weft_team_acquire(int wanted) {
    if (depth++ > 0) return held > 0 ? held : 1;
    int cores = weft_team_cores();
    int is_crowded = has_company(cores);
    // In a body the team is busy: the thread must not wait for itself, nor take another team.
    if (!WEFT_HAS_GOMP || in_region || is_crowded
        || atomic_flag_test_and_set_explicit(&team_taken, memory_order_acquire)) {
        held = 0;
        set_thread_count(1);
        return 1;
    }
    held = wanted <= 0 || wanted > cores ? cores : wanted;
    set_thread_count(held);
    if (held > spread) {
        spread = held;
        weft_team_spread(held);
    }
    return held;
}

void weft_team_release(void) {
    if (depth == 0 || --depth > 0) return;
    atomic_fetch_sub_explicit(&running, 1, memory_order_relaxed);
    if (held > 0) {
        held = 0;
        atomic_flag_clear_explicit(&team_taken, memory_order_release);
    }
}

#if WEFT_HAS_GOMP
typedef struct weft_region {
    void (*body)(void *, int64_t, int64_t);
    void *context;
    int64_t count, piece;
    _Atomic int64_t next;
    char joined;  // an address to order the join by
} weft_region;

static void run_region(void *data) {
    weft_region *region = (weft_region *)data;
    WEFT_ACQUIRE(region);
    in_region++;
    for (;;) {
        int64_t begin = atomic_fetch_add_explicit(&region->next, region->piece,
                                                  memory_order_relaxed);
        if (begin >= region->count) break;
        int64_t rest = region->count - begin;
        region->body(region->context, begin, begin + (rest < region->piece ? rest : region->piece));
    }
    in_region--;
    WEFT_RELEASE(&region->joined);
}
#endif

void weft_team_for(int64_t count, int64_t alignment, double cost,
                   void (*body)(void *context, int64_t begin, int64_t end), void *context) {
    if (count <= 0) return;
    if (alignment < 1) alignment = 1;
#if WEFT_HAS_GOMP
    double work = (double)count * cost;
    if (held > 1 && in_region == 0 && work >= WEFT_SERIAL_NANOSECONDS && count > alignment) {
        int64_t pieces = held;
        if (work > WEFT_SMALL_PIECES_NANOSECONDS) pieces *= 4;
        int64_t units = (count - 1) / alignment + 1;
        int64_t piece = ((units - 1) / pieces + 1) * alignment;
        int64_t used = (count - 1) / piece + 1;
        weft_region region = { body, context, count, piece, 0, 0 };
        WEFT_RELEASE(&region);
        GOMP_parallel(run_region, &region, (unsigned)(used < held ? used : held), 0);
        WEFT_ACQUIRE(&region.joined);
        return;
    }
#else
    (void)cost;
#endif
    body(context, 0, count);
}
