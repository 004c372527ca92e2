// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP

// Clang comes without omp.h.
extern int omp_get_max_threads(void);
extern int omp_get_num_procs(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int);

int wd_thread_count(int wanted) {
    int cores = omp_get_num_procs();
    return wanted > 0 && wanted < cores ? wanted : cores;
}

int wd_threads_now(void) { return omp_in_parallel() ? 1 : omp_get_max_threads(); }

bool wd_in_parallel(void) { return omp_in_parallel(); }

int wd_threads_set(int threads) {
    int now = omp_get_max_threads();
    if (now == threads) return 0;
    omp_set_num_threads(threads);
    return now;
}

void wd_threads_restore(int saved) {
    if (saved) omp_set_num_threads(saved);
}

#else

// The library brings threads that cannot be governed from here.
int wd_thread_count(int wanted) { return wanted > 0 ? wanted : 1; }
int wd_threads_now(void) { return 1; }
bool wd_in_parallel(void) { return false; }
int wd_threads_set(int threads) { return (void)threads, 0; }
void wd_threads_restore(int saved) { (void)saved; }

#endif

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP && defined(__linux__)

// What compilers turn "#pragma omp parallel" into, in the library that oneDNN runs on. Another
// team beside that one would fight it for the cores.
extern void GOMP_parallel(void (*body)(void *), void *context, unsigned threads, unsigned flags);

#if __has_feature(thread_sanitizer)
// The sanitizer does not see that libgomp starts and joins its team.
extern void __tsan_acquire(void *);
extern void __tsan_release(void *);
#define WD_ACQUIRE(address) __tsan_acquire(address)
#define WD_RELEASE(address) __tsan_release(address)
#else
#define WD_ACQUIRE(address) ((void)(address))
#define WD_RELEASE(address) ((void)(address))
#endif

typedef struct region {
    int64_t count;
    _Atomic int64_t next;
    void (*body)(void *, int64_t);
    void *context;
} region;

static void work(void *argument) {
    region *r = argument;
    WD_ACQUIRE(r);
    // Taken one by one: a team member that the system has put aside holds up nobody else's share.
    for (int64_t i; (i = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed)) < r->count;)
        r->body(r->context, i);
    WD_RELEASE(r);
}

void wd_parallel(int64_t count, int threads, void (*body)(void *, int64_t), void *context) {
    int now = wd_threads_now();
    if (threads > now) threads = now;
    if (threads > count) threads = (int)count;
    if (threads <= 1) {
        for (int64_t i = 0; i < count; i++) body(context, i);
        return;
    }
    region r = {count, 0, body, context};
    WD_RELEASE(&r);
    GOMP_parallel(work, &r, (unsigned)threads, 0);
    WD_ACQUIRE(&r);
}

#else

void wd_parallel(int64_t count, int threads, void (*body)(void *, int64_t), void *context) {
    (void)threads;
    for (int64_t i = 0; i < count; i++) body(context, i);
}

#endif
