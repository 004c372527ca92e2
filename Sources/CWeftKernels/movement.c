// SPDX-License-Identifier: Apache-2.0
// Copies between strided arrays, and what is made of them.
#include "structure_private.h"

// MARK: Strided copy

enum { WEFT_COPY_PIECE = 16384 };

typedef struct strided_copy {
    int64_t size;
    int rank;  // of the outer axes; the inner one is apart
    int64_t dims[WEFT_MAX_RANK], input_strides[WEFT_MAX_RANK], output_strides[WEFT_MAX_RANK];
    int64_t inner, inner_input_stride, inner_output_stride, pieces;
    const char *input;
    char *output;
} strided_copy;

#define WEFT_COPY_RUN(T)                                                              \
    do {                                                                              \
        const T *restrict x = (const T *)input;                                       \
        T *restrict y = (T *)output;                                                  \
        if (si == 0 && so == 1) {                                                     \
            T value = x[0];                                                           \
            for (int64_t i = 0; i < count; i++) y[i] = value;                         \
        } else if (si == -1 && so == 1) {                                             \
            for (int64_t i = 0; i < count; i++) y[i] = x[-i];                         \
        } else if (so == 1) {                                                         \
            for (int64_t i = 0; i < count; i++) y[i] = x[i * si];                     \
        } else {                                                                      \
            for (int64_t i = 0; i < count; i++) y[i * so] = x[i * si];                \
        }                                                                             \
    } while (0)

static void copy_run(int64_t size, int64_t count, int64_t si, int64_t so, const char *input,
                     char *output) {
    if (si == 1 && so == 1 && count * size >= 32) {
        memcpy(output, input, (size_t)(count * size));
        return;
    }
    switch (size) {
    case 1: WEFT_COPY_RUN(uint8_t); break;
    case 2: WEFT_COPY_RUN(uint16_t); break;
    case 4: WEFT_COPY_RUN(uint32_t); break;
    default: WEFT_COPY_RUN(uint64_t); break;
    }
}

static void copy_units(void *context, int64_t begin, int64_t end) {
    const strided_copy *c = context;
    int64_t index[WEFT_MAX_RANK], rest = begin / c->pieces, from = 0, to = 0;
    for (int i = c->rank - 1; i >= 0; i--) {
        index[i] = rest % c->dims[i];
        rest /= c->dims[i];
        from += index[i] * c->input_strides[i];
        to += index[i] * c->output_strides[i];
    }
    int64_t piece = begin % c->pieces;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = piece * WEFT_COPY_PIECE;
        int64_t count = c->pieces == 1 ? c->inner : WEFT_MIN(c->inner - first, WEFT_COPY_PIECE);
        copy_run(c->size, count, c->inner_input_stride, c->inner_output_stride,
                 c->input + (from + first * c->inner_input_stride) * c->size,
                 c->output + (to + first * c->inner_output_stride) * c->size);
        if (++piece < c->pieces) continue;
        piece = 0;
        for (int i = c->rank - 1; i >= 0; i--) {
            from += c->input_strides[i];
            to += c->output_strides[i];
            if (++index[i] < c->dims[i]) break;
            from -= index[i] * c->input_strides[i];
            to -= index[i] * c->output_strides[i];
            index[i] = 0;
        }
    }
}

void weft_strided_copy(int64_t size, int rank, const int64_t *dims,
                       const int64_t *input_strides, const int64_t *output_strides,
                       const void *input, void *output) {
    strided_copy c = { .size = size, .input = input, .output = output, .pieces = 1 };
    int64_t outer = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] == 0) return;
        if (dims[i] == 1) continue;
        int last = c.rank - 1;
        if (last >= 0 && c.input_strides[last] == input_strides[i] * dims[i]
            && c.output_strides[last] == output_strides[i] * dims[i]) {
            c.dims[last] *= dims[i];
            c.input_strides[last] = input_strides[i];
            c.output_strides[last] = output_strides[i];
        } else {
            c.dims[c.rank] = dims[i];
            c.input_strides[c.rank] = input_strides[i];
            c.output_strides[c.rank++] = output_strides[i];
        }
    }
    c.inner = c.inner_input_stride = c.inner_output_stride = 1;
    if (c.rank > 0) {
        c.inner = c.dims[--c.rank];
        c.inner_input_stride = c.input_strides[c.rank];
        c.inner_output_stride = c.output_strides[c.rank];
    }
    for (int i = 0; i < c.rank; i++) outer *= c.dims[i];
    if (outer < 64) c.pieces = (c.inner + WEFT_COPY_PIECE - 1) / WEFT_COPY_PIECE;
    double each = c.inner_input_stride == 1 ? 0.03 * (double)size : 0.4;
    weft_parallel_for(outer * c.pieces, 1, (double)(c.inner / c.pieces) * each + 3, copy_units, &c);
}

void weft_copy_rows(int64_t rows, int64_t bytes, int64_t input_stride, int64_t output_stride,
                    const void *input, void *output) {
    // Whole words, if everything is made of them: then the pieces of long rows are longer.
    int64_t all = bytes | (rows > 1 ? input_stride | output_stride : 0)
                | (int64_t)((uintptr_t)input | (uintptr_t)output);
    int64_t size = all & 1 ? 1 : all & 2 ? 2 : all & 4 ? 4 : 8;
    int64_t dims[2] = { rows, bytes / size };
    int64_t from[2] = { input_stride / size, 1 }, to[2] = { output_stride / size, 1 };
    weft_strided_copy(size, 2, dims, from, to, input, output);
}

// MARK: Slices and the like

weft_status weft_slice(int64_t size, int rank, const int64_t *dims, const int64_t *starts,
                       const int64_t *strides, const int64_t *output_dims,
                       const void *input, void *output) {
    int64_t from[WEFT_MAX_RANK], to[WEFT_MAX_RANK], offset = 0;
    if (weft_product(rank, output_dims) == 0) return WEFT_OK;
    weft_row_major(rank, dims, from);
    weft_row_major(rank, output_dims, to);
    for (int i = 0; i < rank; i++) {
        offset += starts[i] * from[i];
        // Unused where there is one element: the stride may then be anything.
        from[i] = output_dims[i] > 1 ? from[i] * strides[i] : 0;
    }
    weft_strided_copy(size, rank, output_dims, from, to, (const char *)input + offset * size, output);
    return WEFT_OK;
}

weft_status weft_reverse(int64_t size, int rank, const int64_t *dims, uint32_t axes,
                         const void *input, void *output) {
    int64_t from[WEFT_MAX_RANK], to[WEFT_MAX_RANK], offset = 0;
    if (weft_product(rank, dims) == 0) return WEFT_OK;
    weft_row_major(rank, dims, to);
    for (int i = 0; i < rank; i++) {
        from[i] = axes >> i & 1 ? -to[i] : to[i];
        if (axes >> i & 1) offset += (dims[i] - 1) * to[i];
    }
    weft_strided_copy(size, rank, dims, from, to, (const char *)input + offset * size, output);
    return WEFT_OK;
}

weft_status weft_broadcast(int64_t size, int rank, const int64_t *dims, const int64_t *strides,
                           const void *input, void *output) {
    int64_t to[WEFT_MAX_RANK];
    weft_row_major(rank, dims, to);
    weft_strided_copy(size, rank, dims, strides, to, input, output);
    return WEFT_OK;
}

weft_status weft_concatenate(int64_t size, int rank, const int64_t *dims, int axis, int count,
                             const int64_t *extents, const void *const *inputs, void *output) {
    int64_t outer = weft_product(axis, dims);
    int64_t inner = weft_product(rank - axis - 1, dims + axis + 1) * size;
    char *at = output;
    if (outer * inner * dims[axis] == 0) return WEFT_OK;
    for (int i = 0; i < count; i++) {
        int64_t bytes = extents[i] * inner;
        if (bytes == 0) continue;
        weft_copy_rows(outer, bytes, bytes, dims[axis] * inner, inputs[i], at);
        at += bytes;
    }
    return WEFT_OK;
}

// MARK: Padding

typedef struct padding {
    int64_t size, inner;  // elements after the last padded axis
    int rank;             // up to and with the last padded axis
    int64_t dims[WEFT_MAX_RANK], out[WEFT_MAX_RANK], low[WEFT_MAX_RANK], step[WEFT_MAX_RANK];
    int64_t strides[WEFT_MAX_RANK];
    const void *value;
    const char *input;
    char *output;
} padding;

/// Output rows begin ..< end; a row is the last padded axis and what is inside it.
static void pad_rows(void *context, int64_t begin, int64_t end) {
    const padding *p = context;
    int last = p->rank - 1;
    int64_t row = p->out[last] * p->inner, step = p->step[last], low = p->low[last];
    // Input elements first ..< past land inside the output.
    int64_t first = low < 0 ? (-low + step - 1) / step : 0;
    int64_t past = p->out[last] > low ? WEFT_MIN(p->dims[last], (p->out[last] - low - 1) / step + 1) : 0;
    for (int64_t r = begin; r < end; r++) {
        char *output = p->output + r * row * p->size;
        int64_t rest = r, offset = 0, inside = 1;
        for (int i = last - 1; i >= 0; i--) {
            int64_t at = rest % p->out[i] - p->low[i];
            rest /= p->out[i];
            if (at < 0 || at % p->step[i] || at / p->step[i] >= p->dims[i]) { inside = 0; break; }
            offset += at / p->step[i] * p->strides[i];
        }
        if (!inside || first >= past) {
            copy_run(p->size, row, 0, 1, p->value, output);
            continue;
        }
        const char *input = p->input + (offset + first * p->inner) * p->size;
        int64_t left = (low + first * step) * p->inner;
        if (step > 1) {
            copy_run(p->size, row, 0, 1, p->value, output);
            if (p->inner == 1) {
                copy_run(p->size, past - first, 1, step, input, output + left * p->size);
            } else {
                for (int64_t i = 0; i < past - first; i++)
                    copy_run(p->size, p->inner, 1, 1, input + i * p->inner * p->size,
                             output + (left + i * step * p->inner) * p->size);
            }
        } else {
            int64_t body = (past - first) * p->inner;
            copy_run(p->size, left, 0, 1, p->value, output);
            copy_run(p->size, body, 1, 1, input, output + left * p->size);
            copy_run(p->size, row - left - body, 0, 1, p->value, output + (left + body) * p->size);
        }
    }
}

weft_status weft_pad(int64_t size, int rank, const int64_t *dims, const int64_t *low,
                     const int64_t *high, const int64_t *interior, const void *value,
                     const void *input, void *output) {
    padding p = { .size = size, .inner = 1, .value = value, .input = input, .output = output };
    int64_t rows = 1;
    p.rank = rank;
    while (p.rank > 0 && low[p.rank - 1] == 0 && high[p.rank - 1] == 0
           && (interior[p.rank - 1] == 0 || dims[p.rank - 1] <= 1))
        p.inner *= dims[--p.rank];
    if (p.rank == 0) {
        weft_copy_rows(1, p.inner * size, 0, 0, input, output);
        return WEFT_OK;
    }
    int64_t stride = p.inner;
    for (int i = p.rank - 1; i >= 0; i--) {
        p.dims[i] = dims[i];
        p.low[i] = low[i];
        p.step[i] = interior[i] + 1;
        p.out[i] = low[i] + high[i] + dims[i] + (dims[i] > 0 ? (dims[i] - 1) * interior[i] : 0);
        if (p.out[i] < 0) p.out[i] = 0;
        p.strides[i] = stride;
        stride *= dims[i];
        if (i < p.rank - 1) rows *= p.out[i];
    }
    int64_t row = p.out[p.rank - 1] * p.inner;
    if (rows * row == 0) return WEFT_OK;
    weft_parallel_for(rows, 1, (double)(row * size) * 0.03 + 15, pad_rows, &p);
    return WEFT_OK;
}

// MARK: Dynamic slices

static int64_t clamped_offset(int rank, const int64_t *dims, const int64_t *extents,
                              const int64_t *starts, const int64_t *strides) {
    int64_t offset = 0;
    for (int i = 0; i < rank; i++) {
        int64_t start = WEFT_MIN(starts[i], dims[i] - extents[i]);
        offset += WEFT_MAX(start, 0) * strides[i];
    }
    return offset;
}

weft_status weft_dynamic_slice(int64_t size, int rank, const int64_t *dims,
                               const int64_t *slice_dims, const int64_t *starts,
                               const void *input, void *output) {
    int64_t from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];
    if (weft_product(rank, slice_dims) == 0) return WEFT_OK;
    weft_row_major(rank, dims, from);
    weft_row_major(rank, slice_dims, to);
    int64_t offset = clamped_offset(rank, dims, slice_dims, starts, from);
    weft_strided_copy(size, rank, slice_dims, from, to, (const char *)input + offset * size, output);
    return WEFT_OK;
}

weft_status weft_dynamic_update_slice(int64_t size, int rank, const int64_t *dims,
                                      const int64_t *update_dims, const int64_t *starts,
                                      const void *operand, const void *update, void *output) {
    int64_t from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];
    if (output != operand) weft_copy_rows(1, weft_product(rank, dims) * size, 0, 0, operand, output);
    if (weft_product(rank, update_dims) == 0) return WEFT_OK;
    weft_row_major(rank, dims, to);
    weft_row_major(rank, update_dims, from);
    int64_t offset = clamped_offset(rank, dims, update_dims, starts, to);
    weft_strided_copy(size, rank, update_dims, from, to, update, (char *)output + offset * size);
    return WEFT_OK;
}
