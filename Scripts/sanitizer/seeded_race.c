// SPDX-License-Identifier: Apache-2.0
//
// A loop of the thread team under ThreadSanitizer. `seeded_race seeded`: the pieces add to one
// number, which must be reported. `seeded_race correct`: they write disjoint memory, which is read
// after the join and by the next loop; nothing may be reported.
#include "weft_team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 1 << 16, CALLERS = 4, ROUNDS = 200 };

typedef struct state {
    int64_t input[COUNT], output[COUNT];
    int64_t sum;
    int meets;            // whether the threads of a loop wait for each other
    _Atomic int arrived;  // relaxed: it orders nothing
} state;

// Whoever has the first piece waits until another thread has one: on a busy machine a loop would
// else often be over before the second thread wakes, and there would be no race to report.
static void meet(state *s, int64_t begin) {
    if (!s->meets) return;
    if (begin > 0) atomic_store_explicit(&s->arrived, 1, memory_order_relaxed);
    // Not for ever: a caller that had to wait for a worker works alone for a while.
    for (int i = 0; i < 1000000; i++) {
        if (atomic_load_explicit(&s->arrived, memory_order_relaxed)) return;
        sched_yield();
    }
}

static void racing(void *context, int64_t begin, int64_t end) {
    state *s = context;
    meet(s, begin);
    for (int64_t i = begin; i < end; i++) s->sum += s->input[i];
}

// Reads across the borders of the pieces: what other threads wrote in the loop before.
static void disjoint(void *context, int64_t begin, int64_t end) {
    state *s = context;
    meet(s, begin);
    for (int64_t i = begin; i < end; i++) s->output[i] = s->input[i] + s->input[COUNT - 1 - i];
}

static void back(void *context, int64_t begin, int64_t end) {
    state *s = context;
    for (int64_t i = begin; i < end; i++) s->input[i] = s->output[COUNT - 1 - i] & 0xffff;
}

static void *correct(void *context) {
    state *s = context;
    weft_team_acquire(0);
    for (int round = 0; round < ROUNDS; round++) {
        atomic_store_explicit(&s->arrived, 0, memory_order_relaxed);
        weft_parallel_for(COUNT, 16, 10, disjoint, s);
        weft_parallel_for(COUNT, 16, 10, back, s);
        s->input[round] += s->output[COUNT - 1];
    }
    weft_team_release();
    return NULL;
}

int main(int count, char **arguments) {
    static state states[CALLERS];
    const char *mode = count > 1 ? arguments[1] : "";
    if (weft_team_cores() < 2) {
        puts("one core: no race is possible");
        return 77;
    }
    for (int caller = 0; caller < CALLERS; caller++)
        for (int i = 0; i < COUNT; i++) states[caller].input[i] = i + caller;
    if (strcmp(mode, "seeded") == 0) {
        weft_team_acquire(0);
        states[0].meets = 1;
        weft_parallel_for(COUNT, 16, 10, racing, &states[0]);
        weft_team_release();
        printf("sum %lld\n", (long long)states[0].sum);
        return 0;
    }
    if (strcmp(mode, "correct") == 0) {
        // First alone, then from several threads at once: one has the team, the others run serially.
        states[0].meets = 1;
        correct(&states[0]);
        states[0].meets = 0;
        pthread_t threads[CALLERS];
        for (int caller = 0; caller < CALLERS; caller++)
            pthread_create(&threads[caller], NULL, correct, &states[caller]);
        for (int caller = 0; caller < CALLERS; caller++) pthread_join(threads[caller], NULL);
        printf("sum %lld\n", (long long)(states[0].output[0] + states[CALLERS - 1].output[0]));
        return 0;
    }
    fprintf(stderr, "usage: %s seeded|correct\n", arguments[0]);
    return 2;
}
