// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#if WEFT_DNN_AVAILABLE
#include <stdlib.h>
#include <string.h>

struct weft_dnn_matmul {
    bool is_gemv;
    bool vector_is_a;  // the matrix of a product with a vector is b
    bool bias;
    size_t scratch_bytes;
    wd_gemv gemv;
    wd_op op;
};

static dnnl_data_type_t dataType(weft_dnn_type type) {
    switch (type) {
    case WEFT_DNN_F32: return dnnl_f32;
    case WEFT_DNN_BF16: return dnnl_bf16;
    case WEFT_DNN_F16: return dnnl_f16;
    }
    return dnnl_data_type_undef;
}

/// The product in the form that oneDNN is given.
typedef struct problem {
    int rank;  // 2 without a batch, else 3
    int64_t batch, m, k, n;
    bool transpose_a, transpose_b, broadcast_a, broadcast_b;
} problem;

static problem simplify(const weft_dnn_matmul_spec *spec) {
    problem p = {3, spec->batch, spec->m, spec->k, spec->n,
                 spec->transpose_a, spec->transpose_b, spec->broadcast_a, spec->broadcast_b};
    // A vector is its own transpose. Its layout then has only one description, the one that
    // the implementations look for.
    if (p.m == 1 || p.k == 1) p.transpose_a = false;
    if (p.n == 1 || p.k == 1) p.transpose_b = false;
    // One matrix b for all: the rows of all a's are the rows of one larger a.
    if (p.broadcast_b && !p.broadcast_a && (!p.transpose_a || p.batch == 1)) {
        p.m *= p.batch;
        p.batch = 1;
    }
    if (p.batch == 1) {
        p.rank = 2;
        p.broadcast_a = p.broadcast_b = false;
    }
    return p;
}

/// [batch or 1, rows, columns]
static bool matrix(wd_desc *desc, const problem *p, bool broadcast, int64_t rows, int64_t columns,
                   bool transposed, dnnl_data_type_t type) {
    int64_t dims[3] = {broadcast ? 1 : p->batch, rows, columns};
    int64_t strides[3] = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
    int skipped = 3 - p->rank;
    return wd_desc_strided(desc, p->rank, dims + skipped, type, strides + skipped);
}

static bool appendPostOps(dnnl_primitive_attr_t attributes, const weft_dnn_matmul_spec *spec) {
    if (!spec->accumulate && spec->activation == WEFT_DNN_NO_ACTIVATION) return true;
    dnnl_post_ops_t operations = NULL;
    bool good = wd_ok(dnnl_post_ops_create(&operations), "post-operations");
    if (good && spec->accumulate) {
#if DNNL_VERSION_MAJOR >= 3
        good = wd_ok(dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef), "sum");
#else
        good = wd_ok(dnnl_post_ops_append_sum(operations, 1), "sum");
#endif
    }
    if (good && spec->activation != WEFT_DNN_NO_ACTIVATION) {
        dnnl_alg_kind_t kind = spec->activation == WEFT_DNN_RELU ? dnnl_eltwise_relu
            : spec->activation == WEFT_DNN_GELU_TANH ? dnnl_eltwise_gelu_tanh
                                                     : dnnl_eltwise_gelu_erf;
#if DNNL_VERSION_MAJOR >= 3
        good = wd_ok(dnnl_post_ops_append_eltwise(operations, kind, 0, 0), "activation");
#else
        good = wd_ok(dnnl_post_ops_append_eltwise(operations, 1, kind, 0, 0), "activation");
#endif
    }
    good = good && wd_ok(dnnl_primitive_attr_set_post_ops(attributes, operations), "post-operations");
    if (operations) dnnl_post_ops_destroy(operations);
    return good;
}

static dnnl_primitive_desc_t describe(const problem *p, const weft_dnn_matmul_spec *spec) {
    dnnl_data_type_t input = dataType(spec->input), output = dataType(spec->output);
    wd_desc a, b, bias, c;
    memset(&a, 0, sizeof a), memset(&b, 0, sizeof b);
    memset(&bias, 0, sizeof bias), memset(&c, 0, sizeof c);
    bool good = matrix(&a, p, p->broadcast_a, p->m, p->k, p->transpose_a, input)
        && matrix(&b, p, p->broadcast_b, p->k, p->n, p->transpose_b, input)
        && matrix(&c, p, false, p->m, p->n, false, output);
    if (good && spec->bias) good = matrix(&bias, p, true, 1, p->n, false, output);
    dnnl_primitive_attr_t attributes = good ? wd_attributes() : NULL;
    dnnl_primitive_desc_t pd = NULL;
    if (attributes && appendPostOps(attributes, spec)) {
#if DNNL_VERSION_MAJOR >= 3
        wd_ok(dnnl_matmul_primitive_desc_create(&pd, wd_engine(), wd_desc_see(&a), wd_desc_see(&b),
                                                wd_desc_see(&bias), wd_desc_see(&c), attributes),
              "matrix product");
#else
        dnnl_matmul_desc_t description;
        if (wd_ok(dnnl_matmul_desc_init(&description, wd_desc_see(&a), wd_desc_see(&b),
                                        wd_desc_see(&bias), wd_desc_see(&c)), "matrix product"))
            wd_ok(dnnl_primitive_desc_create(&pd, &description, attributes, wd_engine(), NULL),
                  "matrix product");
#endif
    }
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    wd_desc_free(&a), wd_desc_free(&b), wd_desc_free(&bias), wd_desc_free(&c);
    return pd;
}

static bool isValid(const weft_dnn_matmul_spec *spec) {
    if (spec->batch < 1 || spec->m < 1 || spec->k < 1 || spec->n < 1) {
        wd_fail("a matrix product without elements");
    } else if (spec->batch > 1 && spec->broadcast_a && spec->broadcast_b) {
        wd_fail("a batch of equal matrix products");
    } else if (dataType(spec->input) == dnnl_data_type_undef
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
static int usefulThreads(const problem *p, int wanted) {
    double work = (double)p->batch * (double)p->m * (double)p->n * (double)p->k;
    return work < WD_SERIAL_PRODUCTS ? 1 : wd_thread_count(wanted);
}

/// Products with vectors that our own code does.
static bool useGemv(weft_dnn_matmul *matmul, const problem *p, const weft_dnn_matmul_spec *spec) {
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
        .bias_step = a, .accumulate = spec->accumulate,
        .relu = spec->activation == WEFT_DNN_RELU, .threads = usefulThreads(p, spec->threads)};
    matmul->scratch_bytes = wd_gemv_prepare(&matmul->gemv);
    return true;
}

/// Whether the implementation may divide the sum over k by threads, so that their number shows
/// in the last bits. Version 2.6 does so for a transposed a from k = 2048, version 3 also for
/// k from 20000; "gemm" decides when it runs. The bounds here are on the safe side of these.
static bool mayDivideSums(const problem *p, const wd_op *op) {
    return strncmp(op->implementation, "brg", 3) != 0 || p->k >= 4096
        || (p->transpose_a && p->k >= 1024);
}

weft_dnn_matmul *weft_dnn_matmul_create(const weft_dnn_matmul_spec *spec) {
    if (!isValid(spec) || !wd_engine()) return NULL;
    weft_dnn_matmul *matmul = calloc(1, sizeof *matmul);
    if (!matmul) {
        wd_fail("no memory");
        return NULL;
    }
    matmul->bias = spec->bias;
    problem p = simplify(spec);
    if (useGemv(matmul, &p, spec)) return matmul;
    int threads = usefulThreads(&p, spec->threads);
    int saved = wd_threads_set(threads);
    dnnl_primitive_desc_t pd = describe(&p, spec);
    int arguments[4] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS};
    bool good = pd && wd_op_init(&matmul->op, pd, threads, 3 + spec->bias, arguments);
    wd_threads_restore(saved);
    if (good) {
        matmul->scratch_bytes = matmul->op.scratchpad_bytes;
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

weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, void *c) {
    void *scratch = NULL;
    if (matmul->scratch_bytes) {
        scratch = wd_scratch(matmul->scratch_bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    if (!matmul->bias) bias = NULL;
    if (matmul->is_gemv) {
        bool swap = matmul->vector_is_a;
        wd_gemv_run(&matmul->gemv, swap ? b : a, swap ? a : b, bias, c, scratch);
        return WEFT_DNN_OK;
    }
    void *arrays[4] = {(void *)a, (void *)b, c, (void *)bias};
    return wd_op_run(&matmul->op, arrays, scratch);
}

void weft_dnn_matmul_destroy(weft_dnn_matmul *matmul) {
    if (!matmul) return;
    wd_op_free(&matmul->op);
    free(matmul);
}

const char *weft_dnn_matmul_implementation(const weft_dnn_matmul *matmul) {
    return matmul->is_gemv ? "weft:gemv" : matmul->op.implementation;
}

#endif
