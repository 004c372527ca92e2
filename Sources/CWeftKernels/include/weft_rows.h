// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_ROWS_H
#define WEFT_ROWS_H

#include "weft_structure.h"
#include "weft_tile.h"

/// Row programs: elementwise work and the reductions between, in front of and behind it, done for
/// a block of rows at a time, while the block is in the cache.
///
/// The iteration is over [rows, columns]. A value has `columns` elements a row ('whole') or one.
/// Stages run one after the other for each block; what they pass on stays in temporary memory.
typedef struct weft_row_program weft_row_program;

typedef enum weft_row_stage_kind {
    /// A tile program over all elements (`per_row` = columns) or over the rows (`per_row` = 1).
    WEFT_ROW_TILE = 0,
    /// (x) -> one element a row.
    WEFT_ROW_REDUCE,
    /// (x) -> [columns], all rows reduced. Its result is there when the program ends.
    WEFT_ROW_REDUCE_COLUMNS,
    /// (x) -> one element, everything reduced. Its result is there when the program ends.
    WEFT_ROW_REDUCE_ALL,
    /// (x, i) -> x[r, i[r]] of each row r, +0 where i[r] is not a column. If x has `per_row` = 1
    /// elements a row, x[r] instead; 0: x[0].
    WEFT_ROW_PICK,
    /// (y, i, x): y[r, i[r]] += x[r], of f32, in place; x as for PICK, but never whole.
    WEFT_ROW_ADD_AT
} weft_row_stage_kind;

/// Where a value lies.
typedef struct weft_row_slot {
    int32_t argument;  // its position among the arrays of a run; -1: temporary memory
    int32_t size;      // of an element, in bytes
    int64_t per_row;   // elements a row
} weft_row_slot;

typedef struct weft_row_stage {
    int32_t kind;
    int32_t reduction;  // weft_reduction
    int32_t dtype;      // weft_dtype of x, for reductions and PICK
    int32_t index_size; // 4 or 8 bytes: i32 or i64
    int32_t negated;    // PICK: the result's sign is turned (f32 only)
    int64_t per_row;
    weft_tile_program *tile;  // owned by the row program from `create` on
    int32_t input_count, output_count;
    const int32_t *operands;  // slots: the inputs, then the outputs
} weft_row_stage;

/// Whether row programs have a reduction of elements of this type.
int weft_row_reduces(weft_reduction kind, weft_dtype dtype);

/// Everything but the tile programs is copied. NULL, and the tile programs destroyed, when a
/// reduction does not exist or memory is short.
weft_row_program *weft_row_create(int64_t rows, int64_t columns, int slot_count,
                                  const weft_row_slot *slots, int stage_count,
                                  const weft_row_stage *stages);
void weft_row_destroy(weft_row_program *program);

/// The bytes that `partials` of a run must have. Results do not depend on the number of threads.
int64_t weft_row_partial_bytes(const weft_row_program *program);
/// `arrays` are those that slots name; outputs do not overlap inputs.
weft_status weft_row_run(const weft_row_program *program, void *const *arrays, void *partials);

#endif
