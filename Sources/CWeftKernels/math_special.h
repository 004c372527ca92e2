// SPDX-License-Identifier: Apache-2.0
// Special functions that the C library lacks, in double. f32 computes in double and rounds.
#ifndef WEFT_MATH_SPECIAL_H
#define WEFT_MATH_SPECIAL_H

#include <math.h>

#pragma STDC FP_CONTRACT OFF

#define WEFT_PI 3.14159265358979323846

// lgamma itself writes a global, which is a race.
extern double lgamma_r(double, int *);
static double log_gamma_value(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

// Reflection, recurrence up to 10, then the asymptotic series.
static double digamma_value(double x) {
    if (x == 0) return signbit(x) ? INFINITY : -INFINITY;
    if (isinf(x)) return x > 0 ? x : NAN;
    double result = 0;
    if (x < 0) {
        double fraction = x - rint(x);  // exact, also for tiny x
        if (fraction == 0) return NAN;
        double reflected = fabs(fraction) == 0.5 ? 0 : WEFT_PI / tan(WEFT_PI * fraction);
        result = -reflected;
        x = 1 - x;
    }
    // Near its positive root the recurrence would cancel: expand there.
    const double root = 1.4616321449683623413;
    if (fabs(x - root) < 1e-3 && result == 0) {
        double h = (x - 1.46163214496836225) - 9.549995429965697715e-17;
        return h * (9.67672245447621170e-01
                    + h * (-4.42763168983592106e-01 + h * (2.58499760955651011e-01
                    + h * (-1.63942705442406527e-01 + h * 1.07824050691262365e-01))));
    }
    while (x < 10) {
        result -= 1 / x;
        x += 1;
    }
    double z = 1 / (x * x);
    double series = z * (8.33333333333333333e-2 - z * (8.33333333333333333e-3
        - z * (3.96825396825396825e-3 - z * (4.16666666666666667e-3 - z * (7.57575757575757576e-3
        - z * (2.10927960927960928e-2 - z * 8.33333333333333333e-2))))));
    return result + ((log(x) - 0.5 / x) - series);
}

// Hurwitz zeta for s > 1 and q > 0: a direct sum, then Euler-Maclaurin (Cephes).
static double hurwitz_positive(double s, double q) {
    static const double coefficients[12] = {
        12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1.8924375803183791606e9,
        7.47242496e10, -2.950130727918164224e12, 1.1646782814350067249e14,
        -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18
    };
    if (isinf(q)) return 0;
    double a = q, sum = pow(q, -s), term = sum;
    for (int i = 0; i < 9 || a <= 9; i++) {
        a += 1;
        term = pow(a, -s);
        sum += term;
        if (fabs(term) < 1e-17 * fabs(sum)) return sum;
    }
    sum += term * a / (s - 1);
    sum -= 0.5 * term;
    double factor = 1, k = 0;
    for (int i = 0; i < 12; i++) {
        factor *= s + k;
        term /= a;
        double t = factor * term / coefficients[i];
        sum += t;
        if (fabs(t) < 1e-17 * fabs(sum)) break;
        k += 1;
        factor *= s + k;
        term /= a;
        k += 1;
    }
    return sum;
}

// s is a whole number here. The sum over all of Z has period 1 in q, which brings negative q home.
static double hurwitz(double s, double q) {
    if (q > 0) return hurwitz_positive(s, q);
    double low = floor(q);
    if (q == low) return fmod(s, 2) == 0 ? INFINITY : NAN;
    double sign = fmod(s, 2) == 0 ? 1 : -1, below = q - low, above = (low + 1) - q;
    return hurwitz_positive(s, below)
        + sign * (hurwitz_positive(s, above) - hurwitz_positive(s, 1 - q));
}

// The derivative of order n of digamma: (-1)^(n+1) n! zeta(n+1, x).
static double polygamma_value(double n, double x) {
    if (n == 0) return digamma_value(x);
    if (!(n > 0) || n != floor(n) || isinf(n) || isnan(x)) return NAN;
    if (x == -INFINITY) return NAN;
    double sign = fmod(n, 2) == 0 ? -1 : 1;
    if (x == 0 && sign < 0) return signbit(x) ? INFINITY : -INFINITY;
    double z = hurwitz(n + 1, x);
    if (n <= 170) return sign * (tgamma(n + 1) * z);
    return sign * copysign(exp(log_gamma_value(n + 1) + log(fabs(z))), z);
}

// Wichura's AS 241 for the normal quantile, and one step of Halley's method.
static double erfinv_value(double x) {
    static const double
        a[8] = { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                 1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                 3.3430575583588128105e+4, 2.5090809287301226727e+3 },
        b[8] = { 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                 2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                 5.2264952788528545610e+3 },
        c[8] = { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                 3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                 2.27238449892691845833e-2, 7.74545014278341407640e-4 },
        d[8] = { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                 1.05075007164441684324e-9 },
        e[8] = { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                 2.71155556874348757815e-5, 2.01033439929228813265e-7 },
        f[8] = { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                 1.42151175831644588870e-7, 2.04426310338993978564e-15 };
    double magnitude = fabs(x);
    if (!(magnitude <= 1)) return NAN;
    if (magnitude == 1) return x * INFINITY;
    if (magnitude < 1e-8) return x * 0.88622692545275801365;
    const double *p, *q;
    double t, scale;
    if (magnitude <= 0.85) {
        t = 0.180625 - 0.25 * magnitude * magnitude;
        scale = 0.5 * magnitude;
        p = a, q = b;
    } else {
        t = sqrt(-log(0.5 * (1 - magnitude)));
        scale = 1;
        if (t <= 5) t -= 1.6, p = c, q = d;
        else t -= 5, p = e, q = f;
    }
    double numerator = p[7], denominator = q[7];
    for (int i = 6; i >= 0; i--) {
        numerator = numerator * t + p[i];
        denominator = denominator * t + q[i];
    }
    double y = scale * numerator / denominator * 0.70710678118654752440;
    double error = magnitude < 0.5 ? erf(y) - magnitude : (1 - magnitude) - erfc(y);
    double step = error / (1.12837916709551257390 * exp(-y * y));
    y -= step / (1 + y * step);
    return copysign(y, x);
}

#endif
