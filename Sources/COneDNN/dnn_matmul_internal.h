// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_MATMUL_INTERNAL_H
#define WEFT_DNN_MATMUL_INTERNAL_H

#include "dnn_internal.h"

/// The product in the form that oneDNN is given.
typedef struct wd_matmul_problem {
    int rank;  // 2 without a batch, else 3
    int64_t batch, m, k, n;
    bool transpose_a, transpose_b, broadcast_a, broadcast_b;
} wd_matmul_problem;

dnnl_data_type_t wd_matmul_type(weft_dnn_type type);

wd_matmul_problem wd_matmul_simplify(const weft_dnn_matmul_spec *spec);

/// The layout of the caller's b.
bool wd_matmul_b(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type);

/// The primitive's description; NULL after a failure. `any_b`: the layout of b is left to the
/// primitive.
dnnl_primitive_desc_t wd_matmul_describe(const wd_matmul_problem *p,
                                         const weft_dnn_matmul_spec *spec, bool any_b);

#endif
