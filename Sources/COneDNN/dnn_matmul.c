// SPDX-License-Identifier: Apache-2.0
#include "dnn_matmul_internal.h"

#include <stdlib.h>
#include <string.h>

struct weft_dnn_matmul {
    bool is_gemv;
    bool vector_is_a;  // the matrix of a product with a vector is b
    bool bias, addend;
    int64_t relu_count;  // the elements that the run takes relu of, after the primitive
    int threads;
    size_t scratch_bytes;
    wd_gemv gemv;
    wd_op op;
    // To the layouts in which the primitive reads the operands, if they are not the caller's. Each
    // run does it, unless b comes packed.
    wd_reorder a, b;
    bool packed_b;
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

/// A team costs about a microsecond: small products are better off without.
static int usefulThreads(const wd_matmul_problem *p, int wanted) {
    double work = (double)p->batch * (double)p->m * (double)p->n * (double)p->k;
    return work < WD_SERIAL_PRODUCTS ? 1 : wd_thread_count(wanted);
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
        .relu = spec->relu, .threads = usefulThreads(p, spec->threads)};
    matmul->scratch_bytes = wd_gemv_prepare(&matmul->gemv);
    return true;
}

/// Whether the implementation may divide the sum over k by threads, so that their number shows
/// in the last bits. Version 2.6 does so for a transposed a from k = 2048, version 3 also for
/// k from 20000; "gemm" decides when it runs. The bounds here are on the safe side of these.
static bool mayDivideSums(const wd_matmul_problem *p, const wd_op *op) {
    return strncmp(op->implementation, "brg", 3) != 0 || p->k >= 4096
        || (p->transpose_a && p->k >= 1024);
}

/// Notes how an operand comes to the layout in which `pd` reads it.
static bool prepareOperand(wd_reorder *reorder, const wd_matmul_problem *p, dnnl_data_type_t type,
                           bool (*describe)(wd_desc *, const wd_matmul_problem *, dnnl_data_type_t),
                           const_dnnl_primitive_desc_t pd, int argument, int threads) {
    wd_desc ours;
    memset(&ours, 0, sizeof ours);
    bool good = describe(&ours, p, type)
        && wd_reorder_init(reorder, false, wd_desc_see(&ours), wd_desc_wanted(pd, argument), threads);
    wd_desc_free(&ours);
    return good;
}

/// Makes the operation, and what brings the operands to its layouts.
static bool prepare(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                    const weft_dnn_matmul_spec *spec, const wd_matmul_layouts *layouts,
                    int threads) {
    dnnl_primitive_desc_t pd = wd_matmul_describe(p, spec, layouts);
    if (!pd) return false;
    dnnl_data_type_t type = wd_matmul_type(spec->input);
    bool good = !layouts->padded_a
        || prepareOperand(&matmul->a, p, type, wd_matmul_a, pd, DNNL_ARG_SRC, threads);
    good = good
        && (layouts->b == WD_B_OURS
            || prepareOperand(&matmul->b, p, type, wd_matmul_b, pd, DNNL_ARG_WEIGHTS, threads));
    if (!good) {
        dnnl_primitive_desc_destroy(pd);
        return false;
    }
    int arguments[5] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}, count = 3;
    if (spec->bias) arguments[count++] = DNNL_ARG_BIAS;
    if (spec->addend) arguments[count++] = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
    return wd_op_init(&matmul->op, pd, threads, count, arguments);
}

static void discard(weft_dnn_matmul *matmul) {
    wd_op_free(&matmul->op);
    wd_op_free(&matmul->a.op);
    wd_op_free(&matmul->b.op);
    memset(&matmul->a, 0, sizeof matmul->a);
    memset(&matmul->b, 0, sizeof matmul->b);
}

static bool build(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                  const weft_dnn_matmul_spec *spec, int threads) {
    wd_matmul_layouts best = wd_matmul_best(p, spec, spec->packed_b), ours = {false, WD_B_OURS};
    if (best.padded_a || best.b != WD_B_OURS) {
        if (prepare(matmul, p, spec, &best, threads)
            && wd_matmul_suits(&best, matmul->op.implementation)
            && (matmul->b.needed || !spec->packed_b))
            return true;
        discard(matmul);
    }
    if (!spec->packed_b) return prepare(matmul, p, spec, &ours, threads);
    wd_fail("a packed b is no faster here");
    return false;
}

/// The operand's copy that a run makes.
static size_t copyBytes(const wd_reorder *reorder, bool packed) {
    return reorder->needed && !packed ? wd_round64(reorder->bytes) : 0;
}

/// Of a run: for the copies, and for what the operations use, one at a time.
static size_t scratchBytes(const weft_dnn_matmul *matmul) {
    size_t rest = matmul->op.scratchpad_bytes;
    if (matmul->a.op.scratchpad_bytes > rest) rest = matmul->a.op.scratchpad_bytes;
    if (matmul->b.op.scratchpad_bytes > rest) rest = matmul->b.op.scratchpad_bytes;
    return copyBytes(&matmul->a, false) + copyBytes(&matmul->b, matmul->packed_b) + rest;
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
    matmul->packed_b = spec->packed_b;
    wd_matmul_problem p = wd_matmul_simplify(spec);
    if (!spec->packed_b && useGemv(matmul, &p, spec)) return matmul;
    int threads = usefulThreads(&p, spec->threads);
    int saved = wd_threads_set(threads);
    bool good = build(matmul, &p, spec, threads);
    wd_threads_restore(saved);
    if (good) {
        matmul->relu_count = spec->relu ? p.batch * p.m * p.n : 0;
        matmul->threads = threads;
        matmul->scratch_bytes = scratchBytes(matmul);
        matmul->op.exact = mayDivideSums(&p, &matmul->op);
    }
    if (good && spec->input != WEFT_DNN_F32 && strncmp(matmul->op.implementation, "ref", 3) == 0) {
        wd_fail("16-bit products have only a reference implementation here");
        good = false;
    }
    if (good) return matmul;
    weft_dnn_matmul_destroy(matmul);
    return NULL;
}

size_t weft_dnn_matmul_packed_bytes(const weft_dnn_matmul *matmul) {
    return matmul->packed_b ? matmul->b.bytes : 0;
}

weft_dnn_status weft_dnn_matmul_pack(const weft_dnn_matmul *matmul, const void *b, void *packed) {
    if (!matmul->packed_b) {
        wd_fail("a product whose b is not packed");
        return WEFT_DNN_WRONG_KIND;
    }
    return wd_reorder_copy(&matmul->b, b, packed);
}

/// Copies an operand to the front of the scratch memory, which gets the shorter.
static weft_dnn_status copyOperand(const wd_reorder *reorder, const void **operand,
                                   char **scratch) {
    void *copy = *scratch;
    *scratch += wd_round64(reorder->bytes);
    weft_dnn_status status = wd_op_run(&reorder->op, (void *[]){(void *)*operand, copy}, *scratch);
    *operand = copy;
    return status;
}

weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, const void *addend, void *c) {
    char *scratch = NULL;
    if (matmul->scratch_bytes) {
        scratch = wd_scratch(matmul->scratch_bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    if (!matmul->bias) bias = NULL;
    if (!matmul->addend) addend = NULL;
    if (matmul->is_gemv) {
        bool swap = matmul->vector_is_a;
        wd_gemv_run(&matmul->gemv, swap ? b : a, swap ? a : b, bias, addend, c, scratch);
        return WEFT_DNN_OK;
    }
    weft_dnn_status status = WEFT_DNN_OK;
    if (copyBytes(&matmul->a, false)) status = copyOperand(&matmul->a, &a, &scratch);
    if (status == WEFT_DNN_OK && copyBytes(&matmul->b, matmul->packed_b))
        status = copyOperand(&matmul->b, &b, &scratch);
    if (status != WEFT_DNN_OK) return status;
    void *arrays[5] = {(void *)a, (void *)b, c};
    int count = 3;
    if (matmul->bias) arrays[count++] = (void *)bias;
    if (matmul->addend) arrays[count++] = (void *)addend;
    status = wd_op_run(&matmul->op, arrays, scratch);
    if (status == WEFT_DNN_OK && matmul->relu_count > 0)
        wd_relu(c, matmul->relu_count, matmul->threads);
    return status;
}

size_t weft_dnn_matmul_scratch_bytes(const weft_dnn_matmul *matmul) {
    return matmul->scratch_bytes;
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
