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

/// How the primitive is given its operands, of rank 2 where they are not the caller's.
typedef struct wd_matmul_layouts {
    bool padded_a;
    enum { WD_B_OURS, WD_B_PADDED, WD_B_ANY } b;  // ANY: what the primitive likes best
} wd_matmul_layouts;

/// The layouts with which a product takes the least time, copies included; those of b are made
/// once for all runs if `packed_b`.
wd_matmul_layouts wd_matmul_best(const wd_matmul_problem *p, const weft_dnn_matmul_spec *spec,
                                 bool packed_b);

/// Whether the implementation is one that wd_matmul_best() has in mind: it gains by these layouts,
/// and they do not show in the bits, which was checked for over a thousand shapes, of 32 and of
/// 16 bits.
bool wd_matmul_suits(const wd_matmul_layouts *layouts, const char *implementation);

/// The layouts of the caller's operands.
bool wd_matmul_a(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type);
bool wd_matmul_b(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type);

/// The primitive's description; NULL after a failure.
dnnl_primitive_desc_t wd_matmul_describe(const wd_matmul_problem *p,
                                         const weft_dnn_matmul_spec *spec,
                                         const wd_matmul_layouts *layouts);

#endif
