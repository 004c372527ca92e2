// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_CONV_INTERNAL_H
#define WEFT_DNN_CONV_INTERNAL_H

#include "dnn_internal.h"

/// What the descriptors of all three kinds of convolution are made from. Of input, filter and
/// output the plain layout is the caller's, or that of a part of the channels.
typedef struct wd_conv_problem {
    int rank;
    wd_desc input, filter, output, bias;
    wd_desc any_input, any_filter, any_output;
    int64_t strides[3], dilations[3], low[3], high[3];
} wd_conv_problem;

/// `stored` has the channels of the arrays, of which `spec` may have a part.
bool wd_conv_pose(wd_conv_problem *p, const weft_dnn_conv_spec *spec,
                  const weft_dnn_conv_spec *stored);
void wd_conv_free(wd_conv_problem *p);

/// The primitive's description: the fastest one that there is for all of `spec`, of which `p` may
/// be a piece. NULL after a failure.
dnnl_primitive_desc_t wd_conv_describe(const wd_conv_problem *p, const weft_dnn_conv_spec *spec);

/// Whether Winograd's algorithm is to be taken, where there is one.
bool wd_conv_is_winograd(const weft_dnn_conv_spec *spec);

/// The multiplications of a convolution.
double wd_conv_products(const weft_dnn_conv_spec *spec);

/// What of a convolution a piece has a part of.
typedef enum {
    WD_CUT_IMAGES,
    WD_CUT_CHANNELS,  // the output's, but for the gradient of the input
    WD_CUT_ROWS       // positions of the output's first spatial axis, of one image
} wd_conv_axis;

/// How a convolution is cut into pieces, each of which one thread does.
typedef struct wd_conv_cut {
    wd_conv_axis axis;
    int64_t pieces, piece;  // the last one may have fewer images, channels or rows
} wd_conv_cut;

/// The rows of the input that some rows of the output see, and the padding around them.
typedef struct wd_conv_rows {
    int64_t begin, count, low, high;
} wd_conv_rows;

wd_conv_rows wd_conv_input_rows(const weft_dnn_conv_spec *spec, int64_t begin, int64_t count);

wd_conv_cut wd_conv_best_cut(const weft_dnn_conv_spec *spec);

#endif
