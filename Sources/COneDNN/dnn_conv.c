// SPDX-License-Identifier: Apache-2.0
#include "dnn_conv_internal.h"

#include <stdlib.h>
#include <string.h>

/// Input, filter and output, in the order of the arguments of a run.
enum { INPUT, FILTER, OUTPUT, SIDES };

/// One array of a convolution.
typedef struct side {
    bool reorders;  // the primitive's array has another layout than ours
    size_t bytes;   // of the primitive's array
    wd_op reorder;  // to the primitive's, or from it for what is computed
} side;

struct weft_dnn_conv {
    weft_dnn_conv_kind kind;
    wd_op op;
    side sides[SIDES];
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

/// Makes the operation that turns our array into the primitive's, or back.
static bool makeReorder(side *s, bool back, wd_desc_ref ours, wd_desc_ref theirs, int threads) {
    s->bytes = dnnl_memory_desc_get_size(theirs);
    s->reorders = !dnnl_memory_desc_equal(theirs, ours);
    if (!s->reorders) return true;
    if (s->bytes < WD_SERIAL_REORDER_BYTES) threads = 1;
    dnnl_engine_t engine = wd_engine();
    dnnl_primitive_attr_t attr = wd_attributes();
    if (!attr) return false;
    int saved = wd_threads_set(threads);
    dnnl_primitive_desc_t reorder = NULL;
    bool good = wd_ok(dnnl_reorder_primitive_desc_create(&reorder, back ? theirs : ours, engine,
                                                         back ? ours : theirs, engine, attr),
                      "array layout");
    dnnl_primitive_attr_destroy(attr);
    int arguments[2] = {DNNL_ARG_FROM, DNNL_ARG_TO};
    good = good && wd_op_init(&s->reorder, reorder, threads, 2, arguments);
    wd_threads_restore(saved);
    return good;
}

static bool makeReorders(weft_dnn_conv *conv, const wd_conv_problem *p,
                         const_dnnl_primitive_desc_t pd, int threads) {
    wd_desc_ref ours[SIDES] = {wd_desc_see(&p->input), wd_desc_see(&p->filter),
                               wd_desc_see(&p->output)};
    bool good = true;
    for (int i = 0; good && i < SIDES; i++)
        good = makeReorder(&conv->sides[i], i == result(conv->kind), ours[i],
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
    } else if ((spec->relu && spec->kind != WEFT_DNN_CONV_FORWARD)
               || (spec->bias && spec->kind == WEFT_DNN_CONV_BACKWARD_DATA)) {
        wd_fail("a convolution's bias or relu where its kind has none");
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
        for (int i = 0; i < SIDES; i++) conv->sides[i].reorder.exact = true;
        return conv;
    }
    weft_dnn_conv_destroy(conv);
    return NULL;
}

static weft_dnn_status run(const weft_dnn_conv *conv, weft_dnn_conv_kind kind, const float *input,
                           const float *filter, const float *bias, const float *output) {
    if (conv->kind != kind) {
        wd_fail("a convolution handle of another kind");
        return WEFT_DNN_WRONG_KIND;
    }
    // The primitive's own arrays first, then what the operations use, one at a time.
    size_t arrayBytes = 0, bytes = conv->op.scratchpad_bytes;
    for (int i = 0; i < SIDES; i++) {
        if (!conv->sides[i].reorders) continue;
        arrayBytes += wd_round64(conv->sides[i].bytes);
        if (conv->sides[i].reorder.scratchpad_bytes > bytes)
            bytes = conv->sides[i].reorder.scratchpad_bytes;
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
        const side *s = &conv->sides[i];
        if (!s->reorders) continue;
        theirs[i] = scratch;
        scratch += wd_round64(s->bytes);
        if (i != out) status = wd_op_run(&s->reorder, (void *[]){ours[i], theirs[i]}, rest);
    }
    if (status == WEFT_DNN_OK) status = wd_op_run(&conv->op, theirs, rest);
    if (status == WEFT_DNN_OK && conv->sides[out].reorders)
        status = wd_op_run(&conv->sides[out].reorder, (void *[]){theirs[out], ours[out]}, rest);
    return status;
}

weft_dnn_status weft_dnn_conv_forward(const weft_dnn_conv *conv, const float *input,
                                      const float *filter, const float *bias, float *output) {
    return run(conv, WEFT_DNN_CONV_FORWARD, input, filter, bias, output);
}

weft_dnn_status weft_dnn_conv_backward_data(const weft_dnn_conv *conv, const float *output_gradient,
                                            const float *filter, float *input_gradient) {
    return run(conv, WEFT_DNN_CONV_BACKWARD_DATA, input_gradient, filter, NULL, output_gradient);
}

weft_dnn_status weft_dnn_conv_backward_filter(const weft_dnn_conv *conv, const float *input,
                                              const float *output_gradient, float *filter_gradient,
                                              float *bias_gradient) {
    return run(conv, WEFT_DNN_CONV_BACKWARD_FILTER, input, filter_gradient, bias_gradient,
               output_gradient);
}

void weft_dnn_conv_destroy(weft_dnn_conv *conv) {
    if (!conv) return;
    wd_op_free(&conv->op);
    for (int i = 0; i < SIDES; i++) wd_op_free(&conv->sides[i].reorder);
    free(conv);
}

const char *weft_dnn_conv_implementation(const weft_dnn_conv *conv) {
    return conv->op.implementation;
}
