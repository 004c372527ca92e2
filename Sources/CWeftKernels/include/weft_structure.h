// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_STRUCTURE_H
#define WEFT_STRUCTURE_H

#include "weft_types.h"

// Structured (not elementwise) kernels of the native engine.
//
// What holds for all of them:
// - Arrays are dense and row-major, pointers are aligned for their element type. A pointer to an
//   array without elements may be NULL.
// - Shapes are concrete and have been checked by the caller (ranks, matching extents, axes in
//   range, permutations). Ranks are 0 ... WEFT_MAX_RANK. What the caller cannot know (indices
//   held in data) is checked here and reported by the status.
// - A type or kind that a kernel does not take is WEFT_UNSUPPORTED, nothing being written.
//   Other failures leave the output unspecified, unless said otherwise.
// - Outputs do not overlap inputs, unless said otherwise.
// - Results depend neither on the number of threads nor on the instruction set.
// - Integers wrap. f16 and bf16 are computed in wider floats and rounded once at the end.
// - 'axes' masks have bit i set for axis i. 'size' is an element's size in bytes: 1, 2, 4 or 8.

/// The size of an element in bytes.
int64_t weft_dtype_size(weft_dtype dtype);

// MARK: Reductions

typedef enum weft_reduction {
    WEFT_REDUCE_SUM = 0,  // numbers
    WEFT_REDUCE_PROD,     // numbers
    WEFT_REDUCE_MAX,      // all types; NaN wins
    WEFT_REDUCE_MIN,      // all types; NaN wins
    WEFT_REDUCE_AND,      // bool, and bitwise on integers
    WEFT_REDUCE_OR        // bool, and bitwise on integers
} weft_reduction;

/// Reduces the axes in `axes` of [dims]; the output has the other axes, in order, and the same
/// type. Without elements the result is the identity: 0, 1, -inf or the type's least value, +inf
/// or its greatest, all ones (true), 0 (false).
weft_status weft_reduce(weft_reduction kind, weft_dtype dtype, int rank, const int64_t *dims,
                        uint32_t axes, const void *input, void *output);

/// The index of the greatest (`greatest` != 0) or least element along `axis`, the first of equals;
/// the first NaN wins over everything, both ways. The output has the other axes; `index_dtype` is
/// WEFT_I32 or WEFT_I64. An empty axis with a non-empty output is WEFT_INDEX_OUT_OF_RANGE.
weft_status weft_arg_reduce(int greatest, weft_dtype dtype, int rank, const int64_t *dims,
                            int axis, const void *input, weft_dtype index_dtype, void *output);

/// Running SUM, PROD, MAX or MIN along `axis`; same shape and type. `exclusive`: element i is the
/// result of the elements before it (the identity first). `reverse`: from the end.
/// `output` may be `input`.
weft_status weft_cumulative(weft_reduction kind, weft_dtype dtype, int rank, const int64_t *dims,
                            int axis, int exclusive, int reverse, const void *input, void *output);

// MARK: Products

/// out[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n], for every type (bool: or of ands).
/// A transposed lhs is stored [b, k, m], a transposed rhs [b, n, k].
/// `dtype` is the results'. What has fewer bits is widened to it before it is multiplied; results of 16
/// bits or fewer are summed in 32.
weft_status weft_dot(weft_dtype lhs_dtype, weft_dtype rhs_dtype, weft_dtype dtype,
                     int64_t batch, int64_t m, int64_t n, int64_t k,
                     int transpose_lhs, int transpose_rhs,
                     const void *lhs, const void *rhs, void *output);

/// A convolution: input [batch, spatial..., in_channels], filter [spatial...,
/// in_channels / groups, out_channels], output [batch, spatial..., out_channels].
/// Paddings may be negative. Strides and dilations are at least 1 (input dilation d puts d - 1
/// zeros between neighbours). The output's extents follow: see weft_window_extent.
typedef struct weft_convolution {
    int32_t spatial_rank;  // 1 ... 3
    int64_t batch, in_channels, out_channels, groups;
    int64_t input[3], filter[3];  // spatial extents
    int64_t strides[3], low_padding[3], high_padding[3];
    int64_t input_dilation[3], filter_dilation[3];
} weft_convolution;

/// How many places a window has along one axis (0 if it does not fit).
int64_t weft_window_extent(int64_t input, int64_t window, int64_t stride, int64_t low_padding,
                           int64_t high_padding, int64_t input_dilation, int64_t window_dilation);

/// All numeric types. Straight loops: for what the vendor's library does not do, and to test it.
/// Operands may be narrower than the output, and are widened first.
weft_status weft_convolve(weft_dtype input_dtype, weft_dtype filter_dtype, weft_dtype dtype,
                          const weft_convolution *convolution,
                          const void *input, const void *filter, void *output);
/// Gradient by the input: `input_gradient` has the input's shape.
weft_status weft_convolve_input_gradient(weft_dtype dtype, const weft_convolution *convolution,
                                         const void *output_gradient, const void *filter,
                                         void *input_gradient);
/// Gradient by the filter: `filter_gradient` has the filter's shape.
weft_status weft_convolve_filter_gradient(weft_dtype dtype, const weft_convolution *convolution,
                                          const void *input, const void *output_gradient,
                                          void *filter_gradient);

// MARK: Windows (pooling)

/// Windows over every axis of [dims]; output extents by weft_window_extent with input dilation 1.
/// Padding acts as the identity: it never is a maximum.
typedef struct weft_window {
    int32_t rank;
    int64_t dims[WEFT_MAX_RANK];
    int64_t window[WEFT_MAX_RANK], strides[WEFT_MAX_RANK];
    int64_t low_padding[WEFT_MAX_RANK], high_padding[WEFT_MAX_RANK];
    int64_t dilations[WEFT_MAX_RANK];  // of the window
} weft_window;

/// SUM, MAX or MIN of each window, of numbers (MAX and MIN also of bool).
weft_status weft_window_reduce(weft_reduction kind, weft_dtype dtype, const weft_window *window,
                               const void *input, void *output);
/// Gradient of the window sum: every element gets the sum of the windows that hold it.
weft_status weft_window_sum_gradient(weft_dtype dtype, const weft_window *window,
                                     const void *output_gradient, void *input_gradient);
/// Gradient of the window maximum: a window's gradient goes to its first maximum in row-major
/// order (the first NaN if there is one); a window wholly in the padding gives it to nobody.
weft_status weft_window_max_gradient(weft_dtype dtype, const weft_window *window,
                                     const void *input, const void *output_gradient,
                                     void *input_gradient);
/// The transpose of weft_window_max_gradient: out[w] = values[where window w of input has its
/// first maximum], 0 for a window wholly in the padding. `values` has the shape of `input`.
weft_status weft_window_max_pick(weft_dtype dtype, const weft_window *window,
                                 const void *input, const void *values, void *output);

// MARK: Data movement

/// out's axis i is the input's axis permutation[i].
weft_status weft_transpose(int64_t size, int rank, const int64_t *dims, const int32_t *permutation,
                           const void *input, void *output);
/// out[i...] = input[starts + i * strides]; strides are positive, the slice lies inside.
weft_status weft_slice(int64_t size, int rank, const int64_t *dims, const int64_t *starts,
                       const int64_t *strides, const int64_t *output_dims,
                       const void *input, void *output);
weft_status weft_reverse(int64_t size, int rank, const int64_t *dims, uint32_t axes,
                         const void *input, void *output);
/// `value` points to one element. Negative low and high crop; interior >= 0 goes between
/// neighbours. Output extent: low + high + d + (d - 1) * interior (d > 0), at least 0.
weft_status weft_pad(int64_t size, int rank, const int64_t *dims, const int64_t *low,
                     const int64_t *high, const int64_t *interior, const void *value,
                     const void *input, void *output);
/// `dims` is the output's shape; extents[i] is input i's extent along `axis`.
weft_status weft_concatenate(int64_t size, int rank, const int64_t *dims, int axis, int count,
                             const int64_t *extents, const void *const *inputs, void *output);
/// out[i...] = input[sum of i * strides]: stride 0 broadcasts; strides are in elements, any sign.
weft_status weft_broadcast(int64_t size, int rank, const int64_t *dims, const int64_t *strides,
                           const void *input, void *output);
/// The index along `axis`, converted to `dtype` (integers wrap); not for bool.
weft_status weft_iota(weft_dtype dtype, int rank, const int64_t *dims, int axis, void *output);

// MARK: Indexing

typedef enum weft_index_mode {
    WEFT_INDEX_ERROR = 0,  // WEFT_INDEX_OUT_OF_RANGE, found before anything is written
    WEFT_INDEX_CLAMP,      // moved inside, so that the whole slice is in range
    WEFT_INDEX_DROP        // gather: the slice is zeros. scatter: the update is left out
} weft_index_mode;

/// StableHLO's gather. The output's axes are those of `indices` without `index_vector_dim`
/// (which may be the rank of `indices`: an implicit last axis of 1), with the slices' axes that
/// are not collapsed put at `offset_dims`.
typedef struct weft_gather_spec {
    int32_t operand_rank, indices_rank, index_vector_dim;
    int32_t offset_count, collapsed_count, map_count;
    int32_t offset_dims[WEFT_MAX_RANK];           // ascending, in the output
    int32_t collapsed_slice_dims[WEFT_MAX_RANK];  // ascending, in the operand; slice size 1
    int32_t start_index_map[WEFT_MAX_RANK];       // operand axis of each index component
    int64_t operand_dims[WEFT_MAX_RANK], indices_dims[WEFT_MAX_RANK];
    int64_t slice_sizes[WEFT_MAX_RANK];           // one for each operand axis
} weft_gather_spec;

/// Where an index was that lies outside its axis, or a window that does not fit.
typedef struct weft_misplaced_index {
    int64_t index, greatest;  // it, and the greatest that would fit
    int64_t window;           // the window's extent along the axis
    int32_t axis;             // of the operand; -1 where no index at all would fit
} weft_misplaced_index;

/// Of the last call of this thread that returned WEFT_INDEX_OUT_OF_RANGE.
weft_misplaced_index weft_last_misplaced_index(void);

/// `index_dtype` is WEFT_I32 or WEFT_I64.
weft_status weft_gather(int64_t size, weft_dtype index_dtype, weft_index_mode mode,
                        const weft_gather_spec *spec, const void *operand, const void *indices,
                        void *output);

typedef enum weft_scatter_combiner {
    WEFT_SCATTER_SET = 0, WEFT_SCATTER_ADD, WEFT_SCATTER_MUL, WEFT_SCATTER_MAX, WEFT_SCATTER_MIN
} weft_scatter_combiner;

/// StableHLO's scatter with one operand. `updates` has the axes of `indices` without
/// `index_vector_dim`, with the window's axes at `update_window_dims`.
typedef struct weft_scatter_spec {
    int32_t operand_rank, indices_rank, updates_rank, index_vector_dim;
    int32_t window_count, inserted_count, map_count;
    int32_t update_window_dims[WEFT_MAX_RANK];            // ascending, in the updates
    int32_t inserted_window_dims[WEFT_MAX_RANK];          // ascending, in the operand
    int32_t scatter_dims_to_operand_dims[WEFT_MAX_RANK];
    int64_t operand_dims[WEFT_MAX_RANK], indices_dims[WEFT_MAX_RANK], updates_dims[WEFT_MAX_RANK];
} weft_scatter_spec;

/// Copies the operand and combines the updates into it, in the row-major order of `indices`, so
/// the last of equal places wins a SET and sums are the same every time (f16 and bf16 round after
/// each update). A window that does not wholly fit is out of range. `output` may be `operand` (then
/// nothing is copied). bool: SET, MAX and MIN only.
weft_status weft_scatter(weft_dtype dtype, weft_dtype index_dtype, weft_scatter_combiner combiner,
                         weft_index_mode mode, const weft_scatter_spec *spec,
                         const void *operand, const void *indices, const void *updates,
                         void *output);

/// The slice of extents `slice_dims` at `starts`, clamped so that it lies inside.
weft_status weft_dynamic_slice(int64_t size, int rank, const int64_t *dims,
                               const int64_t *slice_dims, const int64_t *starts,
                               const void *input, void *output);
/// A copy of `operand` with `update` written at `starts`, clamped so that it lies inside.
/// `output` may be `operand`.
weft_status weft_dynamic_update_slice(int64_t size, int rank, const int64_t *dims,
                                      const int64_t *update_dims, const int64_t *starts,
                                      const void *operand, const void *update, void *output);

// MARK: Sorting

/// Sorts along `axis`, stably: equals (-0 and 0 too, NaNs too) keep their order, also when
/// descending. NaN is the greatest. `values` (of `dtype`) or `indices` (i32) may be NULL.
weft_status weft_sort(weft_dtype dtype, int rank, const int64_t *dims, int axis, int descending,
                      const void *input, void *values, int32_t *indices);
/// The k greatest elements of each row, greatest first, the lower index first among equals;
/// NaN is the greatest. k <= columns. `values` or `indices` may be NULL.
weft_status weft_top_k(weft_dtype dtype, int64_t rows, int64_t columns, int64_t k,
                       const void *input, void *values, int32_t *indices);

// MARK: Random bits

/// Philox 4x32-10. Element 4 b + j is word j of the block whose counter is
/// (low and high half of first_block + b, c2, c3) under the key (key0, key1).
void weft_philox_bits(uint32_t key0, uint32_t key1, uint64_t first_block, uint32_t c2, uint32_t c3,
                      int64_t count, uint32_t *output);

// MARK: Optimizer updates (f32; an output may be the input of the same name)

/// What an update of Adam has one of. `alpha` is for epsilon beside the root of the moment itself:
///     x -= m * alpha / (sqrt(v) + epsilon)
/// the others, where `after` is not 0, for epsilon beside the root of the corrected one:
///     x -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon)
typedef struct weft_adam_rates {
    float rest1, rest2;  // 1 - beta1, 1 - beta2
    float epsilon;
    float alpha;
    float rate, correction1, correction2;
    int32_t after;
} weft_adam_rates;

/// Adam, in f32 and in TensorFlow's order:
/// m += (g - m) * rest1; v += (g * g - v) * rest2; then x as the rates say.
void weft_adam(int64_t count, const weft_adam_rates *rates,
               const float *gradient, const float *x, const float *m, const float *v,
               float *x_out, float *m_out, float *v_out);

#endif
