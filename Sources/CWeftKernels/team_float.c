// SPDX-License-Identifier: Apache-2.0
// What a thread's floating-point unit does with denormal numbers.
#include "weft_team.h"

#include "team_private.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Results that are denormal become zero, and operands count as zero.
#define WEFT_FLUSH 0x8040u

uint64_t weft_float_control(void) { return _mm_getcsr(); }
void weft_float_control_set(uint64_t control) { _mm_setcsr((unsigned)control); }

// The flags of past exceptions are no setting.
#define WEFT_FLAGS 0x3fu

#elif defined(__aarch64__)

// FZ for 32 and 64 bits, FZ16 for 16.
#define WEFT_FLUSH ((uint64_t)1 << 24 | (uint64_t)1 << 19)
#define WEFT_FLAGS 0u

uint64_t weft_float_control(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control;
}

void weft_float_control_set(uint64_t control) {
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
}

#else

#define WEFT_FLUSH 0u
#define WEFT_FLAGS 0u
uint64_t weft_float_control(void) { return 0; }
void weft_float_control_set(uint64_t control) { (void)control; }

#endif

uint64_t weft_denormals_set(int flush) {
    uint64_t saved = weft_float_control();
    uint64_t wanted = flush ? saved | WEFT_FLUSH : saved & ~(uint64_t)WEFT_FLUSH;
    if (wanted != saved) weft_float_control_set(wanted);
    return saved;
}

void weft_denormals_restore(uint64_t saved) {
    // What was raised meanwhile stays raised.
    uint64_t now = weft_float_control();
    uint64_t wanted = (saved & ~(uint64_t)WEFT_FLAGS) | (now & WEFT_FLAGS);
    if (wanted != now) weft_float_control_set(wanted);
}
