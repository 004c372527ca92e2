// SPDX-License-Identifier: Apache-2.0
// Who has the thread team, and which loops it divides.
#include "weft_team.h"

#include "team_private.h"

#include <stdatomic.h>
#include <stddef.h>

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

// Whether runs on other threads leave this one about one core: as many runs side by side, each on
// one thread, do more than one on all cores whose threads wait for each other.
static int has_company(int cores) {
    int others = atomic_fetch_add_explicit(&running, 1, memory_order_relaxed);
    if (others > 0) {
        atomic_store_explicit(&last_company, weft_now(), memory_order_relaxed);
        return cores / (others + 1) < 2;
    }
    int64_t last = atomic_load_explicit(&last_company, memory_order_relaxed);
    if (last == 0) return 0;
    if (weft_now() - last < WEFT_COMPANY_NANOSECONDS) return cores < 4;
    atomic_store_explicit(&last_company, 0, memory_order_relaxed);
    return 0;
}

int weft_team_acquire(int wanted) {
    if (depth++ > 0) return held > 0 ? held : 1;
    int cores = weft_team_cores();
    int is_crowded = has_company(cores);
    if (wanted <= 0 || wanted > cores) wanted = cores;
    // In a body the team is busy: the thread must not wait for itself.
    if (wanted == 1 || weft_pool_is_inside() || is_crowded
        || atomic_flag_test_and_set_explicit(&team_taken, memory_order_acquire)) {
        held = 0;
        return 1;
    }
    held = wanted;
    weft_pool_prepare(held - 1);
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

void weft_team_forget_others(void) {
    atomic_store(&running, depth > 0);
    atomic_store(&last_company, 0);
    if (held == 0) atomic_flag_clear(&team_taken);
}

void weft_team_for(int64_t count, int64_t alignment, double cost,
                   void (*body)(void *context, int64_t begin, int64_t end), void *context) {
    if (count <= 0) return;
    if (alignment < 1) alignment = 1;
    double work = (double)count * cost;
    if (held > 1 && !weft_pool_is_inside() && work >= WEFT_SERIAL_NANOSECONDS
        && count > alignment) {
        int64_t pieces = held;
        if (work > WEFT_SMALL_PIECES_NANOSECONDS) pieces *= 4;
        int64_t units = (count - 1) / alignment + 1;
        int64_t piece = ((units - 1) / pieces + 1) * alignment;
        int64_t used = (count - 1) / piece + 1;
        weft_region region = { body, context, count, piece, (double)piece * cost };
        weft_pool_run(&region, (int)(used < held ? used : held) - 1);
        return;
    }
    body(context, 0, count);
}
