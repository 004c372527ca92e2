// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

#include <math.h>

int64_t weft_window_extent(int64_t input, int64_t window, int64_t stride, int64_t low_padding,
                           int64_t high_padding, int64_t input_dilation, int64_t window_dilation) {
    int64_t extent = (input > 0 ? (input - 1) * input_dilation + 1 : 0) + low_padding + high_padding;
    int64_t reach = window > 0 ? (window - 1) * window_dilation + 1 : 0;
    return extent < reach ? 0 : (extent - reach) / stride + 1;
}

// The axes that windows move along; `inner` elements lie at each place.
typedef struct window_walk {
    int rank;
    int64_t dims[WEFT_MAX_RANK], out[WEFT_MAX_RANK], window[WEFT_MAX_RANK];
    int64_t strides[WEFT_MAX_RANK], low[WEFT_MAX_RANK], dilations[WEFT_MAX_RANK];
    int64_t input_strides[WEFT_MAX_RANK], output_strides[WEFT_MAX_RANK];
    int64_t inner, outputs, inputs;
    weft_reduction kind;
    const weft_reducer *reducer;
    const void *input, *gradient;
    void *output, *accumulators;
    int64_t unit_outputs;
    int failed;  // no memory, in some piece
} window_walk;

/// `split`: trailing axes that windows leave alone become `inner`.
static window_walk make_walk(const weft_window *window, int split) {
    window_walk w = { .rank = window->rank, .inner = 1, .outputs = 1, .inputs = 1 };
    for (int i = 0; i < w.rank; i++) {
        w.dims[i] = window->dims[i];
        w.window[i] = window->window[i];
        w.strides[i] = window->strides[i];
        w.low[i] = window->low_padding[i];
        w.dilations[i] = window->dilations[i];
        w.out[i] = weft_window_extent(w.dims[i], w.window[i], w.strides[i], w.low[i],
                                      window->high_padding[i], 1, w.dilations[i]);
    }
    while (split && w.rank > 0) {
        int i = w.rank - 1;
        if (w.window[i] != 1 || w.strides[i] != 1 || w.low[i] != 0 || w.out[i] != w.dims[i]) break;
        w.inner *= w.dims[i];
        w.rank--;
    }
    for (int i = w.rank - 1; i >= 0; i--) {
        w.input_strides[i] = w.inputs * w.inner;
        w.output_strides[i] = w.outputs * w.inner;
        w.inputs *= w.dims[i];
        w.outputs *= w.out[i];
    }
    return w;
}

static void unflatten(int rank, const int64_t *dims, int64_t flat, int64_t *index) {
    for (int i = rank - 1; i >= 0; i--) {
        index[i] = flat % dims[i];
        flat /= dims[i];
    }
}

/// The part of the window at `index` that lies inside: its place and extents, or -1 if empty.
static int64_t clip_window(const window_walk *w, const int64_t *index, int64_t *extents) {
    int64_t at = 0;
    for (int i = 0; i < w->rank; i++) {
        int64_t start = index[i] * w->strides[i] - w->low[i], dilation = w->dilations[i];
        int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
        int64_t past = w->dims[i] > start ? (w->dims[i] - start - 1) / dilation + 1 : 0;
        extents[i] = WEFT_MIN(past, w->window[i]) - first;
        if (extents[i] <= 0) return -1;
        at += (start + first * dilation) * w->input_strides[i];
    }
    return at;
}

static int next_in_window(const window_walk *w, const int64_t *extents, int64_t *element, int64_t *at) {
    for (int i = w->rank - 1; i >= 0; i--) {
        int64_t step = w->dilations[i] * w->input_strides[i];
        *at += step;
        if (++element[i] < extents[i]) return 1;
        *at -= element[i] * step;
        element[i] = 0;
    }
    return 0;
}

// MARK: Reduction

static void reduce_windows(void *context, int64_t begin, int64_t end) {
    const window_walk *w = context;
    const weft_reducer *reducer = w->reducer;
    int64_t index[WEFT_MAX_RANK], extents[WEFT_MAX_RANK], element[WEFT_MAX_RANK];
    double accumulators[WEFT_COLUMN_BLOCK];
    int last = w->rank - 1;
    for (int64_t o = begin; o < end; o++) {
        unflatten(w->rank, w->out, o, index);
        int64_t start = clip_window(w, index, extents);
        int64_t run = last >= 0 && start >= 0 ? extents[last] : 1;
        int64_t step = last >= 0 ? w->dilations[last] * w->input_strides[last] : 1;
        for (int64_t column = 0; column < w->inner; column += WEFT_COLUMN_BLOCK) {
            int64_t width = WEFT_MIN(w->inner - column, WEFT_COLUMN_BLOCK), at = start + column;
            reducer->clear(w->kind, width, accumulators);
            for (int i = 0; i < w->rank; i++) element[i] = 0;
            while (start >= 0) {
                const char *x = (const char *)w->input + at * reducer->size;
                if (step == 1 && width == 1)
                    reducer->row(w->kind, x, run, accumulators);
                else
                    reducer->columns(w->kind, x, run, step, width, accumulators);
                // The last axis is done: step the others.
                if (last >= 0) {
                    element[last] = run - 1;
                    at += (run - 1) * step;
                }
                if (!next_in_window(w, extents, element, &at)) break;
            }
            reducer->store(accumulators, width,
                           (char *)w->output + (o * w->inner + column) * reducer->size);
        }
    }
}

// Windows along at most two neighbouring axes, with channels inside, in f32, go a faster way. Its
// sums are kept in floats, so it takes only windows of moderate size.
static int make_pool(const window_walk *w, weft_dtype dtype, weft_pool *pool, int64_t *images) {
    int first = WEFT_MAX(w->rank - 2, 0);
    *images = 1;
    if (dtype != WEFT_F32 || w->rank < 1) return 0;
    for (int i = 0; i < first; i++) {
        if (w->window[i] != 1 || w->strides[i] != 1 || w->low[i] != 0 || w->out[i] != w->dims[i]) return 0;
        *images *= w->dims[i];
    }
    *pool = (weft_pool){ .height = 1, .out_height = 1, .channels = w->inner, .window = { 1, 1 },
                         .strides = { 1, 1 }, .dilations = { 1, 1 } };
    int64_t *dims[2] = { &pool->height, &pool->width }, *out[2] = { &pool->out_height, &pool->out_width };
    for (int i = first; i < w->rank; i++) {
        int axis = i - first + (w->rank == 1);
        *dims[axis] = w->dims[i];
        *out[axis] = w->out[i];
        pool->window[axis] = w->window[i];
        pool->strides[axis] = w->strides[i];
        pool->low[axis] = w->low[i];
        pool->dilations[axis] = w->dilations[i];
    }
    return pool->window[0] <= 256 && pool->window[1] <= 256 && pool->window[0] * pool->window[1] <= 256
        && pool->height * pool->width <= INT32_MAX;
}

typedef struct pool_call {
    weft_pool pool;
    weft_reduction kind;
    const weft_structure_kernels *kernels;
    const float *a, *b;
    float *c;
} pool_call;

static void pool_rows(void *context, int64_t begin, int64_t end) {
    const pool_call *p = context;
    p->kernels->pool(&p->pool, p->kind, begin, end, p->a, p->c);
}

static void pool_sum_gradient_rows(void *context, int64_t begin, int64_t end) {
    const pool_call *p = context;
    p->kernels->pool_sum_gradient(&p->pool, begin, end, p->a, p->c);
}

static void pool_max_gradient_images(void *context, int64_t begin, int64_t end) {
    const pool_call *p = context;
    const weft_pool *q = &p->pool;
    int64_t image = q->height * q->width * q->channels;
    memset(p->c + begin * image, 0, (size_t)((end - begin) * image) * 4);
    p->kernels->pool_max_gradient(q, begin, end, p->a, p->b, p->c);
}

static void pool_max_pick_images(void *context, int64_t begin, int64_t end) {
    const pool_call *p = context;
    p->kernels->pool_max_pick(&p->pool, begin, end, p->a, p->b, p->c);
}

/// Nanoseconds for one row of outputs.
static double pool_cost(const weft_pool *p) {
    return (double)(p->out_width * p->window[0] * p->window[1]) * (3 + (double)p->channels * 0.08);
}

weft_status weft_window_reduce(weft_reduction kind, weft_dtype dtype, const weft_window *window,
                               const void *input, void *output) {
    const weft_reducer *reducer = weft_reducer_for(kind, dtype);
    if (!reducer || (kind != WEFT_REDUCE_SUM && kind != WEFT_REDUCE_MAX && kind != WEFT_REDUCE_MIN))
        return WEFT_UNSUPPORTED;
    window_walk w = make_walk(window, 1);
    if (w.outputs * w.inner == 0) return WEFT_OK;
    int64_t images;
    pool_call p = { .kind = kind, .kernels = weft_structure_current(), .a = input, .c = output };
    if (make_pool(&w, dtype, &p.pool, &images)) {
        weft_parallel_for(images * p.pool.out_height, 1, pool_cost(&p.pool), pool_rows, &p);
        return WEFT_OK;
    }
    w.kind = kind;
    w.reducer = reducer;
    w.input = input;
    w.output = output;
    double elements = 1;
    for (int i = 0; i < w.rank; i++) elements *= (double)WEFT_MIN(w.window[i], w.dims[i]);
    weft_parallel_for(w.outputs, 1, 20 + elements * (1 + (double)w.inner * 0.2), reduce_windows, &w);
    return WEFT_OK;
}

// MARK: Gradients

/// The most windows that hold one place, along an axis.
static int64_t most_windows(const window_walk *w, int axis) {
    return WEFT_MIN(w->window[axis], w->out[axis]);
}

/// Finds the windows that hold the place `at` of an axis, those that it stands first in first: where
/// each lies, into `offsets`. Goes over the elements of the window or, if these are fewer, over the windows.
static int64_t windows_holding(const window_walk *w, int axis, int64_t at, int64_t *offsets) {
    int64_t stride = w->strides[axis], dilation = w->dilations[axis], count = 0;
    int64_t place = at + w->low[axis];  // counted from the start of the first window
    if (place < 0) return 0;
    int64_t last = WEFT_MIN(place / stride, w->out[axis] - 1);
    int64_t reach = (w->window[axis] - 1) * dilation;
    int64_t first = place > reach ? (place - reach + stride - 1) / stride : 0;
    if (last - first < w->window[axis]) {
        for (int64_t o = last; o >= first; o--)
            if ((place - o * stride) % dilation == 0) offsets[count++] = o * w->output_strides[axis];
        return count;
    }
    for (int64_t e = 0; e < w->window[axis]; e++) {
        int64_t o = place - e * dilation;
        if (o >= 0 && o % stride == 0 && o / stride < w->out[axis])
            offsets[count++] = o / stride * w->output_strides[axis];
    }
    return count;
}

/// Input places begin ..< end gather from the windows that hold them.
static void sum_gradient_places(void *context, int64_t begin, int64_t end) {
    window_walk *w = context;
    const weft_reducer *reducer = w->reducer;
    int64_t index[WEFT_MAX_RANK], counts[WEFT_MAX_RANK], element[WEFT_MAX_RANK];
    int64_t *offsets[WEFT_MAX_RANK + 1];
    double accumulators[WEFT_COLUMN_BLOCK];
    int64_t most = 0;
    for (int i = 0; i < w->rank; i++) most += most_windows(w, i);
    offsets[0] = (int64_t *)weft_scratch_take(most * (int64_t)sizeof(int64_t));
    if (offsets[0] == NULL) {
        __atomic_store_n(&w->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    for (int i = 0; i < w->rank; i++) offsets[i + 1] = offsets[i] + most_windows(w, i);
    for (int64_t place = begin; place < end; place++) {
        unflatten(w->rank, w->dims, place, index);
        for (int i = 0; i < w->rank; i++) counts[i] = windows_holding(w, i, index[i], offsets[i]);
        int64_t windows = weft_product(w->rank, counts);
        for (int64_t column = 0; column < w->inner; column += WEFT_COLUMN_BLOCK) {
            int64_t width = WEFT_MIN(w->inner - column, WEFT_COLUMN_BLOCK);
            reducer->clear(WEFT_REDUCE_SUM, width, accumulators);
            for (int i = 0; i < w->rank; i++) element[i] = 0;
            for (int64_t n = 0; n < windows; n++) {
                int64_t at = column;
                for (int i = 0; i < w->rank; i++) at += offsets[i][element[i]];
                reducer->columns(WEFT_REDUCE_SUM, (const char *)w->gradient + at * reducer->size, 1,
                                 width, width, accumulators);
                for (int i = w->rank - 1; i >= 0 && ++element[i] == counts[i]; i--) element[i] = 0;
            }
            reducer->store(accumulators, width,
                           (char *)w->output + (place * w->inner + column) * reducer->size);
        }
    }
    weft_scratch_give((char *)offsets[0]);
}

weft_status weft_window_sum_gradient(weft_dtype dtype, const weft_window *window,
                                     const void *output_gradient, void *input_gradient) {
    const weft_reducer *reducer = weft_reducer_for(WEFT_REDUCE_SUM, dtype);
    if (!reducer) return WEFT_UNSUPPORTED;
    window_walk w = make_walk(window, 1);
    if (w.inputs * w.inner == 0) return WEFT_OK;
    int64_t images;
    pool_call p = { .kernels = weft_structure_current(), .a = output_gradient, .c = input_gradient };
    if (make_pool(&w, dtype, &p.pool, &images)) {
        weft_parallel_for(images * p.pool.height, 1, pool_cost(&p.pool), pool_sum_gradient_rows, &p);
        return WEFT_OK;
    }
    w.reducer = reducer;
    w.gradient = output_gradient;
    w.output = input_gradient;
    double windows = 1;
    for (int i = 0; i < w.rank; i++) {
        double steps = ceil((double)w.window[i] * (double)w.dilations[i] / (double)w.strides[i]);
        windows *= fmin(steps, (double)most_windows(&w, i));
    }
    weft_parallel_for(w.inputs, 1, 20 + windows * (5 + (double)w.inner * 0.2), sum_gradient_places, &w);
    return w.failed ? WEFT_OUT_OF_MEMORY : WEFT_OK;
}

#define WEFT_WITHOUT_BOOL
#define WEFT_TEMPLATE "window_type.inc"
#include "structure_each_type.inc"

typedef void (*window_body)(void *, int64_t, int64_t);

weft_status weft_window_max_gradient(weft_dtype dtype, const weft_window *window,
                                     const void *input, const void *output_gradient,
                                     void *input_gradient) {
    static const window_body table[WEFT_DTYPE_COUNT] = { WEFT_NUMERIC_TABLE(max_gradient) };
    const weft_reducer *reducer = weft_reducer_for(WEFT_REDUCE_SUM, dtype);
    if (!reducer) return WEFT_UNSUPPORTED;
    int64_t images;
    pool_call p = { .kernels = weft_structure_current(), .a = input, .b = output_gradient,
                    .c = input_gradient };
    window_walk w = make_walk(window, 1);
    if (w.inputs * w.inner == 0) return WEFT_OK;
    if (make_pool(&w, dtype, &p.pool, &images)) {
        weft_parallel_for(images, 1, 2 * pool_cost(&p.pool) * (double)p.pool.out_height,
                          pool_max_gradient_images, &p);
        return WEFT_OK;
    }
    w = make_walk(window, 0);
    w.input = input;
    w.gradient = output_gradient;
    // Windows overlap only within one place of the leading axes that they leave alone.
    int64_t units = 1;
    for (int i = 0; i < w.rank && w.window[i] == 1 && w.strides[i] == 1 && w.low[i] == 0
         && w.out[i] == w.dims[i]; i++)
        units *= w.dims[i];
    w.unit_outputs = w.outputs / units;
    // Small floats are summed in doubles beside the output.
    int is_direct = reducer->size == reducer->accumulator_size;
    w.accumulators = is_direct
        ? input_gradient : weft_scratch_take(w.inputs * reducer->accumulator_size);
    if (!w.accumulators) return WEFT_OUT_OF_MEMORY;
    memset(w.accumulators, 0, (size_t)(w.inputs * reducer->accumulator_size));
    double elements = (double)weft_product(w.rank, w.window);
    weft_parallel_for(units, 1, (double)w.unit_outputs * (20 + elements * 4), table[dtype], &w);
    if (!is_direct) {
        reducer->store(w.accumulators, w.inputs, input_gradient);
        weft_scratch_give(w.accumulators);
    }
    return WEFT_OK;
}

weft_status weft_window_max_pick(weft_dtype dtype, const weft_window *window,
                                 const void *input, const void *values, void *output) {
    static const window_body table[WEFT_DTYPE_COUNT] = { WEFT_NUMERIC_TABLE(max_pick) };
    if (!weft_reducer_for(WEFT_REDUCE_SUM, dtype)) return WEFT_UNSUPPORTED;
    int64_t images;
    pool_call p = { .kernels = weft_structure_current(), .a = input, .b = values, .c = output };
    window_walk w = make_walk(window, 1);
    if (w.outputs * w.inner == 0) return WEFT_OK;
    if (make_pool(&w, dtype, &p.pool, &images)) {
        weft_parallel_for(images, 1, 2 * pool_cost(&p.pool) * (double)p.pool.out_height,
                          pool_max_pick_images, &p);
        return WEFT_OK;
    }
    w = make_walk(window, 0);
    w.input = input;
    w.gradient = values;
    w.output = output;
    double elements = (double)weft_product(w.rank, w.window);
    weft_parallel_for(w.outputs, 1, 20 + elements * 4, table[dtype], &w);
    return WEFT_OK;
}
