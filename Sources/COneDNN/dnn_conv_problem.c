// SPDX-License-Identifier: Apache-2.0
// What oneDNN is told of a convolution.
#include "dnn_conv_internal.h"

#include <string.h>

void wd_conv_free(wd_conv_problem *p) {
    wd_desc_free(&p->input), wd_desc_free(&p->filter), wd_desc_free(&p->output);
    wd_desc_free(&p->any_input), wd_desc_free(&p->any_filter), wd_desc_free(&p->any_output);
    wd_desc_free(&p->bias);
}

/// oneDNN names the axes [batch, channels, spatial...] whatever the layout.
static bool channelsLast(wd_desc *desc, wd_desc *any, int rank, int64_t batch, int64_t channels,
                         int64_t stored, const int64_t *spatial, weft_dnn_type type) {
    int64_t dims[5] = {batch, channels}, strides[5] = {0, 1}, stride = stored;
    for (int i = rank - 1; i >= 0; i--) {
        dims[2 + i] = spatial[i];
        strides[2 + i] = stride;
        stride *= spatial[i];
    }
    strides[0] = stride;
    return wd_desc_strided(desc, rank + 2, dims, wd_type(type), strides)
        && wd_desc_any(any, rank + 2, dims, wd_type(type));
}

/// [spatial..., in, groups * out] as oneDNN's [groups, out, in, spatial...]; without groups
/// their axis is missing.
static bool filters(wd_conv_problem *p, const weft_dnn_conv_spec *spec,
                    const weft_dnn_conv_spec *stored) {
    int rank = spec->spatial_rank;
    int64_t in = spec->input_channels / spec->groups, all = stored->output_channels;
    int64_t out = spec->output_channels / spec->groups;
    int64_t dims[6] = {spec->groups, out, in}, strides[6] = {out, 1, all};
    int64_t stride = stored->input_channels / stored->groups * all;
    for (int i = rank - 1; i >= 0; i--) {
        dims[3 + i] = spec->kernel[i];
        strides[3 + i] = stride;
        stride *= spec->kernel[i];
    }
    int skipped = spec->groups == 1;
    dnnl_data_type_t type = wd_type(spec->filter_type);
    return wd_desc_strided(&p->filter, rank + 3 - skipped, dims + skipped, type,
                           strides + skipped)
        && wd_desc_any(&p->any_filter, rank + 3 - skipped, dims + skipped, type);
}

bool wd_conv_pose(wd_conv_problem *p, const weft_dnn_conv_spec *spec,
                  const weft_dnn_conv_spec *stored) {
    memset(p, 0, sizeof *p);
    p->rank = spec->spatial_rank;
    for (int i = 0; i < p->rank; i++) {
        p->strides[i] = spec->strides[i];
        p->dilations[i] = spec->dilations[i] - 1;
        p->low[i] = spec->padding_low[i];
        p->high[i] = spec->padding_high[i];
    }
    int64_t one = 1;
    return channelsLast(&p->input, &p->any_input, p->rank, spec->batch, spec->input_channels,
                        stored->input_channels, spec->input, spec->input_type)
        && channelsLast(&p->output, &p->any_output, p->rank, spec->batch, spec->output_channels,
                        stored->output_channels, spec->output, spec->output_type)
        && filters(p, spec, stored)
        && (!spec->bias
            || wd_desc_strided(&p->bias, 1, &spec->output_channels, wd_type(spec->output_type),
                               &one));
}

/// How a primitive goes about it.
typedef struct method {
    dnnl_alg_kind_t algorithm;
    wd_desc_ref input, filter, output;
} method;

static dnnl_primitive_desc_t describeForward(const wd_conv_problem *p,
                                             const weft_dnn_conv_spec *spec, const method *m,
                                             dnnl_prop_kind_t prop) {
    dnnl_primitive_attr_t attr = wd_attributes();
    if (!attr) return NULL;
    dnnl_primitive_desc_t pd = NULL;
#if DNNL_VERSION_MAJOR >= 3
    wd_ok(wd_convolution_forward_primitive_desc_create(
              &pd, wd_engine(), prop, m->algorithm, m->input, m->filter, wd_desc_see(&p->bias),
              m->output, p->strides, p->dilations, p->low, p->high, attr),
          "convolution");
#else
    dnnl_convolution_desc_t description;
    if (wd_ok(dnnl_dilated_convolution_forward_desc_init(
                  &description, prop, m->algorithm, m->input, m->filter, wd_desc_see(&p->bias),
                  m->output, p->strides, p->dilations, p->low, p->high),
              "convolution"))
        wd_ok(wd_primitive_desc_create(&pd, &description, attr, wd_engine(), NULL),
              "convolution");
#endif
    dnnl_primitive_attr_destroy(attr);
    return pd;
}

static dnnl_primitive_desc_t describeBackward(const wd_conv_problem *p,
                                              const weft_dnn_conv_spec *spec, const method *m) {
    // The forward convolution is a hint only, but one that version 3 insists on.
    dnnl_primitive_desc_t hint = describeForward(p, spec, m, dnnl_forward_training);
    dnnl_primitive_attr_t attr = hint ? wd_attributes() : NULL;
    dnnl_primitive_desc_t pd = NULL;
    bool data = spec->kind == WEFT_DNN_CONV_BACKWARD_DATA;
    const char *what = data ? "convolution, backward data" : "convolution, backward filter";
    if (attr) {
#if DNNL_VERSION_MAJOR >= 3
        wd_ok(data ? wd_convolution_backward_data_primitive_desc_create(
                         &pd, wd_engine(), m->algorithm, m->input, m->filter, m->output,
                         p->strides, p->dilations, p->low, p->high, hint, attr)
                   : wd_convolution_backward_weights_primitive_desc_create(
                         &pd, wd_engine(), m->algorithm, m->input, m->filter,
                         wd_desc_see(&p->bias), m->output, p->strides, p->dilations, p->low,
                         p->high, hint, attr),
              what);
#else
        dnnl_convolution_desc_t description;
        if (wd_ok(data ? dnnl_dilated_convolution_backward_data_desc_init(
                             &description, m->algorithm, m->input, m->filter, m->output,
                             p->strides, p->dilations, p->low, p->high)
                       : dnnl_dilated_convolution_backward_weights_desc_init(
                             &description, m->algorithm, m->input, m->filter,
                             wd_desc_see(&p->bias), m->output, p->strides, p->dilations, p->low,
                             p->high),
                  what))
            wd_ok(wd_primitive_desc_create(&pd, &description, attr, wd_engine(), hint), what);
#endif
    }
    if (attr) dnnl_primitive_attr_destroy(attr);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return pd;
}

static dnnl_primitive_desc_t describe(const wd_conv_problem *p, const weft_dnn_conv_spec *spec,
                                      const method *m) {
    if (spec->kind != WEFT_DNN_CONV_FORWARD) return describeBackward(p, spec, m);
    // For inference, Winograd's wants the filter transformed by a reorder, one of reference speed
    // that takes up to three times as long as the rest; for training it transforms by itself.
    return describeForward(p, spec, m, m->algorithm == dnnl_convolution_winograd
                                           ? dnnl_forward_training : dnnl_forward_inference);
}

// MARK: The choice

// Left to choose, version 2 takes Winograd's algorithm also where it is several times slower, and
// keeps to the direct one where Winograd's takes half the time. So the choice is made here, from
// the shape alone: the same shape gives the same bits.

// The transforms of tiles and filters cost the more, against the products, the fewer the channels;
// and below these numbers of tiles the products are too narrow. The bounds are where all three
// kinds take about nine tenths of the direct algorithm's time, or less.
static int64_t winogradTiles(int64_t channels) {
    return channels >= 64 ? 48 : channels >= 32 ? 160 : INT64_MAX;
}
// The transformed arrays of large images are not worth their memory.
#define WD_WINOGRAD_SCRATCH_BYTES (256 << 20)

bool wd_conv_is_winograd(const weft_dnn_conv_spec *spec) {
    bool good = spec->spatial_rank == 2 && spec->groups == 1 && spec->input_channels % 16 == 0
        && spec->input_type == WEFT_DNN_F32
        && spec->output_channels % 16 == 0;
    int64_t tiles = spec->batch;
    for (int i = 0; i < spec->spatial_rank; i++) {
        // oneDNN 2.6 computes a wrong gradient of the input where the paddings of an axis differ.
        good = good && spec->kernel[i] == 3 && spec->strides[i] == 1 && spec->dilations[i] == 1
            && spec->padding_low[i] == spec->padding_high[i] && spec->padding_low[i] <= 1;
        tiles *= (spec->output[i] + 3) / 4;
    }
    int64_t channels = spec->input_channels < spec->output_channels ? spec->input_channels
                                                                    : spec->output_channels;
    return good && tiles >= winogradTiles(channels);
}

/// Whether the direct algorithm takes less time with blocks of channels, reordering the arrays
/// included. Without AVX-512 its kernels step from pixel to pixel for eight channels at a time, and
/// gain 4 to 25% where enough products are made of an element.
static bool isForBlocks(const wd_conv_problem *p, const weft_dnn_conv_spec *spec) {
    int64_t kernel = 1;
    for (int i = 0; i < p->rank; i++) kernel *= spec->kernel[i];
    return !wd_has_avx512() && spec->input_type == WEFT_DNN_F32 && p->rank == 2 && kernel >= 9 && spec->groups == 1
        && spec->input_channels >= 64 && spec->input_channels % 8 == 0
        && spec->output_channels >= 64 && spec->output_channels % 8 == 0;
}

dnnl_primitive_desc_t wd_conv_describe(const wd_conv_problem *p, const weft_dnn_conv_spec *spec) {
    if (wd_conv_is_winograd(spec)) {
        method winograd = {dnnl_convolution_winograd, wd_desc_see(&p->any_input),
                           wd_desc_see(&p->any_filter), wd_desc_see(&p->any_output)};
        dnnl_primitive_desc_t pd = describe(p, spec, &winograd);
        wd_desc_ref scratchpad =
            pd ? dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0) : NULL;
        if (pd && (!scratchpad
                   || dnnl_memory_desc_get_size(scratchpad) <= WD_WINOGRAD_SCRATCH_BYTES))
            return pd;
        // Some machines and versions have none.
        if (pd) dnnl_primitive_desc_destroy(pd);
    }
    if (isForBlocks(p, spec)) {
        method blocked = {dnnl_convolution_direct, wd_desc_see(&p->any_input),
                          wd_desc_see(&p->any_filter), wd_desc_see(&p->any_output)};
        return describe(p, spec, &blocked);
    }
    method direct = {dnnl_convolution_direct, wd_desc_see(&p->input), wd_desc_see(&p->any_filter),
                     wd_desc_see(&p->output)};
    return describe(p, spec, &direct);
}
