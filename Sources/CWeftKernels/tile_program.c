// SPDX-License-Identifier: Apache-2.0
// Making tile programs: checking them, giving values their places, and laying out the memory.
#include <stdlib.h>
#include <string.h>

#include "tile_lower.h"

// MARK: Placing

// Gives registers to values from the first to the last call; a result takes the register of an
// operand that ends there if their elements have the same size, else kernels would overwrite
// what they have not read.
static int place(weft_lowering *l, weft_tile_program *program) {
    int32_t first = program->input_count + program->output_count + program->pack_count, used = 0, free_count = 0;
    int32_t *free_registers = (int32_t *)malloc(sizeof(int32_t) * (size_t)(l->value_count + 1));
    if (free_registers == NULL) return 0;
    for (int32_t t = 0; t < l->call_count; t++) {
        const weft_call *call = &l->calls[t];
        l->values[call->a].last_use = l->values[call->b].last_use = l->values[call->c].last_use = t;
    }
    for (int32_t t = 0; t < l->call_count; t++) {
        const weft_call *call = &l->calls[t];
        weft_value *d = &l->values[call->d];
        const int32_t operands[3] = { call->a, call->b, call->c };
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < 3; k++) {
                weft_value *o = &l->values[operands[k]];
                int seen = (k > 0 && operands[k] == operands[0])
                    || (k > 1 && operands[k] == operands[1]);
                if (seen || o->slot < first || o->last_use != t) continue;
                if ((o->size == d->size) == (pass == 0)) free_registers[free_count++] = o->slot;
            }
            if (pass == 0 && d->slot == WEFT_UNPLACED)
                d->slot = free_count > 0 ? free_registers[--free_count] : first + used++;
        }
    }
    free(free_registers);
    program->register_count = used;
    program->node_count = l->call_count;
    program->nodes = (weft_tile_node *)calloc((size_t)l->call_count + 1, sizeof(weft_tile_node));
    if (program->nodes == NULL) return 0;
    for (int32_t t = 0; t < l->call_count; t++) {
        const weft_call *call = &l->calls[t];
        weft_tile_node *node = &program->nodes[t];
        memcpy(node->kernel, call->kernel, sizeof node->kernel);
        node->d = (uint16_t)l->values[call->d].slot;
        node->a = (uint16_t)l->values[call->a].slot;
        node->b = (uint16_t)l->values[call->b].slot;
        node->c = (uint16_t)l->values[call->c].slot;
        const int32_t operands[3] = { node->a, node->b, node->c };
        for (int k = 0; k < 3; k++)
            if (operands[k] < program->input_count) program->inputs[operands[k]].last_read = t;
        int32_t output = node->d - program->input_count;
        if (output >= 0 && output < program->output_count) program->outputs[output].first_write = t;
    }
    return 1;
}

// Registers are shifted against each other: equal distances of 4 KiB would make loads wait for
// unrelated stores.
static size_t padded(size_t bytes) { return ((bytes + 63) & ~(size_t)63) + 64; }

static void assign_offsets(weft_tile_program *program, int64_t tile, size_t widest) {
    program->tile = tile;
    size_t offset = 0;
    for (int j = 0; j < program->input_count; j++) {
        weft_tile_source *source = &program->inputs[j];
        size_t elements = (size_t)tile;
        source->offset = offset;
        source->step = source->period > 0 ? tile % source->period : 0;
        if (source->reading == WEFT_READ_UNUSED || source->reading == WEFT_READ_ROWS
            || (source->reading == WEFT_READ_DIRECT && !source->staged))
            continue;
        if (source->reading == WEFT_READ_PERIODIC) elements += (size_t)source->period;
        offset += padded(elements * (source->widen != NULL ? 4 : (size_t)source->size));
    }
    program->pack_offset = offset;
    offset += padded(sizeof(float[2]) * (size_t)program->pack_count);
    program->register_offset = offset;
    program->register_stride = padded(widest * (size_t)tile);
    program->scratch_bytes = offset + program->register_stride * (size_t)program->register_count;
}

static void lay_out(weft_lowering *l, weft_tile_program *program) {
    int32_t first_write = INT32_MAX;
    for (int k = 0; k < program->output_count; k++)
        if (program->outputs[k].first_write < first_write)
            first_write = program->outputs[k].first_write;
    size_t widest = 1, per_element = 0;
    for (int32_t v = program->input_count; v < l->value_count; v++)
        if (l->values[v].slot >= program->input_count + program->output_count + program->pack_count
            && (size_t)l->values[v].size > widest)
            widest = (size_t)l->values[v].size;
    per_element = widest * (size_t)program->register_count;
    for (int k = 0; k < program->output_count; k++) per_element += (size_t)program->outputs[k].size;
    for (int j = 0; j < program->input_count; j++) {
        weft_tile_source *source = &program->inputs[j];
        if (source->last_read < 0) source->reading = WEFT_READ_UNUSED;
        source->staged = source->reading == WEFT_READ_DIRECT && source->last_read > first_write;
        if (source->staged) program->has_staged = 1;
        if (source->reading != WEFT_READ_UNUSED)
            per_element += source->widen != NULL ? 4 : (size_t)source->size;
        if (source->reading == WEFT_READ_STRIDED) program->moving++;
    }
    // What a tile touches should stay within the first-level cache (32 KiB), streams included; with a
    // lower limit, calls of kernels weigh more than what the streams push out.
    int64_t tile = 1024;
    while (tile > 128 && (size_t)tile * per_element > 28 * 1024) tile /= 2;
    // Streams from beyond the last cache push harder on the first one.
    if ((double)program->count * (double)per_element > 64e6 && tile > 256) tile = 256;
    do {
        assign_offsets(program, tile, widest);
        tile /= 2;
    } while (program->scratch_bytes > WEFT_SCRATCH_BYTES && tile >= 32);
}

// MARK: Creation

// Value numbers, types, and which values outputs need.
static int check_and_mark(weft_lowering *l, int inputs, int instructions,
                          const weft_instruction *code, int outputs, const uint16_t *out,
                          int32_t *targets) {
    for (int t = 0; t < instructions; t++) {
        const weft_instruction *i = &code[t];
        if (!weft_tile_supports(i->opcode, i->type)) return 0;
        if (i->opcode == WEFT_OP_CAST && i->to_type >= WEFT_DTYPE_COUNT) return 0;
        const uint16_t operands[3] = { i->a, i->b, i->c };
        for (int k = 0; k < weft_operand_count(i->opcode); k++) {
            int expected = i->opcode == WEFT_OP_SELECT && k == 0 ? WEFT_BOOL : i->type;
            if (operands[k] >= inputs + t || l->values[operands[k]].dtype != expected) return 0;
        }
        int32_t v = weft_new_value(l, weft_result_type(i), weft_register_size(weft_result_type(i)), WEFT_UNPLACED);
        l->values[v].live = l->values[v].used_by_instruction = 0;
    }
    for (int k = 0; k < outputs; k++) {
        if (out[k] >= inputs + instructions) return 0;
        targets[k] = weft_tile_resolve(code, inputs, out[k]);
        l->values[targets[k]].live = 1;
        l->values[targets[k]].uses++;
    }
    for (int t = instructions - 1; t >= 0; t--) {
        const weft_instruction *i = &code[t];
        if (!l->values[inputs + t].live) continue;
        const uint16_t operands[3] = { i->a, i->b, i->c };
        for (int k = 0; k < weft_operand_count(i->opcode); k++) {
            weft_value *o = &l->values[weft_tile_resolve(code, inputs, operands[k])];
            o->live = o->used_by_instruction = 1;
            o->uses++;
        }
    }
    return 1;
}

static int compile(weft_lowering *l, weft_tile_program *program, int instructions,
                   const weft_instruction *code, const int32_t *targets) {
    weft_tile_lower(l, program, instructions, code, targets);
    if (!place(l, program)) return 0;
    lay_out(l, program);
    return 1;
}

weft_tile_program *weft_tile_create(
    int rank, const int64_t *dims, int input_count, const weft_tile_input *inputs,
    int instruction_count, const weft_instruction *instructions,
    int output_count, const uint16_t *outputs) {
    if (rank < 0 || rank > WEFT_MAX_RANK || input_count < 0 || instruction_count < 0
        || output_count < 0 || (int64_t)input_count + output_count + 2 * instruction_count > 60000)
        return NULL;
    weft_tile_program *program = (weft_tile_program *)calloc(1, sizeof *program);
    if (program == NULL) return NULL;
    program->input_count = input_count;
    program->output_count = output_count;
    program->cost = 0.05;
    program->count = 1;
    int kept[WEFT_MAX_RANK], kept_count = 0;
    int64_t kept_dims[WEFT_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        program->count *= dims[i];
        if (dims[i] == 1) continue;
        kept_dims[kept_count] = dims[i];
        kept[kept_count++] = i;
    }
    // An instruction makes at most a load for each operand, itself and a rounding, or a pack.
    size_t limit = (size_t)input_count * 3 + (size_t)instruction_count * 3
        + (size_t)output_count * 2 + 1;
    weft_lowering l = { (weft_value *)calloc(limit, sizeof(weft_value)), 0,
                        (weft_call *)calloc(limit, sizeof(weft_call)), 0 };
    int32_t *targets = (int32_t *)calloc((size_t)output_count + 1, sizeof *targets);
    program->inputs = (weft_tile_source *)calloc((size_t)input_count + 1, sizeof *program->inputs);
    program->outputs = (weft_tile_output *)calloc((size_t)output_count + 1, sizeof *program->outputs);
    program->packs = (weft_pack *)calloc((size_t)instruction_count + 1, sizeof *program->packs);
    int good = program->packs != NULL && l.values != NULL && l.calls != NULL && targets != NULL && program->inputs != NULL
        && program->outputs != NULL;
    for (int j = 0; good && j < input_count; j++) {
        weft_tile_source *source = &program->inputs[j];
        int dtype = inputs[j].dtype;
        if (dtype >= WEFT_DTYPE_COUNT) { good = 0; break; }
        int64_t strides[WEFT_MAX_RANK];
        for (int i = 0; i < kept_count; i++) strides[i] = inputs[j].strides[kept[i]];
        weft_tile_classify(source, kept_count, kept_dims, strides, program->count);
        source->size = weft_memory_size(dtype);
        source->first = inputs[j].first;
        source->last_read = -1;
        if (source->reading == WEFT_READ_ROWS) {
            // Calls of one length serve one length of rows, and kernels with a uniform operand
            // are of f32.
            if (dtype == WEFT_F32 && (program->row == 0 || program->row == source->period))
                program->row = source->period;
            else
                source->reading = WEFT_READ_STRIDED;
        }
        if (source->reading == WEFT_READ_SCALAR && weft_is_half(dtype))
            source->widen = dtype == WEFT_F16 ? weft_tile_kernels_baseline.load_f16
                                              : weft_tile_kernels_baseline.load_bf16;
        if (source->reading == WEFT_READ_STRIDED) program->cost += 0.5;
        weft_new_value(&l, dtype, source->widen != NULL ? 4 : weft_memory_size(dtype), j);
    }
    // Tiles that end with rows never run over the end of a row that is read again and again.
    for (int j = 0; good && program->row > 0 && j < input_count; j++)
        if (program->inputs[j].reading == WEFT_READ_PERIODIC && program->inputs[j].period == program->row)
            program->inputs[j].reading = WEFT_READ_WRAPPED;
    good = good && check_and_mark(&l, input_count, instruction_count, instructions, output_count,
                                  outputs, targets);
    for (int k = 0; good && k < output_count; k++)
        program->outputs[k].size = weft_memory_size(l.values[targets[k]].dtype);
    good = good && (program->count == 0
                     || compile(&l, program, instruction_count, instructions, targets));
    free(l.values);
    free(l.calls);
    free(targets);
    if (!good) {
        weft_tile_destroy(program);
        return NULL;
    }
    return program;
}

int weft_tile_pass_count(const weft_tile_program *program) { return program->node_count; }

void weft_tile_destroy(weft_tile_program *program) {
    if (program == NULL) return;
    free(program->inputs);
    free(program->outputs);
    free(program->nodes);
    free(program->packs);
    free(program);
}
