// SPDX-License-Identifier: Apache-2.0
// The workers of the thread team. A region is done when all of its pieces are: the caller takes
// pieces until there are none, closes the region, and waits only for those who are in a piece. A
// worker that comes later, because it slept or another program has its core, finds the door closed.
#include "team_private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

// A worker that has nothing to do looks out for the next region so long, and then sleeps: most
// steps of a plan follow each other sooner, and to wake takes 20 to 70 microseconds.
#define WEFT_SPIN_NANOSECONDS 200000
// So long the caller looks out for the last worker before it sleeps, in case both are on one core.
#define WEFT_JOIN_SPIN_NANOSECONDS 50000
// Sleeping workers are called when they have missed so much work: the call takes microseconds.
#define WEFT_MISSED_NANOSECONDS 10000.0
// A worker that lets the caller wait so much longer than its piece should take has lost its core.
#define WEFT_STALL_NANOSECONDS 100000
// After a stall the caller works alone for twice its length, and for twice as many times of it after
// each further one that comes before as long again has passed. So one late wake-up costs little, and a
// program that stays costs a few hundredths; its core is tried again soon after it has left.
#define WEFT_LEAST_REST 2
#define WEFT_MOST_REST 32
#define WEFT_REST_NANOSECONDS 250000000
// A system that refused a thread is asked again after so long.
#define WEFT_REFUSED_NANOSECONDS 1000000000
// Kernels have small frames; those of oneDNN are not known.
#define WEFT_STACK_BYTES ((size_t)8 << 20)

// The door: the number of the region, the seats left in it, whether the caller sleeps, and how many
// workers are inside.
#define DOOR_INSIDE ((uint64_t)0x7fff)
#define DOOR_CALLER_SLEEPS ((uint64_t)0x8000)
#define DOOR_SEAT ((uint64_t)1 << 16)
#define DOOR_SEATS ((uint64_t)0xffff << 16)
#define DOOR_NUMBER(door) ((uint32_t)((door) >> 32))

// On lines of their own: workers that wait read the first all the time.
static struct {
    _Alignas(64) _Atomic uint64_t door;
    _Alignas(64) _Atomic int64_t next;  // the first item that nobody has taken
    // Written before the door opens and after the last worker has left.
    _Alignas(64) weft_region region;
    uint64_t control;
} pool;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t worker_called = PTHREAD_COND_INITIALIZER;
static pthread_cond_t last_left = PTHREAD_COND_INITIALIZER;
static _Atomic int sleeping;  // workers that sleep and have not been called
static int called;            // workers that were called and have not woken, under the mutex

// Of the team's holder alone; the team's flag orders one holder after the other.
static int started;             // workers
static int64_t refused;         // when the system last refused a thread, 0 for never
static int is_resting;          // after a stall
static int64_t rest_end, rest;  // of the last rest, and how long it was
static int rest_factor = WEFT_LEAST_REST;
static double missed;           // nanoseconds of work that sleeping workers have missed

static _Thread_local int inside;

int weft_pool_is_inside(void) { return inside; }

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Returns how many pieces it did.
static int64_t take_pieces(void) {
    const weft_region *region = &pool.region;
    int64_t count = region->count, piece = region->piece, done = 0;
    inside = 1;
    for (;;) {
        int64_t begin = atomic_fetch_add_explicit(&pool.next, piece, memory_order_relaxed);
        if (begin >= count) break;
        int64_t left = count - begin;
        region->body(region->context, begin, begin + (left < piece ? left : piece));
        done++;
    }
    inside = 0;
    return done;
}

// MARK: Workers

static int is_open(uint64_t door, uint32_t seen) {
    return (door & DOOR_SEATS) != 0 && DOOR_NUMBER(door) != seen;
}

/// Sleeps until called, unless a region has opened.
static void sleep_until_called(uint32_t seen) {
    pthread_mutex_lock(&mutex);
    atomic_fetch_add(&sleeping, 1);
    // Either this sees the door that a caller has opened, or the caller sees the sleeper.
    if (is_open(atomic_load(&pool.door), seen)) {
        atomic_fetch_sub(&sleeping, 1);
    } else {
        while (called == 0) pthread_cond_wait(&worker_called, &mutex);
        called--;
    }
    pthread_mutex_unlock(&mutex);
}

static uint64_t await_region(uint32_t seen) {
    for (;;) {
        int64_t end = 0;
        for (int round = 0;; round++) {
            uint64_t door = atomic_load_explicit(&pool.door, memory_order_relaxed);
            if (is_open(door, seen)) return door;
            pause_briefly();
            if (round % 64 != 0) continue;
            int64_t now = weft_now();
            if (end == 0) end = now + WEFT_SPIN_NANOSECONDS;
            if (now >= end) break;
        }
        sleep_until_called(seen);
    }
}

static void leave(void) {
    uint64_t door = atomic_fetch_sub_explicit(&pool.door, 1, memory_order_acq_rel);
    if ((door & DOOR_CALLER_SLEEPS) != 0 && (door & DOOR_INSIDE) == 1) {
        pthread_mutex_lock(&mutex);
        pthread_cond_signal(&last_left);
        pthread_mutex_unlock(&mutex);
    }
}

typedef struct origin { int number, core; } origin;

enum { MOST_WORKERS = 1023 };
static origin origins[MOST_WORKERS];

static void *work(void *argument) {
    const origin *from = argument;
    weft_team_spread(from->number, from->core);
    uint32_t seen = 0;
    for (;;) {
        uint64_t door = await_region(seen);
        while (is_open(door, seen)) {
            if (!atomic_compare_exchange_weak_explicit(&pool.door, &door, door + 1 - DOOR_SEAT,
                                                       memory_order_acquire,
                                                       memory_order_relaxed))
                continue;
            seen = DOOR_NUMBER(door);
            if (weft_float_control() != pool.control) weft_float_control_set(pool.control);
            take_pieces();
            leave();
            break;
        }
    }
    return NULL;
}

/// A process that was forked has its caller and no workers.
static void forget_workers(void) {
    pthread_mutex_init(&mutex, NULL);
    pthread_cond_init(&worker_called, NULL);
    pthread_cond_init(&last_left, NULL);
    uint32_t number = DOOR_NUMBER(atomic_load(&pool.door));
    atomic_store(&pool.door, (uint64_t)number << 32);
    atomic_store(&sleeping, 0);
    called = 0;
    started = 0;
    refused = 0;
    is_resting = 0;
    missed = 0;
    weft_team_forget_others();
}

void weft_pool_prepare(int count) {
    static int survives_forks;
    if (!survives_forks) survives_forks = pthread_atfork(NULL, NULL, forget_workers) == 0;
    if (count > MOST_WORKERS) count = MOST_WORKERS;
    if (started >= count) return;
    if (refused != 0 && weft_now() - refused < WEFT_REFUSED_NANOSECONDS) return;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, WEFT_STACK_BYTES);
    int core = weft_team_core();
    while (started < count) {
        pthread_t thread;
        origins[started] = (origin){ started + 1, core };
        if (pthread_create(&thread, &attributes, work, &origins[started]) != 0) {
            refused = weft_now();
            break;
        }
        started++;
    }
    pthread_attr_destroy(&attributes);
}

// MARK: The caller

static void call_workers(int helpers) {
    pthread_mutex_lock(&mutex);
    int count = atomic_load(&sleeping);
    if (count > helpers) count = helpers;
    atomic_fetch_sub(&sleeping, count);
    called += count;
    pthread_mutex_unlock(&mutex);
    // Now, so that who wakes finds the mutex free.
    for (int i = 0; i < count; i++) pthread_cond_signal(&worker_called);
}

static uint64_t inside_now(void) {
    return atomic_load_explicit(&pool.door, memory_order_acquire) & DOOR_INSIDE;
}

static void sleep_until_left(void) {
    pthread_mutex_lock(&mutex);
    atomic_fetch_or(&pool.door, DOOR_CALLER_SLEEPS);
    while (inside_now() != 0) pthread_cond_wait(&last_left, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void begin_rest(int64_t stall, int64_t now) {
    if (now - stall - rest_end > rest)
        rest_factor = WEFT_LEAST_REST;
    else if (rest_factor < WEFT_MOST_REST)
        rest_factor *= 2;
    rest = stall * rest_factor;
    if (rest > WEFT_REST_NANOSECONDS) rest = WEFT_REST_NANOSECONDS;
    rest_end = now + rest;
    is_resting = 1;
}

/// Waits for the workers that are in a piece. The caller has done `pieces` since `start`.
static void join(int64_t start, int64_t pieces) {
    for (int i = 0; i < 64; i++) {
        if (inside_now() == 0) return;
        pause_briefly();
    }
    int64_t begin = weft_now(), now = begin;
    int64_t piece = (int64_t)pool.region.piece_nanoseconds;
    if (pieces > 0 && (begin - start) / pieces > piece) piece = (begin - start) / pieces;
    while (inside_now() != 0) {
        for (int i = 0; i < 64 && inside_now() != 0; i++) pause_briefly();
        now = weft_now();
        if (now - begin > WEFT_JOIN_SPIN_NANOSECONDS + piece) {
            sleep_until_left();
            now = weft_now();
        }
    }
    int64_t stall = now - begin - piece;
    if (stall < WEFT_STALL_NANOSECONDS) return;
    begin_rest(stall, now);
}

void weft_pool_run(const weft_region *region, int helpers) {
    if (helpers > started) helpers = started;
    if (is_resting && weft_now() >= rest_end) is_resting = 0;
    if (helpers < 1 || is_resting) {
        inside = 1;
        region->body(region->context, 0, region->count);
        inside = 0;
        return;
    }
    int64_t start = weft_now();
    pool.region = *region;
    pool.control = weft_float_control();
    atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
    uint64_t number = DOOR_NUMBER(atomic_load_explicit(&pool.door, memory_order_relaxed)) + 1u;
    // A worker that has seen none yet has seen number 0.
    if ((uint32_t)number == 0) number = 1;
    // In order with the look at the sleepers, and theirs at the door.
    atomic_store(&pool.door, number << 32 | (uint64_t)helpers << 16);
    if (atomic_load(&sleeping) > 0) {
        missed += region->piece_nanoseconds * (double)((region->count - 1) / region->piece);
        if (missed > WEFT_MISSED_NANOSECONDS) {
            missed = 0;
            call_workers(helpers);
        }
    }
    int64_t done = take_pieces();
    atomic_fetch_and_explicit(&pool.door, ~DOOR_SEATS, memory_order_acq_rel);
    join(start, done);
}
