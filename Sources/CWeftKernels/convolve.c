// SPDX-License-Identifier: Apache-2.0
// Convolutions by straight loops. Everything is widened first, floats to double and integers to
// 64 unsigned bits (whose low bits wrap as the narrow types do), and narrowed at the end.
#include "structure_private.h"

typedef struct convolution {
    int64_t batch, in_channels, out_channels, groups;
    int64_t in[3], out[3], window[3], in_count, out_count, filter_count;
    int64_t strides[3], low[3], input_dilation[3], filter_dilation[3];
    void *input, *filter, *output;
} convolution;

static void unflatten3(int64_t flat, const int64_t *dims, int64_t *index) {
    index[2] = flat % dims[2];
    flat /= dims[2];
    index[1] = flat % dims[1];
    index[0] = flat / dims[1];
}

/// The input place that filter element `element` meets for the output at `place`, or -1.
static int64_t input_place(const convolution *c, const int64_t *place, const int64_t *element) {
    int64_t at = 0;
    for (int i = 0; i < 3; i++) {
        int64_t x = place[i] * c->strides[i] - c->low[i] + element[i] * c->filter_dilation[i];
        if (x < 0 || x % c->input_dilation[i] || x / c->input_dilation[i] >= c->in[i]) return -1;
        at = at * c->in[i] + x / c->input_dilation[i];
    }
    return at;
}

/// The output place whose filter element `element` meets the input at `place`, or -1.
static int64_t output_place(const convolution *c, const int64_t *place, const int64_t *element) {
    int64_t at = 0;
    for (int i = 0; i < 3; i++) {
        int64_t y = place[i] * c->input_dilation[i] + c->low[i] - element[i] * c->filter_dilation[i];
        if (y < 0 || y % c->strides[i] || y / c->strides[i] >= c->out[i]) return -1;
        at = at * c->out[i] + y / c->strides[i];
    }
    return at;
}

#define WEFT_A double
#define WEFT_NAME(f) f##_float
#include "convolve_type.inc"
#undef WEFT_A
#undef WEFT_NAME

#define WEFT_A uint64_t
#define WEFT_NAME(f) f##_integer
#include "convolve_type.inc"
#undef WEFT_A
#undef WEFT_NAME

// MARK: Widening

#define WEFT_WIDEN(T, A, convert) do {                                                     \
        const T *restrict x = input;                                                       \
        A *restrict y = output;                                                            \
        for (int64_t i = 0; i < count; i++) y[i] = (A)convert(x[i]);                       \
    } while (0)

static void widen(weft_dtype dtype, int64_t count, const void *input, void *output) {
    switch (dtype) {
    case WEFT_I8: WEFT_WIDEN(int8_t, uint64_t, ); break;
    case WEFT_I16: WEFT_WIDEN(int16_t, uint64_t, ); break;
    case WEFT_I32: WEFT_WIDEN(int32_t, uint64_t, ); break;
    case WEFT_U8: WEFT_WIDEN(uint8_t, uint64_t, ); break;
    case WEFT_U16: WEFT_WIDEN(uint16_t, uint64_t, ); break;
    case WEFT_U32: WEFT_WIDEN(uint32_t, uint64_t, ); break;
    case WEFT_F16: WEFT_WIDEN(uint16_t, double, weft_half_to_float); break;
    case WEFT_BF16: WEFT_WIDEN(uint16_t, double, weft_bfloat_to_float); break;
    case WEFT_F32: WEFT_WIDEN(float, double, ); break;
    default: break;
    }
}

static void narrow(weft_dtype dtype, int64_t count, const void *input, void *output) {
    switch (dtype) {
    case WEFT_I8: case WEFT_U8: WEFT_WIDEN(uint64_t, uint8_t, ); break;
    case WEFT_I16: case WEFT_U16: WEFT_WIDEN(uint64_t, uint16_t, ); break;
    case WEFT_I32: case WEFT_U32: WEFT_WIDEN(uint64_t, uint32_t, ); break;
    case WEFT_F16: WEFT_WIDEN(double, uint16_t, weft_double_to_half); break;
    case WEFT_BF16: WEFT_WIDEN(double, uint16_t, weft_double_to_bfloat); break;
    case WEFT_F32: WEFT_WIDEN(double, float, ); break;
    default: break;
    }
}

// MARK: Running

typedef enum direction { FORWARD, INPUT_GRADIENT, FILTER_GRADIENT } direction;

static int is_float(weft_dtype dtype) { return dtype >= WEFT_F16 && dtype <= WEFT_F64; }

/// - Parameter dtypes: of input, filter and output.
static weft_status convolve(direction direction, const weft_dtype dtypes[3], const weft_convolution *s,
                            const void *input, const void *filter, const void *output) {
    if (s->spatial_rank < 1 || s->spatial_rank > 3) return WEFT_UNSUPPORTED;
    for (int i = 0; i < 3; i++)
        if (dtypes[i] == WEFT_BOOL || (unsigned)dtypes[i] >= WEFT_DTYPE_COUNT
            || is_float(dtypes[i]) != is_float(dtypes[2]))
            return WEFT_UNSUPPORTED;
    convolution c = { .batch = s->batch, .in_channels = s->in_channels,
                      .out_channels = s->out_channels, .groups = s->groups,
                      .in_count = 1, .out_count = 1, .filter_count = 1 };
    for (int i = 0; i < 3; i++) {
        // Missing axes come first, of extent 1.
        int j = i - (3 - s->spatial_rank);
        c.in[i] = j < 0 ? 1 : s->input[j];
        c.window[i] = j < 0 ? 1 : s->filter[j];
        c.strides[i] = j < 0 ? 1 : s->strides[j];
        c.low[i] = j < 0 ? 0 : s->low_padding[j];
        c.input_dilation[i] = j < 0 ? 1 : s->input_dilation[j];
        c.filter_dilation[i] = j < 0 ? 1 : s->filter_dilation[j];
        c.out[i] = weft_window_extent(c.in[i], c.window[i], c.strides[i], c.low[i],
                                      j < 0 ? 0 : s->high_padding[j], c.input_dilation[i],
                                      c.filter_dilation[i]);
        c.in_count *= c.in[i];
        c.out_count *= c.out[i];
        c.filter_count *= c.window[i];
    }
    if (c.groups < 1) return WEFT_UNSUPPORTED;
    int64_t cin = c.in_channels / c.groups;
    int64_t counts[3] = { c.batch * c.in_count * c.in_channels, c.filter_count * cin * c.out_channels,
                          c.batch * c.out_count * c.out_channels };
    int result = direction == FORWARD ? 2 : direction == INPUT_GRADIENT ? 0 : 1;
    if (counts[result] == 0) return WEFT_OK;

    void *arrays[3] = { (void *)(uintptr_t)input, (void *)(uintptr_t)filter, (void *)(uintptr_t)output };
    void *wide[3] = { arrays[0], arrays[1], arrays[2] };
    char *scratch = NULL;
    int64_t narrow_count = 0;
    for (int i = 0; i < 3; i++)
        if (weft_dtype_size(dtypes[i]) < 8) narrow_count += counts[i];
    if (narrow_count > 0) {
        scratch = weft_scratch_take(narrow_count * 8);
        if (!scratch) return WEFT_OUT_OF_MEMORY;
        double *next = (double *)scratch;
        for (int i = 0; i < 3; i++) {
            if (weft_dtype_size(dtypes[i]) == 8) continue;
            wide[i] = next;
            next += counts[i];
            if (i != result) widen(dtypes[i], counts[i], arrays[i], wide[i]);
        }
    }
    c.input = wide[0];
    c.filter = wide[1];
    c.output = wide[2];
    int floats = is_float(dtypes[2]);
    double each = (double)(cin * c.out_channels) * 0.5 + 10;
    switch (direction) {
    case FORWARD:
        weft_parallel_for(c.batch * c.out_count, 1, (double)c.filter_count * each,
                          floats ? forward_float : forward_integer, &c);
        break;
    case INPUT_GRADIENT:
        weft_parallel_for(c.batch * c.in_count, 1, (double)c.filter_count * each,
                          floats ? input_gradient_float : input_gradient_integer, &c);
        break;
    case FILTER_GRADIENT:
        weft_parallel_for(c.filter_count * cin, 1,
                          (double)(c.batch * c.out_count) * ((double)c.out_channels * 0.5 + 5),
                          floats ? filter_gradient_float : filter_gradient_integer, &c);
        break;
    }
    if (wide[result] != arrays[result])
        narrow(dtypes[result], counts[result], wide[result], arrays[result]);
    if (scratch) weft_scratch_give(scratch);
    return WEFT_OK;
}

weft_status weft_convolve(weft_dtype input_dtype, weft_dtype filter_dtype, weft_dtype dtype,
                          const weft_convolution *convolution,
                          const void *input, const void *filter, void *output) {
    return convolve(FORWARD, (weft_dtype[]){input_dtype, filter_dtype, dtype}, convolution, input, filter, output);
}

weft_status weft_convolve_input_gradient(weft_dtype dtype, const weft_convolution *convolution,
                                         const void *output_gradient, const void *filter,
                                         void *input_gradient) {
    return convolve(INPUT_GRADIENT, (weft_dtype[]){dtype, dtype, dtype}, convolution, input_gradient, filter, output_gradient);
}

weft_status weft_convolve_filter_gradient(weft_dtype dtype, const weft_convolution *convolution,
                                          const void *input, const void *output_gradient,
                                          void *filter_gradient) {
    return convolve(FILTER_GRADIENT, (weft_dtype[]){dtype, dtype, dtype}, convolution, input, filter_gradient, output_gradient);
}
