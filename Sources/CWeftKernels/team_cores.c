// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "team_private.h"

#if defined(__linux__)
#include <sched.h>
#include <semaphore.h>

extern int omp_get_num_threads(void);
extern int omp_get_thread_num(void);
extern int omp_get_proc_bind(void);

typedef struct weft_spread {
    cpu_set_t allowed;
    int core;  // the caller's
    sem_t moved;
} weft_spread;

static void spread_member(void *data) {
    weft_spread *spread = (weft_spread *)data;
    int number = omp_get_thread_num();
    WEFT_ACQUIRE(spread);
    if (number == 0) {
        // Asleep, not spinning at the join: the others may have nothing but this core to start on.
        for (int i = omp_get_num_threads(); i > 1; i--) sem_wait(&spread->moved);
        return;
    }
    int core = spread->core;
    for (int i = 0; i < number; i++) {
        do core = (core + 1) % CPU_SETSIZE;
        while (!CPU_ISSET(core, &spread->allowed));
    }
    // To a core of its own first: where all others are allowed, two may choose the same.
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    cores = spread->allowed;
    CPU_CLR(spread->core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    sem_post(&spread->moved);
}

void weft_team_spread(int count) {
    weft_spread spread = { .core = sched_getcpu() };
    if (count < 2 || spread.core < 0 || omp_get_proc_bind() != 0) return;
    if (sched_getaffinity(0, sizeof spread.allowed, &spread.allowed) != 0) return;
    if (!CPU_ISSET(spread.core, &spread.allowed) || CPU_COUNT(&spread.allowed) < count) return;
    if (sem_init(&spread.moved, 0, 0) != 0) return;
    WEFT_RELEASE(&spread);
    GOMP_parallel(spread_member, &spread, (unsigned)count, 0);
    sem_destroy(&spread.moved);
}
#else
void weft_team_spread(int count) { (void)count; }
#endif
