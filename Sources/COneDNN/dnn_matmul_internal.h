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

wd_matmul_problem wd_matmul_simplify(const weft_dnn_matmul_spec *spec);

/// How the primitive is given its operands, of rank 2 where they are not the caller's.
typedef struct wd_matmul_layouts {
    bool padded_a;  // WD_PADDING elements after each row
    enum { WD_B_OURS, WD_B_PADDED, WD_B_ANY } b;  // ANY: what the primitive likes best
    bool dense;  // a piece has its part of each longer row for itself: the kernels for AVX-512 want it
} wd_matmul_layouts;

/// The layouts with which a product takes the least time, copies included; those of b are made
/// once for all runs if `packed_b`.
wd_matmul_layouts wd_matmul_best(const wd_matmul_problem *p, const weft_dnn_matmul_spec *spec,
                                 bool packed_b);

/// From so many rows on a product has two pieces of rows: kernels take them in blocks of 16.
#define WD_ROWS_OF_TWO 32

/// How a product is cut into pieces, each of which one thread does: by shape alone, so that the bits
/// are the same for any number of threads.
typedef struct wd_matmul_cut {
    enum { WD_WHOLE, WD_BATCH, WD_ROWS, WD_COLUMNS } axis;
    int64_t pieces, piece;  // `piece` along the axis, but for the last one
    int64_t items;          // products of the batch, each of which is cut so; 1 for BATCH
} wd_matmul_cut;

wd_matmul_cut wd_matmul_best_cut(const wd_matmul_problem *p, const wd_matmul_layouts *layouts);

/// Which arrays of a dense piece are copies: its columns of a transposed a, or of c.
bool wd_matmul_copies_a(const wd_matmul_problem *p, const wd_matmul_layouts *layouts,
                        const wd_matmul_cut *cut);
bool wd_matmul_copies_c(const wd_matmul_layouts *layouts, const wd_matmul_cut *cut);

/// The problem of a piece, the last one or another, on the whole problem's arrays and on copies.
wd_matmul_problem wd_matmul_piece(const wd_matmul_problem *p, const wd_matmul_layouts *layouts,
                                  const wd_matmul_cut *cut, bool last);

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

/// Copies rows of `bytes` bytes, which begin `from_step` and `to_step` bytes apart.
void wd_copy_rows(const void *from, size_t from_step, void *to, size_t to_step, int64_t rows,
                  size_t bytes);

/// Copies rows with a padding after each, on the caller's team.
void wd_pad_rows(const void *from, void *to, int64_t rows, int64_t columns, size_t element);

/// Copies bytes with the highest bit of each turned over.
void wd_turn_signs(const void *from, void *to, int64_t count);

/// Completes a piece of a product whose b had its signs turned: `rows` rows of each of `items` products,
/// from where `a` begins in the whole problem's, and `columns` columns.
void wd_add_turned_signs(const wd_matmul_problem *p, const void *a, bool is_signed, int64_t items,
                         int64_t rows, int64_t columns, void *c);

/// A b in the layout of the primitives, and how it is made: by columns. The pieces of a product share
/// one, or each has its own.
typedef struct wd_matmul_packing {
    bool is_apart;                // each piece of the product has its own
    wd_desc layout, last_layout;  // of the whole b, or of a piece, the last one or another
    size_t bytes;                 // 0 where no b is packed
    int64_t pieces;               // 1 where the product is not cut by columns
    size_t from_step, to_step;  // of a piece, in bytes
    size_t last_place;          // of the last piece, where its layout does not say so
    wd_reorder usual, last;     // without a last one where there is one piece
    double cost;                // of a piece, in nanoseconds
} wd_matmul_packing;

/// For the layout that a primitive for the whole product likes best.
bool wd_matmul_packing_init(wd_matmul_packing *packing, const wd_matmul_problem *p,
                            const weft_dnn_matmul_spec *spec);
/// For a layout of its own for each piece of the product. Those of 8-bit integers have sums of columns
/// at their end, and a part of one is none.
bool wd_matmul_packing_init_apart(wd_matmul_packing *packing, const wd_matmul_problem *p,
                                  const weft_dnn_matmul_spec *spec, const wd_matmul_cut *cut,
                                  const wd_matmul_problem *usual, const wd_matmul_problem *last);
void wd_matmul_packing_free(wd_matmul_packing *packing);
weft_dnn_status wd_matmul_packing_run(const wd_matmul_packing *packing, const void *b, void *to);

/// The layout of a piece of `columns` columns, the last one or another; false where it has none.
bool wd_matmul_packing_part(const wd_matmul_packing *packing, int64_t k, int64_t columns,
                            bool last, wd_desc *part);
/// How far from each other, in elements, parts of so many columns are.
bool wd_matmul_packing_step(const wd_matmul_packing *packing, const wd_matmul_problem *p,
                            int64_t columns, int64_t *step);

/// The layout of the caller's b.
bool wd_matmul_b(wd_desc *desc, const wd_matmul_problem *p, dnnl_data_type_t type);

/// The primitive's description; NULL after a failure. `b` is its layout where that is not the caller's
/// or a padded one.
dnnl_primitive_desc_t wd_matmul_describe(const wd_matmul_problem *p,
                                         const weft_dnn_matmul_spec *spec,
                                         const wd_matmul_layouts *layouts, const wd_desc *b);

#endif
