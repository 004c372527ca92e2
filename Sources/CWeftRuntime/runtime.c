// SPDX-License-Identifier: Apache-2.0
#include "weft_runtime.h"

// The entry point of Swift's runtime that weak references are made of, exported on every platform
// since the ABI is stable. Swift sources may not name it.
extern void *swift_tryRetain(void *object);

void *weft_try_retain(void *object) { return swift_tryRetain(object); }
