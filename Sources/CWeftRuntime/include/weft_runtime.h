// SPDX-License-Identifier: Apache-2.0
// What Swift's runtime knows and Swift sources cannot say.
#ifndef WEFT_RUNTIME_H
#define WEFT_RUNTIME_H

#include <stdint.h>

/// A Swift object with one more reference, or null when its `deinit` has begun.
///
/// The object's memory must be valid: the caller knows that `deinit` has not ended.
void *_Nullable weft_try_retain(void *_Nonnull object);

/// Tells ThreadSanitizer that what this thread did so far comes before whatever a thread does after
/// `weft_sanitizer_acquire` of the same address. It does not see the order that reference counts
/// and continuations of Swift's runtime make. In other builds neither does anything.
void weft_sanitizer_release(const void *_Nonnull address);
void weft_sanitizer_acquire(const void *_Nonnull address);

/// A number that stands for the calls that lead here, the same for the same return addresses; it
/// takes tens of nanoseconds. 0 where the platform cannot tell.
uint64_t weft_call_stack(void);

/// Whether the program is built with AddressSanitizer.
_Bool weft_sanitizes_addresses(void);
#endif
