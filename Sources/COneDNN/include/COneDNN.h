// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_ONEDNN_H
#define WEFT_ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Matrix products and convolutions by oneDNN, versions 2 and 3, behind one interface.
//
// - A handle (weft_dnn_matmul, weft_dnn_conv) is made once for one set of shapes, which costs
//   0.1 to 3 milliseconds, and run any number of times. It is immutable: any number of threads may
//   run one handle at once. Destroy it when no run is under way.
// - Arrays are dense and row-major, aligned for their elements; 64 bytes are best. Outputs
//   do not overlap inputs.
// - All extents are at least 1: products without elements are the caller's.
// - An operation is cut into pieces by its shape alone, and its caller's team (weft_team.h) does the
//   pieces, each with one thread. Hence the same inputs give the same bits in every run, for any
//   number of threads, on one kind of machine with one version of oneDNN.
// - Weights may be given in the layout that oneDNN reads fastest: 'pack' makes such a copy, of
//   'packed_bytes' bytes, for runs of the same handle. The bits of the results are the same. A copy
//   belongs to its handle, and is of no use to another, or in a file.
// - What is not a number stays so, relu included.
// - 'create' returns NULL where it fails and 'run' a status; weft_dnn_last_error() then tells the
//   reason, in the words of the thread's last failure.

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_dnn_status {
    WEFT_DNN_OK = 0,
    WEFT_DNN_OUT_OF_MEMORY,
    WEFT_DNN_FAILED,
    WEFT_DNN_WRONG_KIND  // a convolution handle of another kind
} weft_dnn_status;

typedef enum weft_dnn_type {
    WEFT_DNN_F32 = 0,
    WEFT_DNN_BF16,
    WEFT_DNN_F16,
    WEFT_DNN_S8,
    WEFT_DNN_U8,
    WEFT_DNN_S32
} weft_dnn_type;

/// The version of the library that runs.
void weft_dnn_version(int *major, int *minor, int *patch);

/// Whether this processor multiplies such operands to such results, and need not emulate it, and sums
/// of so many products of integers are exact.
bool weft_dnn_multiplies(weft_dnn_type a, weft_dnn_type b, weft_dnn_type c, int64_t terms);

/// Instructions that the library can be limited to, besides all that it knows.
typedef enum { WEFT_DNN_SSE41, WEFT_DNN_AVX2 } weft_dnn_isa;

/// Limits the library to these instructions. False when it has been used, and nothing changes.
bool weft_dnn_limit_instructions(weft_dnn_isa isa);

/// Why the calling thread's last failure failed; "" if nothing has. Valid until its next one.
const char *weft_dnn_last_error(void);

// MARK: Matrix products

/// c[batch, m, n] = a[batch, m, k] * b[batch, k, n] + bias[n] + addend[batch, m, n], and relu of it.
typedef struct weft_dnn_matmul_spec {
    int64_t batch, m, k, n;
    bool transpose_a;  // a is stored as [batch, k, m]
    bool transpose_b;  // b is stored as [batch, n, k]
    bool broadcast_a;  // one matrix a for the whole batch
    bool broadcast_b;  // one matrix b for the whole batch
    weft_dnn_type a, b;  // their types: one of floats, or S8 or U8
    weft_dnn_type c;     // of c, the addend and the bias: F32 or the operands', S32 for integers
    bool bias;           // as the addend not of integers
    bool addend;
    bool relu;  // of a c of F32
    bool packed_b;  // runs are given b as weft_dnn_matmul_pack has left it
} weft_dnn_matmul_spec;

typedef struct weft_dnn_matmul weft_dnn_matmul;

/// NULL for small types that this processor would have to emulate element by element, or sums only up
/// to a limit, too, and for a packed b that would be no faster, or might change the last bits: batches,
/// products of floats with vectors always, others by their shape and the implementation. Sums of
/// integers are exact, but for what S32 does not hold, which wraps.
weft_dnn_matmul *weft_dnn_matmul_create(const weft_dnn_matmul_spec *spec);

/// `bias` and `addend` are not read unless the handle has them; `addend` may be `c`.
weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, const void *addend, void *c);

/// The bytes of memory that a run takes for itself.
size_t weft_dnn_matmul_scratch_bytes(const weft_dnn_matmul *matmul);

/// Whether a packed b may be faster, and it is worth asking for a handle that takes one.
bool weft_dnn_matmul_may_pack(const weft_dnn_matmul_spec *spec);

/// The size of a packed b; 0 if the handle takes it as it is.
size_t weft_dnn_matmul_packed_bytes(const weft_dnn_matmul *matmul);

/// `b` is laid out as the specification says; `packed` is aligned to 64 bytes.
weft_dnn_status weft_dnn_matmul_pack(const weft_dnn_matmul *matmul, const void *b, void *packed);

void weft_dnn_matmul_destroy(weft_dnn_matmul *matmul);

// MARK: Convolutions

typedef enum weft_dnn_conv_kind {
    WEFT_DNN_CONV_FORWARD = 0,
    WEFT_DNN_CONV_BACKWARD_DATA,    // the gradient with respect to the input
    WEFT_DNN_CONV_BACKWARD_FILTER   // the gradients with respect to the filter and the bias
} weft_dnn_conv_kind;

/// A convolution (without flipping the filter), whose three kinds all are described by the forward
/// one:
///
///     input  [batch, input[0], ..., input_channels]
///     filter [kernel[0], ..., input_channels / groups, output_channels]
///     output [batch, output[0], ..., output_channels]
///
/// Group g has the output channels from g * output_channels / groups on. Along an axis,
/// output = (input + low + high - (kernel - 1) * dilation - 1) / stride + 1, rounded down.
typedef struct weft_dnn_conv_spec {
    weft_dnn_conv_kind kind;
    int spatial_rank;  // 1, 2 or 3; so many of the entries below count
    int64_t batch, input_channels, output_channels, groups;
    int64_t input[3], kernel[3], output[3];
    int64_t strides[3];
    int64_t dilations[3];  // 1: adjacent elements
    int64_t padding_low[3], padding_high[3];
    // FORWARD: as those of a, b and c of a product, but no filter of U8. Gradients are of F32.
    weft_dnn_type input_type, filter_type, output_type;
    bool bias;  // FORWARD adds it, but not to integers, BACKWARD_FILTER computes its gradient, for BACKWARD_DATA false
} weft_dnn_conv_spec;

typedef struct weft_dnn_conv weft_dnn_conv;

/// NULL for small types, too, that this processor would have to emulate.
weft_dnn_conv *weft_dnn_conv_create(const weft_dnn_conv_spec *spec);

/// The bytes of memory that a run takes for itself.
size_t weft_dnn_conv_scratch_bytes(const weft_dnn_conv *conv);

/// output = convolution(input, filter) + bias, `bias` being read only if the handle has one.
weft_dnn_status weft_dnn_conv_forward(const weft_dnn_conv *conv, const void *input,
                                      const void *filter, const void *bias, void *output);

/// The size of a packed filter of a FORWARD handle; 0 if none is faster than the filter as it is.
size_t weft_dnn_conv_packed_bytes(const weft_dnn_conv *conv);

/// `packed` is aligned to 64 bytes.
weft_dnn_status weft_dnn_conv_pack(const weft_dnn_conv *conv, const void *filter, void *packed);

/// weft_dnn_conv_forward with a filter from weft_dnn_conv_pack.
weft_dnn_status weft_dnn_conv_forward_packed(const weft_dnn_conv *conv, const void *input,
                                             const void *packed, const void *bias, void *output);

weft_dnn_status weft_dnn_conv_backward_data(const weft_dnn_conv *conv, const float *output_gradient,
                                            const float *filter, float *input_gradient);

/// `bias_gradient` is written only if the handle has a bias.
weft_dnn_status weft_dnn_conv_backward_filter(const weft_dnn_conv *conv, const float *input,
                                              const float *output_gradient, float *filter_gradient,
                                              float *bias_gradient);

void weft_dnn_conv_destroy(weft_dnn_conv *conv);

/// What runs: "jit:avx512_core", for example.
const char *weft_dnn_conv_implementation(const weft_dnn_conv *conv);

#ifdef __cplusplus
}
#endif

#endif
