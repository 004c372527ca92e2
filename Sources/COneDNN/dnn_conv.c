// SPDX-License-Identifier: Apache-2.0
#include "dnn_conv_internal.h"

#include <stdlib.h>
#include <string.h>

/// Input, filter and output, in the order of the arguments of a run.
enum { INPUT, FILTER, OUTPUT, SIDES };

struct weft_dnn_conv {
    weft_dnn_conv_kind kind;
    wd_op op;
    wd_reorder sides[SIDES];
};

/// What a kind computes.
static int result(weft_dnn_conv_kind kind) {
    static const int results[3] = {OUTPUT, INPUT, FILTER};
    return results[kind];
}

/// By kind, the primitive's names of input, filter, output and bias.
static const int argumentNames[3][SIDES + 1] = {
    {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
    {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_BIAS}};

static bool makeReorders(weft_dnn_conv *conv, const wd_conv_problem *p,
                         const_dnnl_primitive_desc_t pd, int threads) {
    wd_desc_ref ours[SIDES] = {wd_desc_see(&p->input), wd_desc_see(&p->filter),
                               wd_desc_see(&p->output)};
    bool good = true;
    for (int i = 0; good && i < SIDES; i++)
        good = wd_reorder_init(&conv->sides[i], i == result(conv->kind), ours[i],
                               wd_desc_wanted(pd, argumentNames[conv->kind][i]), threads);
    return good;
}

static bool build(weft_dnn_conv *conv, const weft_dnn_conv_spec *spec, int threads) {
    wd_conv_problem p;
    dnnl_primitive_desc_t pd = wd_conv_pose(&p, spec) ? wd_conv_describe(&p, spec) : NULL;
    if (pd && !makeReorders(conv, &p, pd, threads)) {
        dnnl_primitive_desc_destroy(pd);
        pd = NULL;
    }
    wd_conv_free(&p);
    return pd && wd_op_init(&conv->op, pd, threads, SIDES + spec->bias, argumentNames[spec->kind]);
}

static bool isValid(const weft_dnn_conv_spec *spec) {
    bool extents = spec->batch > 0 && spec->input_channels > 0 && spec->output_channels > 0
        && spec->groups > 0;
    bool known = spec->spatial_rank >= 1 && spec->spatial_rank <= 3
        && (int)spec->kind >= WEFT_DNN_CONV_FORWARD
        && (int)spec->kind <= WEFT_DNN_CONV_BACKWARD_FILTER;
    for (int i = 0; known && i < spec->spatial_rank; i++) {
        extents = extents && spec->input[i] > 0 && spec->kernel[i] > 0 && spec->output[i] > 0
            && spec->strides[i] > 0 && spec->dilations[i] > 0;
    }
    if (!known) {
        wd_fail("a convolution of kind %d and spatial rank %d", (int)spec->kind,
                spec->spatial_rank);
    } else if (!extents) {
        wd_fail("a convolution without elements");
    } else if (spec->input_channels % spec->groups || spec->output_channels % spec->groups) {
        wd_fail("groups that do not divide the channels");
    } else if (spec->bias && spec->kind == WEFT_DNN_CONV_BACKWARD_DATA) {
        wd_fail("a convolution's bias where its kind has none");
    } else {
        return true;
    }
    return false;
}

weft_dnn_conv *weft_dnn_conv_create(const weft_dnn_conv_spec *spec) {
    if (!isValid(spec) || !wd_engine()) return NULL;
    weft_dnn_conv *conv = calloc(1, sizeof *conv);
    if (!conv) {
        wd_fail("no memory");
        return NULL;
    }
    conv->kind = spec->kind;
    int threads = wd_thread_count(spec->threads);
    int saved = wd_threads_set(threads);
    bool good = build(conv, spec, threads);
    wd_threads_restore(saved);
    if (good) {
        // These kernels divide their work among the threads they were made for. Made for fewer,
        // they add in another order: the gradient of the filter often, the others now and then.
        conv->op.exact = true;
        for (int i = 0; i < SIDES; i++) conv->sides[i].op.exact = true;
        return conv;
    }
    weft_dnn_conv_destroy(conv);
    return NULL;
}

/// `packed`: the filter is in the primitive's layout already.
static weft_dnn_status run(const weft_dnn_conv *conv, weft_dnn_conv_kind kind, const float *input,
                           const void *filter, bool packed, const float *bias,
                           const float *output) {
    if (conv->kind != kind) {
        wd_fail("a convolution handle of another kind");
        return WEFT_DNN_WRONG_KIND;
    }
    // The primitive's own arrays first, then what the operations use, one at a time.
    size_t arrayBytes = 0, bytes = conv->op.scratchpad_bytes;
    bool reorders[SIDES];
    for (int i = 0; i < SIDES; i++) {
        const wd_reorder *side = &conv->sides[i];
        reorders[i] = side->needed && !(packed && i == FILTER);
        if (!reorders[i]) continue;
        arrayBytes += wd_round64(side->bytes);
        if (side->op.scratchpad_bytes > bytes) bytes = side->op.scratchpad_bytes;
    }
    char *scratch = NULL;
    if (arrayBytes + bytes) {
        scratch = wd_scratch(arrayBytes + bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    void *ours[SIDES] = {(void *)input, (void *)filter, (void *)output};
    void *theirs[SIDES + 1] = {ours[INPUT], ours[FILTER], ours[OUTPUT], (void *)bias};
    void *rest = bytes ? scratch + arrayBytes : NULL;
    int out = result(kind);
    weft_dnn_status status = WEFT_DNN_OK;
    for (int i = 0; i < SIDES && status == WEFT_DNN_OK; i++) {
        if (!reorders[i]) continue;
        theirs[i] = scratch;
        scratch += wd_round64(conv->sides[i].bytes);
        if (i != out)
            status = wd_op_run(&conv->sides[i].op, (void *[]){ours[i], theirs[i]}, rest);
    }
    if (status == WEFT_DNN_OK) status = wd_op_run(&conv->op, theirs, rest);
    if (status == WEFT_DNN_OK && reorders[out])
        status = wd_op_run(&conv->sides[out].op, (void *[]){theirs[out], ours[out]}, rest);
    return status;
}

weft_dnn_status weft_dnn_conv_forward(const weft_dnn_conv *conv, const float *input,
                                      const float *filter, const float *bias, float *output) {
    return run(conv, WEFT_DNN_CONV_FORWARD, input, filter, false, bias, output);
}

size_t weft_dnn_conv_scratch_bytes(const weft_dnn_conv *conv) {
    size_t arrayBytes = 0, bytes = conv->op.scratchpad_bytes;
    for (int i = 0; i < SIDES; i++) {
        const wd_reorder *side = &conv->sides[i];
        if (!side->needed) continue;
        arrayBytes += wd_round64(side->bytes);
        if (side->op.scratchpad_bytes > bytes) bytes = side->op.scratchpad_bytes;
    }
    return arrayBytes + bytes;
}

size_t weft_dnn_conv_packed_bytes(const weft_dnn_conv *conv) {
    const wd_reorder *filter = &conv->sides[FILTER];
    return conv->kind == WEFT_DNN_CONV_FORWARD && filter->needed ? filter->bytes : 0;
}

weft_dnn_status weft_dnn_conv_pack(const weft_dnn_conv *conv, const float *filter, void *packed) {
    if (!weft_dnn_conv_packed_bytes(conv)) {
        wd_fail("a convolution whose filter is not reordered");
        return WEFT_DNN_WRONG_KIND;
    }
    return wd_reorder_copy(&conv->sides[FILTER], filter, packed);
}

weft_dnn_status weft_dnn_conv_forward_packed(const weft_dnn_conv *conv, const float *input,
                                             const void *packed, const float *bias,
                                             float *output) {
    return run(conv, WEFT_DNN_CONV_FORWARD, input, packed, true, bias, output);
}

weft_dnn_status weft_dnn_conv_backward_data(const weft_dnn_conv *conv, const float *output_gradient,
                                            const float *filter, float *input_gradient) {
    return run(conv, WEFT_DNN_CONV_BACKWARD_DATA, input_gradient, filter, false, NULL,
               output_gradient);
}

weft_dnn_status weft_dnn_conv_backward_filter(const weft_dnn_conv *conv, const float *input,
                                              const float *output_gradient, float *filter_gradient,
                                              float *bias_gradient) {
    return run(conv, WEFT_DNN_CONV_BACKWARD_FILTER, input, filter_gradient, false, bias_gradient,
               output_gradient);
}

void weft_dnn_conv_destroy(weft_dnn_conv *conv) {
    if (!conv) return;
    wd_op_free(&conv->op);
    for (int i = 0; i < SIDES; i++) wd_op_free(&conv->sides[i].op);
    free(conv);
}

const char *weft_dnn_conv_implementation(const weft_dnn_conv *conv) {
    return conv->op.implementation;
}
