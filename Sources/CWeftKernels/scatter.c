// SPDX-License-Identifier: Apache-2.0
#include "indexing_private.h"

#define WEFT_TEMPLATE "scatter_type.inc"
#include "structure_each_type.inc"

typedef void (*combine_run)(weft_scatter_combiner, int64_t, const void *, int64_t, void *, int64_t);

typedef struct scattering {
    index_walk indices;
    weft_index_mode mode;
    weft_scatter_combiner combiner;
    combine_run combine;
    int64_t size;
    int rank;  // the window's outer axes
    int64_t dims[WEFT_MAX_RANK], from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];
    int64_t run, run_from, run_to, count;
    const char *updates;
    char *output;
} scattering;

/// Elements begin ..< end of the innermost axis of every update. Updates stay in their order, and
/// two ranges write different places (see is_splittable), so that splitting changes no result.
static void scatter_columns(void *context, int64_t begin, int64_t end) {
    const scattering *s = context;
    for (int64_t i = 0; i < s->indices.count; i++) {
        int is_inside;
        int64_t offset = index_offset(&s->indices, i, s->mode, &is_inside);
        if (!is_inside) continue;
        int64_t index[WEFT_MAX_RANK] = { 0 };
        int64_t from = index_target(&s->indices, i) + begin * s->run_from;
        int64_t to = offset + begin * s->run_to;
        for (int64_t j = 0; j < s->count; j++) {
            s->combine(s->combiner, end - begin, s->updates + from * s->size, s->run_from,
                       s->output + to * s->size, s->run_to);
            for (int axis = s->rank - 1; axis >= 0; axis--) {
                from += s->from[axis];
                to += s->to[axis];
                if (++index[axis] < s->dims[axis]) break;
                from -= index[axis] * s->from[axis];
                to -= index[axis] * s->to[axis];
                index[axis] = 0;
            }
        }
    }
}

static int contains(int count, const int32_t *axes, int axis) {
    for (int i = 0; i < count; i++)
        if (axes[i] == axis) return 1;
    return 0;
}

static void widen(weft_dtype dtype, int64_t count, const uint16_t *from, float *to) {
    if (dtype == WEFT_F16)
        for (int64_t i = 0; i < count; i++) to[i] = weft_half_to_float(from[i]);
    else
        for (int64_t i = 0; i < count; i++) to[i] = weft_bfloat_to_float(from[i]);
}

static void narrow(weft_dtype dtype, int64_t count, const float *from, uint16_t *to) {
    if (dtype == WEFT_F16)
        for (int64_t i = 0; i < count; i++) to[i] = weft_double_to_half(from[i]);
    else
        for (int64_t i = 0; i < count; i++) to[i] = weft_double_to_bfloat(from[i]);
}

/// Sums and products of 16-bit floats: in f32, so that they are rounded once and not with each
/// update.
static weft_status scatter_wide(weft_dtype dtype, weft_dtype index_dtype,
                                weft_scatter_combiner combiner, weft_index_mode mode,
                                const weft_scatter_spec *spec, const void *operand,
                                const void *indices, const void *updates, void *output) {
    int64_t count = weft_product(spec->operand_rank, spec->operand_dims);
    int64_t update_count = weft_product(spec->updates_rank, spec->updates_dims);
    float *wide = (float *)weft_scratch_take((count + update_count) * (int64_t)sizeof(float));
    if (wide == NULL) return WEFT_OUT_OF_MEMORY;
    widen(dtype, count, operand, wide);
    widen(dtype, update_count, updates, wide + count);
    weft_status status = weft_scatter(WEFT_F32, index_dtype, combiner, mode, spec, wide, indices,
                                      wide + count, wide);
    if (status == WEFT_OK) narrow(dtype, count, wide, output);
    weft_scratch_give((char *)wide);
    return status;
}

weft_status weft_scatter(weft_dtype dtype, weft_dtype index_dtype, weft_scatter_combiner combiner,
                         weft_index_mode mode, const weft_scatter_spec *spec,
                         const void *operand, const void *indices, const void *updates,
                         void *output) {
    static const combine_run table[WEFT_DTYPE_COUNT] = { WEFT_TABLE(combine) };
    if ((index_dtype != WEFT_I32 && index_dtype != WEFT_I64) || (unsigned)dtype >= WEFT_DTYPE_COUNT
        || (unsigned)combiner > WEFT_SCATTER_MIN
        || (dtype == WEFT_BOOL && (combiner == WEFT_SCATTER_ADD || combiner == WEFT_SCATTER_MUL)))
        return WEFT_UNSUPPORTED;
    if ((dtype == WEFT_F16 || dtype == WEFT_BF16)
        && (combiner == WEFT_SCATTER_ADD || combiner == WEFT_SCATTER_MUL))
        return scatter_wide(dtype, index_dtype, combiner, mode, spec, operand, indices, updates,
                            output);
    scattering s = { .mode = mode, .combiner = combiner, .combine = table[dtype],
                     .size = weft_dtype_size(dtype), .updates = updates, .output = output };
    int64_t strides[WEFT_MAX_RANK], update_strides[WEFT_MAX_RANK], window[WEFT_MAX_RANK];
    weft_row_major(spec->operand_rank, spec->operand_dims, strides);
    weft_row_major(spec->updates_rank, spec->updates_dims, update_strides);

    // The window's extent along each axis of the operand.
    int axis = 0;
    for (int i = 0; i < spec->operand_rank; i++) {
        window[i] = 1;
        if (contains(spec->inserted_count, spec->inserted_window_dims, i)) continue;
        if (axis == spec->window_count) return WEFT_UNSUPPORTED;
        int update_axis = spec->update_window_dims[axis++];
        int64_t extent = window[i] = spec->updates_dims[update_axis];
        if (extent == 1) continue;
        int64_t to = strides[i], from = update_strides[update_axis];
        if (s.rank > 0 && s.to[s.rank - 1] == to * extent && s.from[s.rank - 1] == from * extent) {
            s.dims[s.rank - 1] *= extent;
            s.to[s.rank - 1] = to;
            s.from[s.rank - 1] = from;
        } else {
            s.dims[s.rank] = extent;
            s.to[s.rank] = to;
            s.from[s.rank++] = from;
        }
    }
    index_walk_init(&s.indices, index_dtype, spec->indices_rank, spec->indices_dims,
                    spec->index_vector_dim, indices);
    index_walk_map(&s.indices, spec->map_count, spec->scatter_dims_to_operand_dims,
                   spec->operand_dims, window, strides);
    if (s.indices.rank + spec->window_count != spec->updates_rank) return WEFT_UNSUPPORTED;
    for (int i = 0, batch = 0; i < spec->updates_rank; i++)
        if (!contains(spec->window_count, spec->update_window_dims, i))
            s.indices.targets[batch++] = update_strides[i];

    int is_empty = weft_product(spec->updates_rank, spec->updates_dims) == 0;
    if (!is_empty && !s.indices.fits && mode != WEFT_INDEX_DROP) return index_none_fits();
    if (mode == WEFT_INDEX_ERROR && !indices_are_inside(&s.indices))
        return WEFT_INDEX_OUT_OF_RANGE;
    if (output != operand)
        weft_copy_rows(1, weft_product(spec->operand_rank, spec->operand_dims) * s.size, 0, 0,
                       operand, output);
    if (is_empty) return WEFT_OK;
    s.run = s.run_from = s.run_to = 1;
    if (s.rank > 0) {
        s.run = s.dims[--s.rank];
        s.run_from = s.from[s.rank];
        s.run_to = s.to[s.rank];
    }
    s.count = weft_product(s.rank, s.dims);
    double cost = (double)(s.indices.count * s.count) * 0.3;
    // Windows that start anywhere along the run's own axis overlap across its ranges.
    int is_splittable = s.run >= 64;
    for (int i = 0; i < s.indices.components; i++)
        if (s.indices.limits[i] > 0 && s.indices.scales[i] >= s.run_to
            && s.indices.scales[i] < s.run_to * s.run)
            is_splittable = 0;
    if (!is_splittable)
        scatter_columns(&s, 0, s.run);
    else
        weft_parallel_for(s.run, 32, cost, scatter_columns, &s);
    return WEFT_OK;
}
