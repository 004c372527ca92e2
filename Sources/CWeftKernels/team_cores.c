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
    int count;  // the threads of the team, the caller among them
    int core;   // the caller's, once `told`
    sem_t told, moved;
} weft_spread;

// The others move when the caller has said where it is, and the caller sleeps meanwhile: it does not
// spin at the join on the only core that they may have to start on.
static void lead(weft_spread *spread, int others) {
    spread->core = sched_getcpu();
    WEFT_RELEASE(&spread->told);
    for (int i = 0; i < others; i++) sem_post(&spread->told);
    for (int i = 0; i < others; i++) {
        while (sem_wait(&spread->moved) != 0) {}
    }
}

static void follow(weft_spread *spread, int number) {
    while (sem_wait(&spread->told) != 0) {}
    WEFT_ACQUIRE(&spread->told);
    int core = spread->core;
    if (core >= 0 && CPU_ISSET(core, &spread->allowed)) {
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
    }
    sem_post(&spread->moved);
}

static void spread_member(void *data) {
    weft_spread *spread = (weft_spread *)data;
    WEFT_ACQUIRE(spread);
    int number = omp_get_thread_num(), members = omp_get_num_threads();
    if (members > spread->count) members = spread->count;
    if (number == 0) {
        lead(spread, members - 1);
    } else if (number < members) {
        follow(spread, number);
    }
    WEFT_RELEASE(spread);
}

void weft_team_spread(int count) {
    weft_spread spread = { .count = count };
    if (count < 2 || omp_get_proc_bind() != 0) return;
    if (sched_getaffinity(0, sizeof spread.allowed, &spread.allowed) != 0) return;
    int cores = CPU_COUNT(&spread.allowed);
    if (cores < count || sem_init(&spread.told, 0, 0) != 0) return;
    if (sem_init(&spread.moved, 0, 0) == 0) {
        WEFT_RELEASE(&spread);
        // libgomp's caller spins until all threads have started, milliseconds where one is to start
        // on the caller's core; only with more threads than there are cores it soon sleeps. The one
        // too many leaves with the next region.
        GOMP_parallel(spread_member, &spread, (unsigned)(count == cores ? count + 1 : count), 0);
        WEFT_ACQUIRE(&spread);
        sem_destroy(&spread.moved);
    }
    sem_destroy(&spread.told);
}
#else
void weft_team_spread(int count) { (void)count; }
#endif
