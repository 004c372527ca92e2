// SPDX-License-Identifier: Apache-2.0
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "weft_runtime.h"

#include <pthread.h>
#include <stddef.h>

#if defined(__clang__)
#define UNCHECKED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))
#else
#define UNCHECKED __attribute__((noinline))
#endif

// Deep enough for a call of the framework from inside of a layer inside of a model.
enum { MOST_FRAMES = 48 };

// The address above the thread's stack; 0 where the platform cannot tell.
static uintptr_t end_of_stack(void) {
#if defined(__linux__)
    pthread_attr_t attributes;
    void *start = 0;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) { return 0; }
    if (pthread_attr_getstack(&attributes, &start, &size) != 0) { start = 0; }
    pthread_attr_destroy(&attributes);
    return start ? (uintptr_t)start + size : 0;
#elif defined(__APPLE__)
    return (uintptr_t)pthread_get_stackaddr_np(pthread_self());
#else
    return 0;
#endif
}

UNCHECKED uint64_t weft_call_stack(void) {
    static _Thread_local uintptr_t end = 0;
    if (end == 0) {
        end = end_of_stack();
        if (end == 0) { end = 2 * sizeof(uintptr_t); }
    }
    uint64_t hash = 0;
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    for (int i = 0; i < MOST_FRAMES; i++) {
        // A frame begins with the address of its caller's frame and the return address. What stands
        // outside of the stack, or does not lead upwards, is no frame.
        if (frame % sizeof(uintptr_t) != 0 || frame > end - 2 * sizeof(uintptr_t)) { break; }
        const uintptr_t *words = (const uintptr_t *)frame;
        hash = (hash ^ words[1]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
        if (words[0] <= frame) { break; }
        frame = words[0];
    }
    return hash;
}
