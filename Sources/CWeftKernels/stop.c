// SPDX-License-Identifier: Apache-2.0
// Long steps look at the flag of whoever wants to stop the run, between the pieces of their work.
#include "weft_stop.h"

#include "team_private.h"
#include "weft_team.h"

#include <stddef.h>

// Steps that take less are not interrupted.
#define WEFT_LONG_NANOSECONDS 1e6
// What is done between two looks at the flag, by the kernels' own estimates.
#define WEFT_LOOK_NANOSECONDS 2e5

typedef struct weft_watch {
    int32_t *flag;     // NULL when nobody wants to stop the run
    int64_t deadline;  // of the monotonic clock
} weft_watch;

static _Thread_local weft_watch watch;

void weft_stop_watch(int32_t *flag, int64_t nanoseconds) {
    watch.flag = flag;
    watch.deadline = flag == NULL || nanoseconds < 0 ? INT64_MAX : weft_now() + nanoseconds;
}

int weft_stop_is_due(void) {
    if (watch.flag == NULL) return 0;
    if (__atomic_load_n(watch.flag, __ATOMIC_RELAXED) != 0) return 1;
    if (watch.deadline == INT64_MAX || weft_now() < watch.deadline) return 0;
    int32_t none = 0;
    __atomic_compare_exchange_n(watch.flag, &none, 2, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return 1;
}

typedef struct stoppable {
    weft_watch watch;
    int64_t step;
    void (*body)(void *, int64_t, int64_t);
    void *context;
} stoppable;

static void run_stoppable(void *context, int64_t begin, int64_t end) {
    const stoppable *s = context;
    weft_watch outer = watch;
    watch = s->watch;
    for (int64_t rest; (rest = end - begin) > 0 && !weft_stop_is_due();) {
        int64_t next = begin + (rest < s->step ? rest : s->step);
        s->body(s->context, begin, next);
        begin = next;
    }
    watch = outer;
}

void weft_parallel_for(int64_t count, int64_t alignment, double cost,
                       void (*body)(void *context, int64_t begin, int64_t end), void *context) {
    if (watch.flag == NULL || (double)count * cost < WEFT_LONG_NANOSECONDS) {
        weft_team_for(count, alignment, cost, body, context);
        return;
    }
    if (alignment < 1) alignment = 1;
    // Not more than a million or so, whatever the estimate.
    int64_t units = (int64_t)(WEFT_LOOK_NANOSECONDS / (cost * (double)alignment + 0.1));
    stoppable s = { watch, (units < 1 ? 1 : units) * alignment, body, context };
    weft_team_for(count, alignment, cost, run_stoppable, &s);
}
