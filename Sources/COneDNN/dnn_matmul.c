// SPDX-License-Identifier: Apache-2.0
#include "dnn_matmul_internal.h"

#include <stdlib.h>
#include <string.h>

/// What one thread does at a time.
typedef struct part {
    wd_op op;
    int64_t rows, columns;
} part;

struct weft_dnn_matmul {
    bool is_gemv;
    bool vector_is_a;  // the matrix of a product with a vector is b
    bool bias, addend, relu, packed_b;
    bool turns_signs, is_signed;  // of b, which the primitives are given as signed bytes; of a
    wd_gemv gemv;
    size_t gemv_scratch_bytes;
    wd_matmul_problem problem;
    wd_matmul_layouts layouts;
    wd_matmul_packing packing;
    wd_matmul_cut cut;
    bool copies_a, copies_c;  // of a piece
    size_t packed_step;       // from a piece's b to the next one's, in bytes, where b is packed
    part usual, last;  // the last piece of a product may be shorter or longer; else there is none
    bool has_last;
    size_t a_bytes, b_bytes, c_bytes;  // of an element
    double cost;                       // of a piece, in nanoseconds
};

static weft_dnn_type signedType(weft_dnn_type type) {
    return type == WEFT_DNN_U8 ? WEFT_DNN_S8 : type;
}

static bool isOfIntegers(const weft_dnn_matmul_spec *spec) { return spec->c == WEFT_DNN_S32; }

static bool isValid(const weft_dnn_matmul_spec *spec) {
    if (spec->batch < 1 || spec->m < 1 || spec->k < 1 || spec->n < 1) {
        wd_fail("a matrix product without elements");
    } else if (spec->batch > 1 && spec->broadcast_a && spec->broadcast_b) {
        wd_fail("a batch of equal matrix products");
    } else if (!wd_are_factors(spec->a, isOfIntegers(spec) ? signedType(spec->b) : spec->b,
                               spec->c)) {
        wd_fail("a matrix product of types %d and %d to %d", (int)spec->a, (int)spec->b,
                (int)spec->c);
    } else if (spec->relu && spec->c != WEFT_DNN_F32) {
        wd_fail("relu of elements of another type than F32");
    } else if (isOfIntegers(spec) && (spec->bias || spec->addend)) {
        wd_fail("a product of integers with something added");
    } else if (isOfIntegers(spec)
               && !weft_dnn_multiplies(spec->a, signedType(spec->b), spec->c, spec->k)) {
        wd_fail("no exact products of such 8-bit integers here");
    } else {
        return true;
    }
    return false;
}

/// Products with vectors that our own code does.
static bool useGemv(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                    const weft_dnn_matmul_spec *spec) {
    if (p->m != 1 && p->n != 1) return false;
    if (spec->a != WEFT_DNN_F32) return false;
    bool a = p->m == 1;  // a is the vector
    int64_t stepA = p->broadcast_a ? 0 : p->m * p->k, stepB = p->broadcast_b ? 0 : p->k * p->n;
    matmul->is_gemv = true;
    matmul->vector_is_a = a;
    matmul->gemv = (wd_gemv){
        .batch = p->batch, .count = a ? p->n : p->m, .length = p->k,
        // One column is a row, and longer sums are more exact along rows.
        .columns = (a ? !p->transpose_b : p->transpose_a) && p->m * p->n > 1,
        .matrix_step = a ? stepB : stepA, .vector_step = a ? stepA : stepB,
        .bias_step = a,
        .relu = spec->relu};
    matmul->gemv_scratch_bytes = wd_gemv_prepare(&matmul->gemv);
    return true;
}

static bool preparePart(part *made, const weft_dnn_matmul *matmul, const weft_dnn_matmul_spec *spec,
                        bool last) {
    wd_matmul_problem p =
        wd_matmul_piece(&matmul->problem, &matmul->layouts, &matmul->cut, last);
    made->rows = p.batch * p.m;
    made->columns = p.n;
    bool packs = matmul->layouts.b == WD_B_ANY;
    wd_desc b;
    memset(&b, 0, sizeof b);
    if (packs && !wd_matmul_packing_part(&matmul->packing, p.k, p.n, last, &b)) return false;
    dnnl_primitive_desc_t pd = wd_matmul_describe(&p, spec, &matmul->layouts, packs ? &b : NULL);
    wd_desc_free(&b);
    if (!pd) return false;
    int arguments[5] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}, count = 3;
    if (spec->bias) arguments[count++] = DNNL_ARG_BIAS;
    if (spec->addend) arguments[count++] = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
    return wd_op_init(&made->op, pd, count, arguments);
}

static void discard(weft_dnn_matmul *matmul) {
    wd_matmul_packing_free(&matmul->packing);
    part *parts[2] = {&matmul->usual, &matmul->last};
    for (int i = 0; i < 2; i++) {
        wd_op_free(&parts[i]->op);
        memset(parts[i], 0, sizeof *parts[i]);
    }
}

static bool prepare(weft_dnn_matmul *matmul, const weft_dnn_matmul_spec *spec,
                    const wd_matmul_layouts *layouts) {
    const wd_matmul_problem *p = &matmul->problem;
    matmul->layouts = *layouts;
    matmul->cut = wd_matmul_best_cut(p, layouts);
    const wd_matmul_cut *cut = &matmul->cut;
    matmul->copies_a = wd_matmul_copies_a(p, layouts, cut);
    matmul->copies_c = wd_matmul_copies_c(layouts, cut);
    wd_matmul_problem usual = wd_matmul_piece(p, layouts, cut, false);
    wd_matmul_problem last = wd_matmul_piece(p, layouts, cut, true);
    matmul->has_last = usual.batch != last.batch || usual.m != last.m || usual.n != last.n;
    matmul->cost = WD_PRODUCT_NANOSECONDS * (double)usual.batch * (double)usual.m * (double)usual.n
        * (double)usual.k;
    if (layouts->b == WD_B_ANY && isOfIntegers(spec)) {
        if (!wd_matmul_packing_init_apart(&matmul->packing, p, spec, cut, &usual, &last))
            return false;
        matmul->packed_step = matmul->packing.to_step;
    } else if (layouts->b == WD_B_ANY) {
        if (!wd_matmul_packing_init(&matmul->packing, p, spec) || !matmul->packing.usual.needed)
            return false;
        int64_t step = 0;
        bool apart = cut->axis == WD_COLUMNS && cut->pieces > 1;
        if (apart && !wd_matmul_packing_step(&matmul->packing, p, cut->piece, &step)) return false;
        matmul->packed_step = (size_t)step * matmul->b_bytes;
    }
    return preparePart(&matmul->usual, matmul, spec, cut->pieces == 1)
        && (!matmul->has_last || preparePart(&matmul->last, matmul, spec, true));
}

static bool build(weft_dnn_matmul *matmul, const weft_dnn_matmul_spec *spec) {
    wd_matmul_layouts best = wd_matmul_best(&matmul->problem, spec, spec->packed_b);
    if (best.padded_a || best.dense || best.b != WD_B_OURS) {
        if (prepare(matmul, spec, &best) && wd_matmul_suits(&best, matmul->usual.op.implementation)
            && (!spec->packed_b || best.b != WD_B_OURS))
            return true;
        discard(matmul);
    }
    if (!spec->packed_b) return prepare(matmul, spec, &(wd_matmul_layouts){.b = WD_B_OURS});
    wd_fail("a packed b is no faster here");
    return false;
}

weft_dnn_matmul *weft_dnn_matmul_create(const weft_dnn_matmul_spec *given) {
    if (!isValid(given) || !wd_has_room() || !wd_engine()) return NULL;
    weft_dnn_matmul_spec own = *given, *spec = &own;
    own.b = signedType(given->b);
    weft_dnn_matmul *matmul = calloc(1, sizeof *matmul);
    if (!matmul) {
        wd_fail("no memory");
        return NULL;
    }
    matmul->bias = spec->bias;
    matmul->addend = spec->addend;
    matmul->relu = spec->relu;
    matmul->packed_b = spec->packed_b;
    matmul->turns_signs = given->b == WEFT_DNN_U8;
    matmul->is_signed = given->a == WEFT_DNN_S8;
    matmul->a_bytes = wd_type_bytes(spec->a);
    matmul->b_bytes = wd_type_bytes(spec->b);
    matmul->c_bytes = wd_type_bytes(spec->c);
    matmul->problem = wd_matmul_simplify(spec);
    if (!spec->packed_b && useGemv(matmul, &matmul->problem, spec)) return matmul;
    int saved = wd_serial_begin();
    bool good = build(matmul, spec);
    wd_serial_end(saved);
    if (good && spec->a != WEFT_DNN_F32
        && strncmp(matmul->usual.op.implementation, "ref", 3) == 0) {
        wd_fail("products of small elements have only a reference implementation here");
        good = false;
    }
    if (good) return matmul;
    weft_dnn_matmul_destroy(matmul);
    return NULL;
}

// MARK: Runs

/// The bytes of a copy of b for all pieces.
static size_t copyBytesB(const weft_dnn_matmul *matmul) {
    const wd_matmul_problem *p = &matmul->problem;
    switch (matmul->layouts.b) {
    case WD_B_OURS: break;
    case WD_B_PADDED:
        return p->transpose_b
            ? (size_t)(p->n * (p->k + WD_PADDING)) * matmul->b_bytes
            : (size_t)(p->k * (p->n + WD_PADDING)) * matmul->b_bytes;
    case WD_B_ANY: return matmul->packing.bytes;
    }
    return 0;
}

static weft_dnn_status copyB(const weft_dnn_matmul *matmul, const void *b, void *to) {
    const wd_matmul_problem *p = &matmul->problem;
    if (matmul->layouts.b == WD_B_ANY) return wd_matmul_packing_run(&matmul->packing, b, to);
    bool turned = p->transpose_b;
    wd_pad_rows(b, to, turned ? p->n : p->k, turned ? p->k : p->n, matmul->b_bytes);
    return WEFT_DNN_OK;
}

static size_t copyBytesA(const weft_dnn_matmul *matmul) {
    const wd_matmul_problem *p = &matmul->problem;
    if (!matmul->layouts.padded_a) return 0;
    int64_t elements = p->transpose_a ? p->k * (p->m + WD_PADDING) : p->m * (p->k + WD_PADDING);
    return (size_t)elements * matmul->a_bytes;
}

/// The memory of a piece's run: its copy of a, its copy of c, and the primitive's own.
typedef struct piece_memory {
    size_t a, c, own;
} piece_memory;

static piece_memory memoryOf(const weft_dnn_matmul *matmul, const part *part) {
    piece_memory memory = {0, 0, part->op.scratchpad_bytes};
    if (matmul->copies_a)
        memory.a = wd_round64((size_t)(part->rows * matmul->problem.k) * matmul->a_bytes);
    if (matmul->copies_c)
        memory.c = wd_round64((size_t)(part->rows * part->columns) * matmul->c_bytes);
    return memory;
}

static size_t sum(piece_memory memory) { return memory.a + memory.c + memory.own; }

/// The bytes of b.
static size_t bytesOfB(const weft_dnn_matmul *matmul) {
    const wd_matmul_problem *p = &matmul->problem;
    return (size_t)((p->broadcast_b ? 1 : p->batch) * p->k * p->n) * matmul->b_bytes;
}

typedef struct product {
    const weft_dnn_matmul *matmul;
    const char *a, *b, *bias, *addend;
    char *c;
    wd_outcome outcome;
} product;

static const part *partOf(const weft_dnn_matmul *matmul, int64_t i) {
    bool last = matmul->cut.axis == WD_BATCH ? i == matmul->cut.pieces - 1
                                             : (i + 1) % matmul->cut.pieces == 0;
    return matmul->has_last && last ? &matmul->last : &matmul->usual;
}

static weft_dnn_status runPart(product *p, int64_t i) {
    const weft_dnn_matmul *matmul = p->matmul;
    const wd_matmul_problem *whole = &matmul->problem;
    const part *part = partOf(matmul, i);
    wd_matmul_offsets at = wd_matmul_place(whole, &matmul->cut, &matmul->layouts, i);
    size_t in = matmul->a_bytes, out = matmul->c_bytes;
    const char *a = p->a + (size_t)at.a * in, *b = p->b + (size_t)at.b * matmul->b_bytes;
    const char *addend = matmul->addend ? p->addend + (size_t)at.c * out : NULL;
    char *c = p->c + (size_t)at.c * out, *theirs = c;
    if (matmul->layouts.b == WD_B_ANY)
        b = p->b + (size_t)(i % matmul->cut.pieces) * matmul->packed_step;
    piece_memory memory = memoryOf(matmul, part);
    char *scratch = NULL;
    if (sum(memory)) {
        scratch = wd_scratch(WD_PIECE, sum(memory));
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    if (matmul->copies_a) {
        size_t row = (size_t)part->rows * in;
        wd_copy_rows(a, (size_t)whole->m * in, scratch, row, whole->k, row);
        a = scratch;
    }
    size_t row = (size_t)part->columns * out, step = (size_t)whole->n * out;
    if (matmul->copies_c) {
        theirs = scratch + memory.a;
        if (addend) wd_copy_rows(addend, step, theirs, row, part->rows, row);
        addend = theirs;
    }
    void *arrays[5] = {(void *)a, (void *)b, theirs};
    int count = 3;
    if (matmul->bias) arrays[count++] = (void *)(p->bias + (size_t)at.bias * out);
    if (matmul->addend) arrays[count++] = (void *)addend;
    weft_dnn_status status = wd_op_run(&part->op, arrays, scratch + memory.a + memory.c);
    if (status != WEFT_DNN_OK) return status;
    if (matmul->copies_c) wd_copy_rows(theirs, row, c, step, part->rows, row);
    if (matmul->turns_signs) {
        int64_t items = matmul->cut.axis == WD_BATCH || matmul->cut.axis == WD_WHOLE
            ? part->rows / whole->m : 1;
        wd_add_turned_signs(whole, p->a + (size_t)at.a * in, matmul->is_signed, items,
                            part->rows / items, part->columns, c);
    }
    if (matmul->relu) wd_relu((float *)c, part->rows, part->columns, whole->n);
    return WEFT_DNN_OK;
}

static void runPiece(void *context, int64_t i) {
    product *p = context;
    wd_outcome_note(&p->outcome, runPart(p, i));
}

weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, const void *addend, void *c) {
    if (!matmul->bias) bias = NULL;
    if (!matmul->addend) addend = NULL;
    if (matmul->is_gemv) {
        void *scratch = NULL;
        if (matmul->gemv_scratch_bytes) {
            scratch = wd_scratch(WD_SHARED, matmul->gemv_scratch_bytes);
            if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
        }
        bool swap = matmul->vector_is_a;
        wd_gemv_run(&matmul->gemv, swap ? b : a, swap ? a : b, bias, addend, c, scratch);
        return WEFT_DNN_OK;
    }
    const wd_matmul_problem *p = &matmul->problem;
    size_t bytesA = wd_round64(copyBytesA(matmul));
    bool copiesB = matmul->layouts.b != WD_B_OURS && !matmul->packed_b;
    size_t bytesB = copiesB ? copyBytesB(matmul) : 0;
    if (bytesA + bytesB) {
        char *scratch = wd_scratch(WD_SHARED, bytesA + bytesB);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
        if (bytesA) {
            wd_pad_rows(a, scratch, p->transpose_a ? p->k : p->m, p->transpose_a ? p->m : p->k,
                        matmul->a_bytes);
            a = scratch;
        }
        if (copiesB) {
            weft_dnn_status status = copyB(matmul, b, scratch + bytesA);
            if (status != WEFT_DNN_OK) return status;
            b = scratch + bytesA;
        }
    }
    if (matmul->turns_signs && !matmul->packed_b) {
        void *turned = wd_scratch(WD_SHARED, bytesOfB(matmul));
        if (!turned) return WEFT_DNN_OUT_OF_MEMORY;
        wd_turn_signs(b, turned, (int64_t)bytesOfB(matmul));
        b = turned;
    }
    product run = {.matmul = matmul, .a = a, .b = b, .bias = bias, .addend = addend, .c = c};
    wd_parallel(matmul->cut.pieces * matmul->cut.items, matmul->cost, runPiece, &run);
    return wd_outcome_take(&run.outcome);
}

size_t weft_dnn_matmul_scratch_bytes(const weft_dnn_matmul *matmul) {
    if (matmul->is_gemv) return matmul->gemv_scratch_bytes;
    size_t piece = sum(memoryOf(matmul, &matmul->usual));
    size_t last = matmul->has_last ? sum(memoryOf(matmul, &matmul->last)) : 0;
    size_t turned = matmul->turns_signs && !matmul->packed_b ? bytesOfB(matmul) : 0;
    return wd_round64(copyBytesA(matmul)) + (matmul->packed_b ? 0 : copyBytesB(matmul)) + turned
        + (piece > last ? piece : last) * wd_threads_of(matmul->cut.pieces * matmul->cut.items);
}

size_t weft_dnn_matmul_packed_bytes(const weft_dnn_matmul *matmul) {
    return matmul->packed_b ? copyBytesB(matmul) : 0;
}

weft_dnn_status weft_dnn_matmul_pack(const weft_dnn_matmul *matmul, const void *b, void *packed) {
    if (matmul->packed_b && matmul->turns_signs) {
        void *turned = wd_scratch(WD_SHARED, bytesOfB(matmul));
        if (!turned) return WEFT_DNN_OUT_OF_MEMORY;
        wd_turn_signs(b, turned, (int64_t)bytesOfB(matmul));
        b = turned;
    }
    if (matmul->packed_b) return copyB(matmul, b, packed);
    wd_fail("a product whose b is not packed");
    return WEFT_DNN_WRONG_KIND;
}

/// Only what can be told without making a handle for a packed b.
bool weft_dnn_matmul_may_pack(const weft_dnn_matmul_spec *spec) {
    wd_matmul_problem p = wd_matmul_simplify(spec);
    return wd_matmul_best(&p, spec, true).b != WD_B_OURS;
}

void weft_dnn_matmul_destroy(weft_dnn_matmul *matmul) {
    if (!matmul) return;
    discard(matmul);
    free(matmul);
}
