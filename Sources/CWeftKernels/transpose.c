// SPDX-License-Identifier: Apache-2.0
#include "structure_private.h"

// The shape is collapsed until the input's innermost axis ('across') is not the output's
// ('along'); the two are walked in tiles of 64 x 64, so that reads and writes both use whole cache
// lines, and the other axes are counted through around them.
enum { WEFT_TILE = 64, WEFT_TILE_STRIDE = 68, WEFT_STRIP = 4096 };

typedef struct transposition {
    int64_t size;
    int rank;  // of the other axes, in the order of the output
    int64_t dims[WEFT_MAX_RANK], input_strides[WEFT_MAX_RANK], output_strides[WEFT_MAX_RANK];
    int64_t along, along_stride;    // the output's innermost axis, its stride in the input
    int64_t across, across_stride;  // the input's innermost axis, its stride in the output
    int64_t across_tiles, along_pieces;
    const char *input;
    char *output;
} transposition;

typedef uint32_t words4 __attribute__((ext_vector_type(4)));
typedef uint64_t words2 __attribute__((ext_vector_type(2)));

#define WEFT_TRANSPOSE_REST(T, i0, j0)                                          \
    for (int64_t j = j0; j < columns; j++)                                      \
        for (int64_t i = i0; i < rows; i++) y[j * ys + i] = x[i * xs + j]

/// y[j][i] = x[i][j] for i < rows, j < columns.
static void tile_4(const uint32_t *x, int64_t xs, uint32_t *y, int64_t ys, int64_t rows,
                   int64_t columns) {
    int64_t whole_rows = rows & ~(int64_t)3, whole_columns = columns & ~(int64_t)3;
    for (int64_t j = 0; j < whole_columns; j += 4)
        for (int64_t i = 0; i < whole_rows; i += 4) {
            words4 a, b, c, d;
            memcpy(&a, x + i * xs + j, 16);
            memcpy(&b, x + (i + 1) * xs + j, 16);
            memcpy(&c, x + (i + 2) * xs + j, 16);
            memcpy(&d, x + (i + 3) * xs + j, 16);
            words4 ac = __builtin_shufflevector(a, b, 0, 4, 1, 5), ac2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            words4 bd = __builtin_shufflevector(c, d, 0, 4, 1, 5), bd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            a = __builtin_shufflevector(ac, bd, 0, 1, 4, 5);
            b = __builtin_shufflevector(ac, bd, 2, 3, 6, 7);
            c = __builtin_shufflevector(ac2, bd2, 0, 1, 4, 5);
            d = __builtin_shufflevector(ac2, bd2, 2, 3, 6, 7);
            memcpy(y + j * ys + i, &a, 16);
            memcpy(y + (j + 1) * ys + i, &b, 16);
            memcpy(y + (j + 2) * ys + i, &c, 16);
            memcpy(y + (j + 3) * ys + i, &d, 16);
        }
    WEFT_TRANSPOSE_REST(uint32_t, whole_rows, 0);
    columns -= whole_columns;
    rows = whole_rows;
    x += whole_columns;
    y += whole_columns * ys;
    WEFT_TRANSPOSE_REST(uint32_t, 0, 0);
}

static void tile_8(const uint64_t *x, int64_t xs, uint64_t *y, int64_t ys, int64_t rows,
                   int64_t columns) {
    int64_t whole_rows = rows & ~(int64_t)1, whole_columns = columns & ~(int64_t)1;
    for (int64_t j = 0; j < whole_columns; j += 2)
        for (int64_t i = 0; i < whole_rows; i += 2) {
            words2 a, b;
            memcpy(&a, x + i * xs + j, 16);
            memcpy(&b, x + (i + 1) * xs + j, 16);
            words2 c = __builtin_shufflevector(a, b, 0, 2), d = __builtin_shufflevector(a, b, 1, 3);
            memcpy(y + j * ys + i, &c, 16);
            memcpy(y + (j + 1) * ys + i, &d, 16);
        }
    WEFT_TRANSPOSE_REST(uint64_t, whole_rows, 0);
    columns -= whole_columns;
    rows = whole_rows;
    x += whole_columns;
    y += whole_columns * ys;
    WEFT_TRANSPOSE_REST(uint64_t, 0, 0);
}

static void tile_2(const uint16_t *x, int64_t xs, uint16_t *y, int64_t ys, int64_t rows,
                   int64_t columns) {
    WEFT_TRANSPOSE_REST(uint16_t, 0, 0);
}

static void tile_1(const uint8_t *x, int64_t xs, uint8_t *y, int64_t ys, int64_t rows,
                   int64_t columns) {
    WEFT_TRANSPOSE_REST(uint8_t, 0, 0);
}

/// Units are strips: one place of the other axes, one tile's width across, a piece along.
static void transpose_units(void *context, int64_t begin, int64_t end) {
    const transposition *t = context;
    _Alignas(64) char tile[WEFT_TILE * WEFT_TILE_STRIDE * 8];
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t first = unit % t->along_pieces * WEFT_STRIP, rest = unit / t->along_pieces;
        int64_t past = WEFT_MIN(first + WEFT_STRIP, t->along);
        int64_t across = rest % t->across_tiles * WEFT_TILE;
        rest /= t->across_tiles;
        int64_t from = across, to = across * t->across_stride;
        for (int i = t->rank - 1; i >= 0; i--) {
            from += rest % t->dims[i] * t->input_strides[i];
            to += rest % t->dims[i] * t->output_strides[i];
            rest /= t->dims[i];
        }
        int64_t columns = WEFT_MIN(t->across - across, WEFT_TILE);
        for (int64_t along = first; along < past; along += WEFT_TILE) {
            int64_t rows = WEFT_MIN(past - along, WEFT_TILE);
            const char *x = t->input + (from + along * t->along_stride) * t->size;
            char *y = t->output + (to + along) * t->size;
            int64_t xs = t->along_stride, ys = t->across_stride;
            if (xs * t->size % 1024 == 0) {
                // Lines so far apart share few places in the cache; each is read once, whole.
                for (int64_t i = 0; i < rows; i++)
                    memcpy(tile + i * WEFT_TILE_STRIDE * t->size, x + i * xs * t->size,
                           (size_t)(columns * t->size));
                x = tile;
                xs = WEFT_TILE_STRIDE;
            }
            switch (t->size) {
            case 1: tile_1((const uint8_t *)x, xs, (uint8_t *)y, ys, rows, columns); break;
            case 2: tile_2((const uint16_t *)x, xs, (uint16_t *)y, ys, rows, columns); break;
            case 4: tile_4((const uint32_t *)x, xs, (uint32_t *)y, ys, rows, columns); break;
            default: tile_8((const uint64_t *)x, xs, (uint64_t *)y, ys, rows, columns); break;
            }
        }
    }
}

weft_status weft_transpose(int64_t size, int rank, const int64_t *dims, const int32_t *permutation,
                           const void *input, void *output) {
    if (weft_product(rank, dims) == 0) return WEFT_OK;
    int64_t strides[WEFT_MAX_RANK];
    weft_row_major(rank, dims, strides);

    // Output axes, neighbours merged where they are neighbours in the input too.
    int64_t extents[WEFT_MAX_RANK], from[WEFT_MAX_RANK], to[WEFT_MAX_RANK];
    int count = 0;
    for (int i = 0; i < rank; i++) {
        int64_t extent = dims[permutation[i]], stride = strides[permutation[i]];
        if (extent == 1) continue;
        if (count > 0 && from[count - 1] == stride * extent) {
            extents[count - 1] *= extent;
            from[count - 1] = stride;
        } else {
            extents[count] = extent;
            from[count++] = stride;
        }
    }
    weft_row_major(count, extents, to);
    if (count < 2 || from[count - 1] == 1) {
        // Runs stay whole.
        weft_strided_copy(size, count, extents, from, to, input, output);
        return WEFT_OK;
    }
    transposition t = { .size = size, .input = input, .output = output,
                        .along = extents[count - 1], .along_stride = from[count - 1] };
    for (int i = 0; i < count - 1; i++) {
        if (from[i] == 1) {
            t.across = extents[i];
            t.across_stride = to[i];
        } else {
            t.dims[t.rank] = extents[i];
            t.input_strides[t.rank] = from[i];
            t.output_strides[t.rank++] = to[i];
        }
    }
    t.across_tiles = (t.across + WEFT_TILE - 1) / WEFT_TILE;
    t.along_pieces = (t.along + WEFT_STRIP - 1) / WEFT_STRIP;
    int64_t units = weft_product(t.rank, t.dims) * t.across_tiles * t.along_pieces;
    weft_parallel_for(units, 1, (double)(WEFT_MIN(t.along, WEFT_STRIP) * WEFT_MIN(t.across, WEFT_TILE)) * 0.4 + 10,
                      transpose_units, &t);
    return WEFT_OK;
}
