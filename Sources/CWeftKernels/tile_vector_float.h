// SPDX-License-Identifier: Apache-2.0
// Included by tile_vector.h: kernels of f32 and f64, and the conversions of f16 and bf16.

// Equal operands differ at most in the sign of zero: 'and' gives +0 unless both are -0.
WEFT_INLINE float max_f32_value(float x, float y) {
    float r = x > y ? x : y;
    r = x == y ? f32_bits(bits_f32(x) & bits_f32(y)) : r;
    return x != x ? x : r;
}
WEFT_INLINE float min_f32_value(float x, float y) {
    float r = x < y ? x : y;
    r = x == y ? f32_bits(bits_f32(x) | bits_f32(y)) : r;
    return x != x ? x : r;
}
WEFT_INLINE double max_f64_value(double x, double y) {
    double r = x > y ? x : y;
    r = x == y ? f64_bits(bits_f64(x) & bits_f64(y)) : r;
    return x != x ? x : r;
}
WEFT_INLINE double min_f64_value(double x, double y) {
    double r = x < y ? x : y;
    r = x == y ? f64_bits(bits_f64(x) | bits_f64(y)) : r;
    return x != x ? x : r;
}

#define WEFT_FLOATS(T, s, U, sign_bit, exponent, width)                                            \
    WEFT_UNARY(negate_##s, U, U, width, x ^ sign_bit)                                              \
    WEFT_UNARY(abs_##s##_kernel, U, U, width, x & ~sign_bit)                                       \
    WEFT_UNARY(is_finite_##s, uint8_t, U, width, (x & exponent) != exponent)                       \
    WEFT_UNARY(sign_##s, T, T, width, x > 0 ? (T)1 : x < 0 ? (T)-1 : x)                            \
    WEFT_UNARY(relu_##s, T, T, width, x > 0 ? x : x != x ? x : (T)0)                               \
    WEFT_UNARY(floor_##s##_kernel, T, T, width, floor_##s(x))                                      \
    WEFT_UNARY(ceil_##s##_kernel, T, T, width, ceil_##s(x))                                        \
    WEFT_UNARY(rint_##s##_kernel, T, T, width, rint_##s(x))                                        \
    WEFT_UNARY(round_away_##s##_kernel, T, T, width, round_away_##s(x))                            \
    WEFT_UNARY(sqrt_##s##_kernel, T, T, width, sqrt_##s(x))                                        \
    WEFT_UNARY(rsqrt_##s, T, T, width, (T)1 / sqrt_##s(x))                                         \
    WEFT_UNARY(reciprocal_##s, T, T, width, (T)1 / x)                                              \
    WEFT_BINARY(add_##s, T, T, width, x + y)                                                       \
    WEFT_BINARY(sub_##s, T, T, width, x - y)                                                       \
    WEFT_BINARY(mul_##s, T, T, width, x * y)                                                       \
    WEFT_BINARY(div_##s, T, T, width, x / y)                                                       \
    WEFT_BINARY(floor_div_##s, T, T, width, floor_##s(x / y))                                      \
    WEFT_BINARY(max_##s, T, T, width, max_##s##_value(x, y))                                       \
    WEFT_BINARY(min_##s, T, T, width, min_##s##_value(x, y))                                       \
    WEFT_BINARY(eq_##s, uint8_t, T, width, x == y)                                                 \
    WEFT_BINARY(ne_##s, uint8_t, T, width, x != y)                                                 \
    WEFT_BINARY(lt_##s, uint8_t, T, width, x < y)                                                  \
    WEFT_BINARY(le_##s, uint8_t, T, width, x <= y)

WEFT_FLOATS(float, f32, uint32_t, 0x80000000u, 0x7f800000u, WEFT_W4)
WEFT_FLOATS(double, f64, uint64_t, 0x8000000000000000u, 0x7ff0000000000000u, WEFT_W8)

WEFT_UNARY_LONG(exp_f32_kernel, float, WEFT_W4, exp_f32)
WEFT_UNARY_LONG(expm1_f32_kernel, float, WEFT_W4, expm1_f32)
WEFT_UNARY_LONG(log_f32_kernel, float, WEFT_W4, log_f32)
WEFT_UNARY_LONG(log1p_f32_kernel, float, WEFT_W4, log1p_f32)
WEFT_UNARY_LONG(tanh_f32_kernel, float, WEFT_W4, tanh_f32)
WEFT_UNARY_LONG(sigmoid_f32_kernel, float, WEFT_W4, sigmoid_f32)
WEFT_UNARY_LONG(erf_f32_kernel, float, WEFT_W4, erf_f32)
WEFT_UNARY_LONG(erfc_f32_kernel, float, WEFT_W4, erfc_f32)
WEFT_INLINE float gelu_tanh_f32(float x) {
    return (x * 0.5f) * (tanh_f32((x + ((x * x) * x) * (float)0.044715) * (float)0.7978845608028654) + 1.0f);
}
WEFT_INLINE float gelu_erf_f32(float x) {
    return (x * 0.5f) * (erf_f32(x * (float)0.7071067811865476) + 1.0f);
}
WEFT_UNARY_LONG(gelu_tanh_f32_kernel, float, WEFT_W4, gelu_tanh_f32)
WEFT_UNARY_LONG(gelu_erf_f32_kernel, float, WEFT_W4, gelu_erf_f32)
WEFT_UNARY_LONG(exp_f64_kernel, double, WEFT_W8, exp_f64)
WEFT_UNARY_LONG(log_f64_kernel, double, WEFT_W8, log_f64)
WEFT_UNARY_LONG(sigmoid_f64_kernel, double, WEFT_W8, sigmoid_f64)

#define WEFT_PAIR(name, t_value, expression)                                                       \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa, *b = (const float *)pb, *c = (const float *)pc;        \
        WEFT_VECTORIZE(WEFT_W4, 2)                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                          \
            float x = a[i], y = b[i], z = c[i], t = t_value;                                       \
            (void)z;                                                                               \
            d[i] = expression;                                                                     \
        }                                                                                          \
    }
#define WEFT_PAIRS(name, t_value)                                                                  \
    WEFT_PAIR(name##_add, t_value, t + z)                                                          \
    WEFT_PAIR(name##_mul, t_value, t * z)                                                          \
    WEFT_PAIR(name##_relu, t_value, t > 0 ? t : t != t ? t : 0.0f)                                 \
    WEFT_PAIR(name##_sub, t_value, t - z)                                                          \
    WEFT_PAIR(name##_sub_swapped, t_value, z - t)
WEFT_PAIRS(pair_add, x + y)
WEFT_PAIRS(pair_sub, x - y)
WEFT_PAIRS(pair_mul, x * y)

#define WEFT_UNIFORM(name, expression)                                                             \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa;                                                        \
        float y = *(const float *)pb;                                                              \
        WEFT_VECTORIZE(WEFT_W4, 2)                                                                 \
        for (int64_t i = 0; i < n; i++) { float x = a[i]; d[i] = expression; }                     \
    }
WEFT_UNIFORM(uniform_add, x + y)
WEFT_UNIFORM(uniform_sub, x - y)
WEFT_UNIFORM(uniform_sub_swapped, y - x)
WEFT_UNIFORM(uniform_mul, x * y)
WEFT_UNIFORM(uniform_div, x / y)
WEFT_UNIFORM(uniform_div_swapped, y / x)

#define WEFT_UNIFORM_PAIR(name, t_value, z_value, expression)                                      \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa, *c = (const float *)pc;                                \
        float y = *(const float *)pb, z0 = *c;                                                     \
        (void)z0;                                                                                  \
        WEFT_VECTORIZE(WEFT_W4, 2)                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                          \
            float x = a[i], z = z_value, t = t_value;                                              \
            (void)z;                                                                               \
            d[i] = expression;                                                                     \
        }                                                                                          \
    }
#define WEFT_UNIFORM_EXP(name, t_value)                                                            \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa;                                                        \
        float y = *(const float *)pb;                                                              \
        int64_t whole = n - n % WEFT_W4;                                                           \
        WEFT_VECTORIZE(WEFT_W4, 2)                                                                 \
        for (int64_t i = 0; i < whole; i++) { float x = a[i]; d[i] = exp_f32(t_value); }           \
        if (whole < n) {                                                                           \
            float rest[WEFT_W4] = {0};                                                             \
            for (int64_t i = whole; i < n; i++) { float x = a[i]; rest[i - whole] = t_value; }     \
            WEFT_VECTORIZE(WEFT_W4, 1)                                                             \
            for (int i = 0; i < WEFT_W4; i++) rest[i] = exp_f32(rest[i]);                          \
            for (int64_t i = whole; i < n; i++) d[i] = rest[i - whole];                            \
        }                                                                                          \
    }
#define WEFT_UNIFORM_PAIRS(name, t_value)                                                          \
    WEFT_UNIFORM_PAIR(name##_add, t_value, c[i], t + z)                                            \
    WEFT_UNIFORM_PAIR(name##_mul, t_value, c[i], t * z)                                            \
    WEFT_UNIFORM_PAIR(name##_relu, t_value, c[i], t > 0 ? t : t != t ? t : 0.0f)                   \
    WEFT_UNIFORM_PAIR(name##_sub, t_value, c[i], t - z)                                            \
    WEFT_UNIFORM_PAIR(name##_sub_swapped, t_value, c[i], z - t)                                    \
    WEFT_UNIFORM_PAIR(name##_mul_uniform, t_value, z0, t * z)                                      \
    WEFT_UNIFORM_EXP(name##_exp, t_value)
WEFT_UNIFORM_PAIRS(uniform_pair_add, x + y)
WEFT_UNIFORM_PAIRS(uniform_pair_sub, x - y)
WEFT_UNIFORM_PAIRS(uniform_pair_mul, x * y)

// Huge arguments need the library's reduction. Which way is taken depends on the element alone,
// never on its neighbours.
WEFT_UNARY_LONG(sin_inner_f32, float, WEFT_W4, sin_f32)
WEFT_UNARY_LONG(cos_inner_f32, float, WEFT_W4, cos_f32)
static int all_inside_f32(const float *a, int64_t n, float limit) {
    uint32_t outside = 0;
    WEFT_PRAGMA(clang loop vectorize(enable))
    for (int64_t i = 0; i < n; i++) outside |= abs_f32(a[i]) <= limit ? 0u : 1u;
    return outside == 0;
}
#define WEFT_PERIODIC_F32(f)                                                                       \
    WEFT_KERNEL(f##_f32_kernel) {                                                                  \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa;                                                        \
        if (all_inside_f32(a, n, WEFT_SIN_LIMIT_F32)) {                                            \
            f##_inner_f32(restrict_dst, pa, pb, pc, n, flags);                                     \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            float x = a[i];                                                                        \
            d[i] = abs_f32(x) <= WEFT_SIN_LIMIT_F32 ? f##_f32(x) : (float)weft_##f##_f64(x);       \
        }                                                                                          \
    }
WEFT_PERIODIC_F32(sin)
WEFT_PERIODIC_F32(cos)

#if defined(WEFT_HAS_F16C) || !defined(__x86_64__)
#define WEFT_W_HALF WEFT_W4
#else
#define WEFT_W_HALF 8
#endif
WEFT_UNARY(load_f16, float, uint16_t, WEFT_W_HALF, f32_from_f16(x))
WEFT_UNARY(load_bf16, float, uint16_t, WEFT_W4, f32_from_bf16(x))
WEFT_UNARY(store_f16, uint16_t, float, WEFT_W_HALF, f16_from_f32(x))
WEFT_UNARY(store_bf16, uint16_t, float, WEFT_W4, bf16_from_f32(x))
WEFT_UNARY(round_f16, float, float, WEFT_W_HALF, f32_from_f16(f16_from_f32(x)))
WEFT_UNARY(round_bf16, float, float, WEFT_W4, f32_from_bf16(bf16_from_f32(x)))
