// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f64 that vectorise. The rules are those of math_f32.h.
#ifndef WEFT_MATH_F64_H
#define WEFT_MATH_F64_H

#include "math_bits.h"

#pragma STDC FP_CONTRACT OFF

#define WEFT_INF_F64 __builtin_inf()
#define WEFT_NAN_F64 __builtin_nan("")

/// The C library's, for arguments that the f32 kernels do not reduce themselves.
double weft_sin_f64(double x);
double weft_cos_f64(double x);

WEFT_INLINE double exp_f64(double x) {
    x = x > 710.0 ? 710.0 : x;
    x = x < -746.0 ? -746.0 : x;
    double t = x * 1.44269504088896340736 + 6755399441055744.0;
    double n = t - 6755399441055744.0;
    double hi = x - n * 6.93147180369123816490e-01;
    double lo = n * 1.90821492927058770002e-10;
    double r = hi - lo;
    // fdlibm: exp(r) = 1 + 2 r / (2 - c) with c = r - r^2 P(r^2).
    double z = r * r;
    double p = 4.13813679705723846039e-08;
    p = p * z - 1.65339022054652515390e-06;
    p = p * z + 6.61375632143793436117e-05;
    p = p * z - 2.77777777770155933842e-03;
    p = p * z + 1.66666666666666019037e-01;
    double c = r - z * p;
    double y = 1.0 + (hi - (lo - (r * c) / (2.0 - c)));
    uint64_t k = bits_f64(t) - 0x4338000000000000u;
    // An arithmetic shift by one: 64-bit ones are not everywhere.
    uint64_t half = (k >> 1) | (k & 0x8000000000000000u);
    double s1 = f64_bits((half + 1023u) << 52), s2 = f64_bits((k - half + 1023u) << 52);
    return (y * s1) * s2;
}

// fdlibm; m in [sqrt(1/2), sqrt(2)).
WEFT_INLINE double log_f64(double x0) {
    double x = x0 < 0x1p-1022 ? x0 * 0x1p54 : x0;
    double bias = x0 < 0x1p-1022 ? -54.0 : 0.0;
    uint64_t u = bits_f64(x) - 0x3fe6a09e667f3bcdu;
    // The exponent by way of the mantissa of a double, which needs no conversion.
    uint64_t biased = (u + 0x4000000000000000u) >> 52;  // exponent + 1024
    double e = (f64_bits(biased | 0x4330000000000000u) - (0x1p52 + 1024.0)) + bias;
    double f = f64_bits((u & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double p = 1.479819860511658591e-01;
    p = p * z + 1.531383769920937332e-01;
    p = p * z + 1.818357216161805012e-01;
    p = p * z + 2.222219843214978396e-01;
    p = p * z + 2.857142874366239149e-01;
    p = p * z + 3.999999999940941908e-01;
    p = p * z + 6.666666666666735130e-01;
    p = p * z;
    double h = 0.5 * f * f;
    double r = e * 6.93147180369123816490e-01
        - ((h - (s * (h + p) + e * 1.90821492927058770002e-10)) - f);
    r = x0 == 0.0 ? -WEFT_INF_F64 : r;
    r = x0 < 0.0 ? WEFT_NAN_F64 : r;
    return x0 < WEFT_INF_F64 ? r : x0;
}

WEFT_INLINE double sigmoid_f64(double x) {
    double e = exp_f64(-abs_f64(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

#endif
