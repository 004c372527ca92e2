// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_RUNTIME_H
#define WEFT_RUNTIME_H

/// A Swift object with one more reference, or null when its `deinit` has begun.
///
/// The object's memory must be valid: the caller knows that `deinit` has not ended.
void *_Nullable weft_try_retain(void *_Nonnull object);

#endif
