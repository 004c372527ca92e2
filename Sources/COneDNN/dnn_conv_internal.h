// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_CONV_INTERNAL_H
#define WEFT_DNN_CONV_INTERNAL_H

#include "dnn_internal.h"

/// What the descriptors of all three kinds of convolution are made from. Of input, filter and
/// output the plain layout is the caller's.
typedef struct wd_conv_problem {
    int rank;
    wd_desc input, filter, output, bias;
    wd_desc any_input, any_filter, any_output;
    int64_t strides[3], dilations[3], low[3], high[3];
} wd_conv_problem;

bool wd_conv_pose(wd_conv_problem *p, const weft_dnn_conv_spec *spec);
void wd_conv_free(wd_conv_problem *p);

/// The primitive's description: the fastest one that there is. NULL after a failure.
dnnl_primitive_desc_t wd_conv_describe(const wd_conv_problem *p, const weft_dnn_conv_spec *spec);

#endif
