// SPDX-License-Identifier: Apache-2.0
#include <stdatomic.h>

#include "tile_program.h"
#include "weft_scratch.h"
#include "weft_team.h"

typedef struct weft_tile_call {
    const weft_tile_program *program;
    const void *const *inputs;
    void *const *outputs;
    int32_t isa;
    const uint8_t *staged;  // by input: an output overwrites it before its last use; or NULL
    _Atomic uint32_t flags;
    _Atomic uint32_t out_of_memory;
} weft_tile_call;

static int64_t next_phase(const weft_tile_source *source, int64_t phase, int64_t n, int64_t tile) {
    phase += n == tile ? source->step : n % source->period;
    return phase >= source->period ? phase - source->period : phase;
}

static void run_in(weft_tile_call *call, char *scratch, int64_t begin, int64_t end) {
    const weft_tile_program *program = call->program;
    const weft_tile_kernels *kernels = weft_tile_kernels_of((weft_isa)call->isa);
    int inputs = program->input_count, outputs = program->output_count;
    int packs = program->pack_count, slots = inputs + outputs + packs + program->register_count;
    // All three are written before they are read; one more because C has no empty arrays.
    char *slot[slots + 1];
    int64_t phase[inputs + 1];
    weft_tile_cursor cursors[program->moving + 1];
    int64_t tile = program->tile;

    for (int k = 0, strided = 0; k < inputs; k++) {
        const weft_tile_source *source = &program->inputs[k];
        const char *base = (const char *)call->inputs[k] + source->first * source->size;
        char *own = scratch + source->offset;
        int64_t used = end - begin < tile ? end - begin : tile;
        slot[k] = own;
        switch (source->reading) {
        case WEFT_READ_UNUSED: case WEFT_READ_DIRECT: case WEFT_READ_ROWS: break;
        case WEFT_READ_SCALAR: {
            float wide;
            if (source->widen != NULL) {
                source->widen(&wide, base, NULL, NULL, 1, NULL);
                weft_tile_splat(kernels, own, &wide, sizeof wide, used);
            } else {
                weft_tile_splat(kernels, own, base, source->size, used);
            }
            break;
        }
        case WEFT_READ_PERIODIC: {
            phase[k] = begin % source->period;
            // A single tile needs no room to slide.
            if (end - begin <= tile) {
                weft_tile_cycle(own, base, source->size, source->period, phase[k], used);
                phase[k] = 0;
            } else {
                weft_tile_cycle(own, base, source->size, source->period, 0, source->period + tile);
            }
            break;
        }
        case WEFT_READ_WRAPPED: phase[k] = begin % source->period; break;
        case WEFT_READ_STRIDED: weft_tile_seek(source, &cursors[strided++], begin); break;
        }
    }
    for (int p = 0; p < packs; p++) {
        float *pack = (float *)(scratch + program->pack_offset) + 2 * p;
        for (int k = 0; k < 2; k++) {
            int32_t input = program->packs[p].inputs[k];
            if (input < 0) continue;
            const float *base = (const float *)call->inputs[input];
            pack[k] = base[program->inputs[input].first];
        }
        slot[inputs + outputs + p] = (char *)pack;
    }
    for (int r = 0; r < program->register_count; r++)
        slot[inputs + outputs + packs + r]
            = scratch + program->register_offset + (size_t)r * program->register_stride;

    uint32_t flags = 0;
    int isa = call->isa;
    const weft_tile_node *last = program->nodes + program->node_count;
    int64_t row = program->row, row_index = row > 0 ? begin / row : 0;
    int64_t row_end = row > 0 ? (row_index + 1) * row : end, n;
    for (int64_t i = begin; i < end; i += n) {
        if (i == row_end) {
            row_index++;
            row_end += row;
        }
        n = row_end - i < tile ? row_end - i : tile;
        if (n > end - i) n = end - i;
        for (int k = 0, strided = 0; k < inputs; k++) {
            const weft_tile_source *source = &program->inputs[k];
            const char *base = (const char *)call->inputs[k] + source->first * source->size;
            char *own = scratch + source->offset;
            int size = source->size;
            switch (source->reading) {
            case WEFT_READ_UNUSED: case WEFT_READ_SCALAR: break;
            case WEFT_READ_DIRECT:
                slot[k] = (char *)base + i * size;
                if (call->staged != NULL && call->staged[k]) {
                    __builtin_memcpy(own, slot[k], (size_t)(n * size));
                    slot[k] = own;
                }
                break;
            case WEFT_READ_PERIODIC:
                slot[k] = own + phase[k] * size;
                phase[k] = next_phase(source, phase[k], n, tile);
                break;
            case WEFT_READ_ROWS: slot[k] = (char *)base + row_index * size; break;
            case WEFT_READ_WRAPPED:
                slot[k] = (char *)base + phase[k] * size;
                if (phase[k] + n > source->period) {
                    weft_tile_cycle(own, base, size, source->period, phase[k], n);
                    slot[k] = own;
                }
                phase[k] = next_phase(source, phase[k], n, tile);
                break;
            case WEFT_READ_STRIDED:
                weft_tile_gather(source, &cursors[strided++], kernels, base, own, n);
                break;
            }
        }
        for (int k = 0; k < outputs; k++)
            slot[inputs + k] = (char *)call->outputs[k] + i * program->outputs[k].size;
        for (const weft_tile_node *node = program->nodes; node < last; node++)
            node->kernel[isa](slot[node->d], slot[node->a], slot[node->b], slot[node->c], n,
                              &flags);
    }
    if (flags != 0) atomic_fetch_or_explicit(&call->flags, flags, memory_order_relaxed);
}

static void run_piece(void *context, int64_t begin, int64_t end) {
    weft_tile_call *call = (weft_tile_call *)context;
    char *scratch = weft_scratch_take((int64_t)call->program->scratch_bytes);
    if (scratch == NULL) {
        atomic_store_explicit(&call->out_of_memory, 1, memory_order_relaxed);
        return;
    }
    run_in(call, scratch, begin, end);
    weft_scratch_give(scratch);
}

static weft_status result_of(const weft_tile_call *call) {
    if (atomic_load_explicit(&call->out_of_memory, memory_order_relaxed) != 0)
        return WEFT_OUT_OF_MEMORY;
    uint32_t flags = atomic_load_explicit(&call->flags, memory_order_relaxed);
    return (flags & WEFT_FLAG_DIVISION_BY_ZERO) != 0 ? WEFT_INTEGER_DIVISION_BY_ZERO : WEFT_OK;
}

weft_status weft_tile_run(const weft_tile_program *program,
                          const void *const *inputs, void *const *outputs) {
    if (program->count == 0 || program->node_count == 0) return WEFT_OK;
    weft_tile_call call = { program, inputs, outputs, (int32_t)weft_isa_current(), NULL, 0, 0 };
    uint8_t staged[program->has_staged ? program->input_count : 1];
    if (program->has_staged) {
        for (int j = 0; j < program->input_count; j++) {
            staged[j] = 0;
            if (!program->inputs[j].staged) continue;
            for (int k = 0; k < program->output_count; k++)
                if (outputs[k] == inputs[j]
                    && program->outputs[k].first_write < program->inputs[j].last_read)
                    staged[j] = 1;
        }
        call.staged = staged;
    }
    // Tiles are large; a few heavy elements should still be shared out.
    int64_t alignment = program->count >= 8 * program->tile ? program->tile : 64;
    weft_parallel_for(program->count, alignment, program->cost, run_piece, &call);
    return result_of(&call);
}

weft_status weft_tile_run_range(const weft_tile_program *program, const void *const *inputs,
                                void *const *outputs, int64_t begin, int64_t end) {
    if (begin >= end || program->node_count == 0) return WEFT_OK;
    weft_tile_call call = { program, inputs, outputs, (int32_t)weft_isa_current(), NULL, 0, 0 };
    run_piece(&call, begin, end);
    return result_of(&call);
}
