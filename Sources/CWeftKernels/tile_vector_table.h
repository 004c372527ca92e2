// SPDX-License-Identifier: Apache-2.0
// Included by tile_vector.h: the table. GT and GE are LT and LE with swapped operands.

#define WEFT_BY_SIZE(f)                                                                            \
    [WEFT_I8] = f##_uint8_t, [WEFT_I16] = f##_uint16_t, [WEFT_I32] = f##_uint32_t,                 \
    [WEFT_I64] = f##_uint64_t, [WEFT_U8] = f##_uint8_t, [WEFT_U16] = f##_uint16_t,                 \
    [WEFT_U32] = f##_uint32_t, [WEFT_U64] = f##_uint64_t
#define WEFT_BY_TYPE(f)                                                                            \
    [WEFT_I8] = f##_int8_t, [WEFT_I16] = f##_int16_t, [WEFT_I32] = f##_int32_t,                    \
    [WEFT_I64] = f##_int64_t, [WEFT_U8] = f##_uint8_t, [WEFT_U16] = f##_uint16_t,                  \
    [WEFT_U32] = f##_uint32_t, [WEFT_U64] = f##_uint64_t
#define WEFT_BY_FLOAT(f) [WEFT_F32] = f##_f32, [WEFT_F64] = f##_f64
#define WEFT_BY_FLOAT_KERNEL(f) [WEFT_F32] = f##_f32_kernel, [WEFT_F64] = f##_f64_kernel

// Casts from an integer type `T` of the size of `U`, by the size of the destination.
#define WEFT_CASTS_8(T)                                                                            \
    { [WEFT_BOOL] = cast_uint8_t_bool, [WEFT_I8] = copy_uint8_t, [WEFT_U8] = copy_uint8_t,         \
      [WEFT_I16] = cast_##T##_uint16_t, [WEFT_U16] = cast_##T##_uint16_t,                          \
      [WEFT_I32] = cast_##T##_uint32_t, [WEFT_U32] = cast_##T##_uint32_t,                          \
      [WEFT_I64] = cast_##T##_uint64_t, [WEFT_U64] = cast_##T##_uint64_t,                          \
      [WEFT_F32] = cast_##T##_float, [WEFT_F64] = cast_##T##_double }
#define WEFT_CASTS_16(T)                                                                           \
    { [WEFT_BOOL] = cast_uint16_t_bool, [WEFT_I8] = cast_##T##_uint8_t,                            \
      [WEFT_U8] = cast_##T##_uint8_t, [WEFT_I16] = copy_uint16_t, [WEFT_U16] = copy_uint16_t,      \
      [WEFT_I32] = cast_##T##_uint32_t, [WEFT_U32] = cast_##T##_uint32_t,                          \
      [WEFT_I64] = cast_##T##_uint64_t, [WEFT_U64] = cast_##T##_uint64_t,                          \
      [WEFT_F32] = cast_##T##_float, [WEFT_F64] = cast_##T##_double }
#define WEFT_CASTS_32(T)                                                                           \
    { [WEFT_BOOL] = cast_uint32_t_bool, [WEFT_I8] = cast_##T##_uint8_t,                            \
      [WEFT_U8] = cast_##T##_uint8_t, [WEFT_I16] = cast_##T##_uint16_t,                            \
      [WEFT_U16] = cast_##T##_uint16_t, [WEFT_I32] = copy_uint32_t, [WEFT_U32] = copy_uint32_t,    \
      [WEFT_I64] = cast_##T##_uint64_t, [WEFT_U64] = cast_##T##_uint64_t,                          \
      [WEFT_F32] = cast_##T##_float, [WEFT_F64] = cast_##T##_double }
#define WEFT_CASTS_64(T)                                                                           \
    { [WEFT_BOOL] = cast_uint64_t_bool, [WEFT_I8] = cast_##T##_uint8_t,                            \
      [WEFT_U8] = cast_##T##_uint8_t, [WEFT_I16] = cast_##T##_uint16_t,                            \
      [WEFT_U16] = cast_##T##_uint16_t, [WEFT_I32] = cast_##T##_uint32_t,                          \
      [WEFT_U32] = cast_##T##_uint32_t, [WEFT_I64] = copy_uint64_t, [WEFT_U64] = copy_uint64_t,    \
      [WEFT_F32] = cast_##T##_float, [WEFT_F64] = cast_##T##_double }
#define WEFT_CASTS_FLOAT(T, same, other_type, other)                                               \
    { [WEFT_BOOL] = cast_##T##_bool, WEFT_BY_TYPE(cast_##T), same, [other_type] = other }

#define WEFT_PAIR_ROW(f)                                                                           \
    { [WEFT_SECOND_ADD] = f##_add, [WEFT_SECOND_MUL] = f##_mul, [WEFT_SECOND_RELU] = f##_relu,     \
      [WEFT_SECOND_SUB] = f##_sub, [WEFT_SECOND_SUB_SWAPPED] = f##_sub_swapped }

#define WEFT_UNIFORM_PAIR_ROW(f)                                                                   \
    { [WEFT_SECOND_ADD] = f##_add, [WEFT_SECOND_MUL] = f##_mul, [WEFT_SECOND_RELU] = f##_relu,     \
      [WEFT_SECOND_SUB] = f##_sub, [WEFT_SECOND_SUB_SWAPPED] = f##_sub_swapped,                    \
      [WEFT_SECOND_EXP] = f##_exp, [WEFT_SECOND_MUL_UNIFORM] = f##_mul_uniform }

const weft_tile_kernels WEFT_TABLE = {
    .operation = {
        [WEFT_OP_COPY] = { [WEFT_BOOL] = copy_uint8_t, WEFT_BY_SIZE(copy),
                           [WEFT_F32] = copy_uint32_t, [WEFT_F64] = copy_uint64_t },
        [WEFT_OP_NEGATE] = { WEFT_BY_SIZE(negate), WEFT_BY_FLOAT(negate) },
        [WEFT_OP_ABS] = { [WEFT_I8] = abs_int8_t, [WEFT_I16] = abs_int16_t,
                          [WEFT_I32] = abs_int32_t, [WEFT_I64] = abs_int64_t,
                          [WEFT_U8] = copy_uint8_t, [WEFT_U16] = copy_uint16_t,
                          [WEFT_U32] = copy_uint32_t, [WEFT_U64] = copy_uint64_t,
                          WEFT_BY_FLOAT_KERNEL(abs) },
        [WEFT_OP_SIGN] = { WEFT_BY_TYPE(sign), WEFT_BY_FLOAT(sign) },
        [WEFT_OP_FLOOR] = { WEFT_BY_FLOAT_KERNEL(floor) },
        [WEFT_OP_CEIL] = { WEFT_BY_FLOAT_KERNEL(ceil) },
        [WEFT_OP_ROUND_EVEN] = { WEFT_BY_FLOAT_KERNEL(rint) },
        [WEFT_OP_ROUND_AWAY] = { WEFT_BY_FLOAT_KERNEL(round_away) },
        [WEFT_OP_EXP] = { WEFT_BY_FLOAT_KERNEL(exp) },
        [WEFT_OP_EXPM1] = { [WEFT_F32] = expm1_f32_kernel },
        [WEFT_OP_LOG] = { WEFT_BY_FLOAT_KERNEL(log) },
        [WEFT_OP_LOG1P] = { [WEFT_F32] = log1p_f32_kernel },
        [WEFT_OP_SQRT] = { WEFT_BY_FLOAT_KERNEL(sqrt) },
        [WEFT_OP_RSQRT] = { WEFT_BY_FLOAT(rsqrt) },
        [WEFT_OP_RECIPROCAL] = { WEFT_BY_FLOAT(reciprocal) },
        [WEFT_OP_SIN] = { [WEFT_F32] = sin_f32_kernel },
        [WEFT_OP_COS] = { [WEFT_F32] = cos_f32_kernel },
        [WEFT_OP_TANH] = { [WEFT_F32] = tanh_f32_kernel },
        [WEFT_OP_SIGMOID] = { WEFT_BY_FLOAT_KERNEL(sigmoid) },
        [WEFT_OP_RELU] = { WEFT_BY_TYPE(relu), WEFT_BY_FLOAT(relu) },
        [WEFT_OP_ERF] = { [WEFT_F32] = erf_f32_kernel },
        [WEFT_OP_ERFC] = { [WEFT_F32] = erfc_f32_kernel },
        [WEFT_OP_GELU_TANH] = { [WEFT_F32] = gelu_tanh_f32_kernel },
        [WEFT_OP_GELU_ERF] = { [WEFT_F32] = gelu_erf_f32_kernel },
        [WEFT_OP_NOT] = { [WEFT_BOOL] = not_bool, WEFT_BY_SIZE(not) },
        [WEFT_OP_POPCOUNT] = { WEFT_BY_SIZE(popcount) },
        [WEFT_OP_CLZ] = { WEFT_BY_SIZE(clz) },
        [WEFT_OP_IS_FINITE] = { WEFT_BY_FLOAT(is_finite) },
        [WEFT_OP_ADD] = { [WEFT_BOOL] = or_uint8_t, WEFT_BY_SIZE(add), WEFT_BY_FLOAT(add) },
        [WEFT_OP_SUB] = { WEFT_BY_SIZE(sub), WEFT_BY_FLOAT(sub) },
        [WEFT_OP_MUL] = { [WEFT_BOOL] = and_uint8_t, WEFT_BY_SIZE(mul), WEFT_BY_FLOAT(mul) },
        [WEFT_OP_DIV] = { WEFT_BY_FLOAT(div) },
        [WEFT_OP_FLOOR_DIV] = { WEFT_BY_FLOAT(floor_div) },
        [WEFT_OP_MAX] = { [WEFT_BOOL] = or_uint8_t, WEFT_BY_TYPE(max), WEFT_BY_FLOAT(max) },
        [WEFT_OP_MIN] = { [WEFT_BOOL] = and_uint8_t, WEFT_BY_TYPE(min), WEFT_BY_FLOAT(min) },
        [WEFT_OP_AND] = { [WEFT_BOOL] = and_uint8_t, WEFT_BY_SIZE(and) },
        [WEFT_OP_OR] = { [WEFT_BOOL] = or_uint8_t, WEFT_BY_SIZE(or) },
        [WEFT_OP_XOR] = { [WEFT_BOOL] = xor_uint8_t, WEFT_BY_SIZE(xor) },
        [WEFT_OP_SHL] = { WEFT_BY_SIZE(shl) },
        [WEFT_OP_SHR_ARITHMETIC] = { WEFT_BY_SIZE(sar) },
        [WEFT_OP_SHR_LOGICAL] = { WEFT_BY_SIZE(shr) },
        [WEFT_OP_EQ] = { [WEFT_BOOL] = eq_uint8_t, WEFT_BY_SIZE(eq), WEFT_BY_FLOAT(eq) },
        [WEFT_OP_NE] = { [WEFT_BOOL] = ne_uint8_t, WEFT_BY_SIZE(ne), WEFT_BY_FLOAT(ne) },
        [WEFT_OP_LT] = { [WEFT_BOOL] = lt_uint8_t, WEFT_BY_TYPE(lt), WEFT_BY_FLOAT(lt) },
        [WEFT_OP_LE] = { [WEFT_BOOL] = le_uint8_t, WEFT_BY_TYPE(le), WEFT_BY_FLOAT(le) },
        [WEFT_OP_SELECT] = { [WEFT_BOOL] = select_uint8_t, WEFT_BY_SIZE(select),
                             [WEFT_F32] = select_uint32_t, [WEFT_F64] = select_uint64_t },
    },
    .cast = {
        [WEFT_BOOL] = WEFT_CASTS_8(uint8_t),
        [WEFT_I8] = WEFT_CASTS_8(int8_t),
        [WEFT_I16] = WEFT_CASTS_16(int16_t),
        [WEFT_I32] = WEFT_CASTS_32(int32_t),
        [WEFT_I64] = WEFT_CASTS_64(int64_t),
        [WEFT_U8] = WEFT_CASTS_8(uint8_t),
        [WEFT_U16] = WEFT_CASTS_16(uint16_t),
        [WEFT_U32] = WEFT_CASTS_32(uint32_t),
        [WEFT_U64] = WEFT_CASTS_64(uint64_t),
        [WEFT_F32] = WEFT_CASTS_FLOAT(float, [WEFT_F32] = copy_uint32_t, WEFT_F64, cast_float_double),
        [WEFT_F64] = WEFT_CASTS_FLOAT(double, [WEFT_F64] = copy_uint64_t, WEFT_F32, cast_double_float),
    },
    .pair = {
        [WEFT_FIRST_ADD] = WEFT_PAIR_ROW(pair_add),
        [WEFT_FIRST_SUB] = WEFT_PAIR_ROW(pair_sub),
        [WEFT_FIRST_MUL] = WEFT_PAIR_ROW(pair_mul),
    },
    .uniform = {
        [WEFT_UNIFORM_ADD] = uniform_add, [WEFT_UNIFORM_SUB] = uniform_sub,
        [WEFT_UNIFORM_SUB_SWAPPED] = uniform_sub_swapped, [WEFT_UNIFORM_MUL] = uniform_mul,
        [WEFT_UNIFORM_DIV] = uniform_div, [WEFT_UNIFORM_DIV_SWAPPED] = uniform_div_swapped,
    },
    .uniform_pair = {
        [WEFT_FIRST_ADD] = WEFT_UNIFORM_PAIR_ROW(uniform_pair_add),
        [WEFT_FIRST_SUB] = WEFT_UNIFORM_PAIR_ROW(uniform_pair_sub),
        [WEFT_FIRST_MUL] = WEFT_UNIFORM_PAIR_ROW(uniform_pair_mul),
    },
    .composite = {
        [WEFT_COMPOSITE_SIGMOID_TANH] = sigmoid_tanh_kernel,
        [WEFT_COMPOSITE_SIGMOID_MUL] = sigmoid_mul_kernel,
        [WEFT_COMPOSITE_SELECT_ABOVE] = select_above_kernel,
    },
    .load_f16 = load_f16, .load_bf16 = load_bf16,
    .store_f16 = store_f16, .store_bf16 = store_bf16,
    .round_f16 = round_f16, .round_bf16 = round_bf16,
    .fill = { fill_uint8_t, fill_uint16_t, fill_uint32_t, fill_uint64_t },
};
