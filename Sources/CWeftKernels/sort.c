// SPDX-License-Identifier: Apache-2.0
// Sorting by keys: every type becomes 64 unsigned bits in its order, so that one stable radix sort
// serves all; passes over bytes that are the same everywhere are left out.
#include "structure_private.h"
#include "weft_stop.h"

#define WEFT_TEMPLATE "sort_type.inc"
#include "structure_each_type.inc"

typedef void (*make_keys)(const void *, int64_t, int64_t, uint64_t *);
static const make_keys keys_of[WEFT_DTYPE_COUNT] = { WEFT_TABLE(keys) };

typedef struct item {
    uint64_t key;
    int64_t index;
} item;

static void insertion_sort(item *items, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        item it = items[i];
        int64_t j = i;
        for (; j > 0 && items[j - 1].key > it.key; j--) items[j] = items[j - 1];
        items[j] = it;
    }
}

// Elements that a loop takes between two looks at whether to stop.
enum { LOOK = 1 << 16 };

/// Sorts stably; the result is in `items` or `spare`, whichever is returned.
static item *sort_items(item *items, item *spare, int64_t count) {
    if (count <= 48) {
        insertion_sort(items, count);
        return items;
    }
    uint64_t all_or = 0, all_and = UINT64_MAX;
    for (int64_t i = 0; i < count; i++) {
        all_or |= items[i].key;
        all_and &= items[i].key;
    }
    for (int shift = 0; shift < 64; shift += 8) {
        if (((all_or ^ all_and) >> shift & 255) == 0) continue;
        int64_t starts[256] = { 0 }, at = 0;
        for (int64_t i = 0; i < count; i++) starts[items[i].key >> shift & 255]++;
        if (weft_stop_is_due()) return items;
        for (int b = 0; b < 256; b++) {
            int64_t size = starts[b];
            starts[b] = at;
            at += size;
        }
        for (int64_t i = 0, next; i < count; i = next) {
            next = WEFT_MIN(count, i + LOOK);
            for (int64_t j = i; j < next; j++)
                spare[starts[items[j].key >> shift & 255]++] = items[j];
            if (weft_stop_is_due()) return items;
        }
        item *swap = items;
        items = spare;
        spare = swap;
    }
    return items;
}

typedef struct sorting {
    weft_dtype dtype;
    int descending, failed;
    int64_t size, extent, inner, count;  // `count`: elements written of each line
    const char *input;
    char *values;
    int32_t *indices;
} sorting;

static void write_line(const sorting *s, const item *items, const char *input, int64_t first) {
    for (int64_t i = 0; i < s->count; i++) {
        int64_t to = first + i * s->inner;
        if (s->indices) s->indices[to] = (int32_t)items[i].index;
        if (s->values)
            memcpy(s->values + to * s->size, input + items[i].index * s->inner * s->size, (size_t)s->size);
    }
}

/// Whether a precedes b.
static int precedes(item a, item b) {
    return a.key < b.key || (a.key == b.key && a.index < b.index);
}

static void sift_down(item *heap, int64_t count, int64_t at) {
    item it = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && precedes(heap[child], heap[child + 1])) child++;
        if (!precedes(it, heap[child])) break;
        heap[at] = heap[child];
    }
    heap[at] = it;
}

/// Leaves the `k` first of `count` items at the front, sorted: a heap whose top is the last.
static void select_items(item *items, int64_t count, int64_t k) {
    for (int64_t i = k / 2 - 1; i >= 0; i--) sift_down(items, k, i);
    for (int64_t i = k; i < count; i++) {
        if (i % LOOK == 0 && weft_stop_is_due()) return;
        if (precedes(items[i], items[0])) {
            items[0] = items[i];
            sift_down(items, k, 0);
        }
    }
    for (int64_t i = k - 1; i > 0; i--) {
        item last = items[i];
        items[i] = items[0];
        items[0] = last;
        sift_down(items, i, 0);
    }
}

static void sort_lines(void *context, int64_t begin, int64_t end) {
    sorting *s = context;
    // Two arrays of items, and the keys.
    item *items =
        (item *)weft_scratch_take(s->extent * (int64_t)(2 * sizeof(item) + sizeof(uint64_t)));
    if (!items) {
        __atomic_store_n(&s->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    item *spare = items + s->extent;
    uint64_t *keys = (uint64_t *)(spare + s->extent), flip = s->descending ? UINT64_MAX : 0;
    for (int64_t line = begin; line < end; line++) {
        int64_t outer = line / s->inner, column = line % s->inner;
        const char *input = s->input + (outer * s->extent * s->inner + column) * s->size;
        keys_of[s->dtype](input, s->inner, s->extent, keys);
        for (int64_t i = 0; i < s->extent; i++) items[i] = (item){ keys[i] ^ flip, i };
        item *sorted = items;
        if (s->count <= s->extent / 8)
            select_items(items, s->extent, s->count);
        else
            sorted = sort_items(items, spare, s->extent);
        write_line(s, sorted, input, outer * s->count * s->inner + column);
    }
    weft_scratch_give((char *)items);
}

static weft_status run(sorting *s, int64_t lines) {
    if (lines * s->extent * s->count == 0) return WEFT_OK;
    if (s->indices && s->extent - 1 > INT32_MAX) return WEFT_UNSUPPORTED;
    weft_parallel_for(lines, 1, (double)s->extent * (s->count <= s->extent / 8 ? 4 : 20) + 100,
                      sort_lines, s);
    return s->failed ? WEFT_OUT_OF_MEMORY : WEFT_OK;
}

weft_status weft_sort(weft_dtype dtype, int rank, const int64_t *dims, int axis, int descending,
                      const void *input, void *values, int32_t *indices) {
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT) return WEFT_UNSUPPORTED;
    sorting s = { .dtype = dtype, .descending = descending, .size = weft_dtype_size(dtype),
                  .extent = dims[axis], .count = dims[axis],
                  .inner = weft_product(rank - axis - 1, dims + axis + 1),
                  .input = input, .values = values, .indices = indices };
    return run(&s, weft_product(axis, dims) * s.inner);
}

weft_status weft_top_k(weft_dtype dtype, int64_t rows, int64_t columns, int64_t k,
                       const void *input, void *values, int32_t *indices) {
    if ((unsigned)dtype >= WEFT_DTYPE_COUNT || k < 0 || k > columns) return WEFT_UNSUPPORTED;
    sorting s = { .dtype = dtype, .descending = 1, .size = weft_dtype_size(dtype),
                  .extent = columns, .count = k, .inner = 1,
                  .input = input, .values = values, .indices = indices };
    return run(&s, rows);
}
