// SPDX-License-Identifier: Apache-2.0
// How much memory the process may take.
#ifndef WEFT_MEMORY_H
#define WEFT_MEMORY_H

#include <stdint.h>

/// The most bytes the process could ever have: what the machine has, what its control groups allow, and
/// the limits of its address space and data.
int64_t weft_memory_limit(void);

/// The bytes that the process could take more now, before the system refuses them or ends a process
/// for want of them. Costs a few file reads.
int64_t weft_memory_available(void);

#endif
