// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_GUARDED_H
#define WEFT_DNN_GUARDED_H

#if !__has_include(<oneapi/dnnl/dnnl.h>)
#error "oneDNN is missing: run Scripts/setup.sh, or install libdnnl-dev"
#endif
#include <oneapi/dnnl/dnnl.h>

// oneDNN is written in C++, and where there is no memory its C functions let an exception out, which
// ends a program in C. These are the ones that allocate: wd_primitive_create(...) is
// dnnl_primitive_create(...), and gives dnnl_out_of_memory instead. What is thrown inside of a parallel
// region would still end the process; oneDNN runs serially here and has what it needs there before.

#if DNNL_VERSION_MAJOR >= 3
#define WD_GUARDED_OF_VERSION(X) \
    X(memory_desc_create_with_strides) \
    X(memory_desc_create_with_tag) \
    X(convolution_forward_primitive_desc_create) \
    X(convolution_backward_data_primitive_desc_create) \
    X(convolution_backward_weights_primitive_desc_create) \
    X(matmul_primitive_desc_create)
#else
#define WD_GUARDED_OF_VERSION(X) X(primitive_desc_create)
#endif

#define WD_GUARDED(X) \
    WD_GUARDED_OF_VERSION(X) \
    X(engine_create) \
    X(stream_create) \
    X(memory_create) \
    X(post_ops_create) \
    X(post_ops_append_binary) \
    X(primitive_attr_create) \
    X(primitive_attr_set_post_ops) \
    X(reorder_primitive_desc_create) \
    X(primitive_create) \
    X(primitive_execute)

#ifdef __cplusplus
extern "C" {
#endif

#define WD_DECLARE(name) extern __typeof__(&dnnl_##name) const wd_##name;
WD_GUARDED(WD_DECLARE)
#undef WD_DECLARE

#ifdef __cplusplus
}
#endif

#endif
