// SPDX-License-Identifier: Apache-2.0
// Finding chains of instructions that one kernel computes in one pass, each rounding as it would
// alone: what lies between them need not be stored and loaded, and their latencies overlap.
#include "tile_lower.h"

// A pattern is a tree in prefix order: opcodes and, negative, its leaves. X and Y are any values,
// the K inputs of one element.
enum { X = -1, Y = -2, K0 = -3, K1 = -4 };

enum { WEFT_PATTERN_TOKENS = 6 };

static const struct weft_pattern {
    int8_t composite;
    int8_t tokens[WEFT_PATTERN_TOKENS];
} patterns[] = {
    { WEFT_COMPOSITE_SIGMOID_TANH, { WEFT_OP_MUL, WEFT_OP_SIGMOID, X, WEFT_OP_TANH, Y } },
    { WEFT_COMPOSITE_SIGMOID_MUL, { WEFT_OP_MUL, WEFT_OP_SIGMOID, X, Y } },
    // x > k0 ? y : k1, the gradient of relu
    { WEFT_COMPOSITE_SELECT_ABOVE, { WEFT_OP_SELECT, WEFT_OP_GT, X, K0, Y, K1 } },
};

typedef struct weft_match {
    int32_t x, y, k[2];
    int32_t inside[WEFT_PATTERN_TOKENS], inside_count;  // the results that nobody else reads
} weft_match;

static const int8_t *past(const int8_t *pattern) {
    for (int open = 1; open > 0; pattern++)
        open += *pattern < 0 ? -1 : weft_operand_count(*pattern) - 1;
    return pattern;
}

static int matches(const weft_lowering *l, const weft_tile_program *program,
                   const weft_instruction *code, const int8_t *pattern, int32_t v, int is_root,
                   weft_match *m) {
    int32_t inputs = program->input_count;
    v = weft_tile_resolve(code, inputs, v);
    if (*pattern == X || *pattern == Y) {
        int32_t *bound = *pattern == X ? &m->x : &m->y;
        if (*bound < 0) *bound = v;
        return *bound == v;
    }
    if (*pattern < 0) {
        m->k[K0 - *pattern] = v;
        return v < inputs && program->inputs[v].reading == WEFT_READ_SCALAR;
    }
    if (v < inputs) return 0;
    const weft_instruction *i = &code[v - inputs];
    const weft_value *value = &l->values[v];
    if (i->opcode != *pattern || i->type != WEFT_F32 || value->absorbed || value->composite != 0
        || (!is_root && value->uses != 1))
        return 0;
    if (!is_root) m->inside[m->inside_count++] = v;
    const int8_t *first = pattern + 1;
    int operands = weft_operand_count(i->opcode);
    if (operands == 1) return matches(l, program, code, first, i->a, 0, m);
    const int8_t *second = past(first);
    weft_match before = *m;
    if (matches(l, program, code, first, i->a, 0, m) && matches(l, program, code, second, i->b, 0, m))
        return operands == 2 || matches(l, program, code, past(second), i->c, 0, m);
    // Binary operations other than comparisons commute in all patterns.
    if (operands == 3 || is_comparison(i->opcode)) return 0;
    *m = before;
    return matches(l, program, code, first, i->b, 0, m) && matches(l, program, code, second, i->a, 0, m);
}

static void keep(weft_lowering *l, weft_tile_program *program, int32_t root,
                 const struct weft_pattern *pattern, const weft_match *m) {
    weft_value *value = &l->values[root];
    value->composite = pattern->composite;
    value->composite_x = m->x;
    value->composite_y = m->y < 0 ? m->x : m->y;
    value->constants = value->composite_x;
    for (int i = 0; i < m->inside_count; i++) l->values[m->inside[i]].absorbed = 1;
    if (m->k[0] < 0) return;
    // Constants are packed into one slot.
    int32_t slot = program->input_count + program->output_count + program->pack_count;
    weft_pack *pack = &program->packs[program->pack_count++];
    for (int i = 0; i < 2; i++) pack->inputs[i] = m->k[i];
    value->constants = weft_new_value(l, WEFT_F32, 4, slot);
}

void weft_tile_find_composites(weft_lowering *l, weft_tile_program *program, int instructions,
                               const weft_instruction *code) {
    // From the end, so that a pattern is not taken for a part of itself.
    for (int32_t t = instructions - 1; t >= 0; t--) {
        int32_t root = program->input_count + t;
        if (!l->values[root].live || code[t].opcode == WEFT_OP_COPY) continue;
        for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
            weft_match m = { .x = -1, .y = -1, .k = { -1, -1 } };
            if (!matches(l, program, code, patterns[i].tokens, root, 1, &m)) continue;
            keep(l, program, root, &patterns[i], &m);
            break;
        }
    }
}
