// SPDX-License-Identifier: Apache-2.0
// Included by tile_vector.h: conversions between the types of registers. Conversions between
// integers of one size are copies; those from bool are those from u8.

#define WEFT_CAST_TO_BOOL(T, width) WEFT_UNARY(cast_##T##_bool, uint8_t, T, width, x != 0)
WEFT_CAST_TO_BOOL(uint8_t, WEFT_W1)
WEFT_CAST_TO_BOOL(uint16_t, WEFT_W2)
WEFT_CAST_TO_BOOL(uint32_t, WEFT_W4)
WEFT_CAST_TO_BOOL(uint64_t, WEFT_W8)
WEFT_CAST_TO_BOOL(float, WEFT_W4)
WEFT_CAST_TO_BOOL(double, WEFT_W8)

#define WEFT_CAST(T, R) WEFT_CONVERT(cast_##T##_##R, R, T, x)
#define WEFT_CAST_TO_FLOATS(T) WEFT_CAST(T, float) WEFT_CAST(T, double)
#define WEFT_CAST_8(T) WEFT_CAST(T, uint16_t) WEFT_CAST(T, uint32_t) WEFT_CAST(T, uint64_t) WEFT_CAST_TO_FLOATS(T)
#define WEFT_CAST_16(T) WEFT_CAST(T, uint8_t) WEFT_CAST(T, uint32_t) WEFT_CAST(T, uint64_t) WEFT_CAST_TO_FLOATS(T)
#define WEFT_CAST_32(T) WEFT_CAST(T, uint8_t) WEFT_CAST(T, uint16_t) WEFT_CAST(T, uint64_t) WEFT_CAST_TO_FLOATS(T)
#define WEFT_CAST_64(T) WEFT_CAST(T, uint8_t) WEFT_CAST(T, uint16_t) WEFT_CAST(T, uint32_t) WEFT_CAST_TO_FLOATS(T)
WEFT_CAST_8(uint8_t)
WEFT_CAST_8(int8_t)
WEFT_CAST_16(uint16_t)
WEFT_CAST_16(int16_t)
WEFT_CAST_32(uint32_t)
WEFT_CAST_32(int32_t)
WEFT_CAST_64(uint64_t)
WEFT_CAST_64(int64_t)

WEFT_CAST(float, double)
WEFT_CAST(double, float)

// Narrow types wrap: signed ones from i32, unsigned ones from i64.
#define WEFT_CAST_FROM_FLOAT(T, s)                                                                 \
    WEFT_CONVERT(cast_##T##_int8_t, uint8_t, T, (uint32_t)i32_from_##s(x))                         \
    WEFT_CONVERT(cast_##T##_int16_t, uint16_t, T, (uint32_t)i32_from_##s(x))                       \
    WEFT_CONVERT(cast_##T##_int32_t, uint32_t, T, (uint32_t)i32_from_##s(x))                       \
    WEFT_CONVERT(cast_##T##_int64_t, uint64_t, T, (uint64_t)i64_from_##s(x))                       \
    WEFT_CONVERT(cast_##T##_uint8_t, uint8_t, T, (uint64_t)i64_from_##s(x))                        \
    WEFT_CONVERT(cast_##T##_uint16_t, uint16_t, T, (uint64_t)i64_from_##s(x))                      \
    WEFT_CONVERT(cast_##T##_uint32_t, uint32_t, T, (uint64_t)i64_from_##s(x))                      \
    WEFT_CONVERT(cast_##T##_uint64_t, uint64_t, T, u64_from_##s(x))
WEFT_CAST_FROM_FLOAT(float, f32)
WEFT_CAST_FROM_FLOAT(double, f64)
