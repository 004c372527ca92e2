// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f32, written as straight lines of selects so that loops over them
// vectorise on every instruction set.
//
// `fma_f32` rounds once where the instruction set has the instruction, which is nearly twice as
// fast, and twice elsewhere: results differ by a unit of the last place between instruction sets.
// Infinities, NaN, -0 and denormal operands and results are right.
//
// Largest errors, in units of the last place, against double over every 509th float, without FMA
// (with it they are the same or smaller):
//   exp 0.96   expm1 1.55   log 0.78   log1p 1.44   tanh 5.42   sigmoid 2.26   erf 1.10
//   sin 1.49   cos 1.51 (the C library's beyond 1e6)   1 / sqrt 1.48
// What is not here (tan, the inverse and hyperbolic functions, cbrt, erfc, lgamma, ...) is computed
// in double and rounded: 0.50 in all samples, but for digamma and lgamma near their negative zeros.
#ifndef WEFT_MATH_F32_H
#define WEFT_MATH_F32_H

#include "math_bits.h"

#pragma STDC FP_CONTRACT OFF

#define WEFT_INF_F32 __builtin_inff()
#define WEFT_NAN_F32 __builtin_nanf("")

#if defined(WEFT_HAS_FMA)
WEFT_INLINE float fma_f32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#else
WEFT_INLINE float fma_f32(float a, float b, float c) { return a * b + c; }
#endif

WEFT_INLINE float sqrt_f32(float x) { return __builtin_elementwise_sqrt(x); }
WEFT_INLINE double sqrt_f64(double x) { return __builtin_elementwise_sqrt(x); }

// exp(r) - 1 - r, r within ln(2) / 2 of 0 (Cephes).
WEFT_INLINE float exp_tail_f32(float r) {
    float p = 1.9875691500e-4f;
    p = fma_f32(p, r, 1.3981999507e-3f);
    p = fma_f32(p, r, 8.3334519073e-3f);
    p = fma_f32(p, r, 4.1665795894e-2f);
    p = fma_f32(p, r, 1.6666665459e-1f);
    p = fma_f32(p, r, 5.0000001201e-1f);
    return p * (r * r);
}

// x = n ln(2) + r. Adding 1.5 * 2^23 leaves n in the low bits, which needs neither a rounding
// nor a conversion instruction.
#define WEFT_EXP_SHIFTER 12582912.0f
#define WEFT_EXP_REDUCE(x, t, n, r)                                                                \
    float t = fma_f32(x, 1.44269504088896341f, WEFT_EXP_SHIFTER);                                  \
    float n##_float = t - WEFT_EXP_SHIFTER;                                                        \
    float r = fma_f32(n##_float, -0.693359375f, x);                                                \
    r = fma_f32(n##_float, 2.12194440e-4f, r);                                                     \
    uint32_t n = bits_f32(t) - 0x4b400000u

WEFT_INLINE float exp_f32(float x) {
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    WEFT_EXP_REDUCE(x, t, n, r);
    float p = (exp_tail_f32(r) + r) + 1.0f;
    // Scaled in two steps, so that only the last one rounds (denormals) or overflows.
    uint32_t half = (uint32_t)((int32_t)n >> 1);
    float s1 = f32_bits((half + 127u) << 23), s2 = f32_bits((n - half + 127u) << 23);
    return (p * s1) * s2;
}

// For x in [-80, 80], where one step is enough.
WEFT_INLINE float exp_inner_f32(float x) {
    WEFT_EXP_REDUCE(x, t, n, r);
    return ((exp_tail_f32(r) + r) + 1.0f) * f32_bits((n + 127u) << 23);
}

WEFT_INLINE float expm1_f32(float x0) {
    float x = x0 > 89.0f ? 89.0f : x0;
    x = x < -25.0f ? -25.0f : x;
    WEFT_EXP_REDUCE(x, t, n, r);
    // 2^n (exp(r) - 1) + (2^n - 1), at half the scale because 2^128 is no float.
    float s = f32_bits((n + 126u) << 23);
    float tail = exp_tail_f32(r);
    float y = 2.0f * fma_f32(tail + r, s, s - 0.5f);
    y = n == 0 ? tail + r : y;
    return abs_f32(x0) < 0x1p-25f ? x0 : y;
}

// Cephes; m in [sqrt(1/2), sqrt(2)).
WEFT_INLINE float log_f32(float x0) {
    float x = x0 < 0x1p-126f ? x0 * 0x1p23f : x0;
    float bias = x0 < 0x1p-126f ? -23.0f : 0.0f;
    uint32_t u = bits_f32(x) - 0x3f3504f3u;
    float e = (float)((int32_t)u >> 23) + bias;
    float f = f32_bits((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float z = f * f;
    float p = 7.0376836292e-2f;
    p = fma_f32(p, f, -1.1514610310e-1f);
    p = fma_f32(p, f, 1.1676998740e-1f);
    p = fma_f32(p, f, -1.2420140846e-1f);
    p = fma_f32(p, f, 1.4249322787e-1f);
    p = fma_f32(p, f, -1.6668057665e-1f);
    p = fma_f32(p, f, 2.0000714765e-1f);
    p = fma_f32(p, f, -2.4999993993e-1f);
    p = fma_f32(p, f, 3.3333331174e-1f);
    float y = fma_f32(p * f, z, e * -2.12194440e-4f);
    y = fma_f32(-0.5f, z, y);
    float r = fma_f32(e, 0.693359375f, f + y);
    r = x0 == 0.0f ? -WEFT_INF_F32 : r;
    r = x0 < 0.0f ? WEFT_NAN_F32 : r;
    return x0 < WEFT_INF_F32 ? r : x0;  // +inf and NaN
}

// 1 + x loses digits of x; what was lost is added back to first order.
WEFT_INLINE float log1p_f32(float x) {
    float u = 1.0f + x;
    float lost = (x - (u - 1.0f)) / u;
    float l = log_f32(u);
    float r = l + lost;
    r = u == 0.0f ? l : r;
    r = u < WEFT_INF_F32 ? r : u;
    return abs_f32(x) < 0x1p-24f ? x : r;
}

// Rational, with the coefficients of Eigen. At the limit it is 1 for the first time, which depends
// on the rounding.
#if defined(WEFT_HAS_FMA)
#define WEFT_TANH_LIMIT 7.99881172180175781f
#else
#define WEFT_TANH_LIMIT 7.90531110763549805f
#endif
WEFT_INLINE float tanh_f32(float x0) {
    const float limit = WEFT_TANH_LIMIT;
    float x = x0 > limit ? limit : x0;
    x = x < -limit ? -limit : x;
    float s = x * x;
    float p = -2.76076847742355e-16f;
    p = fma_f32(p, s, 2.00018790482477e-13f);
    p = fma_f32(p, s, -8.60467152213735e-11f);
    p = fma_f32(p, s, 5.12229709037114e-08f);
    p = fma_f32(p, s, 1.48572235717979e-05f);
    p = fma_f32(p, s, 6.37261928875436e-04f);
    p = fma_f32(p, s, 4.89352455891786e-03f);
    float q = 1.19825839466702e-06f;
    q = fma_f32(q, s, 1.18534705686654e-04f);
    q = fma_f32(q, s, 2.26843463243900e-03f);
    q = fma_f32(q, s, 4.89352518554385e-03f);
    float r = (x * p) / q;
    return abs_f32(x0) < 0.0004f ? x0 : r;
}

// By exp(-|x|), which never overflows, so that small results keep their digits.
WEFT_INLINE float sigmoid_f32(float x) {
    float e = exp_f32(-abs_f32(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

// Two minimax polynomials after N. Juffa: x + x P(x^2), and 1 - exp(Q(|x|)).
WEFT_INLINE float erf_f32(float x) {
    float a = abs_f32(x);
    float s = x * x;
    float p = -5.96761703e-4f;
    p = fma_f32(p, s, 4.99119423e-3f);
    p = fma_f32(p, s, -2.67681349e-2f);
    p = fma_f32(p, s, 1.12819925e-1f);
    p = fma_f32(p, s, -3.76125336e-1f);
    p = fma_f32(p, s, 1.28379166e-1f);
    float inner = fma_f32(p, x, x);
    float t = a > 4.0f ? 4.0f : a;
    float q = fma_f32(-1.72853470e-5f, t, 3.83197126e-4f);
    q = fma_f32(q, t, -3.88396438e-3f);
    q = fma_f32(q, t, 2.42546219e-2f);
    q = fma_f32(q, t, -1.06777877e-1f);
    q = fma_f32(q, t, -6.34846687e-1f);
    q = fma_f32(q, t, -1.28717512e-1f);
    q = fma_f32(q, t, -t);
    float outer = copysign_f32(1.0f - exp_inner_f32(q), x);
    return a > 0.927734375f ? outer : inner;
}

// Beyond this the reduction below runs out of digits.
#define WEFT_SIN_LIMIT_F32 1.0e6f

// sin for quadrant 0, cos for quadrant 1, and so on. The reduction by pi/2 is done in double.
WEFT_INLINE float sin_quadrant_f32(float x, uint32_t quadrant) {
    double d = (double)x;
    double t = d * 0.63661977236758134308 + 6755399441055744.0;
    double n = t - 6755399441055744.0;
    double rd = (d - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11;
    float r = (float)rd, z = r * r;
    uint32_t q = (uint32_t)bits_f64(t) + quadrant;
    float s = -1.9515295891e-4f;
    s = fma_f32(s, z, 8.3321608736e-3f);
    s = fma_f32(s, z, -1.6666654611e-1f);
    s = fma_f32(s * z, r, r);
    float c = 2.443315711809948e-5f;
    c = fma_f32(c, z, -1.388731625493765e-3f);
    c = fma_f32(c, z, 4.166664568298827e-2f);
    c = fma_f32(c * z, z, -0.5f * z) + 1.0f;
    uint32_t y = (q & 1u) != 0 ? bits_f32(c) : bits_f32(s);
    return f32_bits(y ^ ((q & 2u) << 30));
}
WEFT_INLINE float sin_f32(float x) {
    float r = sin_quadrant_f32(x, 0);
    return abs_f32(x) < 0x1p-13f ? x : r;  // keeps -0
}
WEFT_INLINE float cos_f32(float x) { return sin_quadrant_f32(x, 1); }

#endif
