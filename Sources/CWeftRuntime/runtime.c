// SPDX-License-Identifier: Apache-2.0
#include "weft_runtime.h"

// The entry point of Swift's runtime that weak references are made of, exported on every platform
// since the ABI is stable. Swift sources may not name it.
extern void *swift_tryRetain(void *object);

void *weft_try_retain(void *object) { return swift_tryRetain(object); }

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define WEFT_ASAN 1
#endif
#endif

_Bool weft_sanitizes_addresses(void) {
#if defined(WEFT_ASAN)
    return 1;
#else
    return 0;
#endif
}

#if defined(WEFT_TSAN)
extern void __tsan_acquire(void *);
extern void __tsan_release(void *);

void weft_sanitizer_release(const void *address) { __tsan_release((void *)address); }
void weft_sanitizer_acquire(const void *address) { __tsan_acquire((void *)address); }
#else
void weft_sanitizer_release(const void *address) { (void)address; }
void weft_sanitizer_acquire(const void *address) { (void)address; }
#endif
