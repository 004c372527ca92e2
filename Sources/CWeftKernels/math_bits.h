// SPDX-License-Identifier: Apache-2.0
// Bit patterns and conversions of floats. Included once per instruction set, so everything is
// static and takes the target attributes of the includer.
#ifndef WEFT_MATH_BITS_H
#define WEFT_MATH_BITS_H

#include <stdint.h>
#include <string.h>

#define WEFT_INLINE static inline __attribute__((always_inline, unused))

WEFT_INLINE uint32_t bits_f32(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
WEFT_INLINE float f32_bits(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
WEFT_INLINE uint64_t bits_f64(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
WEFT_INLINE double f64_bits(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }

WEFT_INLINE float abs_f32(float x) { return f32_bits(bits_f32(x) & 0x7fffffffu); }
WEFT_INLINE double abs_f64(double x) { return f64_bits(bits_f64(x) & 0x7fffffffffffffffu); }
WEFT_INLINE float copysign_f32(float x, float s) {
    return f32_bits((bits_f32(x) & 0x7fffffffu) | (bits_f32(s) & 0x80000000u));
}
WEFT_INLINE double copysign_f64(double x, double s) {
    return f64_bits((bits_f64(x) & 0x7fffffffffffffffu) | (bits_f64(s) & 0x8000000000000000u));
}

// SSE2 has no rounding instruction and the library's functions do not vectorise: there, adding and
// subtracting 2^23 rounds to even. All ways are exact, so they agree to the bit.
#if defined(__x86_64__) && !defined(WEFT_HAS_ROUND)
WEFT_INLINE float rint_f32(float x) {
    float m = copysign_f32(0x1p23f, x);
    float r = copysign_f32((x + m) - m, x);
    return abs_f32(x) < 0x1p23f ? r : x;
}
WEFT_INLINE double rint_f64(double x) {
    double m = copysign_f64(0x1p52, x);
    double r = copysign_f64((x + m) - m, x);
    return abs_f64(x) < 0x1p52 ? r : x;
}
WEFT_INLINE float floor_f32(float x) {
    float r = rint_f32(x);
    return copysign_f32(r - (r > x ? 1.0f : 0.0f), x);
}
WEFT_INLINE double floor_f64(double x) {
    double r = rint_f64(x);
    return copysign_f64(r - (r > x ? 1.0 : 0.0), x);
}
WEFT_INLINE float ceil_f32(float x) {
    float r = rint_f32(x);
    return copysign_f32(r + (r < x ? 1.0f : 0.0f), x);
}
WEFT_INLINE double ceil_f64(double x) {
    double r = rint_f64(x);
    return copysign_f64(r + (r < x ? 1.0 : 0.0), x);
}
#else
WEFT_INLINE float rint_f32(float x) { return __builtin_elementwise_roundeven(x); }
WEFT_INLINE double rint_f64(double x) { return __builtin_elementwise_roundeven(x); }
WEFT_INLINE float floor_f32(float x) { return __builtin_elementwise_floor(x); }
WEFT_INLINE double floor_f64(double x) { return __builtin_elementwise_floor(x); }
WEFT_INLINE float ceil_f32(float x) { return __builtin_elementwise_ceil(x); }
WEFT_INLINE double ceil_f64(double x) { return __builtin_elementwise_ceil(x); }
#endif

// floor(|x| + 0.5) would be wrong for the float below 0.5.
WEFT_INLINE float round_away_f32(float x) {
    float a = abs_f32(x), t = floor_f32(a);
    return copysign_f32(t + (a - t >= 0.5f ? 1.0f : 0.0f), x);
}
WEFT_INLINE double round_away_f64(double x) {
    double a = abs_f64(x), t = floor_f64(a);
    return copysign_f64(t + (a - t >= 0.5 ? 1.0 : 0.0), x);
}

// f16: the instruction where there is one. The portable way gives the same bits, NaNs included
// (made quiet, the upper payload kept).
#if defined(WEFT_HAS_F16C)
WEFT_INLINE float f32_from_f16(uint16_t h) {
    _Float16 x;
    memcpy(&x, &h, 2);
    return (float)x;
}
WEFT_INLINE uint16_t f16_from_f32(float x) {
    _Float16 h = (_Float16)x;
    uint16_t u;
    memcpy(&u, &h, 2);
    return u;
}
#else
WEFT_INLINE float f32_from_f16(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, em = h & 0x7fffu;
    uint32_t normal = (em << 13) + 0x38000000u;
    uint32_t special = (em << 13) | 0x7f800000u | (em > 0x7c00u ? 0x00400000u : 0u);
    uint32_t tiny = bits_f32((float)(int32_t)em * 0x1p-24f);
    uint32_t r = em < 0x400u ? tiny : normal;
    r = em >= 0x7c00u ? special : r;
    return f32_bits(r | sign);
}
WEFT_INLINE uint16_t f16_from_f32(float x) {
    uint32_t u = bits_f32(x), sign = (u >> 16) & 0x8000u, a = u & 0x7fffffffu;
    uint32_t normal = (a - 0x38000000u + 0xfffu + ((a >> 13) & 1u)) >> 13;
    // The spacing of floats at 0.5 is that of f16's denormals: the addition rounds to it.
    uint32_t tiny = bits_f32(f32_bits(a) + 0.5f) - 0x3f000000u;
    uint32_t r = a < 0x38800000u ? tiny : normal;
    r = a >= 0x47800000u ? 0x7c00u : r;
    r = a > 0x7f800000u ? (0x7e00u | ((a >> 13) & 0x3ffu)) : r;
    return (uint16_t)(r | sign);
}
#endif

WEFT_INLINE float f32_from_bf16(uint16_t h) { return f32_bits((uint32_t)h << 16); }
WEFT_INLINE uint16_t bf16_from_f32(float x) {
    uint32_t u = bits_f32(x);
    uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    uint32_t quiet = (u >> 16) | 0x40u;
    return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

// Truncating conversions to integers. The operand is made safe first: C leaves the conversion of
// what does not fit undefined, and machines differ.
WEFT_INLINE int32_t i32_from_f32(float x) {
    return (int32_t)(x >= -0x1p31f && x < 0x1p31f ? x : -0x1p31f);
}
WEFT_INLINE int32_t i32_from_f64(double x) {
    return (int32_t)(x > -0x1.00000002p31 && x < 0x1p31 ? x : -0x1p31);
}
WEFT_INLINE int64_t i64_from_f32(float x) {
    return (int64_t)(x >= -0x1p63f && x < 0x1p63f ? x : -0x1p63f);
}
WEFT_INLINE int64_t i64_from_f64(double x) {
    return (int64_t)(x >= -0x1p63 && x < 0x1p63 ? x : -0x1p63);
}
WEFT_INLINE uint64_t u64_from_f64(double x) {
    int upper = x >= 0x1p63 && x < 0x1p64;
    uint64_t r = (uint64_t)i64_from_f64(upper ? x - 0x1p63 : x);
    return upper ? r ^ 0x8000000000000000u : r;
}
WEFT_INLINE uint64_t u64_from_f32(float x) { return u64_from_f64((double)x); }

#endif
