// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TILE_PROGRAM_H
#define WEFT_TILE_PROGRAM_H

#include "tile_isa.h"

/// Where a run would take more scratch memory, tiles are made shorter: it should stay in the second-level cache.
#define WEFT_SCRATCH_BYTES (96 * 1024)

/// How an input reaches the registers.
typedef enum weft_tile_reading {
    WEFT_READ_UNUSED,
    WEFT_READ_DIRECT,    // contiguous: the kernels read memory
    WEFT_READ_SCALAR,    // one element: a register filled once
    WEFT_READ_PERIODIC,  // element i % period, short: a register of period + tile, filled once
    WEFT_READ_WRAPPED,   // element i % period, long: memory, but where a tile crosses the end
    WEFT_READ_ROWS,      // element i / row: one for each call; tiles end where rows do
    WEFT_READ_STRIDED    // anything else: copied into a register tile by tile
} weft_tile_reading;

typedef struct weft_tile_source {
    weft_tile_reading reading;
    int32_t size;          // of an element
    int32_t last_read;     // the node
    int64_t first;         // elements before it
    int32_t staged;        // may be overwritten before its last use if it is an output's buffer
    weft_tile_fn widen;    // SCALAR of f16 and bf16: the register holds f32
    int32_t rank;          // STRIDED: the axes that are left, those alike merged
    int64_t period, step;  // PERIODIC, WRAPPED: period and tile % period
    int64_t dims[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
    size_t offset;         // of its register in the scratch memory
} weft_tile_source;

typedef struct weft_tile_output {
    int32_t size;
    int32_t first_write;  // the node that writes it
} weft_tile_output;

/// A kernel call. Operands are slots: the inputs, then the outputs, the packs and the registers.
typedef struct weft_tile_node {
    weft_tile_fn kernel[WEFT_ISA_COUNT];
    uint16_t d, a, b, c;
} weft_tile_node;

/// Inputs of one element that a kernel takes together; the unused ones are -1.
typedef struct weft_pack { int32_t inputs[2]; } weft_pack;

struct weft_tile_program {
    int64_t count, tile;
    int64_t row;  // 0: tiles do not mind rows
    double cost;  // nanoseconds an element
    int32_t input_count, output_count, register_count, node_count;
    int32_t moving;  // inputs whose address changes from tile to tile
    int32_t has_staged;
    int32_t pack_count;
    size_t pack_offset, register_offset, register_stride, scratch_bytes;
    weft_tile_source *inputs;
    weft_tile_output *outputs;
    weft_tile_node *nodes;
    weft_pack *packs;
};

/// From here on a row is worth kernel calls of its own.
#define WEFT_LONG_ROW 32

/// Where a strided reading stands.
typedef struct weft_tile_cursor {
    int64_t position[WEFT_MAX_RANK];
    int64_t offset;  // in elements
} weft_tile_cursor;

void weft_tile_seek(const weft_tile_source *source, weft_tile_cursor *cursor, int64_t index);
/// Copies the next `n` elements to `dst`.
void weft_tile_gather(const weft_tile_source *source, weft_tile_cursor *cursor,
                      const weft_tile_kernels *kernels, const void *base, void *dst, int64_t n);
void weft_tile_splat(const weft_tile_kernels *kernels, void *dst, const void *element, int size,
                     int64_t n);
/// dst[i] = base[(phase + i) % period].
void weft_tile_cycle(void *dst, const char *base, int size, int64_t period, int64_t phase,
                     int64_t n);

/// Decides how an input is read (all but sizes and offsets). `dims` has no axes of 1.
void weft_tile_classify(weft_tile_source *source, int rank, const int64_t *dims,
                        const int64_t *strides, int64_t count);

#endif
