// SPDX-License-Identifier: Apache-2.0
#include "dnn_matmul_internal.h"

#include <stdlib.h>
#include <string.h>

/// What one thread does at a time.
typedef struct part {
    wd_op op;
    wd_reorder b;  // of its columns to the layout in which the primitive reads them
    int64_t rows, columns;
} part;

struct weft_dnn_matmul {
    bool is_gemv;
    bool vector_is_a;  // the matrix of a product with a vector is b
    bool bias, addend, relu, packed_b;
    wd_gemv gemv;
    size_t gemv_scratch_bytes;
    wd_matmul_problem problem;
    wd_matmul_layouts layouts;
    wd_matmul_cut cut;
    part usual, last;  // the last piece of a product may be shorter or longer; else there is none
    bool has_last;
    size_t input_bytes, output_bytes;  // of an element
    double cost;                       // of a piece, in nanoseconds
};

static bool isValid(const weft_dnn_matmul_spec *spec) {
    if (spec->batch < 1 || spec->m < 1 || spec->k < 1 || spec->n < 1) {
        wd_fail("a matrix product without elements");
    } else if (spec->batch > 1 && spec->broadcast_a && spec->broadcast_b) {
        wd_fail("a batch of equal matrix products");
    } else if (wd_matmul_type(spec->input) == dnnl_data_type_undef
               || (spec->output != WEFT_DNN_F32 && spec->output != spec->input)) {
        wd_fail("a matrix product of types %d to %d", (int)spec->input, (int)spec->output);
    } else if (spec->relu && spec->output != WEFT_DNN_F32) {
        wd_fail("relu of 16-bit elements");
    } else {
        return true;
    }
    return false;
}

/// Products with vectors that our own code does.
static bool useGemv(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                    const weft_dnn_matmul_spec *spec) {
    if (p->m != 1 && p->n != 1) return false;
    if (spec->input != WEFT_DNN_F32 || spec->output != WEFT_DNN_F32) return false;
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
    wd_matmul_problem p = wd_matmul_piece(&matmul->problem, &matmul->cut, last);
    made->rows = p.batch * p.m;
    made->columns = p.n;
    dnnl_primitive_desc_t pd = wd_matmul_describe(&p, spec, &matmul->layouts);
    if (!pd) return false;
    if (matmul->layouts.b == WD_B_ANY) {
        wd_desc ours;
        memset(&ours, 0, sizeof ours);
        bool good = wd_matmul_b(&ours, &p, wd_matmul_type(spec->input))
            && wd_reorder_init(&made->b, false, wd_desc_see(&ours),
                               wd_desc_wanted(pd, DNNL_ARG_WEIGHTS));
        wd_desc_free(&ours);
        if (!good) {
            dnnl_primitive_desc_destroy(pd);
            return false;
        }
    }
    int arguments[5] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}, count = 3;
    if (spec->bias) arguments[count++] = DNNL_ARG_BIAS;
    if (spec->addend) arguments[count++] = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
    return wd_op_init(&made->op, pd, count, arguments);
}

static void discard(weft_dnn_matmul *matmul) {
    part *parts[2] = {&matmul->usual, &matmul->last};
    for (int i = 0; i < 2; i++) {
        wd_op_free(&parts[i]->op);
        wd_op_free(&parts[i]->b.op);
        memset(parts[i], 0, sizeof *parts[i]);
    }
}

static bool prepare(weft_dnn_matmul *matmul, const weft_dnn_matmul_spec *spec,
                    const wd_matmul_layouts *layouts) {
    const wd_matmul_problem *p = &matmul->problem;
    matmul->layouts = *layouts;
    matmul->cut = wd_matmul_best_cut(p, layouts);
    const wd_matmul_cut *cut = &matmul->cut;
    wd_matmul_problem usual = wd_matmul_piece(p, cut, false), last = wd_matmul_piece(p, cut, true);
    matmul->has_last = usual.batch != last.batch || usual.m != last.m || usual.n != last.n;
    matmul->cost = WD_PRODUCT_NANOSECONDS * (double)usual.batch * (double)usual.m * (double)usual.n
        * (double)usual.k;
    return preparePart(&matmul->usual, matmul, spec, cut->pieces == 1)
        && (!matmul->has_last || preparePart(&matmul->last, matmul, spec, true));
}

static bool build(weft_dnn_matmul *matmul, const weft_dnn_matmul_spec *spec) {
    wd_matmul_layouts best = wd_matmul_best(&matmul->problem, spec, spec->packed_b);
    wd_matmul_layouts ours = {false, WD_B_OURS};
    if (best.padded_a || best.b != WD_B_OURS) {
        const part *usual = &matmul->usual;
        if (prepare(matmul, spec, &best) && wd_matmul_suits(&best, usual->op.implementation)
            && (best.b != WD_B_ANY || usual->b.needed)
            && (!spec->packed_b || best.b != WD_B_OURS))
            return true;
        discard(matmul);
    }
    if (!spec->packed_b) return prepare(matmul, spec, &ours);
    wd_fail("a packed b is no faster here");
    return false;
}

weft_dnn_matmul *weft_dnn_matmul_create(const weft_dnn_matmul_spec *spec) {
    if (!isValid(spec) || !wd_engine()) return NULL;
    weft_dnn_matmul *matmul = calloc(1, sizeof *matmul);
    if (!matmul) {
        wd_fail("no memory");
        return NULL;
    }
    matmul->bias = spec->bias;
    matmul->addend = spec->addend;
    matmul->relu = spec->relu;
    matmul->packed_b = spec->packed_b;
    matmul->input_bytes = spec->input == WEFT_DNN_F32 ? 4 : 2;
    matmul->output_bytes = spec->output == WEFT_DNN_F32 ? 4 : 2;
    matmul->problem = wd_matmul_simplify(spec);
    if (!spec->packed_b && useGemv(matmul, &matmul->problem, spec)) return matmul;
    int saved = wd_serial_begin();
    bool good = build(matmul, spec);
    wd_serial_end(saved);
    if (good && spec->input != WEFT_DNN_F32
        && strncmp(matmul->usual.op.implementation, "ref", 3) == 0) {
        wd_fail("16-bit products have only a reference implementation here");
        good = false;
    }
    if (good) return matmul;
    weft_dnn_matmul_destroy(matmul);
    return NULL;
}

// MARK: Copies of operands

/// The copies of b that the pieces read: one of each piece's columns, or one with padded rows.
static size_t bytesOfPiece(const part *p) { return wd_round64(p->b.bytes); }

static size_t copyBytesB(const weft_dnn_matmul *matmul) {
    const wd_matmul_problem *p = &matmul->problem;
    switch (matmul->layouts.b) {
    case WD_B_OURS: break;
    case WD_B_PADDED:
        return p->transpose_b
            ? (size_t)(p->n * (p->k + WD_PADDING)) * matmul->input_bytes
            : (size_t)(p->k * (p->n + WD_PADDING)) * matmul->input_bytes;
    case WD_B_ANY: {
        size_t last = bytesOfPiece(matmul->has_last ? &matmul->last : &matmul->usual);
        return (size_t)(matmul->cut.pieces - 1) * bytesOfPiece(&matmul->usual) + last;
    }
    }
    return 0;
}

static size_t copyBytesA(const weft_dnn_matmul *matmul) {
    const wd_matmul_problem *p = &matmul->problem;
    if (!matmul->layouts.padded_a) return 0;
    int64_t elements = p->transpose_a ? p->k * (p->m + WD_PADDING) : p->m * (p->k + WD_PADDING);
    return (size_t)elements * matmul->input_bytes;
}

typedef struct padding_job {
    const char *from;
    char *to;
    size_t row, step;
    int64_t rows;
} padding_job;

enum { ROWS_AT_ONCE = 16 };

static void padRows(void *context, int64_t i) {
    const padding_job *job = context;
    int64_t end = (i + 1) * ROWS_AT_ONCE < job->rows ? (i + 1) * ROWS_AT_ONCE : job->rows;
    for (int64_t row = i * ROWS_AT_ONCE; row < end; row++)
        memcpy(job->to + (size_t)row * job->step, job->from + (size_t)row * job->row, job->row);
}

static void pad(const void *from, void *to, int64_t rows, int64_t columns, size_t element) {
    padding_job job = {from, to, (size_t)columns * element,
                       (size_t)(columns + WD_PADDING) * element, rows};
    wd_parallel((rows - 1) / ROWS_AT_ONCE + 1, (double)job.row * ROWS_AT_ONCE * 0.1, padRows, &job);
}

// MARK: Runs

typedef struct product {
    const weft_dnn_matmul *matmul;
    const char *a, *b, *bias, *addend;
    char *c;
    char *packing;  // what only packs b writes to
    bool reads_packed;
    wd_outcome outcome;
} product;

static const part *partOf(const weft_dnn_matmul *matmul, int64_t i) {
    bool last = matmul->cut.axis == WD_BATCH ? i == matmul->cut.pieces - 1
                                             : (i + 1) % matmul->cut.pieces == 0;
    return matmul->has_last && last ? &matmul->last : &matmul->usual;
}

static weft_dnn_status runPart(product *p, int64_t i) {
    const weft_dnn_matmul *matmul = p->matmul;
    const part *part = partOf(matmul, i);
    wd_matmul_offsets at = wd_matmul_place(&matmul->problem, &matmul->cut, &matmul->layouts, i);
    size_t in = matmul->input_bytes, out = matmul->output_bytes;
    const char *b = p->b + (size_t)at.b * in;
    size_t packedAt = (size_t)(i % matmul->cut.pieces) * bytesOfPiece(&matmul->usual);
    if (p->packing) return wd_reorder_copy(&part->b, b, p->packing + packedAt);
    bool copies = part->b.needed && !p->reads_packed;
    size_t copied = copies ? bytesOfPiece(part) : 0, rest = part->op.scratchpad_bytes;
    if (copies && part->b.op.scratchpad_bytes > rest) rest = part->b.op.scratchpad_bytes;
    char *scratch = NULL;
    if (copied + rest) {
        scratch = wd_scratch(WD_PIECE, copied + rest);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    if (copies) {
        weft_dnn_status status =
            wd_op_run(&part->b.op, (void *[]){(void *)b, scratch}, scratch + copied);
        if (status != WEFT_DNN_OK) return status;
        b = scratch;
    } else if (part->b.needed) {
        b = p->b + packedAt;
    }
    char *c = p->c + (size_t)at.c * out;
    void *arrays[5] = {(void *)(p->a + (size_t)at.a * in), (void *)b, c};
    int count = 3;
    if (matmul->bias) arrays[count++] = (void *)(p->bias + (size_t)at.bias * out);
    if (matmul->addend) arrays[count++] = (void *)(p->addend + (size_t)at.c * out);
    weft_dnn_status status = wd_op_run(&part->op, arrays, scratch + copied);
    if (status == WEFT_DNN_OK && matmul->relu)
        wd_relu((float *)c, part->rows, part->columns, matmul->problem.whole_n);
    return status;
}

static void runPiece(void *context, int64_t i) {
    product *p = context;
    wd_outcome_note(&p->outcome, runPart(p, i));
}

static weft_dnn_status runPieces(product *p) {
    const wd_matmul_cut *cut = &p->matmul->cut;
    wd_parallel(cut->pieces * cut->items, p->matmul->cost, runPiece, p);
    return wd_outcome_take(&p->outcome);
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
    bool pads = matmul->layouts.b == WD_B_PADDED && !matmul->packed_b;
    size_t bytesB = pads ? copyBytesB(matmul) : 0;
    if (bytesA + bytesB) {
        char *scratch = wd_scratch(WD_SHARED, bytesA + bytesB);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
        if (bytesA) {
            pad(a, scratch, p->transpose_a ? p->k : p->m, p->transpose_a ? p->m : p->k,
                matmul->input_bytes);
            a = scratch;
        }
        if (pads) {
            weft_dnn_matmul_pack(matmul, b, scratch + bytesA);
            b = scratch + bytesA;
        }
    }
    product run = {.matmul = matmul, .a = a, .b = b, .bias = bias, .addend = addend, .c = c,
                   .reads_packed = matmul->packed_b};
    return runPieces(&run);
}

/// For each thread, what a piece takes.
static size_t pieceBytes(const weft_dnn_matmul *matmul, const part *p) {
    size_t copied = p->b.needed && !matmul->packed_b ? bytesOfPiece(p) : 0;
    size_t rest = p->op.scratchpad_bytes;
    return copied + (p->b.op.scratchpad_bytes > rest ? p->b.op.scratchpad_bytes : rest);
}

size_t weft_dnn_matmul_scratch_bytes(const weft_dnn_matmul *matmul) {
    if (matmul->is_gemv) return matmul->gemv_scratch_bytes;
    bool pads = matmul->layouts.b == WD_B_PADDED && !matmul->packed_b;
    size_t usual = pieceBytes(matmul, &matmul->usual), last = pieceBytes(matmul, &matmul->last);
    return wd_round64(copyBytesA(matmul)) + (pads ? copyBytesB(matmul) : 0)
        + (usual > last ? usual : last)
        * wd_threads_of(matmul->cut.pieces * matmul->cut.items);
}

size_t weft_dnn_matmul_packed_bytes(const weft_dnn_matmul *matmul) {
    return matmul->packed_b ? copyBytesB(matmul) : 0;
}

weft_dnn_status weft_dnn_matmul_pack(const weft_dnn_matmul *matmul, const void *b, void *packed) {
    const wd_matmul_problem *p = &matmul->problem;
    if (matmul->layouts.b == WD_B_PADDED) {
        pad(b, packed, p->transpose_b ? p->n : p->k, p->transpose_b ? p->k : p->n,
            matmul->input_bytes);
        return WEFT_DNN_OK;
    }
    if (!matmul->packed_b) {
        wd_fail("a product whose b is not packed");
        return WEFT_DNN_WRONG_KIND;
    }
    product run = {.matmul = matmul, .b = b, .packing = packed};
    return runPieces(&run);
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
