// SPDX-License-Identifier: Apache-2.0
#include "weft_rows.h"

#include <stdatomic.h>

#include "structure_private.h"
#include "tile_program.h"

// What the arrays of a block take should stay in the second-level cache, and be large enough for
// a stage to be worth its start.
#define WEFT_BLOCK_ELEMENTS 8192

typedef struct row_stage {
    weft_row_stage stage;
    const weft_reducer *reducer;
    int64_t width, partial;  // of reductions over rows: accumulators, and the offset of the first
} row_stage;

struct weft_row_program {
    int64_t rows, columns, block, chunk, chunks;
    int64_t partial_bytes, scratch_bytes;  // of a chunk; of a block
    double cost;                           // nanoseconds a row
    int32_t slot_count, stage_count;
    weft_row_slot *slots;
    int64_t *offsets;  // of temporary slots
    row_stage *stages;
    int32_t *operands;
};

static int is_over_rows(const row_stage *s) {
    return s->stage.kind == WEFT_ROW_REDUCE_COLUMNS || s->stage.kind == WEFT_ROW_REDUCE_ALL;
}

static double cost_of(const weft_row_program *program, const weft_row_stage *stage) {
    switch (stage->kind) {
    case WEFT_ROW_TILE: return stage->tile->cost * (double)stage->per_row;
    case WEFT_ROW_PICK: case WEFT_ROW_ADD_AT: return 2;
    default: return 0.06 * (double)program->columns + 5;
    }
}

// MARK: Making

int weft_row_reduces(weft_reduction kind, weft_dtype dtype) {
    return weft_reducer_for(kind, dtype) != NULL;
}

static void plan_blocks(weft_row_program *program) {
    int64_t columns = WEFT_MAX(program->columns, 1);
    int64_t block = WEFT_MAX(WEFT_BLOCK_ELEMENTS / columns, 1);
    // Whole vectors for what is computed once a row.
    if (block > 16) block = block / 16 * 16;
    program->block = WEFT_MIN(block, WEFT_MAX(program->rows, 1));
    // Chunks depend on the shape alone, so sums do not depend on the threads.
    program->chunk = program->rows;
    program->chunks = 1;
    if (program->partial_bytes > 0) {
        int64_t pieces = program->rows / program->block;
        int64_t limit = program->partial_bytes > 64 * 1024 ? 8 : 32;
        pieces = WEFT_MAX(WEFT_MIN(pieces, limit), 1);
        int64_t chunk = (program->rows + pieces - 1) / pieces;
        program->chunk = (chunk + program->block - 1) / program->block * program->block;
        program->chunks = (program->rows + program->chunk - 1) / program->chunk;
    }
    int64_t offset = 0;
    for (int i = 0; i < program->slot_count; i++) {
        const weft_row_slot *slot = &program->slots[i];
        program->offsets[i] = offset;
        if (slot->argument >= 0) continue;
        int64_t bytes = program->block * slot->per_row * slot->size;
        // Shifted against each other: see tile programs.
        offset += (bytes + 63) / 64 * 64 + 64;
    }
    program->scratch_bytes = offset;
}

weft_row_program *weft_row_create(int64_t rows, int64_t columns, int slot_count,
                                  const weft_row_slot *slots, int stage_count,
                                  const weft_row_stage *stages) {
    weft_row_program *program = calloc(1, sizeof *program);
    size_t operand_count = 1;
    for (int i = 0; i < stage_count; i++)
        operand_count += (size_t)(stages[i].input_count + stages[i].output_count);
    int good = program != NULL;
    if (good) {
        program->rows = rows;
        program->columns = columns;
        program->slot_count = slot_count;
        program->stage_count = stage_count;
        program->cost = 1;
        program->slots = calloc((size_t)slot_count + 1, sizeof *program->slots);
        program->offsets = calloc((size_t)slot_count + 1, sizeof *program->offsets);
        program->stages = calloc((size_t)stage_count + 1, sizeof *program->stages);
        program->operands = calloc(operand_count, sizeof *program->operands);
        good = program->slots && program->offsets && program->stages && program->operands;
    }
    if (!good) {
        for (int i = 0; i < stage_count; i++) weft_tile_destroy(stages[i].tile);
        if (program != NULL) program->stage_count = 0;
        weft_row_destroy(program);
        return NULL;
    }
    memcpy(program->slots, slots, sizeof *slots * (size_t)slot_count);
    int32_t *operands = program->operands;
    for (int i = 0; i < stage_count; i++) {
        row_stage *s = &program->stages[i];
        int32_t count = stages[i].input_count + stages[i].output_count;
        s->stage = stages[i];
        memcpy(operands, stages[i].operands, sizeof *operands * (size_t)count);
        s->stage.operands = operands;
        operands += count;
        program->cost += cost_of(program, &stages[i]);
        if (stages[i].kind != WEFT_ROW_REDUCE && !is_over_rows(s)) continue;
        s->reducer = weft_reducer_for((weft_reduction)stages[i].reduction, (weft_dtype)stages[i].dtype);
        if (s->reducer == NULL) good = 0;
        if (!good || !is_over_rows(s)) continue;
        s->width = s->stage.kind == WEFT_ROW_REDUCE_ALL ? 1 : columns;
        s->partial = program->partial_bytes;
        program->partial_bytes += (s->width * s->reducer->accumulator_size + 63) / 64 * 64;
    }
    if (!good) {
        weft_row_destroy(program);
        return NULL;
    }
    plan_blocks(program);
    return program;
}

void weft_row_destroy(weft_row_program *program) {
    if (program == NULL) return;
    for (int i = 0; i < program->stage_count; i++) weft_tile_destroy(program->stages[i].stage.tile);
    free(program->slots);
    free(program->offsets);
    free(program->stages);
    free(program->operands);
    free(program);
}

int64_t weft_row_partial_bytes(const weft_row_program *program) {
    return program->partial_bytes * program->chunks;
}

// MARK: Running

typedef struct row_call {
    const weft_row_program *program;
    void *const *arrays;
    char *partials;
    _Atomic int status;
} row_call;

static int64_t index_at(const void *indices, int32_t size, int64_t row) {
    return size == 4 ? ((const int32_t *)indices)[row] : ((const int64_t *)indices)[row];
}

static void pick(const weft_row_program *program, const weft_row_stage *stage, char *const *base,
                 int64_t begin, int64_t end) {
    const weft_row_slot *from = &program->slots[stage->operands[0]];
    const char *x = base[stage->operands[0]];
    const void *indices = base[stage->operands[1]];
    char *out = base[stage->operands[2]];
    int size = from->size;
    for (int64_t r = begin; r < end; r++) {
        int64_t i = index_at(indices, stage->index_size, r);
        char *to = out + r * size;
        if (i < 0 || i >= program->columns) {
            memset(to, 0, (size_t)size);
            continue;
        }
        int64_t at = r * stage->per_row + (stage->per_row == program->columns ? i : 0);
        memcpy(to, x + at * size, (size_t)size);
        if (stage->negated) to[size - 1] ^= (char)0x80;
    }
}

static void add_at(const weft_row_program *program, const weft_row_stage *stage, char *const *base,
                   int64_t begin, int64_t end) {
    float *y = (float *)base[stage->operands[0]];
    const void *indices = base[stage->operands[1]];
    const float *x = (const float *)base[stage->operands[2]];
    for (int64_t r = begin; r < end; r++) {
        int64_t i = index_at(indices, stage->index_size, r);
        if (i >= 0 && i < program->columns) y[r * program->columns + i] += x[r * stage->per_row];
    }
}

static void reduce_rows(const weft_row_program *program, const row_stage *s, char *const *base,
                        int64_t begin, int64_t end) {
    const weft_reducer *reducer = s->reducer;
    reducer->rows((weft_reduction)s->stage.reduction,
                  base[s->stage.operands[0]] + begin * program->columns * reducer->size, end - begin,
                  program->columns, base[s->stage.operands[1]] + begin * reducer->size);
}

static void reduce_over_rows(const weft_row_program *program, const row_stage *s, char *const *base,
                             char *partials, int64_t begin, int64_t end) {
    const weft_reducer *reducer = s->reducer;
    weft_reduction kind = (weft_reduction)s->stage.reduction;
    int64_t columns = program->columns;
    const char *x = base[s->stage.operands[0]] + begin * columns * reducer->size;
    char *accumulators = partials + s->partial;
    if (s->stage.kind == WEFT_ROW_REDUCE_ALL) {
        reducer->row(kind, x, (end - begin) * columns, accumulators);
        return;
    }
    for (int64_t j = 0; j < columns; j += WEFT_COLUMN_BLOCK)
        reducer->columns(kind, x + j * reducer->size, end - begin, columns,
                         WEFT_MIN(columns - j, WEFT_COLUMN_BLOCK),
                         accumulators + j * reducer->accumulator_size);
}

static weft_status run_block(const row_call *call, char *scratch, char *partials, int64_t begin,
                             int64_t end) {
    const weft_row_program *program = call->program;
    // Every base is where row 0 lies or would lie, so that stages count rows from the first.
    char *base[program->slot_count + 1];
    for (int i = 0; i < program->slot_count; i++) {
        const weft_row_slot *slot = &program->slots[i];
        base[i] = slot->argument >= 0
            ? (char *)call->arrays[slot->argument]
            : (char *)((uintptr_t)(scratch + program->offsets[i])
                       - (uintptr_t)(begin * slot->per_row * slot->size));
    }
    for (int k = 0; k < program->stage_count; k++) {
        const row_stage *s = &program->stages[k];
        const weft_row_stage *stage = &s->stage;
        switch (stage->kind) {
        case WEFT_ROW_TILE: {
            void *arrays[stage->input_count + stage->output_count + 1];
            for (int i = 0; i < stage->input_count + stage->output_count; i++)
                arrays[i] = base[stage->operands[i]];
            weft_status status = weft_tile_run_range(
                stage->tile, (const void *const *)arrays, arrays + stage->input_count,
                begin * stage->per_row, end * stage->per_row);
            if (status != WEFT_OK) return status;
            break;
        }
        case WEFT_ROW_REDUCE: reduce_rows(program, s, base, begin, end); break;
        case WEFT_ROW_PICK: pick(program, stage, base, begin, end); break;
        case WEFT_ROW_ADD_AT: add_at(program, stage, base, begin, end); break;
        default: reduce_over_rows(program, s, base, partials, begin, end); break;
        }
    }
    return WEFT_OK;
}

static void run_blocks(row_call *call, char *scratch, char *partials, int64_t begin, int64_t end) {
    int64_t block = call->program->block;
    for (int64_t r = begin; r < end; r += block) {
        weft_status status = run_block(call, scratch, partials, r, WEFT_MIN(r + block, end));
        if (status != WEFT_OK) {
            atomic_store_explicit(&call->status, (int)status, memory_order_relaxed);
            return;
        }
    }
}

static void run_piece(row_call *call, char *partials, int64_t begin, int64_t end) {
    char *scratch = weft_scratch_take(call->program->scratch_bytes);
    if (scratch == NULL) {
        atomic_store_explicit(&call->status, (int)WEFT_OUT_OF_MEMORY, memory_order_relaxed);
        return;
    }
    run_blocks(call, scratch, partials, begin, end);
    weft_scratch_give(scratch);
}

static void run_rows(void *context, int64_t begin, int64_t end) {
    run_piece((row_call *)context, NULL, begin, end);
}

static void run_chunks(void *context, int64_t begin, int64_t end) {
    row_call *call = (row_call *)context;
    const weft_row_program *program = call->program;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        char *partials = call->partials + chunk * program->partial_bytes;
        for (int k = 0; k < program->stage_count; k++) {
            const row_stage *s = &program->stages[k];
            if (is_over_rows(s))
                s->reducer->clear((weft_reduction)s->stage.reduction, s->width, partials + s->partial);
        }
        int64_t first = chunk * program->chunk;
        run_piece(call, partials, first, WEFT_MIN(first + program->chunk, program->rows));
    }
}

weft_status weft_row_run(const weft_row_program *program, void *const *arrays, void *partials) {
    row_call call = { program, arrays, partials, (int)WEFT_OK };
    if (program->partial_bytes == 0) {
        weft_parallel_for(program->rows, program->block, program->cost, run_rows, &call);
        return (weft_status)atomic_load_explicit(&call.status, memory_order_relaxed);
    }
    weft_parallel_for(program->chunks, 1, program->cost * (double)program->chunk, run_chunks, &call);
    for (int k = 0; k < program->stage_count; k++) {
        const row_stage *s = &program->stages[k];
        if (!is_over_rows(s)) continue;
        char *sums = call.partials + s->partial;
        for (int64_t chunk = 1; chunk < program->chunks; chunk++)
            s->reducer->combine((weft_reduction)s->stage.reduction,
                                sums + chunk * program->partial_bytes, s->width, sums);
        const weft_row_slot *slot = &program->slots[s->stage.operands[1]];
        s->reducer->store(sums, s->width, arrays[slot->argument]);
    }
    return (weft_status)atomic_load_explicit(&call.status, memory_order_relaxed);
}
