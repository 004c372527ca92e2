// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#include <stdlib.h>
#include <string.h>

struct weft_dnn_conv {
    weft_dnn_conv_kind kind;
    bool reorders;  // the primitive's filter has another layout than ours
    wd_op op, reorder;
    size_t filter_bytes;  // of the primitive's filter
};

/// What the descriptors of all three kinds are made from.
typedef struct problem {
    int rank;
    wd_desc input, plain_filter, any_filter, bias, output;
    int64_t strides[3], dilations[3], low[3], high[3];
} problem;

static void freeProblem(problem *p) {
    wd_desc_free(&p->input), wd_desc_free(&p->plain_filter), wd_desc_free(&p->any_filter);
    wd_desc_free(&p->bias), wd_desc_free(&p->output);
}

/// oneDNN names the axes [batch, channels, spatial...] whatever the layout.
static bool channelsLast(wd_desc *desc, int rank, int64_t batch, int64_t channels,
                         const int64_t *spatial) {
    int64_t dims[5] = {batch, channels}, strides[5] = {0, 1}, stride = channels;
    for (int i = rank - 1; i >= 0; i--) {
        dims[2 + i] = spatial[i];
        strides[2 + i] = stride;
        stride *= spatial[i];
    }
    strides[0] = stride;
    return wd_desc_strided(desc, rank + 2, dims, dnnl_f32, strides);
}

/// [spatial..., in, groups * out] as oneDNN's [groups, out, in, spatial...]; without groups
/// their axis is missing.
static bool filters(problem *p, const weft_dnn_conv_spec *spec) {
    int rank = spec->spatial_rank;
    int64_t in = spec->input_channels / spec->groups, all = spec->output_channels;
    int64_t out = all / spec->groups;
    int64_t dims[6] = {spec->groups, out, in}, strides[6] = {out, 1, all}, stride = in * all;
    for (int i = rank - 1; i >= 0; i--) {
        dims[3 + i] = spec->kernel[i];
        strides[3 + i] = stride;
        stride *= spec->kernel[i];
    }
    int skipped = spec->groups == 1;
    return wd_desc_strided(&p->plain_filter, rank + 3 - skipped, dims + skipped, dnnl_f32,
                           strides + skipped)
        && wd_desc_any(&p->any_filter, rank + 3 - skipped, dims + skipped, dnnl_f32);
}

static bool pose(problem *p, const weft_dnn_conv_spec *spec) {
    memset(p, 0, sizeof *p);
    p->rank = spec->spatial_rank;
    for (int i = 0; i < p->rank; i++) {
        p->strides[i] = spec->strides[i];
        p->dilations[i] = spec->dilations[i] - 1;
        p->low[i] = spec->padding_low[i];
        p->high[i] = spec->padding_high[i];
    }
    int64_t one = 1;
    return channelsLast(&p->input, p->rank, spec->batch, spec->input_channels, spec->input)
        && channelsLast(&p->output, p->rank, spec->batch, spec->output_channels, spec->output)
        && filters(p, spec)
        && (!spec->bias
            || wd_desc_strided(&p->bias, 1, &spec->output_channels, dnnl_f32, &one));
}

static dnnl_primitive_attr_t attributes(const weft_dnn_conv_spec *spec) {
    dnnl_primitive_attr_t result = wd_attributes();
    if (!result || !spec->relu) return result;
    dnnl_post_ops_t operations = NULL;
    bool good = wd_ok(dnnl_post_ops_create(&operations), "post-operations");
#if DNNL_VERSION_MAJOR >= 3
    good = good && wd_ok(dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0), "relu");
#else
    good = good
        && wd_ok(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0), "relu");
#endif
    good = good && wd_ok(dnnl_primitive_attr_set_post_ops(result, operations), "post-operations");
    if (operations) dnnl_post_ops_destroy(operations);
    if (good) return result;
    dnnl_primitive_attr_destroy(result);
    return NULL;
}

// The algorithm is always the direct one: left to choose, version 2 takes Winograd's, which is
// slower for few channels, and less exact.

static dnnl_primitive_desc_t describeForward(const problem *p, const weft_dnn_conv_spec *spec,
                                             dnnl_prop_kind_t prop) {
    dnnl_primitive_attr_t attr = attributes(spec);
    if (!attr) return NULL;
    dnnl_primitive_desc_t pd = NULL;
#if DNNL_VERSION_MAJOR >= 3
    wd_ok(dnnl_convolution_forward_primitive_desc_create(
              &pd, wd_engine(), prop, dnnl_convolution_direct, wd_desc_see(&p->input),
              wd_desc_see(&p->any_filter), wd_desc_see(&p->bias), wd_desc_see(&p->output),
              p->strides, p->dilations, p->low, p->high, attr),
          "convolution");
#else
    dnnl_convolution_desc_t description;
    if (wd_ok(dnnl_dilated_convolution_forward_desc_init(
                  &description, prop, dnnl_convolution_direct, wd_desc_see(&p->input),
                  wd_desc_see(&p->any_filter), wd_desc_see(&p->bias), wd_desc_see(&p->output),
                  p->strides, p->dilations, p->low, p->high),
              "convolution"))
        wd_ok(dnnl_primitive_desc_create(&pd, &description, attr, wd_engine(), NULL),
              "convolution");
#endif
    dnnl_primitive_attr_destroy(attr);
    return pd;
}

static dnnl_primitive_desc_t describeBackward(const problem *p, const weft_dnn_conv_spec *spec) {
    // The forward convolution is a hint only, but one that version 3 insists on.
    dnnl_primitive_desc_t hint = describeForward(p, spec, dnnl_forward_training);
    dnnl_primitive_attr_t attr = hint ? attributes(spec) : NULL;
    dnnl_primitive_desc_t pd = NULL;
    bool data = spec->kind == WEFT_DNN_CONV_BACKWARD_DATA;
    const char *what = data ? "convolution, backward data" : "convolution, backward filter";
    if (attr) {
#if DNNL_VERSION_MAJOR >= 3
        wd_ok(data ? dnnl_convolution_backward_data_primitive_desc_create(
                         &pd, wd_engine(), dnnl_convolution_direct, wd_desc_see(&p->input),
                         wd_desc_see(&p->any_filter), wd_desc_see(&p->output), p->strides,
                         p->dilations, p->low, p->high, hint, attr)
                   : dnnl_convolution_backward_weights_primitive_desc_create(
                         &pd, wd_engine(), dnnl_convolution_direct, wd_desc_see(&p->input),
                         wd_desc_see(&p->any_filter), wd_desc_see(&p->bias),
                         wd_desc_see(&p->output), p->strides, p->dilations, p->low, p->high,
                         hint, attr),
              what);
#else
        dnnl_convolution_desc_t description;
        if (wd_ok(data ? dnnl_dilated_convolution_backward_data_desc_init(
                             &description, dnnl_convolution_direct, wd_desc_see(&p->input),
                             wd_desc_see(&p->any_filter), wd_desc_see(&p->output), p->strides,
                             p->dilations, p->low, p->high)
                       : dnnl_dilated_convolution_backward_weights_desc_init(
                             &description, dnnl_convolution_direct, wd_desc_see(&p->input),
                             wd_desc_see(&p->any_filter), wd_desc_see(&p->bias),
                             wd_desc_see(&p->output), p->strides, p->dilations, p->low, p->high),
                  what))
            wd_ok(dnnl_primitive_desc_create(&pd, &description, attr, wd_engine(), hint), what);
#endif
    }
    if (attr) dnnl_primitive_attr_destroy(attr);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return pd;
}

/// Makes the operation that turns our filter into the primitive's, or back for its gradient.
static bool makeReorder(weft_dnn_conv *conv, const problem *p, const_dnnl_primitive_desc_t pd,
                        int threads) {
    bool back = conv->kind == WEFT_DNN_CONV_BACKWARD_FILTER;
    wd_desc_ref theirs = wd_desc_wanted(pd, back ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS);
    wd_desc_ref ours = wd_desc_see(&p->plain_filter);
    conv->filter_bytes = dnnl_memory_desc_get_size(theirs);
    conv->reorders = !dnnl_memory_desc_equal(theirs, ours);
    if (!conv->reorders) return true;
    if (conv->filter_bytes < WD_SERIAL_REORDER_BYTES) threads = 1;
    dnnl_engine_t engine = wd_engine();
    dnnl_primitive_attr_t attr = wd_attributes();
    if (!attr) return false;
    int saved = wd_threads_set(threads);
    dnnl_primitive_desc_t reorder = NULL;
    bool good = wd_ok(dnnl_reorder_primitive_desc_create(&reorder, back ? theirs : ours, engine,
                                                         back ? ours : theirs, engine, attr),
                      "filter layout");
    dnnl_primitive_attr_destroy(attr);
    int arguments[2] = {DNNL_ARG_FROM, DNNL_ARG_TO};
    good = good && wd_op_init(&conv->reorder, reorder, threads, 2, arguments);
    wd_threads_restore(saved);
    return good;
}

static bool build(weft_dnn_conv *conv, const weft_dnn_conv_spec *spec, int threads) {
    problem p;
    dnnl_primitive_desc_t pd = NULL;
    if (pose(&p, spec)) {
        pd = spec->kind == WEFT_DNN_CONV_FORWARD
            ? describeForward(&p, spec, dnnl_forward_inference) : describeBackward(&p, spec);
    }
    if (pd && !makeReorder(conv, &p, pd, threads)) {
        dnnl_primitive_desc_destroy(pd);
        pd = NULL;
    }
    freeProblem(&p);
    static const int arguments[3][4] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_BIAS}};
    return pd && wd_op_init(&conv->op, pd, threads, 3 + spec->bias, arguments[spec->kind]);
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
        conv->op.exact = conv->reorder.exact = true;
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
    // The filter of the primitive first, then what its operations use, one at a time.
    size_t filterBytes = conv->reorders ? wd_round64(conv->filter_bytes) : 0;
    size_t bytes = conv->op.scratchpad_bytes > conv->reorder.scratchpad_bytes
        ? conv->op.scratchpad_bytes : conv->reorder.scratchpad_bytes;
    char *scratch = NULL;
    if (filterBytes + bytes) {
        scratch = wd_scratch(filterBytes + bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    void *inner = conv->reorders ? (void *)scratch : (void *)filter;
    void *rest = bytes ? scratch + filterBytes : NULL;
    bool back = kind == WEFT_DNN_CONV_BACKWARD_FILTER;
    weft_dnn_status status = WEFT_DNN_OK;
    if (conv->reorders && !back)
        status = wd_op_run(&conv->reorder, (void *[]){(void *)filter, inner}, rest);
    if (status == WEFT_DNN_OK)
        status = wd_op_run(&conv->op, (void *[]){(void *)input, inner, (void *)output, (void *)bias},
                           rest);
    if (status == WEFT_DNN_OK && conv->reorders && back)
        status = wd_op_run(&conv->reorder, (void *[]){inner, (void *)filter}, rest);
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
    wd_op_free(&conv->reorder);
    free(conv);
}
