// SPDX-License-Identifier: Apache-2.0
// The checksum CRC-32C (Castagnoli), which processors have an instruction for.
#ifndef WEFT_CRC32C_H
#define WEFT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// The checksum of `count` bytes that follow those of which `sum` is the checksum; `sum` is 0 at the beginning.
uint32_t weft_crc32c(uint32_t sum, const void *_Nullable bytes, size_t count);

/// The same without the processor's instruction, to compare with.
uint32_t weft_crc32c_portable(uint32_t sum, const void *_Nullable bytes, size_t count);

#endif
