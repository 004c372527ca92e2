// SPDX-License-Identifier: Apache-2.0
// What oneDNN is told of a matrix product.
#include "dnn_matmul_internal.h"

#include <string.h>

wd_matmul_problem wd_matmul_simplify(const weft_dnn_matmul_spec *spec) {
    wd_matmul_problem p = {3, spec->batch, spec->m, spec->k, spec->n, spec->transpose_a,
                           spec->transpose_b, spec->broadcast_a, spec->broadcast_b, 0, 0};
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
    p.whole_m = p.m;
    p.whole_n = p.n;
    return p;
}

/// Of a matrix that is [rows, columns] as the product sees it.
typedef struct extent {
    int64_t rows, columns;              // of the part
    int64_t whole_rows, whole_columns;  // as stored
} extent;

/// [batch or 1, rows, columns]; `padding` elements after each row as it is stored, where there is
/// no batch.
static bool matrix(wd_desc *desc, const wd_matmul_problem *p, bool broadcast, extent e,
                   bool transposed, int64_t padding, dnnl_data_type_t type) {
    int64_t dims[3] = {broadcast ? 1 : p->batch, e.rows, e.columns};
    int64_t step = (transposed ? e.whole_rows : e.whole_columns) + padding;
    int64_t strides[3] = {e.whole_rows * e.whole_columns, transposed ? 1 : step,
                          transposed ? step : 1};
    int skipped = 3 - p->rank;
    return wd_desc_strided(desc, p->rank, dims + skipped, type, strides + skipped);
}

static bool left(wd_desc *desc, const wd_matmul_problem *p, bool padded, dnnl_data_type_t type) {
    return matrix(desc, p, p->broadcast_a, (extent){p->m, p->k, p->whole_m, p->k}, p->transpose_a,
                  padded ? WD_PADDING : 0, type);
}

static bool right(wd_desc *desc, const wd_matmul_problem *p, bool padded, dnnl_data_type_t type) {
    return matrix(desc, p, p->broadcast_b, (extent){p->k, p->n, p->k, p->whole_n}, p->transpose_b,
                  padded ? WD_PADDING : 0, type);
}

bool wd_matmul_b(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type) {
    return right(desc, p, false, type);
}

/// Has the addend added; `c` is its form. Relu is not oneDNN's to do: its own turns what is not a number
/// into 0.
static bool appendAddend(dnnl_primitive_attr_t attributes, const weft_dnn_matmul_spec *spec,
                         const wd_desc *c) {
    if (!spec->addend) return true;
    dnnl_post_ops_t operations = NULL;
    bool good = wd_ok(wd_post_ops_create(&operations), "post-operations")
        && wd_ok(wd_post_ops_append_binary(operations, dnnl_binary_add, wd_desc_see(c)), "sum")
        && wd_ok(wd_primitive_attr_set_post_ops(attributes, operations), "post-operations");
    if (operations) dnnl_post_ops_destroy(operations);
    return good;
}

dnnl_primitive_desc_t wd_matmul_describe(const wd_matmul_problem *p,
                                         const weft_dnn_matmul_spec *spec,
                                         const wd_matmul_layouts *layouts, const wd_desc *packed) {
    dnnl_data_type_t output = wd_type(spec->c);
    wd_desc a, b, bias, c;
    memset(&a, 0, sizeof a), memset(&b, 0, sizeof b);
    memset(&bias, 0, sizeof bias), memset(&c, 0, sizeof c);
    bool good = left(&a, p, layouts->padded_a, wd_type(spec->a))
        && (packed || right(&b, p, layouts->b == WD_B_PADDED, wd_type(spec->b)))
        && matrix(&c, p, false, (extent){p->m, p->n, p->whole_m, p->whole_n}, false, 0, output);
    if (good && spec->bias)
        good = matrix(&bias, p, true, (extent){1, p->n, 1, p->n}, false, 0, output);
    wd_desc_ref weights = wd_desc_see(packed ? packed : &b);
    dnnl_primitive_attr_t attributes = good ? wd_attributes() : NULL;
    dnnl_primitive_desc_t pd = NULL;
    if (attributes && appendAddend(attributes, spec, &c)) {
#if DNNL_VERSION_MAJOR >= 3
        wd_ok(wd_matmul_primitive_desc_create(&pd, wd_engine(), wd_desc_see(&a), weights,
                                              wd_desc_see(&bias), wd_desc_see(&c), attributes),
              "matrix product");
#else
        dnnl_matmul_desc_t description;
        if (wd_ok(dnnl_matmul_desc_init(&description, wd_desc_see(&a), weights,
                                        wd_desc_see(&bias), wd_desc_see(&c)), "matrix product"))
            wd_ok(wd_primitive_desc_create(&pd, &description, attributes, wd_engine(), NULL),
                  "matrix product");
#endif
    }
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    wd_desc_free(&a), wd_desc_free(&b), wd_desc_free(&bias), wd_desc_free(&c);
    return pd;
}
