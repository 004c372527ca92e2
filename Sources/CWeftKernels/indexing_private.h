// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_INDEXING_PRIVATE_H
#define WEFT_INDEXING_PRIVATE_H

#include "structure_private.h"

// Index vectors as gather and scatter read them.
typedef struct index_walk {
    int is_wide;            // i64
    const void *indices;
    int rank;               // axes of `indices` without the index vector's
    int64_t dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK], count;
    int64_t targets[WEFT_MAX_RANK];  // stride of each of these axes in the output or updates
    int components;
    int64_t component_stride;
    int64_t limits[WEFT_MAX_RANK];   // the greatest start of each component
    int64_t scales[WEFT_MAX_RANK];   // its stride in the operand
    int32_t axes[WEFT_MAX_RANK];     // the operand's axis of each component
    int64_t windows[WEFT_MAX_RANK];  // the slice's extent along it
    int fits;               // no limit is negative
} index_walk;

extern _Thread_local weft_misplaced_index weft_misplaced;

static inline void index_walk_init(index_walk *w, weft_dtype dtype, int rank, const int64_t *dims,
                                   int vector_axis, const void *indices) {
    int64_t strides[WEFT_MAX_RANK];
    weft_row_major(rank, dims, strides);
    w->is_wide = dtype == WEFT_I64;
    w->indices = indices;
    w->rank = 0;
    w->count = 1;
    w->component_stride = vector_axis < rank ? strides[vector_axis] : 1;
    for (int i = 0; i < rank; i++) {
        if (i == vector_axis) continue;
        w->dims[w->rank] = dims[i];
        w->strides[w->rank++] = strides[i];
        w->count *= dims[i];
    }
}

static inline void index_walk_map(index_walk *w, int count, const int32_t *map, const int64_t *dims,
                                  const int64_t *slice_sizes, const int64_t *strides) {
    w->components = count;
    w->fits = 1;
    for (int i = 0; i < count; i++) {
        w->limits[i] = dims[map[i]] - slice_sizes[map[i]];
        w->scales[i] = strides[map[i]];
        w->axes[i] = map[i];
        w->windows[i] = slice_sizes[map[i]];
        if (w->limits[i] < 0) w->fits = 0;
    }
}

/// Where the first component of index vector `i` stands among the indices.
static inline int64_t index_place(const index_walk *w, int64_t i) {
    if (w->rank == 1 && w->strides[0] == 1) return i;
    int64_t at = 0;
    for (int j = w->rank - 1; j >= 0; j--) {
        at += i % w->dims[j] * w->strides[j];
        i /= w->dims[j];
    }
    return at;
}

static inline int64_t index_at(const index_walk *w, int64_t at) {
    return w->is_wide ? ((const int64_t *)w->indices)[at] : ((const int32_t *)w->indices)[at];
}

/// Where in the operand index vector `i` points; `is_inside` is 0 where it is out of range and
/// the mode does not clamp.
static inline int64_t index_offset(const index_walk *w, int64_t i, weft_index_mode mode, int *is_inside) {
    int64_t at = index_place(w, i), offset = 0;
    *is_inside = w->fits;
    for (int j = 0; j < w->components; j++, at += w->component_stride) {
        int64_t index = index_at(w, at);
        if (index < 0 || index > w->limits[j]) {
            if (mode != WEFT_INDEX_CLAMP || w->limits[j] < 0) {
                *is_inside = 0;
                return 0;
            }
            index = index < 0 ? 0 : w->limits[j];
        }
        offset += index * w->scales[j];
    }
    return offset;
}

static inline int64_t index_target(const index_walk *w, int64_t i) {
    int64_t at = 0;
    for (int j = w->rank - 1; j >= 0; j--) {
        at += i % w->dims[j] * w->targets[j];
        i /= w->dims[j];
    }
    return at;
}

/// Notes the first component of index vector `i` that is out of range.
static inline void index_note(const index_walk *w, int64_t i) {
    weft_misplaced = (weft_misplaced_index){ .axis = -1 };
    int64_t at = index_place(w, i);
    for (int j = 0; j < w->components; j++, at += w->component_stride) {
        int64_t index = index_at(w, at);
        if (index >= 0 && index <= w->limits[j]) continue;
        if (w->limits[j] >= 0)
            weft_misplaced = (weft_misplaced_index){ index, w->limits[j], w->windows[j], w->axes[j] };
        return;
    }
}

static inline int indices_are_inside(const index_walk *w) {
    int is_inside = 1;
    for (int64_t i = 0; i < w->count; i++) {
        index_offset(w, i, WEFT_INDEX_ERROR, &is_inside);
        if (is_inside) continue;
        index_note(w, i);
        return 0;
    }
    return 1;
}

/// What is returned where a slice is larger than the operand.
static inline weft_status index_none_fits(void) {
    weft_misplaced = (weft_misplaced_index){ .axis = -1 };
    return WEFT_INDEX_OUT_OF_RANGE;
}

#endif
