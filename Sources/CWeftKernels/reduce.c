// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

#define WEFT_TEMPLATE "reduce_type.inc"
#include "structure_each_type.inc"

// MARK: f32 through the kernels of the instruction set

static void row_fast_f32(weft_reduction kind, const void *input, int64_t count, void *accumulators) {
    const weft_structure_kernels *kernels = weft_structure_current();
    double result;
    if (count < 16 || kind == WEFT_REDUCE_PROD) {
        row_f32(kind, input, count, accumulators);
        return;
    }
    switch (kind) {
    case WEFT_REDUCE_MAX: result = kernels->max_row(input, count); break;
    case WEFT_REDUCE_MIN: result = kernels->min_row(input, count); break;
    default: result = kernels->sum_row(input, count); break;
    }
    combine_f32(kind, &result, 1, accumulators);
}

static void columns_fast_f32(weft_reduction kind, const void *input, int64_t rows, int64_t stride,
                             int64_t width, void *accumulators) {
    const weft_structure_kernels *kernels = weft_structure_current();
    double *sums = accumulators;
    if (rows < 4 || kind == WEFT_REDUCE_PROD || width > WEFT_COLUMN_BLOCK) {
        columns_f32(kind, input, rows, stride, width, accumulators);
    } else if (kind == WEFT_REDUCE_SUM) {
        kernels->sum_columns(input, rows, stride, width, sums);
    } else {
        float results[WEFT_COLUMN_BLOCK];
        (kind == WEFT_REDUCE_MAX ? kernels->max_columns : kernels->min_columns)(
            input, rows, stride, width, results);
        columns_f32(kind, results, 1, width, width, accumulators);
    }
}

static void rows_fast_f32(weft_reduction kind, const void *input, int64_t rows, int64_t count,
                          void *output) {
    const weft_structure_kernels *kernels = weft_structure_current();
    const float *x = input;
    float *y = output;
    if (count < 16 || kind == WEFT_REDUCE_PROD) {
        rows_f32(kind, input, rows, count, output);
    } else if (kind == WEFT_REDUCE_SUM) {
        for (int64_t i = 0; i < rows; i++) y[i] = (float)kernels->sum_row(x + i * count, count);
    } else {
        float (*row)(const float *, int64_t) =
            kind == WEFT_REDUCE_MAX ? kernels->max_row : kernels->min_row;
        for (int64_t i = 0; i < rows; i++) y[i] = row(x + i * count, count);
    }
}

static const weft_reducer reducer_fast_f32 = {
    sizeof(float), sizeof(double), clear_f32, row_fast_f32, columns_fast_f32, combine_f32, store_f32,
    rows_fast_f32
};

const weft_reducer *weft_reducer_for(weft_reduction kind, weft_dtype dtype) {
    static const weft_reducer *const table[WEFT_DTYPE_COUNT] = {
        &reducer_bool, &reducer_i8, &reducer_i16, &reducer_i32, &reducer_i64, &reducer_u8,
        &reducer_u16, &reducer_u32, &reducer_u64, &reducer_f16, &reducer_bf16, &reducer_fast_f32,
        &reducer_f64
    };
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT || (unsigned)kind > WEFT_REDUCE_OR) return NULL;
    int is_logical = kind == WEFT_REDUCE_AND || kind == WEFT_REDUCE_OR;
    int is_arithmetic = kind == WEFT_REDUCE_SUM || kind == WEFT_REDUCE_PROD;
    if ((is_logical && dtype >= WEFT_F16) || (is_arithmetic && dtype == WEFT_BOOL)) return NULL;
    return table[dtype];
}

int64_t weft_dtype_size(weft_dtype dtype) {
    static const int8_t sizes[WEFT_DTYPE_COUNT] = { 1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8 };
    return (unsigned)dtype < WEFT_DTYPE_COUNT ? sizes[dtype] : 0;
}

// MARK: The walk

// The shape is collapsed to kept and reduced axes. Where the innermost axis is kept, `width`
// neighbours are reduced at once ('columns'); else the innermost reduced axis is a 'row' and the
// width 1. The reduced index space is flattened, and its pieces are runs of the innermost
// reduced axis.
typedef struct reduction {
    const weft_reducer *reducer;
    weft_reduction kind;
    const char *input;
    char *output, *partials;
    int kept_rank, reduced_rank;
    int64_t kept[WEFT_MAX_RANK], kept_strides[WEFT_MAX_RANK];
    int64_t reduced[WEFT_MAX_RANK], reduced_strides[WEFT_MAX_RANK];
    int64_t outputs;         // places of the kept axes, without the columns
    int64_t width, blocks;   // columns, and how many blocks they are cut into
    int64_t count;           // elements reduced into one
    int64_t chunks, chunk;   // pieces of `count`, and their length
} reduction;

/// Reduces elements begin ..< end of the reduced space at `input` into `accumulators`.
static void reduce_range(const reduction *r, const char *input, int64_t begin, int64_t end,
                         int64_t width, void *accumulators) {
    const weft_reducer *reducer = r->reducer;
    int last = r->reduced_rank - 1;
    if (begin >= end) return;
    if (last < 0) {
        reducer->columns(r->kind, input, 1, width, width, accumulators);
        return;
    }
    int64_t index[WEFT_MAX_RANK], rest = begin, offset = 0;
    for (int i = last; i >= 0; i--) {
        index[i] = rest % r->reduced[i];
        rest /= r->reduced[i];
        offset += index[i] * r->reduced_strides[i];
    }
    while (begin < end) {
        int64_t run = WEFT_MIN(end - begin, r->reduced[last] - index[last]);
        const char *at = input + offset * reducer->size;
        if (r->reduced_strides[last] == 1)
            reducer->row(r->kind, at, run, accumulators);
        else
            reducer->columns(r->kind, at, run, r->reduced_strides[last], width, accumulators);
        begin += run;
        offset -= index[last] * r->reduced_strides[last];
        index[last] = 0;
        for (int i = last - 1; i >= 0; i--) {
            offset += r->reduced_strides[i];
            if (++index[i] < r->reduced[i]) break;
            offset -= index[i] * r->reduced_strides[i];
            index[i] = 0;
        }
    }
}

static void reduce_units(void *context, int64_t begin, int64_t end) {
    const reduction *r = context;
    const weft_reducer *reducer = r->reducer;
    double accumulators[WEFT_COLUMN_BLOCK];
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t chunk = unit % r->chunks, place = unit / r->chunks;
        int64_t block = place % r->blocks, output = place / r->blocks;
        int64_t column = block * WEFT_COLUMN_BLOCK;
        int64_t width = WEFT_MIN(r->width - column, WEFT_COLUMN_BLOCK);
        int64_t offset = column, rest = output;
        for (int i = r->kept_rank - 1; i >= 0; i--) {
            offset += rest % r->kept[i] * r->kept_strides[i];
            rest /= r->kept[i];
        }
        int64_t first = chunk * r->chunk;
        reducer->clear(r->kind, width, accumulators);
        reduce_range(r, r->input + offset * reducer->size, first,
                     WEFT_MIN(first + r->chunk, r->count), width, accumulators);
        int64_t at = output * r->width + column;
        if (r->chunks == 1) {
            reducer->store(accumulators, width, r->output + at * reducer->size);
        } else {
            at += chunk * r->outputs * r->width;
            memcpy(r->partials + at * reducer->accumulator_size, accumulators,
                   (size_t)(width * reducer->accumulator_size));
        }
    }
}

static weft_status reduce_in_chunks(reduction *r) {
    const weft_reducer *reducer = r->reducer;
    int64_t results = r->outputs * r->width, bytes = results * reducer->accumulator_size;
    r->partials = weft_scratch_take(bytes * r->chunks);
    if (!r->partials) return WEFT_OUT_OF_MEMORY;
    weft_parallel_for(r->outputs * r->blocks * r->chunks, 1,
                      (double)(r->chunk * WEFT_MIN(r->width, WEFT_COLUMN_BLOCK)) * 0.1,
                      reduce_units, r);
    for (int64_t i = 1; i < r->chunks; i++)
        reducer->combine(r->kind, r->partials + i * bytes, results, r->partials);
    reducer->store(r->partials, results, r->output);
    weft_scratch_give(r->partials);
    return WEFT_OK;
}

weft_status weft_reduce(weft_reduction kind, weft_dtype dtype, int rank, const int64_t *dims,
                        uint32_t axes, const void *input, void *output) {
    const weft_reducer *reducer = weft_reducer_for(kind, dtype);
    if (!reducer || rank < 0 || rank > WEFT_MAX_RANK) return WEFT_UNSUPPORTED;

    // Collapse: neighbours of one sort are one axis, axes of 1 are none.
    int64_t extents[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
    int is_reduced[WEFT_MAX_RANK], groups = 0;
    for (int i = 0; i < rank; i++) {
        int reduced = axes >> i & 1;
        if (dims[i] == 1) continue;
        if (groups > 0 && is_reduced[groups - 1] == reduced) {
            extents[groups - 1] *= dims[i];
        } else {
            extents[groups] = dims[i];
            is_reduced[groups++] = reduced;
        }
    }
    weft_row_major(groups, extents, strides);

    reduction r = { .reducer = reducer, .kind = kind, .input = input, .output = output,
                    .outputs = 1, .width = 1, .blocks = 1, .count = 1, .chunks = 1 };
    if (groups > 0 && !is_reduced[groups - 1]) {
        r.width = extents[--groups];
        r.blocks = (r.width + WEFT_COLUMN_BLOCK - 1) / WEFT_COLUMN_BLOCK;
    }
    for (int i = 0; i < groups; i++) {
        if (is_reduced[i]) {
            r.reduced[r.reduced_rank] = extents[i];
            r.reduced_strides[r.reduced_rank++] = strides[i];
            r.count *= extents[i];
        } else {
            r.kept[r.kept_rank] = extents[i];
            r.kept_strides[r.kept_rank++] = strides[i];
            r.outputs *= extents[i];
        }
    }
    if (r.outputs == 0 || r.width == 0) return WEFT_OK;
    if (r.reduced_rank == 0) {
        weft_copy_rows(1, r.outputs * r.width * reducer->size, 0, 0, input, output);
        return WEFT_OK;
    }

    // The pieces depend on the shape alone, so results do not depend on the threads.
    int64_t units = r.outputs * r.blocks, piece = r.width == 1 ? 16384 : 512;
    r.chunk = r.count;
    if (units < 32 && r.count > piece) {
        r.chunks = WEFT_MIN((r.count + piece - 1) / piece, (63 + units) / units);
        // A whole number of 4096 keeps the inner folds aligned.
        int64_t step = r.width == 1 ? 4096 : 256;
        r.chunk = ((r.count + r.chunks - 1) / r.chunks + step - 1) / step * step;
        r.chunks = (r.count + r.chunk - 1) / r.chunk;
    }
    if (r.chunks > 1) return reduce_in_chunks(&r);
    double cost = (double)(r.count * WEFT_MIN(r.width, WEFT_COLUMN_BLOCK)) * 0.1 + 15;
    weft_parallel_for(units, 1, cost, reduce_units, &r);
    return WEFT_OK;
}
