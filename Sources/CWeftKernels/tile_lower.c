// SPDX-License-Identifier: Apache-2.0
// From instructions on values to kernel calls on values.
#include <string.h>

#include "tile_lower.h"

// Whether the f32 result of operands of f16 or bf16 has that precision already.
static int is_exact(int opcode) {
    switch (opcode) {
    case WEFT_OP_NEGATE: case WEFT_OP_ABS: case WEFT_OP_SIGN:
    case WEFT_OP_FLOOR: case WEFT_OP_CEIL: case WEFT_OP_ROUND_EVEN: case WEFT_OP_ROUND_AWAY:
    case WEFT_OP_RELU: case WEFT_OP_MAX: case WEFT_OP_MIN: case WEFT_OP_SELECT:
        return 1;
    default:
        return 0;
    }
}

static weft_call *new_call(weft_lowering *l, int32_t d, int32_t a, int32_t b, int32_t c) {
    weft_call *call = &l->calls[l->call_count++];
    call->d = d, call->a = a, call->b = b, call->c = c;
    return call;
}

typedef enum { WEFT_MOVE_COPY, WEFT_MOVE_LOAD, WEFT_MOVE_STORE, WEFT_MOVE_ROUND } weft_move;

// `type` is that of the value, f16 or bf16 unless `move` is COPY, which takes any.
static void emit_move(weft_lowering *l, weft_move move, int type, int32_t d, int32_t a) {
    weft_call *call = new_call(l, d, a, a, a);
    for (int isa = 0; isa < WEFT_ISA_COUNT; isa++) {
        const weft_tile_kernels *k = weft_tile_kernels_of((weft_isa)isa);
        int f16 = type == WEFT_F16;
        switch (move) {
        case WEFT_MOVE_LOAD: call->kernel[isa] = f16 ? k->load_f16 : k->load_bf16; break;
        case WEFT_MOVE_STORE: call->kernel[isa] = f16 ? k->store_f16 : k->store_bf16; break;
        case WEFT_MOVE_ROUND: call->kernel[isa] = f16 ? k->round_f16 : k->round_bf16; break;
        case WEFT_MOVE_COPY:
            // 16-bit floats are moved as they are.
            call->kernel[isa] = k->operation[WEFT_OP_COPY][weft_is_half(type) ? WEFT_U16 : type];
            break;
        }
    }
}

static int is_by_row(const weft_tile_program *program, int32_t v) {
    return v < program->input_count && program->inputs[v].reading == WEFT_READ_ROWS;
}

// Whether kernels may read `v` as one element for the whole call.
static int is_uniform(const weft_lowering *l, const weft_tile_program *program, int32_t v) {
    if (l->values[v].dtype != WEFT_F32 || v >= program->input_count) return 0;
    return program->inputs[v].reading == WEFT_READ_ROWS
        || program->inputs[v].reading == WEFT_READ_SCALAR;
}

// The value to read for `v`; before their first use 16-bit floats in memory are loaded, and a
// row's element is repeated.
static int32_t operand(weft_lowering *l, const weft_tile_program *program, int32_t v) {
    v = l->values[v].current;
    weft_value *value = &l->values[v];
    if (is_by_row(program, v)) {
        int32_t filled = weft_new_value(l, value->dtype, value->size, WEFT_UNPLACED);
        weft_call *call = new_call(l, filled, v, v, v);
        for (int isa = 0; isa < WEFT_ISA_COUNT; isa++)
            call->kernel[isa] = weft_tile_kernels_of((weft_isa)isa)->fill[2];
        l->values[v].current = filled;
        return filled;
    }
    if (v < program->input_count && weft_is_half(value->dtype) && program->inputs[v].widen == NULL) {
        int32_t loaded = weft_new_value(l, value->dtype, 4, WEFT_UNPLACED);
        emit_move(l, WEFT_MOVE_LOAD, value->dtype, loaded, v);
        l->values[v].current = loaded;
        return loaded;
    }
    return v;
}

static void emit_outputs(weft_lowering *l, const weft_tile_program *program, int32_t v,
                         const int32_t *targets) {
    weft_value *value = &l->values[v];
    for (int k = 0; k < program->output_count; k++) {
        if (targets[k] != v) continue;
        int32_t slot = program->input_count + k;
        if (weft_is_half(value->dtype)) {
            int32_t out = weft_new_value(l, value->dtype, 2, slot);
            emit_move(l, WEFT_MOVE_STORE, value->dtype, out, value->current);
        } else if (slot != value->slot) {
            int32_t out = weft_new_value(l, value->dtype, value->size, slot);
            emit_move(l, WEFT_MOVE_COPY, value->dtype, out, value->current);
        }
    }
}

static int first_of_pair(const weft_instruction *i) {
    if (i->type != WEFT_F32) return -1;
    return i->opcode == WEFT_OP_ADD ? WEFT_FIRST_ADD : i->opcode == WEFT_OP_SUB ? WEFT_FIRST_SUB
        : i->opcode == WEFT_OP_MUL ? WEFT_FIRST_MUL : -1;
}
static int second_of_pair(const weft_instruction *i, int operand) {
    if (i->type != WEFT_F32) return -1;
    switch (i->opcode) {
    case WEFT_OP_EXP: return WEFT_SECOND_EXP;
    case WEFT_OP_ADD: return WEFT_SECOND_ADD;
    case WEFT_OP_MUL: return WEFT_SECOND_MUL;
    case WEFT_OP_RELU: return WEFT_SECOND_RELU;
    case WEFT_OP_SUB: return operand == 0 ? WEFT_SECOND_SUB : WEFT_SECOND_SUB_SWAPPED;
    default: return -1;
    }
}

// The operand of an instruction of f32 that its kernel may read as uniform: 0, 1, or -1 for none.
static int uniform_operand(const weft_lowering *l, const weft_tile_program *program,
                           const weft_instruction *code, const weft_instruction *i) {
    int32_t inputs = program->input_count;
    if (i->type != WEFT_F32) return -1;
    int a = is_uniform(l, program, weft_tile_resolve(code, inputs, i->a));
    int b = is_uniform(l, program, weft_tile_resolve(code, inputs, i->b));
    return a == b ? -1 : b;
}

// Whether the first instruction of a pair has a uniform second operand, as kernels of such pairs
// want it.
static int is_uniform_pair(const weft_lowering *l, const weft_tile_program *program,
                           const weft_instruction *code, const weft_instruction *first) {
    int place = uniform_operand(l, program, code, first);
    return place == 1 || (place == 0 && first->opcode != WEFT_OP_SUB);
}

// Chooses the pairs: the first one's result has no other reader, and neither is in another pair.
static void find_pairs(weft_lowering *l, const weft_tile_program *program, int instructions,
                       const weft_instruction *code) {
    int32_t inputs = program->input_count;
    for (int32_t t = 0; t < instructions; t++) {
        weft_value *second = &l->values[inputs + t];
        if (second->absorbed || second->composite != WEFT_COMPOSITE_NONE) continue;
        const uint16_t operands[2] = { code[t].a, code[t].b };
        for (int k = 0; second->live && k < weft_operand_count(code[t].opcode) && k < 2; k++) {
            int32_t v = weft_tile_resolve(code, inputs, operands[k]);
            weft_value *first = &l->values[v];
            if (v < inputs || first->uses != 1 || first->absorbs != 0
                || first->composite != WEFT_COMPOSITE_NONE
                || first_of_pair(&code[v - inputs]) < 0 || second_of_pair(&code[t], k) < 0)
                continue;
            if (second_of_pair(&code[t], k) == WEFT_SECOND_EXP
                && !is_uniform_pair(l, program, code, &code[v - inputs]))
                continue;
            second->absorbs = v;
            first->absorbed = 1;
            break;
        }
    }
}

// The kernel call for an instruction together with the one that it absorbs.
static void emit_pair(weft_lowering *l, const weft_tile_program *program,
                      const weft_instruction *code, int32_t index) {
    int32_t inputs = program->input_count, v = inputs + index, first = l->values[v].absorbs;
    const weft_instruction *i = &code[index], *j = &code[first - inputs];
    int right = weft_tile_resolve(code, inputs, i->a) != first;
    int second = second_of_pair(i, right), uniform = is_uniform_pair(l, program, code, j);
    int32_t x = weft_tile_resolve(code, inputs, j->a), y = weft_tile_resolve(code, inputs, j->b);
    if (uniform && is_uniform(l, program, x)) {
        int32_t swap = x;
        x = y, y = swap;
    }
    x = operand(l, program, x);
    if (!uniform) y = operand(l, program, y);
    int32_t z = x;
    if (weft_operand_count(i->opcode) > 1) {
        z = weft_tile_resolve(code, inputs, right ? i->a : i->b);
        if (uniform && second == WEFT_SECOND_MUL && is_uniform(l, program, z))
            second = WEFT_SECOND_MUL_UNIFORM;
        else
            z = operand(l, program, z);
    }
    weft_call *call = new_call(l, v, x, y, z);
    for (int isa = 0; isa < WEFT_ISA_COUNT; isa++) {
        const weft_tile_kernels *k = weft_tile_kernels_of((weft_isa)isa);
        call->kernel[isa] = (uniform ? k->uniform_pair : k->pair)[first_of_pair(j)][second];
    }
}

static void emit_composite(weft_lowering *l, const weft_tile_program *program, int32_t v) {
    // By value: operands may need new ones.
    weft_value value = l->values[v];
    int32_t x = operand(l, program, value.composite_x), y = operand(l, program, value.composite_y);
    int32_t constants = value.constants == value.composite_x ? x : value.constants;
    weft_call *call = new_call(l, v, x, y, constants);
    for (int isa = 0; isa < WEFT_ISA_COUNT; isa++)
        call->kernel[isa] = weft_tile_kernels_of((weft_isa)isa)->composite[value.composite];
}

static void place_in_output(weft_lowering *l, const weft_tile_program *program, int32_t v,
                            const int32_t *targets) {
    // The first output that takes the value is where it is computed.
    for (int k = program->output_count - 1; k >= 0; k--)
        if (targets[k] == v) l->values[v].slot = program->input_count + k;
}

// The kernel of an instruction by which operand is uniform, or -1.
static int uniform_kernel(int opcode, int place) {
    switch (opcode) {
    case WEFT_OP_ADD: return WEFT_UNIFORM_ADD;
    case WEFT_OP_MUL: return WEFT_UNIFORM_MUL;
    case WEFT_OP_SUB: return place == 1 ? WEFT_UNIFORM_SUB : WEFT_UNIFORM_SUB_SWAPPED;
    case WEFT_OP_DIV: return place == 1 ? WEFT_UNIFORM_DIV : WEFT_UNIFORM_DIV_SWAPPED;
    default: return -1;
    }
}

// A call with a uniform operand, if the instruction has one and there is a kernel for it.
static int emit_uniform(weft_lowering *l, const weft_tile_program *program,
                        const weft_instruction *code, int32_t index) {
    const weft_instruction *i = &code[index];
    int32_t inputs = program->input_count;
    int place = uniform_operand(l, program, code, i);
    if (weft_operand_count(i->opcode) != 2 || place < 0 || uniform_kernel(i->opcode, place) < 0)
        return 0;
    int32_t x = operand(l, program, weft_tile_resolve(code, inputs, place == 1 ? i->a : i->b));
    int32_t y = weft_tile_resolve(code, inputs, place == 1 ? i->b : i->a);
    weft_call *call = new_call(l, inputs + index, x, y, y);
    for (int isa = 0; isa < WEFT_ISA_COUNT; isa++)
        call->kernel[isa] = weft_tile_kernels_of((weft_isa)isa)->uniform[uniform_kernel(i->opcode, place)];
    return 1;
}

static void lower_instruction(weft_lowering *l, const weft_tile_program *program,
                              const weft_instruction *code, int32_t index,
                              const int32_t *targets) {
    const weft_instruction *i = &code[index];
    int32_t inputs = program->input_count, v = inputs + index;
    int from = weft_register_type(i->type), to = weft_result_type(i);
    weft_value *own = &l->values[v];
    int joined = own->absorbs != 0 || own->composite != WEFT_COMPOSITE_NONE;
    if (joined || emit_uniform(l, program, code, index)) {
        if (own->absorbs != 0) emit_pair(l, program, code, index);
        else if (joined) emit_composite(l, program, v);
        place_in_output(l, program, v, targets);
        emit_outputs(l, program, v, targets);
        return;
    }
    int32_t o[3] = { 0, 0, 0 };
    const uint16_t operands[3] = { i->a, i->b, i->c };
    for (int k = 0; k < 3; k++) {
        int exists = k < weft_operand_count(i->opcode);
        o[k] = exists ? operand(l, program, weft_tile_resolve(code, inputs, operands[k])) : o[0];
    }
    weft_value *value = &l->values[v];
    int needs_rounding = weft_is_half(to) && value->used_by_instruction;
    if (i->opcode == WEFT_OP_CAST && from == WEFT_F32 && weft_is_half(to)) {
        // Storing rounds; so does the one pass for other readers.
        if (i->type == to || !needs_rounding) value->current = o[0];
        else emit_move(l, WEFT_MOVE_ROUND, to, v, o[0]);
    } else {
        int swapped = i->opcode == WEFT_OP_GT || i->opcode == WEFT_OP_GE;
        weft_call *call = new_call(l, v, o[swapped], o[!swapped && weft_operand_count(i->opcode) > 1], o[2]);
        for (int isa = 0; isa < WEFT_ISA_COUNT; isa++) {
            const weft_tile_kernels *k = weft_tile_kernels_of((weft_isa)isa);
            call->kernel[isa] = i->opcode == WEFT_OP_CAST
                ? k->cast[from][weft_register_type(to)]
                : weft_tile_find(k, weft_table_opcode(i->opcode), from);
        }
        if (needs_rounding && !is_exact(i->opcode)) {
            int32_t rounded = weft_new_value(l, to, 4, WEFT_UNPLACED);
            emit_move(l, WEFT_MOVE_ROUND, to, rounded, v);
            l->values[v].current = rounded;
        }
        if (!weft_is_half(to)) place_in_output(l, program, v, targets);
    }
    emit_outputs(l, program, v, targets);
}

void weft_tile_lower(weft_lowering *l, weft_tile_program *program, int instructions,
                     const weft_instruction *code, const int32_t *targets) {
    int32_t inputs = program->input_count;
    weft_tile_find_composites(l, program, instructions, code);
    find_pairs(l, program, instructions, code);
    for (int t = 0; t < instructions; t++) {
        const weft_value *value = &l->values[inputs + t];
        if (!value->live || code[t].opcode == WEFT_OP_COPY) continue;
        program->cost += weft_tile_cost(code[t].opcode, code[t].type);
        if (!value->absorbed) lower_instruction(l, program, code, t, targets);
    }
    // Inputs that are outputs come last: by then the other instructions have read them.
    for (int k = 0; k < program->output_count; k++) {
        int32_t v = targets[k];
        if (v >= inputs) continue;
        int dtype = l->values[v].dtype;
        int32_t out = weft_new_value(l, dtype, weft_memory_size(dtype), inputs + k);
        emit_move(l, program->inputs[v].widen != NULL ? WEFT_MOVE_STORE : WEFT_MOVE_COPY, dtype,
                  out, is_by_row(program, v) ? operand(l, program, v) : v);
    }
}
