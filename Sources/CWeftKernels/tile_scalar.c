// SPDX-License-Identifier: Apache-2.0
// Kernels that do not vectorise: the C library's functions and integer division.

#include <math.h>

#include "tile_kernels.h"
#include "math_special.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpass-failed"

double weft_sin_f64(double x);
double weft_cos_f64(double x);
double weft_sin_f64(double x) { return sin(x); }
double weft_cos_f64(double x) { return cos(x); }

#define WEFT_KERNEL(name)                                                                          \
    static void name(void *dst, const void *pa, const void *pb, const void *pc, int64_t n,         \
                     uint32_t *flags)
#define WEFT_UNARY(name, T, expression)                                                            \
    WEFT_KERNEL(name) {                                                                            \
        T *d = (T *)dst; const T *a = (const T *)pa; (void)pb; (void)pc; (void)flags;              \
        for (int64_t i = 0; i < n; i++) { T x = a[i]; d[i] = (T)(expression); }                    \
    }
#define WEFT_BINARY(name, T, expression)                                                           \
    WEFT_KERNEL(name) {                                                                            \
        T *d = (T *)dst; const T *a = (const T *)pa, *b = (const T *)pb; (void)pc; (void)flags;    \
        for (int64_t i = 0; i < n; i++) { T x = a[i], y = b[i]; d[i] = (T)(expression); }          \
    }

// f32 by way of double: rounded once, and the same with every C library.
#define WEFT_UNARY_FLOATS(name, f) WEFT_UNARY(name##_f32, float, f((double)x)) WEFT_UNARY(name##_f64, double, f(x))
#define WEFT_BINARY_FLOATS(name, f) \
    WEFT_BINARY(name##_f32, float, f((double)x, (double)y)) WEFT_BINARY(name##_f64, double, f(x, y))

static double floor_mod_f64(double x, double y) {
    double r = fmod(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
// The addition has to round in f32: double would hide that r + y is not representable.
static float floor_mod_f32(float x, float y) {
    float r = fmodf(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

WEFT_UNARY_FLOATS(cbrt, cbrt)
WEFT_UNARY_FLOATS(tan, tan)
WEFT_UNARY_FLOATS(asin, asin)
WEFT_UNARY_FLOATS(acos, acos)
WEFT_UNARY_FLOATS(atan, atan)
WEFT_UNARY_FLOATS(sinh, sinh)
WEFT_UNARY_FLOATS(cosh, cosh)
WEFT_UNARY_FLOATS(asinh, asinh)
WEFT_UNARY_FLOATS(acosh, acosh)
WEFT_UNARY_FLOATS(atanh, atanh)
WEFT_UNARY_FLOATS(erfinv, erfinv_value)
WEFT_UNARY_FLOATS(lgamma, log_gamma_value)
WEFT_UNARY_FLOATS(digamma, digamma_value)
WEFT_BINARY_FLOATS(polygamma, polygamma_value)
WEFT_BINARY_FLOATS(atan2, atan2)
WEFT_BINARY(pow_f32, float, powf(x, y))
WEFT_BINARY(pow_f64, double, pow(x, y))
WEFT_BINARY(rem_f32, float, fmodf(x, y))
WEFT_BINARY(rem_f64, double, fmod(x, y))
WEFT_BINARY(floor_mod_f32_kernel, float, floor_mod_f32(x, y))
WEFT_BINARY(floor_mod_f64_kernel, double, floor_mod_f64(x, y))
WEFT_UNARY(expm1_f64, double, expm1(x))
WEFT_UNARY(log1p_f64, double, log1p(x))
WEFT_UNARY(sin_f64, double, sin(x))
WEFT_UNARY(cos_f64, double, cos(x))
WEFT_UNARY(tanh_f64, double, tanh(x))
WEFT_UNARY(erf_f64, double, erf(x))
WEFT_UNARY(erfc_f64, double, erfc(x))

// Integers. Division by zero is reported and gives 0. Quotients are taken of 64-bit values unless
// the type is narrow enough for int; the one quotient that does not fit wraps.
#define WEFT_DIVISION(name, T, expression)                                                         \
    WEFT_KERNEL(name##_##T) {                                                                      \
        T *d = (T *)dst; const T *a = (const T *)pa, *b = (const T *)pb; (void)pc;                 \
        uint32_t zero = 0;                                                                         \
        for (int64_t i = 0; i < n; i++) {                                                          \
            T x = a[i], y = b[i];                                                                  \
            zero |= y == 0 ? WEFT_FLAG_DIVISION_BY_ZERO : 0u;                                      \
            d[i] = y == 0 ? (T)0 : (T)(expression);                                                \
        }                                                                                          \
        *flags |= zero;                                                                            \
    }
#define WEFT_POWER(T, negative_exponent)                                                           \
    static T power_##T(T base, T exponent) {                                                       \
        if (negative_exponent)                                                                     \
            return base == 1 ? (T)1 : base == (T)-1 ? ((exponent & 1) != 0 ? base : (T)1) : (T)0;  \
        uint64_t result = 1, square = (uint64_t)base;                                              \
        for (uint64_t e = (uint64_t)exponent; e != 0; e >>= 1) {                                   \
            if ((e & 1) != 0) result *= square;                                                    \
            square *= square;                                                                      \
        }                                                                                          \
        return (T)result;                                                                          \
    }                                                                                              \
    WEFT_BINARY(pow_##T, T, power_##T(x, y))
#define WEFT_SIGNED(T)                                                                             \
    WEFT_DIVISION(div, T, y == -1 ? (T)(0 - (uint64_t)x) : x / y)                                  \
    WEFT_DIVISION(rem, T, y == -1 ? 0 : x % y)                                                     \
    WEFT_DIVISION(floor_div, T, y == -1 ? (T)(0 - (uint64_t)x)                                     \
        : x / y - (x % y != 0 && (x < 0) != (y < 0)))                                              \
    WEFT_DIVISION(floor_mod, T, y == -1 ? 0                                                        \
        : x % y != 0 && (x < 0) != (y < 0) ? x % y + y : x % y)                                    \
    WEFT_POWER(T, exponent < 0)
#define WEFT_UNSIGNED(T)                                                                           \
    WEFT_DIVISION(div, T, x / y)                                                                   \
    WEFT_DIVISION(rem, T, x % y)                                                                   \
    WEFT_POWER(T, 0)

WEFT_SIGNED(int8_t)
WEFT_SIGNED(int16_t)
WEFT_SIGNED(int32_t)
WEFT_SIGNED(int64_t)
WEFT_UNSIGNED(uint8_t)
WEFT_UNSIGNED(uint16_t)
WEFT_UNSIGNED(uint32_t)
WEFT_UNSIGNED(uint64_t)

#define WEFT_SIGNED_TYPES(f)                                                                       \
    [WEFT_I8] = f##_int8_t, [WEFT_I16] = f##_int16_t, [WEFT_I32] = f##_int32_t,                    \
    [WEFT_I64] = f##_int64_t
#define WEFT_UNSIGNED_TYPES(f)                                                                     \
    [WEFT_U8] = f##_uint8_t, [WEFT_U16] = f##_uint16_t, [WEFT_U32] = f##_uint32_t,                 \
    [WEFT_U64] = f##_uint64_t
#define WEFT_BOTH(f) { [WEFT_F32] = f##_f32, [WEFT_F64] = f##_f64 }

const weft_tile_fn weft_tile_scalar_operation[WEFT_OPCODE_COUNT][WEFT_DTYPE_COUNT] = {
    [WEFT_OP_EXPM1] = { [WEFT_F64] = expm1_f64 },
    [WEFT_OP_LOG1P] = { [WEFT_F64] = log1p_f64 },
    [WEFT_OP_CBRT] = WEFT_BOTH(cbrt),
    [WEFT_OP_SIN] = { [WEFT_F64] = sin_f64 },
    [WEFT_OP_COS] = { [WEFT_F64] = cos_f64 },
    [WEFT_OP_TAN] = WEFT_BOTH(tan),
    [WEFT_OP_ASIN] = WEFT_BOTH(asin),
    [WEFT_OP_ACOS] = WEFT_BOTH(acos),
    [WEFT_OP_ATAN] = WEFT_BOTH(atan),
    [WEFT_OP_SINH] = WEFT_BOTH(sinh),
    [WEFT_OP_COSH] = WEFT_BOTH(cosh),
    [WEFT_OP_TANH] = { [WEFT_F64] = tanh_f64 },
    [WEFT_OP_ASINH] = WEFT_BOTH(asinh),
    [WEFT_OP_ACOSH] = WEFT_BOTH(acosh),
    [WEFT_OP_ATANH] = WEFT_BOTH(atanh),
    [WEFT_OP_ERF] = { [WEFT_F64] = erf_f64 },
    [WEFT_OP_ERFC] = { [WEFT_F64] = erfc_f64 },
    [WEFT_OP_ERFINV] = WEFT_BOTH(erfinv),
    [WEFT_OP_LGAMMA] = WEFT_BOTH(lgamma),
    [WEFT_OP_DIGAMMA] = WEFT_BOTH(digamma),
    [WEFT_OP_DIV] = { WEFT_SIGNED_TYPES(div), WEFT_UNSIGNED_TYPES(div) },
    [WEFT_OP_REM] = { WEFT_SIGNED_TYPES(rem), WEFT_UNSIGNED_TYPES(rem),
                      [WEFT_F32] = rem_f32, [WEFT_F64] = rem_f64 },
    [WEFT_OP_FLOOR_DIV] = { WEFT_SIGNED_TYPES(floor_div), WEFT_UNSIGNED_TYPES(div) },
    [WEFT_OP_FLOOR_MOD] = { WEFT_SIGNED_TYPES(floor_mod), WEFT_UNSIGNED_TYPES(rem),
                            [WEFT_F32] = floor_mod_f32_kernel, [WEFT_F64] = floor_mod_f64_kernel },
    [WEFT_OP_POW] = { WEFT_SIGNED_TYPES(pow), WEFT_UNSIGNED_TYPES(pow),
                      [WEFT_F32] = pow_f32, [WEFT_F64] = pow_f64 },
    [WEFT_OP_ATAN2] = WEFT_BOTH(atan2),
    [WEFT_OP_POLYGAMMA] = WEFT_BOTH(polygamma),
};
