// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TYPES_H
#define WEFT_TYPES_H

#include <stddef.h>
#include <stdint.h>

/// Element types of arrays in programs, numbered as Swift's `DType` has them. Bool is one byte, 0 or 1.
typedef enum weft_dtype {
    WEFT_BOOL = 0,
    WEFT_I8, WEFT_I16, WEFT_I32, WEFT_I64,
    WEFT_U8, WEFT_U16, WEFT_U32, WEFT_U64,
    WEFT_F16, WEFT_BF16, WEFT_F32, WEFT_F64,
    WEFT_DTYPE_COUNT
} weft_dtype;

/// What a kernel reports instead of trapping. The run throws; nothing is committed.
typedef enum weft_status {
    WEFT_OK = 0,
    WEFT_INTEGER_DIVISION_BY_ZERO,
    WEFT_INDEX_OUT_OF_RANGE,
    WEFT_OUT_OF_MEMORY,
    WEFT_UNSUPPORTED
} weft_status;

/// The largest rank a kernel takes.
#define WEFT_MAX_RANK 8

#endif
