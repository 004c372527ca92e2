// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f32, written as straight lines of selects so that loops over them
// vectorise on every instruction set.
//
// `fma_f32` rounds once where the instruction set has the instruction, which is nearly twice as
// fast, and twice elsewhere: results differ by a unit of the last place between instruction sets.
// Infinities, NaN, -0 and denormal operands and results are right.
//
// Largest errors, in units of the last place, against double over every 509th float, without FMA and
// with it:
//   exp 0.96 1.01   expm1 1.61 1.47   log 0.78 0.78   log1p 1.44 1.44   tanh 5.21 4.15
//   sigmoid 2.68 2.68   erf 4.82 4.30   erfc 6.50 6.50
//   sin 1.49   cos 1.51 (the C library's beyond 1e6)   1 / sqrt 1.48
// What is not here (tan, the inverse and hyperbolic functions, cbrt, lgamma, ...) is computed
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

// exp(r) = 1 + r + r^2 p, r within ln(2) / 2 of 0, with a relative error of 4e-9. Odd and even powers
// go side by side: the steps of one chain would wait for each other.
WEFT_INLINE float exp_tail_f32(float r, float square) {
    float even = fma_f32(1.381458133e-3f, square, 4.166838899e-2f);
    even = fma_f32(even, square, 4.999999404e-1f);
    float odd = fma_f32(8.368724957e-3f, square, 1.666652113e-1f);
    return fma_f32(odd, r, even);
}
WEFT_INLINE float exp_near_zero_f32(float r) {
    float square = r * r;
    return fma_f32(exp_tail_f32(r, square), square, r) + 1.0f;
}

// What a * a loses when it is rounded to `square`.
WEFT_INLINE float square_rest_f32(float a, float square) {
#if defined(WEFT_HAS_FMA)
    return fma_f32(a, a, -square);
#else
    // Dekker: products of halves are exact, and so are these sums.
    float h = f32_bits(bits_f32(a) & 0xfffff000u), l = a - h;
    return ((h * h - square) + (h + h) * l) + l * l;
#endif
}

// x = n ln(2) + r. Adding 1.5 * 2^23 leaves n in the low bits, which needs neither a rounding
// nor a conversion instruction; adding `bias` as well makes them those of the exponent of 2^n.
// Both parts of ln(2) have 16 bits, so that their products with n are exact.
#define WEFT_EXP_SHIFTER 12582912.0f
#define WEFT_EXP_REDUCE(x, shifter, t, n, r)                                                       \
    float t = fma_f32(x, 1.44269504088896341f, shifter);                                           \
    float n = t - (shifter);                                                                       \
    float r = fma_f32(n, -0x1.7f7ep-20f, fma_f32(n, -0x1.62e4p-1f, x))

// The power of two whose biased exponent is in the low bits of `t`.
WEFT_INLINE float scale_f32(float t) { return f32_bits(bits_f32(t) << 23); }

WEFT_INLINE float exp_f32(float x) {
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    // Scaled in two steps, so that only the last one rounds (denormals) or overflows.
    float shifter = x < 0.0f ? WEFT_EXP_SHIFTER + 191.0f : WEFT_EXP_SHIFTER + 126.0f;
    float last = x < 0.0f ? 0x1p-64f : 2.0f;
    WEFT_EXP_REDUCE(x, shifter, t, n, r);
    return (exp_near_zero_f32(r) * scale_f32(t)) * last;
}

WEFT_INLINE float expm1_f32(float x0) {
    float x = x0 > 89.0f ? 89.0f : x0;
    x = x < -25.0f ? -25.0f : x;
    WEFT_EXP_REDUCE(x, WEFT_EXP_SHIFTER + 126.0f, t, n, r);
    // 2^n (exp(r) - 1) + (2^n - 1), at half the scale because 2^128 is no float.
    float s = scale_f32(t);
    float square = r * r;
    float near = fma_f32(exp_tail_f32(r, square), square, r);
    float y = 2.0f * fma_f32(near, s, s - 0.5f);
    y = n == 0.0f ? near : y;
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
    p = fma_f32(p, s, 2.0635830878745764e-05f);
    p = fma_f32(p, s, 3.4974582958966494e-03f);
    p = fma_f32(p, s, 1.3382688164710999e-01f);
    p = fma_f32(p, s, 1.0f);
    float q = 7.790253562234284e-07f;
    q = fma_f32(q, s, 3.2885183463804424e-04f);
    q = fma_f32(q, s, 2.5884363800287247e-02f);
    q = fma_f32(q, s, 4.6716007590293884e-01f);
    q = fma_f32(q, s, 1.0f);
    return quotient_within_one_f32(x * p, q);
}

// By exp(-|x|) = s / q, which never overflows, so that small results keep their digits. Here exp(r) is
// (even + odd) / (even - odd), with a relative error of 6e-9 (Padé): there is a division anyway.
WEFT_INLINE float sigmoid_f32(float x) {
    uint32_t negative = (uint32_t)((int32_t)bits_f32(x) >> 31);
    float a = f32_bits(bits_f32(x) | 0x80000000u);
    a = a < -104.0f ? -104.0f : a;
    WEFT_EXP_REDUCE(a, WEFT_EXP_SHIFTER + 191.0f, t, n, r);
    float square = r * r, even = square + 10.0f, odd = r * fma_f32(square, 8.33333358e-2f, 5.0f);
    float s = ((even + odd) * scale_f32(t)) * 0x1p-64f, q = even - odd;
    return f32_bits((bits_f32(s) & negative) | (bits_f32(q) & ~negative)) / (q + s);
}

// x P(x^2) / Q(x^2) with a relative error of 2e-8 before rounding; 1 from the limit on.
WEFT_INLINE float erf_f32(float x) {
    const float limit = 3.925f;
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    float s = x * x;
    float p = 2.04602111e-6f;
    p = fma_f32(p, s, 2.84845068e-4f);
    p = fma_f32(p, s, 3.77260428e-3f);
    p = fma_f32(p, s, 5.27694710e-2f);
    p = fma_f32(p, s, 1.90594867e-1f);
    p = fma_f32(p, s, 1.12837911f);
    float q = 3.80477686e-5f;
    q = fma_f32(q, s, 1.16387231e-3f);
    q = fma_f32(q, s, 1.49833001e-2f);
    q = fma_f32(q, s, 1.14183255e-1f);
    q = fma_f32(q, s, 5.02242863e-1f);
    q = fma_f32(q, s, 1.0f);
    return quotient_within_one_f32(x * p, q);
}

// exp(-x^2) P(|x|) / Q(|x|), of negative x 2 less that. The quotient is exp(x^2) erfc(x) with a
// relative error of 6e-9 and has no cancellation, so that small results keep their digits. Both parts
// are 2^64 times as large, so that only the division rounds to a denormal.
WEFT_INLINE float erfc_f32(float x) {
    float a = abs_f32(x);
    a = a > 10.0625f ? 10.0625f : a;  // erfc rounds to 0 there
    float square = a * a;
    WEFT_EXP_REDUCE(-square, WEFT_EXP_SHIFTER + 64.0f, t, n, r);
    float p = fma_f32(3.252005949616432e-02f, square, 7.291062474250793e-01f);
    p = fma_f32(fma_f32(2.2798605263233185e-01f, square, 1.2361233234405518f), a,
                fma_f32(p, square, 1.0f));
    float q = fma_f32(0x1p64f * 5.7639580219984055e-02f, square, 0x1p64f * 1.320686936378479f);
    q = fma_f32(q, square, 0x1p64f * 2.3645029067993164f);
    q = fma_f32(q, a, fma_f32(fma_f32(0x1p64f * 4.0412187576293945e-01f, square,
                                      0x1p64f * 2.3971543312072754f), square, 0x1p64f));
    // exp(r) is a quotient as in `sigmoid_f32`, since there is a division anyway.
    r -= square_rest_f32(a, square);
    float small = r * r, even = small + 10.0f, odd = r * fma_f32(small, 8.33333358e-2f, 5.0f);
    float e = p * (even + odd);
    // The power of two is added to the exponent. Of NaN that may make a number, but q is NaN as well.
    float y = f32_bits(bits_f32(e) + (bits_f32(t) << 23)) / (q * (even - odd));
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
