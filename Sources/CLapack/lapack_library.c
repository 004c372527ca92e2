// SPDX-License-Identifier: Apache-2.0
// LAPACK does with the calling thread what it is told; Weft's team divides the work above it.
#include "lapack_private.h"

#ifdef __APPLE__

// Accelerate divides what it finds worth it by means of its own.
bool wl_enter(wl_entry *entry) {
    *entry = (wl_entry){false, 0};
    return true;
}

void wl_leave(const wl_entry *entry) { (void)entry; }

#else

#include <pthread.h>
#include <sys/mman.h>

// OpenBLAS comes in three builds, and which of them a program gets is decided when it starts.
enum { SERIAL = 0, POSIX_THREADS = 1, OPEN_MP = 2 };
extern int openblas_get_parallel(void);
extern void openblas_set_num_threads(int);

// Clang comes without omp.h. The number is the calling thread's own.
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static int build;
/// The serial build takes its buffers from a table without a lock.
static pthread_mutex_t serial = PTHREAD_MUTEX_INITIALIZER;

static void prepare(void) {
    build = openblas_get_parallel();
    if (build == POSIX_THREADS) openblas_set_num_threads(1);
}

// A thread that finds no buffer in the library's table maps one, and tries for ever where it cannot be
// had. Buffers stay in the table, so that there are as many as threads ever were inside at once.
enum { BUFFER_BYTES = 129 << 20 };
static _Atomic int inside, most_inside;

static bool has_buffer(void) {
    int now = atomic_fetch_add(&inside, 1) + 1;
    int most = atomic_load(&most_inside);
    if (now <= most) return true;
    void *probe = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) {
        atomic_fetch_sub(&inside, 1);
        return false;
    }
    munmap(probe, BUFFER_BYTES);
    while (most < now && !atomic_compare_exchange_weak(&most_inside, &most, now)) {}
    return true;
}

bool wl_enter(wl_entry *entry) {
    pthread_once(&prepared, prepare);
    if (!has_buffer()) return false;
    *entry = (wl_entry){build == SERIAL, 0};
    if (entry->locked) pthread_mutex_lock(&serial);
    if (build != OPEN_MP) return true;
    int threads = omp_get_max_threads();
    if (threads != 1) {
        entry->threads = threads;
        omp_set_num_threads(1);
    }
    return true;
}

void wl_leave(const wl_entry *entry) {
    if (entry->threads) omp_set_num_threads(entry->threads);
    if (entry->locked) pthread_mutex_unlock(&serial);
    atomic_fetch_sub(&inside, 1);
}

#endif
