// SPDX-License-Identifier: Apache-2.0
// Included by tile_vector.h: chains of f32 functions in one pass.

// `x` and `y` are the elements, `k` the constants in `expression`. What is left over is padded to
// whole vectors (see WEFT_UNARY_LONG).
#define WEFT_COMPOSITE(name, constants, expression)                                                \
    WEFT_KERNEL(name) {                                                                            \
        WEFT_KERNEL_BEGIN(float);                                                                  \
        const float *a = (const float *)pa, *b = (const float *)pb, *c = (const float *)pc;        \
        float k[2] = {0};                                                                          \
        for (int j = 0; j < constants; j++) k[j] = c[j];                                           \
        (void)k;                                                                                   \
        int64_t whole = n - n % (2 * WEFT_W4);                                                     \
        WEFT_VECTORIZE(WEFT_W4, 2)                                                                 \
        for (int64_t i = 0; i < whole; i++) {                                                      \
            float x = a[i], y = b[i];                                                              \
            (void)y;                                                                               \
            d[i] = expression;                                                                     \
        }                                                                                          \
        if (whole < n) {                                                                           \
            float rest[2 * WEFT_W4] = {0}, other[2 * WEFT_W4] = {0};                               \
            for (int64_t i = whole; i < n; i++) {                                                  \
                rest[i - whole] = a[i];                                                            \
                other[i - whole] = b[i];                                                           \
            }                                                                                      \
            WEFT_VECTORIZE(WEFT_W4, 2)                                                             \
            for (int i = 0; i < 2 * WEFT_W4; i++) {                                                \
                float x = rest[i], y = other[i];                                                   \
                (void)y;                                                                           \
                rest[i] = expression;                                                              \
            }                                                                                      \
            for (int64_t i = whole; i < n; i++) d[i] = rest[i - whole];                            \
        }                                                                                          \
    }

WEFT_COMPOSITE(sigmoid_tanh_kernel, 0, sigmoid_f32(x) * tanh_f32(y))
WEFT_COMPOSITE(sigmoid_mul_kernel, 0, sigmoid_f32(x) * y)
WEFT_COMPOSITE(select_above_kernel, 2, x > k[0] ? y : k[1])
