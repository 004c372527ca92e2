// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_TILE_LOWER_H
#define WEFT_TILE_LOWER_H

#include "tile_program.h"

static inline int weft_is_half(int type) { return type == WEFT_F16 || type == WEFT_BF16; }
// The type that stands for `type` in registers.
static inline int weft_register_type(int type) { return weft_is_half(type) ? WEFT_F32 : type; }
static inline int weft_memory_size(int type) {
    static const uint8_t sizes[WEFT_DTYPE_COUNT] = { 1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8 };
    return sizes[type];
}
static inline int weft_register_size(int type) {
    return weft_memory_size(weft_register_type(type));
}

static inline int weft_operand_count(int opcode) {
    return opcode <= WEFT_OP_CAST ? 1 : opcode < WEFT_OP_SELECT ? 2 : 3;
}
static inline int is_comparison(int opcode) { return opcode >= WEFT_OP_EQ && opcode <= WEFT_OP_GE; }
static inline int weft_result_type(const weft_instruction *i) {
    if (is_comparison(i->opcode) || i->opcode == WEFT_OP_IS_FINITE) return WEFT_BOOL;
    return i->opcode == WEFT_OP_CAST ? i->to_type : i->type;
}
// The table's name for an operation: GT and GE are LT and LE the other way round.
static inline int weft_table_opcode(int opcode) {
    return opcode == WEFT_OP_GT ? WEFT_OP_LT : opcode == WEFT_OP_GE ? WEFT_OP_LE : opcode;
}

enum { WEFT_UNPLACED = -1 };

typedef struct weft_value {
    uint8_t dtype;
    uint8_t live, used_by_instruction;
    int16_t size;      // in its slot
    int32_t slot;      // WEFT_UNPLACED until known
    int32_t current;   // the value that holds what instructions read: itself, loaded or rounded
    int32_t last_use;  // node
    int32_t uses;      // operands and outputs that name it
    int32_t absorbs;   // the value whose instruction is done along with this one's, or 0
    int32_t absorbed;
    int32_t composite;  // the chain that ends here, its operands and the slot of its constants
    int32_t composite_x, composite_y, constants;
} weft_value;

typedef struct weft_call { weft_tile_fn kernel[WEFT_ISA_COUNT]; int32_t d, a, b, c; } weft_call;

typedef struct weft_lowering {
    weft_value *values;
    int32_t value_count;
    weft_call *calls;
    int32_t call_count;
} weft_lowering;

static inline int32_t weft_new_value(weft_lowering *l, int dtype, int size, int32_t slot) {
    int32_t v = l->value_count++;
    l->values[v] = (weft_value){ (uint8_t)dtype, 1, 1, (int16_t)size, slot, v, -1, 0, 0, 0, 0, 0, 0, 0 };
    return v;
}

// What `v` stands for: COPY names its operand.
static inline int32_t weft_tile_resolve(const weft_instruction *code, int32_t inputs, int32_t v) {
    while (v >= inputs && code[v - inputs].opcode == WEFT_OP_COPY) v = code[v - inputs].a;
    return v;
}

/// Makes the calls of all live instructions, with outputs placed and registers not.
void weft_tile_lower(weft_lowering *lowering, weft_tile_program *program, int instructions,
                     const weft_instruction *code, const int32_t *targets);

/// Chooses the chains that one kernel computes.
void weft_tile_find_composites(weft_lowering *lowering, weft_tile_program *program, int instructions,
                               const weft_instruction *code);

#endif
