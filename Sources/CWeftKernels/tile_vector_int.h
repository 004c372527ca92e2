// SPDX-License-Identifier: Apache-2.0
// Included by tile_vector.h: kernels of integers and bool, and those that only move bits.

// What does not depend on the sign is there once per size. Arithmetic is done in `W`, an unsigned
// type that C does not promote to int, so that it wraps.
#define WEFT_SIZED(U, S, W, bits, width)                                                           \
    WEFT_FILL(fill_##U, U, width)                                                                  \
    WEFT_UNARY(copy_##U, U, U, width, x)                                                           \
    WEFT_UNARY(negate_##U, U, U, width, (W)0 - (W)x)                                               \
    WEFT_UNARY(not_##U, U, U, width, ~x)                                                           \
    WEFT_UNARY(popcount_##U, U, U, width, __builtin_elementwise_popcount(x))                       \
    WEFT_UNARY(clz_##U, U, U, width, clz_bits_##U(x))                                              \
    WEFT_BINARY(add_##U, U, U, width, (W)x + (W)y)                                                 \
    WEFT_BINARY(sub_##U, U, U, width, (W)x - (W)y)                                                 \
    WEFT_BINARY(mul_##U, U, U, width, (W)x * (W)y)                                                 \
    WEFT_BINARY(and_##U, U, U, width, x & y)                                                       \
    WEFT_BINARY(or_##U, U, U, width, x | y)                                                        \
    WEFT_BINARY(xor_##U, U, U, width, x ^ y)                                                       \
    WEFT_BINARY(shl_##U, U, U, width, y < bits ? (W)x << (y & (bits - 1)) : 0)                     \
    WEFT_BINARY(shr_##U, U, U, width, y < bits ? x >> (y & (bits - 1)) : 0)                        \
    WEFT_BINARY(sar_##U, U, U, width, (S)x >> (y < bits ? y : bits - 1))                           \
    WEFT_BINARY(eq_##U, uint8_t, U, width, x == y)                                                 \
    WEFT_BINARY(ne_##U, uint8_t, U, width, x != y)                                                 \
    WEFT_KERNEL(select_##U) {                                                                      \
        WEFT_KERNEL_BEGIN(U);                                                                      \
        const uint8_t *a = (const uint8_t *)pa;                                                    \
        const U *b = (const U *)pb, *c = (const U *)pc;                                            \
        WEFT_VECTORIZE(width, 2)                                                                   \
        for (int64_t i = 0; i < n; i++) { U x = b[i], y = c[i]; d[i] = a[i] != 0 ? x : y; }        \
    }

// Leading zeros by smearing the top bit: vector instructions for it are rare.
WEFT_INLINE uint8_t clz_bits_uint8_t(uint8_t x) {
    x |= x >> 1; x |= x >> 2; x |= x >> 4;
    return (uint8_t)(8 - __builtin_elementwise_popcount(x));
}
WEFT_INLINE uint16_t clz_bits_uint16_t(uint16_t x) {
    x |= x >> 1; x |= x >> 2; x |= x >> 4; x |= x >> 8;
    return (uint16_t)(16 - __builtin_elementwise_popcount(x));
}
WEFT_INLINE uint32_t clz_bits_uint32_t(uint32_t x) {
    x |= x >> 1; x |= x >> 2; x |= x >> 4; x |= x >> 8; x |= x >> 16;
    return 32 - __builtin_elementwise_popcount(x);
}
WEFT_INLINE uint64_t clz_bits_uint64_t(uint64_t x) {
    x |= x >> 1; x |= x >> 2; x |= x >> 4; x |= x >> 8; x |= x >> 16; x |= x >> 32;
    return 64 - __builtin_elementwise_popcount(x);
}

WEFT_SIZED(uint8_t, int8_t, uint32_t, 8, WEFT_W1)
WEFT_SIZED(uint16_t, int16_t, uint32_t, 16, WEFT_W2)
WEFT_SIZED(uint32_t, int32_t, uint32_t, 32, WEFT_W4)
WEFT_SIZED(uint64_t, int64_t, uint64_t, 64, WEFT_W8)

#define WEFT_ORDERED(T, width)                                                                     \
    WEFT_BINARY(max_##T, T, T, width, x > y ? x : y)                                               \
    WEFT_BINARY(min_##T, T, T, width, x < y ? x : y)                                               \
    WEFT_BINARY(lt_##T, uint8_t, T, width, x < y)                                                  \
    WEFT_BINARY(le_##T, uint8_t, T, width, x <= y)                                                 \
    WEFT_UNARY(sign_##T, T, T, width, (x > 0) - (x < 0))                                           \
    WEFT_UNARY(relu_##T, T, T, width, x > 0 ? x : 0)

WEFT_ORDERED(int8_t, WEFT_W1)
WEFT_ORDERED(int16_t, WEFT_W2)
WEFT_ORDERED(int32_t, WEFT_W4)
WEFT_ORDERED(int64_t, WEFT_W8)
WEFT_ORDERED(uint8_t, WEFT_W1)
WEFT_ORDERED(uint16_t, WEFT_W2)
WEFT_ORDERED(uint32_t, WEFT_W4)
WEFT_ORDERED(uint64_t, WEFT_W8)

WEFT_UNARY(abs_int8_t, uint8_t, int8_t, WEFT_W1, x < 0 ? 0u - (uint32_t)x : (uint32_t)x)
WEFT_UNARY(abs_int16_t, uint16_t, int16_t, WEFT_W2, x < 0 ? 0u - (uint32_t)x : (uint32_t)x)
WEFT_UNARY(abs_int32_t, uint32_t, int32_t, WEFT_W4, x < 0 ? 0u - (uint32_t)x : (uint32_t)x)
WEFT_UNARY(abs_int64_t, uint64_t, int64_t, WEFT_W8, x < 0 ? 0u - (uint64_t)x : (uint64_t)x)

WEFT_UNARY(not_bool, uint8_t, uint8_t, WEFT_W1, x ^ 1u)
