// SPDX-License-Identifier: Apache-2.0
#include "indexing_private.h"

_Thread_local weft_misplaced_index weft_misplaced = { .axis = -1 };

weft_misplaced_index weft_last_misplaced_index(void) { return weft_misplaced; }

typedef struct gathering {
    index_walk indices;
    weft_index_mode mode;
    int64_t size;
    // The slice's axes, merged; the innermost is a run of `run` elements in both arrays or, if
    // its strides are not 1, is counted through like the others.
    int rank;
    int64_t dims[WEFT_MAX_RANK], from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];
    int64_t run, count;
    const char *operand;
    char *output;
} gathering;

/// Copies (or, from NULL, clears) one slice.
static void copy_slice(const gathering *g, const char *from, char *to) {
    int64_t index[WEFT_MAX_RANK] = { 0 }, source = 0, target = 0, bytes = g->run * g->size;
    for (int64_t i = 0; i < g->count; i++) {
        char *y = to + target * g->size;
        if (!from) memset(y, 0, (size_t)bytes);
        else if (bytes == 4) memcpy(y, from + source * g->size, 4);
        else if (bytes == 8) memcpy(y, from + source * g->size, 8);
        else memcpy(y, from + source * g->size, (size_t)bytes);
        for (int j = g->rank - 1; j >= 0; j--) {
            source += g->from[j];
            target += g->to[j];
            if (++index[j] < g->dims[j]) break;
            source -= index[j] * g->from[j];
            target -= index[j] * g->to[j];
            index[j] = 0;
        }
    }
}

static void gather_slices(void *context, int64_t begin, int64_t end) {
    const gathering *g = context;
    for (int64_t i = begin; i < end; i++) {
        int is_inside;
        int64_t from = index_offset(&g->indices, i, g->mode, &is_inside);
        copy_slice(g, is_inside ? g->operand + from * g->size : NULL,
                   g->output + index_target(&g->indices, i) * g->size);
    }
}

weft_status weft_gather(int64_t size, weft_dtype index_dtype, weft_index_mode mode,
                        const weft_gather_spec *spec, const void *operand, const void *indices,
                        void *output) {
    if (index_dtype != WEFT_I32 && index_dtype != WEFT_I64) return WEFT_UNSUPPORTED;
    int64_t strides[WEFT_MAX_RANK], out_dims[WEFT_MAX_RANK], out_strides[WEFT_MAX_RANK];
    gathering g = { .mode = mode, .size = size, .run = 1, .count = 1, .operand = operand, .output = output };
    weft_row_major(spec->operand_rank, spec->operand_dims, strides);
    index_walk_init(&g.indices, index_dtype, spec->indices_rank, spec->indices_dims,
                    spec->index_vector_dim, indices);
    index_walk_map(&g.indices, spec->map_count, spec->start_index_map, spec->operand_dims,
                   spec->slice_sizes, strides);

    // The output's shape: offset axes where they are said to be, batch axes in between.
    int out_rank = g.indices.rank + spec->offset_count;
    if (out_rank > WEFT_MAX_RANK) return WEFT_UNSUPPORTED;
    int slice_axes[WEFT_MAX_RANK], slice_rank = 0, offset = 0, batch = 0;
    for (int i = 0, collapsed = 0; i < spec->operand_rank; i++) {
        if (collapsed < spec->collapsed_count && spec->collapsed_slice_dims[collapsed] == i) collapsed++;
        else slice_axes[slice_rank++] = i;
    }
    if (slice_rank != spec->offset_count) return WEFT_UNSUPPORTED;
    for (int i = 0; i < out_rank; i++) {
        if (offset < slice_rank && spec->offset_dims[offset] == i)
            out_dims[i] = spec->slice_sizes[slice_axes[offset++]];
        else
            out_dims[i] = g.indices.dims[batch++];
    }
    weft_row_major(out_rank, out_dims, out_strides);
    // Indices are looked at even if nothing is to be copied.
    if (mode == WEFT_INDEX_ERROR && !indices_are_inside(&g.indices)) return WEFT_INDEX_OUT_OF_RANGE;
    if (weft_product(out_rank, out_dims) == 0) return WEFT_OK;
    offset = batch = 0;
    for (int i = 0; i < out_rank; i++) {
        if (offset == slice_rank || spec->offset_dims[offset] != i) {
            g.indices.targets[batch++] = out_strides[i];
            continue;
        }
        int axis = slice_axes[offset++];
        if (out_dims[i] == 1) continue;
        if (g.rank > 0 && g.from[g.rank - 1] == strides[axis] * out_dims[i]
            && g.to[g.rank - 1] == out_strides[i] * out_dims[i]) {
            g.dims[g.rank - 1] *= out_dims[i];
            g.from[g.rank - 1] = strides[axis];
            g.to[g.rank - 1] = out_strides[i];
        } else {
            g.dims[g.rank] = out_dims[i];
            g.from[g.rank] = strides[axis];
            g.to[g.rank++] = out_strides[i];
        }
    }
    if (g.rank > 0 && g.from[g.rank - 1] == 1 && g.to[g.rank - 1] == 1) g.run = g.dims[--g.rank];
    g.count = weft_product(g.rank, g.dims);
    // A slice larger than the operand has no place at all.
    if (!g.indices.fits && mode != WEFT_INDEX_DROP) return index_none_fits();
    double cost = (double)g.count * (5 + (double)(g.run * size) * 0.05) + 10;
    weft_parallel_for(g.indices.count, 1, cost, gather_slices, &g);
    return WEFT_OK;
}
