// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_MATMUL_INTERNAL_H
#define WEFT_DNN_MATMUL_INTERNAL_H

#include "dnn_internal.h"

/// The product in the form that oneDNN is given.
typedef struct wd_matmul_problem {
    int rank;  // 2 without a batch, else 3
    int64_t batch, m, k, n;
    bool transpose_a, transpose_b, broadcast_a, broadcast_b;
    int64_t whole_m, whole_n;  // of the matrices as they are stored, of which this may be a part
} wd_matmul_problem;

dnnl_data_type_t wd_matmul_type(weft_dnn_type type);

wd_matmul_problem wd_matmul_simplify(const weft_dnn_matmul_spec *spec);

/// How the primitive is given its operands, of rank 2 where they are not the caller's.
typedef struct wd_matmul_layouts {
    bool padded_a;  // WD_PADDING elements after each row
    enum { WD_B_OURS, WD_B_PADDED, WD_B_ANY } b;  // ANY: what the primitive likes best
} wd_matmul_layouts;

/// The layouts with which a product takes the least time, copies included; those of b are made
/// once for all runs if `packed_b`.
wd_matmul_layouts wd_matmul_best(const wd_matmul_problem *p, const weft_dnn_matmul_spec *spec,
                                 bool packed_b);

/// How a product is cut into pieces, each of which one thread does: by shape alone, so that the bits
/// are the same for any number of threads.
typedef struct wd_matmul_cut {
    enum { WD_WHOLE, WD_BATCH, WD_ROWS, WD_COLUMNS } axis;
    int64_t pieces, piece;  // `piece` along the axis, but for the last one
    int64_t items;          // products of the batch, each of which is cut so; 1 for BATCH
} wd_matmul_cut;

wd_matmul_cut wd_matmul_best_cut(const wd_matmul_problem *p, const wd_matmul_layouts *layouts);

/// The problem of a piece, the last one or another, on the whole problem's arrays.
wd_matmul_problem wd_matmul_piece(const wd_matmul_problem *p, const wd_matmul_cut *cut, bool last);

/// Where the piece `i` begins, in elements.
typedef struct wd_matmul_offsets {
    int64_t a, b, bias, c;
} wd_matmul_offsets;

wd_matmul_offsets wd_matmul_place(const wd_matmul_problem *p, const wd_matmul_cut *cut,
                                  const wd_matmul_layouts *layouts, int64_t i);

/// Whether the implementation is one that wd_matmul_best() has in mind: it gains by these layouts,
/// and they do not show in the bits, which was checked for over a thousand shapes, of 32 and of
/// 16 bits.
bool wd_matmul_suits(const wd_matmul_layouts *layouts, const char *implementation);

/// A line of the caches, so that rows stay aligned to one.
#define WD_PADDING 16

/// The layout of the caller's b.
bool wd_matmul_b(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type);

/// The primitive's description; NULL after a failure.
dnnl_primitive_desc_t wd_matmul_describe(const wd_matmul_problem *p,
                                         const weft_dnn_matmul_spec *spec,
                                         const wd_matmul_layouts *layouts);

#endif
