// SPDX-License-Identifier: Apache-2.0
// A stack of temporary memory for each thread, since a library cannot know how large its call stack is.
#include "weft_scratch.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

// What is larger comes from the system each time: a thread must not keep that for ever.
#define WEFT_KEPT_BYTES (1 << 20)

// The address sanitizer sees overflows only between allocations of its own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef WEFT_KEPT_BYTES
#define WEFT_KEPT_BYTES 0
#endif
#endif

typedef struct thread_scratch {
    char *memory;
    size_t size, used;
    size_t wanted;  // the most that was needed at once, of what may be kept
} thread_scratch;

static _Thread_local thread_scratch own;
static pthread_key_t at_exit;
static pthread_once_t at_exit_made = PTHREAD_ONCE_INIT;
static int has_at_exit;

// Other destructors of the thread may still run kernels.
static void give_back(void *memory) {
    free(memory);
    own = (thread_scratch){ NULL, 0, 0, 0 };
}

static void make_at_exit(void) { has_at_exit = pthread_key_create(&at_exit, give_back) == 0; }

static char *allocate(size_t bytes) {
    void *memory;
    return posix_memalign(&memory, 64, bytes) == 0 ? (char *)memory : NULL;
}

// Nothing is in use, so nothing needs to be kept.
static void grow(void) {
    size_t size = 64 * 1024;
    while (size < own.wanted) size *= 2;
    free(own.memory);
    own.memory = allocate(size);
    own.size = own.memory == NULL ? 0 : size;
    pthread_once(&at_exit_made, make_at_exit);
    if (has_at_exit) pthread_setspecific(at_exit, own.memory);
}

char *weft_scratch_take(int64_t bytes) {
    // At least a line, so that each piece has an address of its own.
    size_t rounded = ((size_t)bytes + 64) & ~(size_t)63, needed = own.used + rounded;
    if (needed > own.wanted && needed <= WEFT_KEPT_BYTES) own.wanted = needed;
    if (own.used == 0 && own.wanted > own.size) grow();
    if (needed > own.size) return allocate(rounded);
    char *memory = own.memory + own.used;
    own.used += rounded;
    return memory;
}

void weft_scratch_give(char *memory) {
    uintptr_t offset = (uintptr_t)memory - (uintptr_t)own.memory;
    if (memory != NULL && own.memory != NULL && offset < own.size)
        own.used = offset;
    else
        free(memory);
}
