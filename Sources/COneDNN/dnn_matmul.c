// SPDX-License-Identifier: Apache-2.0
#include "dnn_matmul_internal.h"

#include <stdlib.h>
#include <string.h>

struct weft_dnn_matmul {
    bool is_gemv;
    bool vector_is_a;  // the matrix of a product with a vector is b
    bool bias, addend;
    size_t scratch_bytes;
    wd_gemv gemv;
    wd_op op;
    // To the layout in which the primitive reads b, if that is not the caller's. Each run does it,
    // unless b comes packed.
    wd_reorder b;
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
    } else if ((int)spec->activation < WEFT_DNN_NO_ACTIVATION
               || (int)spec->activation > WEFT_DNN_GELU_ERF) {
        wd_fail("unknown activation %d", (int)spec->activation);
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
    if (spec->activation != WEFT_DNN_NO_ACTIVATION && spec->activation != WEFT_DNN_RELU)
        return false;
    bool a = p->m == 1;  // a is the vector
    int64_t stepA = p->broadcast_a ? 0 : p->m * p->k, stepB = p->broadcast_b ? 0 : p->k * p->n;
    matmul->is_gemv = true;
    matmul->vector_is_a = a;
    matmul->gemv = (wd_gemv){
        .batch = p->batch, .count = a ? p->n : p->m, .length = p->k,
        .columns = a ? !p->transpose_b : p->transpose_a,
        .matrix_step = a ? stepB : stepA, .vector_step = a ? stepA : stepB,
        .bias_step = a,
        .relu = spec->activation == WEFT_DNN_RELU, .threads = usefulThreads(p, spec->threads)};
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

/// Whether a run that reorders b first takes less time. Rows of 2048 bytes, or a multiple, fall on
/// few sets of the caches, which costs the primitive about a twentieth, and more where a is
/// transposed and the sums are long. The bounds are where that is twice what reordering costs.
static bool reordersB(const wd_matmul_problem *p, const weft_dnn_matmul_spec *spec) {
    return p->rank == 2 && spec->input == WEFT_DNN_F32 && !p->transpose_b && p->n % 512 == 0
        && p->k > 1 && (p->m >= 512 || (p->transpose_a && p->k >= 1024));
}

/// Layouts of b do not show in the bits of these, which was checked for over a thousand shapes, of
/// 32 and of 16 bits.
static bool isIndifferentToLayout(const wd_op *op) {
    return strncmp(op->implementation, "brg:avx512", 10) == 0;
}

/// Makes the operation, and where b's layout is left to it (`any_b`) what brings b there.
static bool prepare(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                    const weft_dnn_matmul_spec *spec, int threads, bool any_b) {
    dnnl_primitive_desc_t pd = wd_matmul_describe(p, spec, any_b);
    if (!pd) return false;
    if (any_b) {
        wd_desc ours;
        memset(&ours, 0, sizeof ours);
        bool good = wd_matmul_b(&ours, p, wd_matmul_type(spec->input))
            && wd_reorder_init(&matmul->b, false, wd_desc_see(&ours),
                               wd_desc_wanted(pd, DNNL_ARG_WEIGHTS), threads);
        wd_desc_free(&ours);
        if (!good) {
            dnnl_primitive_desc_destroy(pd);
            return false;
        }
    }
    int arguments[5] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}, count = 3;
    if (spec->bias) arguments[count++] = DNNL_ARG_BIAS;
    if (spec->addend) arguments[count++] = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
    return wd_op_init(&matmul->op, pd, threads, count, arguments);
}

static void discard(weft_dnn_matmul *matmul) {
    wd_op_free(&matmul->op);
    wd_op_free(&matmul->b.op);
    memset(&matmul->b, 0, sizeof matmul->b);
}

static bool build(weft_dnn_matmul *matmul, const wd_matmul_problem *p,
                  const weft_dnn_matmul_spec *spec, int threads) {
    if (spec->packed_b) {
        bool isMatrix = p->rank == 2 && p->m > 1 && p->n > 1 && p->k > 1;
        if (isMatrix && prepare(matmul, p, spec, threads, true) && matmul->b.needed
            && isIndifferentToLayout(&matmul->op))
            return true;
        wd_fail("a packed b is no faster here");
        return false;
    }
    if (reordersB(p, spec)) {
        if (prepare(matmul, p, spec, threads, true) && isIndifferentToLayout(&matmul->op))
            return true;
        discard(matmul);
    }
    return prepare(matmul, p, spec, threads, false);
}

/// Of a run: for what the operations use, one at a time, and for the reordered b.
static size_t scratchBytes(const weft_dnn_matmul *matmul) {
    size_t bytes = matmul->op.scratchpad_bytes;
    if (!matmul->b.needed || matmul->packed_b) return bytes;
    if (matmul->b.op.scratchpad_bytes > bytes) bytes = matmul->b.op.scratchpad_bytes;
    return wd_round64(matmul->b.bytes) + bytes;
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

weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, const void *addend, void *c) {
    bool reorders = matmul->b.needed && !matmul->packed_b;
    void *scratch = NULL;
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
    if (reorders) {
        void *own = scratch;
        scratch = (char *)scratch + wd_round64(matmul->b.bytes);
        weft_dnn_status status = wd_op_run(&matmul->b.op, (void *[]){(void *)b, own}, scratch);
        if (status != WEFT_DNN_OK) return status;
        b = own;
    }
    void *arrays[5] = {(void *)a, (void *)b, c};
    int count = 3;
    if (matmul->bias) arrays[count++] = (void *)bias;
    if (matmul->addend) arrays[count++] = (void *)addend;
    return wd_op_run(&matmul->op, arrays, scratch);
}

void weft_dnn_matmul_destroy(weft_dnn_matmul *matmul) {
    if (!matmul) return;
    discard(matmul);
    free(matmul);
}
