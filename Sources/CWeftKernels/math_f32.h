// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f32, written as straight lines of selects so that loops over them
// vectorise on every instruction set.
//
// Products and sums are rounded separately, except where the product is exact and a fused operation
// gives the same bits: the results are the same whether or not the machine has one. Infinities, NaN,
// -0 and denormal operands and results are right.
//
// Largest errors, in units of the last place, against double over every 509th float:
//   exp 0.99   expm1 1.48   log 0.78   log1p 1.44   tanh 5.21   sigmoid 2.68   erf 6.43   erfc 6.2
//   sin 1.49   cos 1.51 (the C library's beyond 1e6)   1 / sqrt 1.48
// What is not here (tan, the inverse and hyperbolic functions, cbrt, lgamma, ...) is computed
// in double and rounded: 0.50 in all samples, but for digamma and lgamma near their negative zeros.
#ifndef WEFT_MATH_F32_H
#define WEFT_MATH_F32_H

#include "math_bits.h"

#pragma STDC FP_CONTRACT OFF

#define WEFT_INF_F32 __builtin_inff()
#define WEFT_NAN_F32 __builtin_nanf("")

WEFT_INLINE float sqrt_f32(float x) { return __builtin_elementwise_sqrt(x); }
WEFT_INLINE double sqrt_f64(double x) { return __builtin_elementwise_sqrt(x); }

// exp(r) - 1 - r, r within ln(2) / 2 of 0 (Cephes). Odd and even powers go side by side, here and
// below: the steps of one chain would wait for each other.
WEFT_INLINE float exp_tail_f32(float r) {
    float z = r * r;
    float even = (1.3981999507e-3f * z + 4.1665795894e-2f) * z + 5.0000001201e-1f;
    float odd = (1.9875691500e-4f * z + 8.3334519073e-3f) * z + 1.6666665459e-1f;
    return (odd * r + even) * z;
}

// a * b + c where a * b is exact.
#if defined(WEFT_HAS_FMA) || defined(__ARM_FEATURE_FMA)
WEFT_INLINE float exact_fma_f32(float a, float b, float c) { return __builtin_elementwise_fma(a, b, c); }
// What a * a loses when it is rounded to `square`.
WEFT_INLINE float square_rest_f32(float a, float square) { return __builtin_elementwise_fma(a, a, -square); }
#else
WEFT_INLINE float exact_fma_f32(float a, float b, float c) { return a * b + c; }
WEFT_INLINE float square_rest_f32(float a, float square) {
    // Dekker: products of halves are exact, and so are these sums.
    float h = f32_bits(bits_f32(a) & 0xfffff000u), l = a - h;
    return ((h * h - square) + (h + h) * l) + l * l;
}
#endif

// x = n ln(2) + r. Adding 1.5 * 2^23 leaves n in the low bits, which needs neither a rounding
// nor a conversion instruction; adding `bias` as well makes them those of the exponent of 2^n.
// Both parts of ln(2) have 16 bits, so that their products with n are exact.
#define WEFT_EXP_SHIFTER 12582912.0f
#define WEFT_EXP_REDUCE(x, shifter, t, n, r)                                                       \
    float t = (x) * 1.44269504088896341f + (shifter);                                              \
    float n = t - (shifter);                                                                       \
    float r = exact_fma_f32(n, -0x1.7f7ep-20f, exact_fma_f32(n, -0x1.62e4p-1f, (x)))

// The power of two whose biased exponent is in the low bits of `t`.
WEFT_INLINE float scale_f32(float t) { return f32_bits(bits_f32(t) << 23); }

WEFT_INLINE float exp_f32(float x) {
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    // Scaled in two steps, so that only the last one rounds (denormals) or overflows.
    float shifter = x < 0.0f ? WEFT_EXP_SHIFTER + 191.0f : WEFT_EXP_SHIFTER + 126.0f;
    float last = x < 0.0f ? 0x1p-64f : 2.0f;
    WEFT_EXP_REDUCE(x, shifter, t, n, r);
    return (((exp_tail_f32(r) + r) + 1.0f) * scale_f32(t)) * last;
}

// For x in [-80, 80], where one step is enough.
WEFT_INLINE float exp_inner_f32(float x) {
    WEFT_EXP_REDUCE(x, WEFT_EXP_SHIFTER + 127.0f, t, n, r);
    return ((exp_tail_f32(r) + r) + 1.0f) * scale_f32(t);
}

WEFT_INLINE float expm1_f32(float x0) {
    float x = x0 > 89.0f ? 89.0f : x0;
    x = x < -25.0f ? -25.0f : x;
    WEFT_EXP_REDUCE(x, WEFT_EXP_SHIFTER + 126.0f, t, n, r);
    // 2^n (exp(r) - 1) + (2^n - 1), at half the scale because 2^128 is no float.
    float s = scale_f32(t);
    float tail = exp_tail_f32(r);
    float y = 2.0f * ((tail + r) * s + (s - 0.5f));
    y = n == 0.0f ? tail + r : y;
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
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float y = (p * f) * z + e * -2.12194440e-4f;
    y = y - 0.5f * z;
    float r = (f + y) + e * 0.693359375f;
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

// n / q, rounding kept from carrying it past its limits of 1 and -1.
WEFT_INLINE float quotient_within_one_f32(float n, float q) {
    float magnitude = abs_f32(n);
    return n / (q > magnitude ? q : magnitude);
}

// x P(x^2) / Q(x^2) with a relative error of 2.2e-8; 1 from the limit on.
WEFT_INLINE float tanh_f32(float x) {
    const float limit = 9.1f;
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    float s = x * x;
    float p = 1.3384300778795932e-08f;
    p = p * s + 2.0635830878745764e-05f;
    p = p * s + 3.4974582958966494e-03f;
    p = p * s + 1.3382688164710999e-01f;
    p = p * s + 1.0f;
    float q = 7.790253562234284e-07f;
    q = q * s + 3.2885183463804424e-04f;
    q = q * s + 2.5884363800287247e-02f;
    q = q * s + 4.6716007590293884e-01f;
    q = q * s + 1.0f;
    return quotient_within_one_f32(x * p, q);
}

// exp(r) = (even + odd) / (even - odd) for r within ln(2) / 2 of 0, with a relative error of 6e-9
// (Padé): cheaper than a polynomial where there is a division anyway.
#define WEFT_EXP_QUOTIENT(r, even, odd)                                                            \
    float even = (r) * (r) + 10.0f;                                                                \
    float odd = (r) * (((r) * (r)) * 8.33333358e-2f + 5.0f)

// By exp(-|x|) = s / q, which never overflows, so that small results keep their digits.
WEFT_INLINE float sigmoid_f32(float x) {
    uint32_t negative = (uint32_t)((int32_t)bits_f32(x) >> 31);
    float a = f32_bits(bits_f32(x) | 0x80000000u);
    a = a < -104.0f ? -104.0f : a;
    WEFT_EXP_REDUCE(a, WEFT_EXP_SHIFTER + 191.0f, t, n, r);
    WEFT_EXP_QUOTIENT(r, even, odd);
    float s = ((even + odd) * scale_f32(t)) * 0x1p-64f, q = even - odd;
    return f32_bits((bits_f32(s) & negative) | (bits_f32(q) & ~negative)) / (q + s);
}

// x P(x^2) / Q(x^2) with a relative error of 5.2e-8; 1 from the limit on.
WEFT_INLINE float erf_f32(float x) {
    const float limit = 3.95f;
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    float s = x * x;
    float p = 2.2417041223662026e-06f;
    p = p * s + 2.751121937762946e-04f;
    p = p * s + 3.0922871083021164e-03f;
    p = p * s + 5.066205561161041e-02f;
    p = p * s + 1.7398664355278015e-01f;
    p = p * s + 1.128379225730896f;
    float q = 3.9577385905431584e-05f;
    q = q * s + 1.0098923230543733e-03f;
    q = q * s + 1.3606587424874306e-02f;
    q = q * s + 1.0740141570568085e-01f;
    q = q * s + 4.875262975692749e-01f;
    q = q * s + 1.0f;
    return quotient_within_one_f32(x * p, q);
}

// exp(-x^2) P(|x|) / Q(|x|), of negative x 2 less that. The quotient is exp(x^2) erfc(x) with a
// relative error of 6e-9 and has no cancellation, so that small results keep their digits.
WEFT_INLINE float erfc_f32(float x) {
    float a = abs_f32(x);
    a = a > 10.0625f ? 10.0625f : a;  // erfc rounds to 0 there
    float square = a * a, rest = square_rest_f32(a, square);
    WEFT_EXP_REDUCE(-square, WEFT_EXP_SHIFTER + 191.0f, t, n, r);
    r = r - rest;
    WEFT_EXP_QUOTIENT(r, even, odd);
    float p = (2.2798605263233185e-01f * square + 1.2361233234405518f) * a
        + ((3.252005949616432e-02f * square + 7.291062474250793e-01f) * square + 1.0f);
    float q = ((5.7639580219984055e-02f * square + 1.320686936378479f) * square + 2.3645029067993164f) * a
        + ((4.0412187576293945e-01f * square + 2.3971543312072754f) * square + 1.0f);
    float y = (((even + odd) * p) * scale_f32(t)) / ((even - odd) * q) * 0x1p-64f;
    // Without a comparison: of negative x 2 + -y.
    uint32_t sign = bits_f32(x) & 0x80000000u;
    float from = f32_bits((uint32_t)((int32_t)sign >> 31) & 0x40000000u);
    return from + f32_bits(bits_f32(y) ^ sign);
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
    s = s * z + 8.3321608736e-3f;
    s = s * z - 1.6666654611e-1f;
    s = (s * z) * r + r;
    float c = 2.443315711809948e-5f;
    c = c * z - 1.388731625493765e-3f;
    c = c * z + 4.166664568298827e-2f;
    c = ((c * z) * z - 0.5f * z) + 1.0f;
    uint32_t y = (q & 1u) != 0 ? bits_f32(c) : bits_f32(s);
    return f32_bits(y ^ ((q & 2u) << 30));
}
WEFT_INLINE float sin_f32(float x) {
    float r = sin_quadrant_f32(x, 0);
    return abs_f32(x) < 0x1p-13f ? x : r;  // keeps -0
}
WEFT_INLINE float cos_f32(float x) { return sin_quadrant_f32(x, 1); }

#endif
